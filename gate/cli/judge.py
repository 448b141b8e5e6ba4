"""gate judge: the second half of the main job."""

from pathlib import Path
from typing import Any

import click

from gate import wiring
from gate.cli import options, recording, show
from gate.cli.reporting import CONFIRMATION, report
from gate.judging.judge import Circumstances
from gate.usecases.judge import judge


@click.command(name="judge")
@click.argument("observations", type=click.Path(path_type=Path))
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Judge under this file's limits instead.")
@options.judge_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write verdict.json and report.md into this folder."
)
@recording.history_options
@click.option("--quiet", is_flag=True, help="No table; errors only.")
def command(
    *,
    observations: Path,
    config: Path | None,
    after_merge: bool,
    as_json: bool,
    pictures: bool,
    output: Path | None,
    history: str | None,
    no_history: bool,
    quiet: bool,
) -> Any:
    r"""Judge stored observations again: the same verdict, without running a model.

    OBSERVATIONS is a folder that `gate observe` or `gate run` wrote (or the output folder that holds it).

    \b
    Examples:
      gate judge gate-out
      gate judge obs --config stricter.toml --output judged
    """
    kept_at = recording.place_if_any(config, history, no_history=no_history)
    nested = observations / "observations"
    stored = wiring.observation_store().read(nested if nested.is_dir() else observations)
    settings = options.read_settings(config) if config else None
    first = not any(role == "baseline" for role in stored.versions)
    beside = observations / CONFIRMATION
    again = wiring.observation_store().read(beside) if nested.is_dir() and beside.is_dir() else None
    judged = judge(stored, Circumstances(after_merge=after_merge, first_version=first), settings, again)
    if output is not None:
        folder = wiring.report_folder()
        folder.prepare(output)
        folder.write(output, report(judged, f"gate judge {observations}", pictures=pictures))
    code = show.verdict(judged.record, as_json=as_json, quiet=quiet)
    recording.keep_verdict(kept_at, judged.record)
    return code
