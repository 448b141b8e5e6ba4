"""What follows a rollback that was written down: its incident is marked, the history keeps it, people are told.

None of it can stop or change the rollback: what goes wrong here is a line, and stands in the record as well.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gate.errors import ConfigError, GateError

if TYPE_CHECKING:
    from gate.domain.rollback import Record


def follow(config: Path | None, incident: str, record: "Record", proof: Path | None, *, online: bool) -> str:
    """Do all of it; `proof` is the record's path. Returns what went wrong with the incident, "" where nothing did.

    Not online: nobody outside this machine hears of it.
    """
    trouble = marked(config, incident, record, proof, online=online)
    kept(config, record)
    if online:
        told(config, record)
    return trouble


def marked(config: Path | None, incident: str, record: "Record", proof: Path | None, *, online: bool) -> str:
    """The steps of the incident that this is for."""
    from gate.cli.incident_marks import marked  # noqa: PLC0415
    from gate.judging.incident_marks import of_rollback  # noqa: PLC0415

    made = lambda where: of_rollback(record, where)  # noqa: E731
    return marked(config, incident, record, made, proof, online=online)


def kept(config: Path | None, record: "Record") -> None:
    """Into the history, where gate.toml names one."""
    from gate.cli.recording import keep_afterwards  # noqa: PLC0415
    from gate.usecases.history import rollback_entry  # noqa: PLC0415

    keep_afterwards(config, lambda: rollback_entry(record))


def told(config: Path | None, record: "Record") -> None:
    """People, by the channels of [alerts]; where there is none, who ran this has read it."""
    from gate.cli import options  # noqa: PLC0415
    from gate.judging.rollback_notice import notice_of  # noqa: PLC0415
    from gate.wiring import alerting  # noqa: PLC0415

    notice = notice_of(record)
    if notice is None:
        return
    try:
        path = config or options.find_config(None)
    except ConfigError:
        return  # an emergency does not wait for a gate.toml
    try:
        operating = options.read_operating(path)
        if alerting.anybody(operating):
            alerting.alarm(operating, os.environ, path.resolve().parent).tell(notice)
    except GateError as error:
        click.echo(f"gate: nobody is told: {error.message}\n      {error.advice}", err=True)
