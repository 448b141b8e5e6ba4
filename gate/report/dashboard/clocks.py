"""An incident's clocks: what is owed by when, what remains, what was missed; from timestamps alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.domain.incident import Entry, Incident
from gate.report.dashboard import when
from gate.report.dashboard.given import Due
from gate.report.dashboard.links import anchor, safe_url
from gate.report.dashboard.states import State
from gate.report.text import plain

SENTENCE, NAME = 300, 80
FACTS, STEPS = 20, 24
"""Of one incident: its file has all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """One deadline."""

    step: str
    due: str
    due_machine: str
    """For the script that counts; "" where nothing is counted any more."""
    state: State
    said: str
    """In words, true when the page was made: "in 20 min left", "missed by 2 h", "done 14:50 UTC, in time"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: str
    machine: str
    step: str
    text: str
    by: str
    proof: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One incident."""

    id: str
    anchor: str
    title: str
    severity: str
    state: State
    is_open: bool
    opened: str
    opened_machine: str
    ago: str
    closed: str
    version: str
    root_cause: str
    facts: tuple[tuple[str, str], ...]
    clocks: tuple[Clock, ...]
    next: Clock | None
    """What is owed first."""
    timeline: tuple[Moment, ...]


def cases(incidents: Sequence[Incident], dues: Mapping[str, Sequence[Due]], now: datetime) -> tuple[Case, ...]:
    """Open ones first, the newest first."""
    ordered = sorted(incidents, key=lambda one: (one.is_open, one.opened_at), reverse=True)
    return tuple(_case(one, dues.get(one.id, ()), now) for one in ordered)


def _case(incident: Incident, dues: Sequence[Due], now: datetime) -> Case:
    opened = when.moment(incident.opened_at)
    clocks = tuple(_clock(one, now, is_open=incident.is_open) for one in dues)
    owed = [clock for clock in clocks if clock.due_machine] if incident.is_open else []
    return Case(
        id=plain(incident.id, NAME),
        anchor=anchor(incident.id),
        title=plain(incident.title, 160) or "untitled",
        severity=incident.severity.value,
        state=_state(incident, owed),
        is_open=incident.is_open,
        opened=when.said(opened),
        opened_machine=when.machine(opened),
        ago=when.ago(opened, now),
        closed=when.said(when.moment(incident.closed_at)) if incident.closed_at else "",
        version=plain(incident.version, 40),
        root_cause=plain(incident.root_cause, SENTENCE) or "not yet written",
        facts=tuple((plain(fact.name, NAME), plain(fact.value, 160)) for fact in incident.facts[:FACTS]),
        clocks=clocks,
        next=owed[0] if owed else None,
        timeline=tuple(_moment(entry) for entry in incident.entries[-STEPS:]),
    )


def _state(incident: Incident, owed: Sequence[Clock]) -> State:
    if not incident.is_open:
        return State.GOOD
    late = any(clock.state is State.BAD for clock in owed)
    return State.BAD if late or incident.severity.rank == 2 else State.WARN


def _clock(one: Due, now: datetime, *, is_open: bool) -> Clock:
    """Just at the deadline is too late; what was done too late stays missed."""
    counted = ""
    if one.done is not None:
        late = (one.done - one.due).total_seconds()
        state = State.GOOD if late < 0 else State.BAD
        said = f"done {when.said(one.done)}, " + ("in time" if late < 0 else f"late by {when.span(late)}")
    elif not is_open:
        state, said = State.UNKNOWN, "closed without it"
    else:
        left, counted = (one.due - now).total_seconds(), when.machine(one.due)
        state = State.WARN if left > 0 else State.BAD
        said = f"{when.span(left)} left" if left > 0 else f"overdue by {when.span(left)}"
    return Clock(step=plain(one.step, NAME), due=when.said(one.due), due_machine=counted, state=state, said=said)


def _moment(entry: Entry) -> Moment:
    at = when.moment(entry.at)
    return Moment(
        at=when.said(at),
        machine=when.machine(at),
        step=entry.stage.value if entry.stage else "note",
        text=plain(entry.text, SENTENCE),
        by=plain(entry.by, NAME),
        proof=plain(entry.proof, 160),
        url=safe_url(entry.proof),
    )
