"""An incident: what happened, when, who knows it, and what is still owed."""

from enum import StrEnum

import msgspec

from gate.domain.alert import Fact, Severity

SCHEMA = 1


class Stage(StrEnum):
    """The steps of an incident, in their order. A step that was skipped stays open."""

    DETECTED = "detected"
    ALERTED = "alerted"
    DECIDED = "decided"
    ROLLED_BACK = "rolled back"
    VERIFIED = "verified"
    """Proved to be what it must be, metrics at the baseline's again."""
    ROOT_CAUSE = "root cause"
    FIX_DEPLOYED = "fix deployed"
    RESTORED = "restored"
    DOCUMENTED = "documented"


DEADLINE_SECONDS: dict[Stage, int] = {
    Stage.ROLLED_BACK: 30 * 60,
    Stage.VERIFIED: 60 * 60,
    Stage.ROOT_CAUSE: 4 * 3600,
    Stage.FIX_DEPLOYED: 24 * 3600,
    Stage.RESTORED: 48 * 3600,
    Stage.DOCUMENTED: 7 * 24 * 3600,
}
"""From detection: the success criteria of the user's rollback strategy. Just at it is too late ("< 30 minutes")."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline."""

    id: str
    """Names it: written twice, it stands once."""
    at: str
    """UTC, ISO 8601: when it happened, not when a job wrote it down."""
    stage: Stage | None = None
    """None: a note."""
    text: str
    by: str
    """A person's name, or the command that wrote it."""
    proof: str = ""
    """A path or address of what proves the time: a record, a verdict, a run."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The record, as its file's head keeps it. Append-only: entries are added, none is changed."""

    schema: int = SCHEMA
    id: str
    """E.g. "2026-11-29-1430-regime-change-rate"."""
    key: str
    """What it is about: a trigger that rings again while it is open belongs to it."""
    title: str
    severity: Severity
    opened_at: str
    """UTC, ISO 8601: when the trigger was found."""
    onset_at: str = ""
    """When it began in the data, where that is known."""
    version: str = ""
    """What was deployed, e.g. a SHA."""
    level: int | None = None
    """Of the rollback that this means."""
    facts: tuple[Fact, ...] = ()
    """The values that rang, against their limits."""
    entries: tuple[Entry, ...] = ()
    """By time."""
    root_cause: str = ""
    closed_at: str = ""
    issue: int | None = None
    """The GitHub issue that is kept in step."""

    @property
    def is_open(self) -> bool:
        """Nobody has closed it."""
        return not self.closed_at
