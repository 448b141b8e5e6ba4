"""What is remembered of every verdict, deployment and rollback: enough to draw a history, small enough to keep."""

from enum import StrEnum

import msgspec

from gate.domain.verdict import VerdictRecord

SCHEMA = 1


class Happened(StrEnum):
    """What an entry of the history is."""

    VERDICT = "verdict"
    DEPLOYMENT = "deployment"
    ROLLBACK = "rollback"
    INCIDENT = "incident"
    DRILL = "drill"


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. Never changed, never removed; its uid is its name: appended twice, it is there once."""

    schema: int = SCHEMA
    uid: str
    at: str
    """UTC, ISO 8601."""
    kind: Happened
    title: str
    """One line."""
    ref: str = ""
    sha: str = ""
    """The candidate's, or what was deployed or taken back to."""
    source: str = ""
    """What made it: "pull_request", "nightly", "local", "monitor", ..."""
    url: str = ""
    """The run, pull request or record."""
    verdict: VerdictRecord | None = None
    """Whole, of a verdict; None of anything else."""
