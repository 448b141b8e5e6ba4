"""gate observe: the first half of the main job."""

from pathlib import Path
from typing import Any

import click

from gate import wiring
from gate.cli import options, watching
from gate.domain.shard import Shard
from gate.usecases.observe import Question


@click.command(name="observe")
@options.question_options
@click.option(
    "--shard", metavar="N/OF", help="Observe this share of the symbols only, e.g. 2/4; gate merge joins them."
)
@options.output_option("gate-out/observations")
def command(
    *,
    config: Path | None,
    baseline: str | None,
    base: str | None,
    candidate: str | None,
    quick: bool,
    first_version: bool,
    jobs: int | None,
    quiet: bool,
    shard: str | None,
    output: Path,
) -> Any:
    r"""Run both versions and keep what they did; nothing is judged.

    \b
    Examples:
      gate observe --config gate.toml --output obs && gate judge obs
      gate observe --shard 2/4 --output obs-2     # one of four jobs; then gate merge obs-* -o obs
    """
    path = options.find_config(config)
    settings = options.overridden(options.read_settings(path), baseline, candidate, jobs, base)
    wiring.report_folder().prepare(output.parent)
    question = Question(
        settings=settings,
        folder=path.resolve().parent,
        quick=quick,
        first_version=first_version,
        shard=Shard.parse(shard) if shard else None,
        origin=wiring.job().origin(),
    )
    with watching.progress(quiet=quiet) as progress, wiring.local_runner() as runner:
        observations = wiring.observer(progress, runner).observe(question)
    wiring.observation_store().write(observations, output)
    if not quiet:
        then = f"judge them: gate judge {output}" if shard is None else "join the shards: gate merge"
        click.echo(f"observations: {output}   {then}")
    return 0
