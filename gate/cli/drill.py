"""gate drill: rehearse all three levels, on a scratch clone."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gate import wiring
from gate.cli import recording
from gate.domain.rollback import Drill, Policy, Shown
from gate.errors import ExitCode
from gate.wiring.rollback import drill_ground, driller, repository_state

CODES = {Shown.HOLDS: ExitCode.PASS, Shown.BROKEN: ExitCode.BLOCK, Shown.UNKNOWN: ExitCode.INCONCLUSIVE}


@click.command(name="drill")
@click.option("-C", "--repository", type=click.Path(path_type=Path), default=".", help="A folder in the repository.")
@click.option("--branch", metavar="TARGET", help="Branch to rehearse on; default: the default branch.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="reports/drills",
    show_default=True,
    help="For the record.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
@click.option("--quiet", is_flag=True, help="Errors only.")
def command(*, repository: Path, branch: str | None, output: Path, as_json: bool, quiet: bool) -> Any:
    r"""Rehearse all three levels of a rollback on a scratch clone against a local remote.

    Each is verified and timed against the rollback strategy's targets. Leaves a dated record (Markdown and JSON) for
    the pre-deployment checklist; nothing else is touched.

    \b
    Example:
      gate drill --output reports/drills
    """
    from gate.report.drill import drill_text  # noqa: PLC0415
    from gate.usecases.history import drill_entry  # noqa: PLC0415

    drill = rehearsed(repository, branch)
    text = drill_text(drill)
    written = msgspec.json.format(msgspec.json.encode(drill), indent=2) + b"\n"
    name = drill.at.replace(":", "")
    wiring.report_folder().write(output, {f"{name}.json": written, f"{name}.md": text.encode()})
    if as_json:
        click.echo(written)
    elif not quiet:
        click.echo(text)
    recording.keep_afterwards(None, lambda: drill_entry(drill))
    return CODES.get(drill.shown, ExitCode.GATE_ERROR)


def rehearsed(repository: Path, branch: str | None) -> Drill:
    """Rehearse, and see that the user's repository is as it was."""
    started, before, at = time.monotonic(), repository_state(repository), datetime.now(tz=UTC)
    with drill_ground(repository, branch) as (clone, target):
        rehearsals = driller(clone, target, Policy(max_age_days=10**6, daily_cap=10**6)).rehearse()
    bases = [one.record.plan.base for one in rehearsals if one.record and one.record.plan]
    return Drill(
        at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        repository=repository.resolve().name,
        target=target,
        tip=bases[0] if bases else "",
        rehearsals=rehearsals,
        seconds=round(time.monotonic() - started, 3),
        untouched=repository_state(repository) == before,
    )
