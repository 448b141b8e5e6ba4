"""The dashboard's desk: read what there is through the ports, and make the site of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from gate.domain.history import Glance, HistoryEntry
from gate.domain.incident import Incident
from gate.domain.limit import Limit
from gate.domain.live import Live
from gate.domain.metric import Metric
from gate.domain.operating import DashboardSettings
from gate.errors import GateError
from gate.metrics.registry import metrics_of
from gate.ports.live import LiveSource, Watch
from gate.report.dashboard.given import Given, Mark
from gate.report.dashboard.site import GRACE, SILENCE, Site
from gate.report.dashboard.trail import Trails
from gate.usecases.dashboard_cases import dues, published

T = TypeVar("T")


class Past(Protocol):
    """The history, as far as it is drawn."""

    def drawn(self, newest: int) -> Sequence[Glance]:
        """Return the newest entries, slim where that is faster; the oldest first. Raises OutputError."""

    def whole(self, newest: int) -> Sequence[HistoryEntry]:
        """Return the newest entries, whole; the oldest first. Raises OutputError."""


class Cases(Protocol):
    """The incidents."""

    def all(self) -> Sequence[Incident]:
        """Every incident. Raises OutputError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Drawn:
    """The history as it was read last."""

    entries: Sequence[Glance] = ()
    newest: Sequence[HistoryEntry] = ()
    trails: Trails = field(default_factory=Trails)
    shifts: Mapping[str, Sequence[Mark]] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class _Kept:
    """One source: what it said last, when that was, and why it says nothing now."""

    token: str | None = None
    trouble: str = ""


@dataclass(kw_only=True, slots=True)
class Desk:
    """The ports that the dashboard goes through."""

    past: Past
    incidents: Cases
    live: LiveSource
    clock: Callable[[], datetime]
    settings: DashboardSettings
    limits: Mapping[str, Limit]
    watches: Mapping[str, Watch] = field(default_factory=dict)
    """By "history", "incidents", "live"; a source without one is read each time."""
    shifts: Callable[[Sequence[Glance]], Mapping[str, Sequence[Mark]]] | None = None
    """Looks for change points; advisory."""
    grace: float = GRACE
    silence: float = SILENCE
    _drawn: _Drawn = field(default_factory=_Drawn)
    _cases: Sequence[Incident] = ()
    _live: Live | None = None
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def site(self) -> Site:
        """Read everything, once. Raises OutputError for what cannot be read."""
        drawn = self._read_history()
        return self._site(drawn, self.incidents.all(), self.live.newest(), (), live_page=False)

    def renewed(self) -> Site:
        """Read what has changed. What cannot be read is said on the page, and makes the whole unknown; never raises."""
        self._drawn = self._renew("history", self._read_history, self._drawn)
        self._cases = self._renew("incidents", self.incidents.all, self._cases)
        self._live = self._renew("live", self.live.newest, self._live)
        troubles = tuple(one.trouble for one in self._kept.values() if one.trouble)
        return self._site(self._drawn, self._cases, self._live, troubles, live_page=True)

    def tokens(self) -> str:
        """What the watches say; another text than before if anything may have changed."""
        return "\n".join(f"{name} {self._token(name)}" for name in ("history", "incidents", "live"))

    def _read_history(self) -> _Drawn:
        entries = self.past.drawn(self.settings.history)
        return _Drawn(
            entries=entries,
            newest=self.past.whole(self.settings.details),
            trails=Trails(entries),
            shifts=self.shifts(entries) if self.shifts else {},
        )

    def _renew(self, name: str, read: Callable[[], T], last: T) -> T:
        """Read again where the token moved. A token that was taken before reading never hides a later change."""
        kept = self._kept.setdefault(name, _Kept())
        try:
            token = self.watches[name].token() if name in self.watches else None
            if token is None or token != kept.token or kept.trouble:
                last = read()
                kept.token = token
            kept.trouble = ""
        except GateError as error:
            kept.trouble = f"{name.capitalize()}: {error.message}."
        return last

    def _token(self, name: str) -> str:
        try:
            return self.watches[name].token() if name in self.watches else ""
        except GateError as error:
            return error.message

    def _site(
        self,
        drawn: _Drawn,
        incidents: Sequence[Incident],
        live: Live | None,
        troubles: Sequence[str],
        *,
        live_page: bool,
    ) -> Site:
        now = self.clock()
        given = Given(
            now=now,
            entries=drawn.entries,
            newest=drawn.newest,
            incidents=incidents,
            dues={one.id: dues(one, now) for one in incidents},
            published={one.id: told for one in incidents if (told := published(one, now)) is not None},
            live=live,
            metrics=shown(drawn.trails),
            limits=self.limits,
            settings=self.settings,
            shifts=drawn.shifts,
            troubles=troubles,
        )
        return Site(given=given, known=drawn.trails, live=live_page, grace=self.grace, silence=self.silence)


def shown(trails: Trails) -> Mapping[str, Metric]:
    """The registry's metrics, and those that a user's own suite brought."""
    return metrics_of(trails)
