"""What the public may know: an allow-list. Nothing that is not named here leaves the house.

No metric, limit, version, commit, symbol, title, reason or person: a state, moments, and the words of this file.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec

from gate.domain.alert import Severity
from gate.domain.incident import Incident
from gate.report.dashboard import when
from gate.report.dashboard.given import Given, Published
from gate.report.dashboard.states import State
from gate.report.text import plain

SCHEMA = 1
SHOWN = 10
"""Incidents on the page."""


class Service(StrEnum):
    """How the service stands."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    PARTIAL_OUTAGE = "partial outage"
    MAJOR_OUTAGE = "major outage"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicIncident:
    """One incident."""

    component: str
    word: str
    started: str
    started_machine: str
    updated: str
    updated_machine: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Public:
    """The status page."""

    service: str
    status: Service
    state: State
    """Its colour."""
    sentence: str
    made_machine: str
    expires: str
    open: tuple[PublicIncident, ...]
    past: tuple[PublicIncident, ...]


class PublicStatus(msgspec.Struct, frozen=True, kw_only=True):
    """status.json."""

    schema: int = SCHEMA
    status: str
    at: str
    expires: str
    incidents: tuple[dict[str, str], ...]


def public(given: Given, state: State, expires: datetime | None) -> Public:
    """The page, from the state of the internal one."""
    status = service(given, state)
    ordered = sorted(given.incidents, key=lambda one: one.opened_at, reverse=True)
    told = [one for one in ordered if one.id in given.published]
    return Public(
        service=plain(given.settings.service, 60) or "Service",
        status=status,
        state=colour(status),
        sentence=sentence(status),
        made_machine=when.machine(given.now),
        expires=when.machine(expires),
        open=tuple(_incident(given.published[one.id]) for one in told if one.is_open)[:SHOWN],
        past=tuple(_incident(given.published[one.id]) for one in told if not one.is_open)[:SHOWN],
    )


def status_json(page: Public) -> bytes:
    """The same for machines."""
    told = PublicStatus(
        status=page.status.value,
        at=page.made_machine,
        expires=page.expires,
        incidents=tuple({"opened": one.started_machine, "status": one.word} for one in (*page.open, *page.past)),
    )
    return msgspec.json.encode(told) + b"\n"


def service(given: Given, state: State) -> Service:
    """One word. Without a live word that is young enough nobody knows, whatever a verdict said."""
    if not given.live_is_fresh or given.troubles:
        return Service.UNKNOWN
    open_ones = [one for one in given.incidents if one.is_open]
    if open_ones:
        return max((_weight(one) for one in open_ones), key=list(Service).index)
    match state:
        case State.GOOD | State.WARN | State.WATCHED:
            return Service.OPERATIONAL
        case State.BAD:
            return Service.DEGRADED
        case State.UNKNOWN:
            return Service.UNKNOWN
        case _:
            assert_never(state)


def _weight(incident: Incident) -> Service:
    if incident.severity is not Severity.CRITICAL:
        return Service.DEGRADED
    return Service.MAJOR_OUTAGE if incident.level == 3 else Service.PARTIAL_OUTAGE


def colour(status: Service) -> State:
    """The colour of a status."""
    match status:
        case Service.OPERATIONAL:
            return State.GOOD
        case Service.DEGRADED:
            return State.WARN
        case Service.PARTIAL_OUTAGE | Service.MAJOR_OUTAGE:
            return State.BAD
        case Service.UNKNOWN:
            return State.UNKNOWN
        case _:
            assert_never(status)


def sentence(status: Service) -> str:
    """What it means, for somebody who knows nothing of the inside."""
    match status:
        case Service.OPERATIONAL:
            return "Everything works as it should."
        case Service.DEGRADED:
            return "It works, less well than it should."
        case Service.PARTIAL_OUTAGE:
            return "A part of it does not work."
        case Service.MAJOR_OUTAGE:
            return "It does not work."
        case Service.UNKNOWN:
            return "There is no current data, so nothing is claimed."
        case _:
            assert_never(status)


def _incident(told: Published) -> PublicIncident:
    return PublicIncident(
        component=plain(told.component, 60),
        word=told.word,
        started=when.said(told.started),
        started_machine=when.machine(told.started),
        updated=when.said(told.updated),
        updated_machine=when.machine(told.updated),
        sentence=plain(told.sentence, 400),
    )
