"""Incidents, and who keeps them; imported by processes that have no time for pytest."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gate.adapters.incident_files import IncidentFiles
from gate.domain.alert import Alert, AlertKind, Fact, Severity
from gate.domain.incident import Entry, Incident, written
from gate.report.incident import body
from gate.usecases.incidents import IncidentKeeper, paper_of

START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def after(**span):
    """So long after the detection, as records hold it."""
    return written(START + timedelta(**span))


def entry(name, at=None, stage=None, text="it happened", by="ann", **more):
    return Entry(id=name, at=at or after(minutes=1), stage=stage, text=text, by=by, **more)


def incident(*entries, **more):
    whole = {
        "id": "2026-03-02-1430-rate",
        "key": "monitor:rate",
        "title": "Regime change rate 21%",
        "severity": Severity.CRITICAL,
        "opened_at": written(START),
    }
    return Incident(**{**whole, **more}, entries=entries)


def alert(name="a1", key="monitor:rate", **more):
    whole = {"kind": AlertKind.FIRING, "severity": Severity.WARNING, "at": written(START), "title": "Rate 21%"}
    return Alert(id=name, key=key, facts=(Fact(name="limit", value="15%"),), **{**whole, **more})


def files(folder, now=START):
    return IncidentFiles(
        folder=Path(folder), body=lambda one, by_hand: body(one, paper_of(one, now, by_hand, "../../"))
    )


def keeper(folder, now=START):
    return IncidentKeeper(book=files(folder, now), clock=lambda: now)
