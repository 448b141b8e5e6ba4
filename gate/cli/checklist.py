"""gate checklist: the boxes of the rollback strategy, ticked by evidence."""

from pathlib import Path
from typing import Any

import click

from gate.cli import incident_place
from gate.errors import BrokenQuestionError, ExitCode

PHASES = ("before", "during", "after")


@click.command(name="checklist")
@click.argument("phase", type=click.Choice(PHASES))
@click.option("--tick", "boxes", multiple=True, metavar="BOX", help="A box that a person answers for; repeatable.")
@click.option("--by", default="", help="Who says so.")
@click.option("--note", default="", help="How it is known.")
@click.option("--write", "output", type=click.Path(path_type=Path), help="Write the list as Markdown into this file.")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="gate.toml, where it is not here.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    *,
    phase: str,
    boxes: tuple[str, ...],
    by: str,
    note: str,
    output: Path | None,
    config: Path | None,
    as_json: bool,
) -> Any:
    r"""Go through the checklist of a deployment: before (with manual and load testing), during or after.

    A box is ticked by fresh evidence: drill, alert test, proof of gate verify, scripts, monitor, test reports. What no
    machine can see is ticked by a person's word (who and how), and shown as such. Exits with 0 only if all are ticked.

    \b
    Examples:
      gate checklist before --write reports/checklists/before.md
      gate checklist before --tick "Team notified of deployment" --by ann --note "in #trading at 14:00"
    """
    from gate.domain.checklist import Phase  # noqa: PLC0415
    from gate.report.checklist import checklist_lines, checklist_text  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    if (by or note) and not boxes:
        raise BrokenQuestionError("--by and --note say nothing without a box", "name it: --tick BOX")
    checker = incidents.checker(incident_place.place_of(config))
    for box in boxes:
        checker.say(Phase(phase), box, by, note)
    checklist, damaged = checker.go_through(Phase(phase))
    for line in damaged:
        incident_place.told(line)
    if output is not None:
        incidents.written_file(output, checklist_text(checklist))
    if as_json:
        incident_place.as_json(checklist)
    else:
        click.echo("\n".join(checklist_lines(checklist)))
    return ExitCode.PASS if checklist.is_done else ExitCode.BLOCK
