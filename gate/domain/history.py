"""What is remembered of every verdict, deployment and rollback: enough to draw a history, small enough to keep."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

from gate.domain.limit import Limit
from gate.domain.verdict import Outcome, Reason, Verdict, VerdictRecord
from gate.errors import BrokenQuestionError, NewerSchemaError, OutputError

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


LONGEST_UID = 200


def instant(at: str) -> str:
    """One way to write a moment, so that the order of the words is the order of time. Raises BrokenQuestionError."""
    try:
        when = datetime.fromisoformat(at)
        found = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0") if when.tzinfo else ""
    except (ValueError, OverflowError):
        found = ""
    if not found:
        raise BrokenQuestionError(
            f"{at[:60]!r} is no moment", "write ISO 8601 with its zone, e.g. 2026-11-29T14:30:00Z"
        )
    return found


def written(entry: HistoryEntry) -> bytes:
    """Return an entry as every ledger keeps it. Raises BrokenQuestionError for one that could not be read again."""
    if not entry.uid.isprintable() or not 0 < len(entry.uid) <= LONGEST_UID or entry.uid != entry.uid.strip():
        raise BrokenQuestionError(
            f"{entry.uid[:60]!r} is no name of an entry", f"1 to {LONGEST_UID} characters that can be seen"
        )
    instant(entry.at)
    if entry.schema != SCHEMA:
        raise newer(f"entry {entry.uid}", entry.schema)
    try:
        return msgspec.json.encode(entry)
    except UnicodeEncodeError as error:
        raise BrokenQuestionError(f"entry {entry.uid} holds half a character", "write it as UTF-8") from error


def newer(what: str, schema: int) -> NewerSchemaError:
    """Say that something was written by a gate that knows more; nobody guesses what it means."""
    return NewerSchemaError(
        f"{what} has schema {schema}; this gate knows {SCHEMA}", "install the newer gate that wrote it"
    )


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every schema of an entry has."""

    schema: int = SCHEMA
    uid: str = ""


# ------------------------------------------------------------------ slim: what a picture of ten thousand needs


class JudgementGlance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One metric of a kept verdict, without its sentences and parts."""

    metric: str
    outcome: Outcome
    reason: Reason
    blocking: bool
    baseline: float | None = None
    candidate: float | None = None
    change: float | None = None
    change_kind: str = ""
    limit: Limit = Limit()
    interval: tuple[float, float] | None = None


class VersionGlance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A version of a kept verdict."""

    ref: str
    sha: str


class VerdictGlance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A kept verdict, without its sentences and parts."""

    verdict: Verdict
    level: int | None = None
    reason: str
    quick: bool = False
    judgements: tuple[JudgementGlance, ...]
    baseline: VersionGlance | None
    candidate: VersionGlance


class Glance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entry as a picture needs it: read in a fifth of the time of the whole."""

    schema: int = SCHEMA
    uid: str
    at: str
    kind: Happened
    title: str
    ref: str = ""
    sha: str = ""
    source: str = ""
    url: str = ""
    verdict: VerdictGlance | None = None


Shape = TypeVar("Shape", HistoryEntry, Glance)


def read(documents: Iterable[bytes | str], shape: type[Shape], where: str) -> list[Shape]:
    """Read entries back. Raises OutputError for one that is damaged or of a newer schema: none is left out silently."""
    decoder = msgspec.json.Decoder(shape)
    return [_one(document, decoder, where) for document in documents]


def _one(document: bytes | str, decoder: "msgspec.json.Decoder[Shape]", where: str) -> Shape:
    try:
        found = decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _refuse_newer(document, where)
        raise OutputError(
            f"{where} is damaged: {error}", "restore it from a backup, or from `gate history export`"
        ) from error
    if found.schema != SCHEMA:
        raise newer(f"entry {found.uid} of {where}", found.schema)
    return found


def _refuse_newer(document: bytes | str, where: str) -> None:
    """What cannot be read may be none of ours to read."""
    try:
        head = msgspec.json.decode(document, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    if head.schema > SCHEMA:
        raise newer(f"entry {head.uid} of {where}", head.schema)
