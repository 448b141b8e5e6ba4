"""One entry of the history for each thing that happens, named by its content: kept twice, it is there once."""

import hashlib

import msgspec

from gate.domain.history import Happened, HistoryEntry
from gate.domain.incident import Incident
from gate.domain.rollback import Drill, Record
from gate.domain.verdict import VerdictRecord

TITLE = 200
"""Characters of a title."""


def verdict_entry(record: VerdictRecord, *, at: str, source: str, url: str = "", title: str = "") -> HistoryEntry:
    """Keep a verdict, whole. When it was kept is no part of its name."""
    return HistoryEntry(
        uid=_uid(Happened.VERDICT, msgspec.json.encode(record)),
        at=at,
        kind=Happened.VERDICT,
        title=_line(title or f"{record.verdict.value}{' (quick)' if record.quick else ''}: {record.reason}"),
        ref=record.candidate.ref,
        sha=record.candidate.sha,
        source=source,
        url=url,
        verdict=record,
    )


def deployment_entry(*, ref: str, sha: str, at: str, source: str, url: str = "", title: str = "") -> HistoryEntry:
    """Keep that a version went live."""
    return note_entry(
        Happened.DEPLOYMENT, ref=ref, sha=sha, at=at, source=source, url=url, title=title or f"{ref or sha} deployed"
    )


def note_entry(
    kind: Happened, *, title: str, at: str, ref: str = "", sha: str = "", source: str = "", url: str = ""
) -> HistoryEntry:
    """Keep what a person or another program says. The same at the same moment is the same."""
    said = msgspec.json.encode([kind.value, title, at, ref, sha, url])
    return HistoryEntry(
        uid=_uid(kind, said), at=at, kind=kind, title=_line(title), ref=ref, sha=sha, source=source, url=url
    )


def rollback_entry(record: Record, *, source: str = "rollback") -> HistoryEntry:
    """Keep how a rollback ended: its record, in one line."""
    plan = record.plan
    level = f"Level {int(plan.level)}: " if plan else ""
    return HistoryEntry(
        uid=_uid(Happened.ROLLBACK, msgspec.json.encode(record)),
        at=record.at,
        kind=Happened.ROLLBACK,
        title=_line(f"{level}{record.ending.value}: {record.sentence}"),
        ref=(plan.deploy_branch or plan.branch) if plan else "",
        sha=plan.head if plan else "",
        source=source,
        url=record.url,
    )


def drill_entry(drill: Drill, *, source: str = "drill", url: str = "") -> HistoryEntry:
    """Keep that a rollback was rehearsed, and whether it held."""
    return HistoryEntry(
        uid=_uid(Happened.DRILL, msgspec.json.encode(drill)),
        at=drill.at,
        kind=Happened.DRILL,
        title=_line(f"{drill.shown.value}: {len(drill.rehearsals)} levels rehearsed in {drill.seconds:.0f} s"),
        ref=drill.target,
        sha=drill.tip,
        source=source,
        url=url,
    )


def incident_entry(incident: Incident, *, source: str = "monitor", url: str = "") -> HistoryEntry:
    """Keep that an incident was opened; when it was closed, that too, under a name of its own."""
    closed = bool(incident.closed_at)
    return HistoryEntry(
        uid=_uid(Happened.INCIDENT, f"{incident.id}:{'closed' if closed else 'opened'}".encode()),
        at=incident.closed_at or incident.opened_at,
        kind=Happened.INCIDENT,
        title=_line(f"{'closed' if closed else 'opened'}: {incident.title}"),
        ref=incident.id,
        sha=incident.version,
        source=source,
        url=url,
    )


def _uid(kind: Happened, content: bytes) -> str:
    return f"{kind.value}-{hashlib.sha256(content).hexdigest()[:32]}"


def _line(text: str) -> str:
    """One line that every ledger takes."""
    seen = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(seen.split())
    return line if len(line) <= TITLE else line[: TITLE - 1] + "…"
