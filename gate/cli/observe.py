"""gate observe: the first half of the main job."""

from pathlib import Path
from typing import Any

import click

from gate import wiring
from gate.cli import options, show
from gate.usecases.observe import Question


@click.command(name="observe")
@options.question_options
@options.output_option("gate-out/observations")
def command(
    *,
    config: Path | None,
    baseline: str | None,
    candidate: str | None,
    quick: bool,
    first_version: bool,
    jobs: int | None,
    quiet: bool,
    output: Path,
) -> Any:
    r"""Run both versions and keep what they did; nothing is judged.

    \b
    Example:
      gate observe --config gate.toml --output obs && gate judge obs
    """
    path = options.find_config(config)
    settings = options.overridden(options.read_settings(path), baseline, candidate, jobs)
    wiring.report_folder().prepare(output.parent)
    question = Question(
        settings=settings,
        folder=path.resolve().parent,
        quick=quick,
        first_version=first_version,
        origin=wiring.job().origin(),
    )
    with show.TerminalProgress(quiet=quiet) as progress, wiring.local_runner() as runner:
        observations = wiring.observer(progress, runner).observe(question)
    wiring.observation_store().write(observations, output)
    if not quiet:
        click.echo(f"observations: {output}   judge them: gate judge {output}")
    return 0
