"""gate run: the main job."""

from pathlib import Path
from typing import Any

import click

from gate import wiring
from gate.cli import options, recording, show, watching
from gate.cli.reporting import CONFIRMATION, report
from gate.domain.observation import Observations
from gate.judging.judge import Circumstances
from gate.ports import Progress
from gate.usecases.judge import look_at
from gate.usecases.observe import Question


@click.command(name="run")
@options.question_options
@options.judge_options
@click.option("--confirm", is_flag=True, help="Observe again what would be blocked: what does not repeat is FLAKY.")
@recording.history_options
@options.output_option("gate-out")
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
    after_merge: bool,
    as_json: bool,
    pictures: bool,
    confirm: bool,
    history: str | None,
    no_history: bool,
    output: Path,
) -> Any:
    r"""Observe, judge and report: may the candidate replace the baseline?

    Leaves verdict.json, report.md, pictures/ and observations/ in the output folder.

    \b
    Examples:
      gate run                                       # gate.toml here
      gate run --baseline v1.0.0 --candidate HEAD    # one model at two git refs
      gate run --quick -o /tmp/look                  # a first look
    """
    path = options.find_config(config)
    settings = options.overridden(options.read_settings(path), baseline, candidate, jobs, base)
    kept_at = recording.place_of(path, history, no_history=no_history)
    folder = wiring.report_folder()
    folder.prepare(output)
    circumstances = Circumstances(after_merge=after_merge, first_version=first_version)
    question = Question(
        settings=settings,
        folder=path.resolve().parent,
        quick=quick,
        first_version=first_version,
        origin=wiring.job().origin(),
    )
    with watching.progress(quiet=quiet or as_json) as progress, wiring.painters() as painters:
        when_idle = painters.get_ready if pictures else (lambda: None)
        with wiring.local_runner() as runner:
            observations = wiring.observer(progress, runner, when_idle).observe(question)
        wiring.observation_store().write(observations, output / "observations")
        progress.stage("Judging and reporting")
        first = look_at(observations, circumstances)
        wanted = first.needs_confirmation(blocks_too=confirm)
        judged = first.concluded(confirmation(question, progress, output, wanted=wanted))
        with recording.keeping(kept_at, judged.record):
            folder.write(output, report(judged, f"gate run --config {path}", pictures=pictures, painters=painters))
    code = show.verdict(judged.record, as_json=as_json, quiet=quiet)
    if not (quiet or as_json):
        click.echo(f"report: {output / 'report.md'}   verdict: {output / 'verdict.json'}")
    return code


def confirmation(question: Question, progress: Progress, output: Path, *, wanted: bool) -> Observations | None:
    """The same question in fresh processes, where a failure is only believed when it repeats; kept beside the first."""
    folder = output / CONFIRMATION
    wiring.observation_store().remove(folder)  # an older run's confirms nothing here
    if not wanted:
        return None
    progress.stage("Something failed: observing again in fresh processes")
    with wiring.local_runner() as runner:
        again = wiring.observer(progress, runner).observe(question)
    wiring.observation_store().write(again, folder)
    return again
