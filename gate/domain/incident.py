"""An incident: what happened, when, who knows it, and what is still owed."""

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from gate.domain.alert import Fact, Severity
from gate.errors import BrokenQuestionError

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

    @property
    def rank(self) -> int:
        """0 for the first."""
        return list(Stage).index(self)


DEADLINE_SECONDS: dict[Stage, int] = {
    Stage.ROLLED_BACK: 30 * 60,
    Stage.VERIFIED: 60 * 60,
    Stage.ROOT_CAUSE: 4 * 3600,
    Stage.FIX_DEPLOYED: 24 * 3600,
    Stage.RESTORED: 48 * 3600,
    Stage.DOCUMENTED: 7 * 24 * 3600,
}
"""From detection: the success criteria of the user's rollback strategy. Just at it is too late ("< 30 minutes")."""


class Topic(StrEnum):
    """What an entry is, beside a step. Of the human parts the newest entry counts; the older ones stay readable."""

    NOTE = "note"
    PUBLIC = "public"
    """A sentence for the status page: the only words of an incident that leave the house."""
    ROOT_CAUSE = "root cause"
    LESSONS = "lessons"
    OWNERS = "owners"
    FOLLOW_UP = "follow-up"
    ANSWER = "answer"
    """Says that a follow-up is done: `answers` names it."""


NOT_YET = "_not yet written_"
"""What a human part says until a person wrote it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    topic: Topic = Topic.NOTE
    answers: str = ""
    """The id of the follow-up that is done by this."""


class Incident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    component: str = ""
    """What the public calls the part that it hit; "" for the whole service."""

    @property
    def is_open(self) -> bool:
        """Nobody has closed it."""
        return not self.closed_at


# ------------------------------------------------------------------ times


def moment(text: str) -> datetime:
    """What an ISO 8601 time means, in UTC. Raises BrokenQuestionError for anything else, and where no zone is said."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BrokenQuestionError(
            f"'{text:.40}' is no time with its zone", "write it in ISO 8601, such as 2026-11-29T14:30:00Z"
        )
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise BrokenQuestionError(f"'{text:.40}' is no time that can be meant", "write this century's") from error


def written(at: datetime) -> str:
    """A time as records hold it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ------------------------------------------------------------------ deadlines


class Standing(StrEnum):
    """Where a step stands."""

    MET = "met"
    MISSED = "missed"
    """Done, and too late: that stays so."""
    RUNNING = "running"
    """Not done, and there is time left."""
    OVERDUE = "overdue"
    """Not done, and it should be."""
    DONE = "done"
    """Of a step without a deadline."""
    OPEN = "open"


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """One step against its deadline, at one moment."""

    stage: Stage
    due: str = ""
    """UTC, absolute; "" where the strategy names none."""
    done: str = ""
    """By the entry that counts; "" where there is none."""
    standing: Standing
    seconds: int = 0
    """What remains (running), was left (met), or is missed by (missed, overdue); never negative."""
    proof: str = ""
    by: str = ""

    @property
    def is_miss(self) -> bool:
        """Too late, done or not."""
        return self.standing in (Standing.MISSED, Standing.OVERDUE)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """All steps of an incident at one moment."""

    at: str
    deadlines: tuple[Deadline, ...]
    doubts: tuple[str, ...] = ()
    """Entries whose times cannot be right, a line each: they count for nothing."""

    @property
    def owed(self) -> tuple[Deadline, ...]:
        """What has a deadline and is not done."""
        return tuple(one for one in self.deadlines if one.due and not one.done)


# ------------------------------------------------------------------ what the public sees


class PublicState(StrEnum):
    """The four words of a status page."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class PublicStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All that may leave the house: nothing else of an incident is copied here."""

    component: str
    state: PublicState
    started_at: str
    updated_at: str
    resolved_at: str = ""
    sentence: str
    """A person's (`gate incident note --public`), or a fixed one of the state."""
    sentence_at: str = ""
    """When a person wrote it; "" where nobody did."""


# ------------------------------------------------------------------ the issue that is kept in step


class IssuePage(msgspec.Struct, frozen=True, kw_only=True):
    """What the issue of an incident must be."""

    incident: str
    """The id, for the marker."""
    title: str
    body: str
    labels: tuple[str, ...] = ()
    is_open: bool


class IssueKept(msgspec.Struct, frozen=True, kw_only=True):
    """The issue that is in step now."""

    number: int
    url: str
    changed: bool
    """Something was written."""
    remark: str = ""
    """One line that people must know; "" for none."""
