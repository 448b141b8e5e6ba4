"""Keep incidents: one open one a key, entries that stand once, and a close that says what is still owed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from gate.domain.alert import LEVEL, VERSION, Alert, AlertKind
from gate.domain.incident import Entry, Incident, IssuePage, Stage, Topic, moment, written
from gate.errors import BrokenQuestionError, GateError
from gate.judging.clock import progress
from gate.judging.incidents import (
    POST_MORTEM,
    clean,
    entry_id,
    headings,
    merged,
    name_of,
    owed,
    refusal_of,
    said,
    sections,
    titled,
)
from gate.ports.incidents import IncidentBook, IssueTracker
from gate.report.incident import Paper

TOLD = (Topic.ROOT_CAUSE, Topic.LESSONS, Topic.OWNERS, Topic.PUBLIC)
BY = "gate"
RINGS = frozenset({AlertKind.FIRING, AlertKind.ESCALATED})
"""What opens an incident; anything else only adds to one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentKeeper:
    """Implements the port Incidents, and what people ask for by command."""

    book: IncidentBook
    clock: Callable[[], datetime]
    in_step: Callable[[Incident], Incident] = lambda incident: incident
    """Brings the GitHub issue in step; never raises for what GitHub does or does not do."""
    component: str = ""

    # -------------------------------------------------------------- what triggers ask for

    def opened(self, alert: Alert, facts_at: str = "") -> Incident:
        """Return the open incident of the alert's key, made where there is none. `facts_at` = onset in the data."""
        key = titled(alert.key)
        there = self._open(key)
        if alert.kind not in RINGS and there is None:
            raise BrokenQuestionError(f"no incident of '{key}' is open, and '{alert.kind}' opens none", "")
        blank = self._of_alert(alert, facts_at)
        incident, new = (there, False) if there else self.book.open(key, lambda taken: named(blank, taken))
        return self._kept(incident if new else _again(incident, alert, self.clock()))

    def noted(self, incident: str, entry: Entry) -> Incident:
        """Add to the timeline; an entry whose id stands there already is there once."""
        there = self.book.read(incident)
        entry = clean(entry)
        refusal = refusal_of(entry, there, self.clock())
        if refusal:
            raise BrokenQuestionError(f"this entry is not taken: {refusal}", "gate incident show ID says what there is")
        return self._kept(_with(there, entry))

    def noted_all(self, incident: str, entries: Sequence[Entry]) -> Incident:
        """Add what a command found: an entry whose time cannot be right is kept as a note that says so."""
        there, now = self.book.read(incident), self.clock()
        return self._kept(_with(there, *(_believed(clean(entry), there, now) for entry in entries)))

    # -------------------------------------------------------------- what people ask for

    def open_by_hand(self, incident: Incident, by: str, text: str) -> tuple[Incident, bool]:
        """Open one, or return the open one of its key; True where it is new."""
        if not incident.title.strip():
            raise BrokenQuestionError("the incident has no title", "say in a few words what happened")
        at = incident.opened_at or written(self.clock())
        if moment(at) > self.clock():
            raise BrokenQuestionError(f"{at} lies in the future", "say when it was found: --at TIME, in UTC")
        detected = _entry(at=at, stage=Stage.DETECTED, text=text, by=by)
        blank = msgspec.structs.replace(
            incident, opened_at=at, title=titled(incident.title), component=incident.component or self.component
        )
        blank = _with(blank, *self._onset(incident.onset_at), detected)
        made, new = self.book.open(incident.key, lambda taken: named(blank, taken))
        return self._kept(made), new

    def closed(self, name: str, root_cause: str, by: str) -> tuple[Incident, tuple[str, ...]]:
        """Close one; what is still owed stands in its timeline and is returned. Needs the root cause."""
        there, now = self.book.read(name), self.clock()
        if not there.is_open:
            raise BrokenQuestionError(f"{there.id} was closed at {there.closed_at}", "open a new one if it is back")
        if not root_cause.strip() and not said(there, Topic.ROOT_CAUSE).strip():
            raise BrokenQuestionError(f"{there.id} has no root cause", "say it: gate incident close ID --root-cause")
        if root_cause.strip():
            there = _with(there, found(root_cause, by, written(now)))
        due = owed(there, now, self.book.by_hand(there.id))
        text = f"closed; still owed: {'; '.join(due)}" if due else "closed; nothing is owed"
        there = _with(there, _entry(at=written(now), text=text, by=by))
        return self._kept(msgspec.structs.replace(there, closed_at=written(now))), due

    # -------------------------------------------------------------- hands

    def _open(self, key: str) -> Incident | None:
        return next((one for one in self.book.survey()[0] if one.key == key and one.is_open), None)

    def _kept(self, incident: Incident) -> Incident:
        """Write, and return what stands there now: others may have added to it."""
        self.book.write(incident)
        return self.in_step(self.book.read(incident.id))

    def _of_alert(self, alert: Alert, facts_at: str) -> Incident:
        now = self.clock()
        at, late = _when(alert.at, now)
        onset, lost = _when(facts_at, now) if facts_at else ("", "")
        odd = (_entry(at=at, text=line, by=BY) for line in (late, lost) if line)
        text = f"{titled(alert.title)}{': ' if alert.text else ''}{alert.text}"
        detected = _entry(at=at, stage=Stage.DETECTED, text=text, by=BY, proof=alert.url)
        blank = Incident(
            id="",
            key=titled(alert.key),
            title=titled(alert.title),
            severity=alert.severity,
            opened_at=at,
            onset_at=onset,
            version=titled(alert.fact(VERSION)),
            level=_level(alert.fact(LEVEL)),
            facts=alert.facts,
            component=self.component,
        )
        return _with(blank, *self._onset(onset), detected, *odd, *self._damaged(at))

    def _onset(self, at: str) -> tuple[Entry, ...]:
        return (_entry(at=written(moment(at)), text="it began in the data", by=BY),) if at else ()

    def _damaged(self, at: str) -> tuple[Entry, ...]:
        """A record that cannot be read may have been the open one of this key: that is said, not passed over."""
        return tuple(_entry(at=at, text=line, by=BY) for line in self.book.survey()[1][:5])


def _when(text: str, now: datetime) -> tuple[str, str]:
    """A trigger's time, and a line where it cannot be right: an alarm is not lost for that, it counts as found now."""
    try:
        at = moment(text)
    except BrokenQuestionError as error:
        return written(now), f"the trigger's time was not understood: {error.message}"
    at = moment(written(at))  # whole seconds, as the clock of records has them
    if at > now:
        return written(now), f"the trigger's time {written(at)} lies in the future: it counts as found now"
    return written(at), ""


def _level(text: str) -> int | None:
    return int(text) if text in {"1", "2", "3"} else None


def _again(incident: Incident, alert: Alert, now: datetime) -> Incident:
    """It rang again, or recovered: a line, once an alert; what is louder or newly seen is joined."""
    at, _ = _when(alert.at, now)
    first = moment(at) <= moment(incident.opened_at) and alert.kind in RINGS
    word = {AlertKind.RECOVERED: "recovered", AlertKind.ESCALATED: "escalated"}.get(alert.kind, "rang again")
    entry = Entry(id=entry_id("alert", alert.id), at=at, text=f"{word}: {titled(alert.title)}", by=BY)
    severity = max(incident.severity, alert.severity, key=lambda severity: severity.rank)
    louder = msgspec.structs.replace(incident, severity=severity)
    return louder if first else _with(louder, clean(entry))


def _believed(entry: Entry, incident: Incident, now: datetime) -> Entry:
    trouble = refusal_of(entry, incident, now)
    if not trouble:
        return entry
    at = min(moment(entry.at), now)
    return msgspec.structs.replace(entry, at=written(at), stage=None, text=f"{entry.text} ({trouble})")


def _with(incident: Incident, *entries: Entry) -> Incident:
    return merged(incident, msgspec.structs.replace(incident, entries=tuple(map(clean, entries))))


def _entry(*, at: str, text: str, by: str, stage: Stage | None = None, proof: str = "") -> Entry:
    return Entry(id=entry_id(at, stage or "", text, by), at=at, stage=stage, text=text, by=by, proof=proof)


def found(text: str, by: str, at: str, proof: str = "") -> Entry:
    """The root cause: the step and the words in one."""
    return Entry(
        id=entry_id(at, Stage.ROOT_CAUSE, text, by),
        at=at,
        stage=Stage.ROOT_CAUSE,
        text=text,
        by=by,
        proof=proof,
        topic=Topic.ROOT_CAUSE,
    )


def named(blank: Incident, taken: frozenset[str]) -> Incident:
    """With the first id that is free."""
    at, nth = moment(blank.opened_at), 1
    while (name := name_of(at, blank.key, nth)) in taken:
        nth += 1
    return msgspec.structs.replace(blank, id=name)


def paper_of(incident: Incident, now: datetime, by_hand: str, root: str | None) -> Paper:
    """All that a record is printed with; `root` leads from where it is read to where proofs' paths start."""
    return Paper(
        standing=progress(incident, now),
        owed=owed(incident, now, by_hand),
        written={topic: said(incident, topic) for topic in TOLD},
        below=frozenset(sections(by_hand)) | ({POST_MORTEM.lower()} & headings(by_hand)),
        by_hand=by_hand,
        root=root,
    )


# ------------------------------------------------------------------ the issue


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueInStep:
    """Brings the issue of an incident in step with its record; what fails is said, and nothing else stops for it."""

    book: IncidentBook
    tracker: Callable[[], IssueTracker]
    page: Callable[[Incident, str], IssuePage]
    say: Callable[[str], None]

    def __call__(self, incident: Incident) -> Incident:
        """Return the incident, with its issue's number."""
        try:
            kept = self.tracker().keep(self.page(incident, self.book.by_hand(incident.id)), incident.issue)
        except GateError as error:
            self.say(
                f"the record is written, its GitHub issue is not in step: {error.message}\n"
                "      gate incident sync brings it in step"
            )
            return incident
        if kept.remark:
            self.say(kept.remark)
        if kept.number != incident.issue:
            self.book.write(msgspec.structs.replace(incident, issue=kept.number))
            return self.book.read(incident.id)
        return incident
