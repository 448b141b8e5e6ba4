"""What the dashboard is made from, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gate.domain.history import Happened, HistoryEntry
from gate.domain.incident import Incident
from gate.domain.limit import Limit
from gate.domain.live import Live
from gate.domain.metric import Metric
from gate.domain.operating import DashboardSettings
from gate.domain.verdict import Outcome, Verdict
from gate.report.dashboard.when import moment

# ------------------------------------------------------------------ what a picture needs of an entry, whole or slim


class Judged(Protocol):
    """One metric of a kept verdict."""

    @property
    def metric(self) -> str: ...  # noqa: D102
    @property
    def outcome(self) -> Outcome: ...  # noqa: D102
    @property
    def blocking(self) -> bool: ...  # noqa: D102
    @property
    def baseline(self) -> float | None: ...  # noqa: D102
    @property
    def candidate(self) -> float | None: ...  # noqa: D102
    @property
    def change(self) -> float | None: ...  # noqa: D102
    @property
    def change_kind(self) -> str: ...  # noqa: D102
    @property
    def limit(self) -> Limit: ...  # noqa: D102
    @property
    def interval(self) -> tuple[float, float] | None: ...  # noqa: D102


class Candidate(Protocol):
    """What was judged."""

    @property
    def ref(self) -> str: ...  # noqa: D102
    @property
    def sha(self) -> str: ...  # noqa: D102


class Told(Protocol):
    """A kept verdict."""

    @property
    def verdict(self) -> Verdict: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def quick(self) -> bool: ...  # noqa: D102
    @property
    def judgements(self) -> Sequence[Judged]: ...  # noqa: D102
    @property
    def candidate(self) -> Candidate: ...  # noqa: D102


class Kept(Protocol):
    """An entry of the history."""

    @property
    def uid(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> Happened: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def ref(self) -> str: ...  # noqa: D102
    @property
    def sha(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def verdict(self) -> Told | None: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Something that happened, as a line down the chart."""

    at: float
    kind: str
    """"deployed", "rolledback" or "shift"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """One deadline of an incident, and when it was met."""

    step: str
    due: datetime
    done: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """All of an incident that the public may be told."""

    word: str
    """investigating, identified, monitoring, resolved."""
    started: datetime | None
    updated: datetime | None
    sentence: str
    component: str = ""
    """What the public calls the part that it hit; "" for the whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Values only: the same of them make the same pages, whenever and wherever."""

    now: datetime
    entries: Sequence[Kept]
    """All that is drawn, the oldest first."""
    newest: Sequence[HistoryEntry]
    """The newest of them, whole, the oldest first: each verdict among them gets a page."""
    incidents: Sequence[Incident] = ()
    dues: Mapping[str, Sequence[Due]] = field(default_factory=dict)
    """By the incident's id."""
    published: Mapping[str, Published] = field(default_factory=dict)
    """By the incident's id; one that is not here is not told."""
    live: Live | None = None
    """None: no monitor has ever said anything."""
    metrics: Mapping[str, Metric]
    """In the order in which they are shown."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    settings: DashboardSettings
    shifts: Mapping[str, Sequence[Mark]] = field(default_factory=dict)
    """Change points by metric, where somebody looked for them: advisory."""
    troubles: Sequence[str] = ()
    """What could not be read, a sentence each: it is said on the page, and makes the whole unknown."""

    @property
    def live_is_fresh(self) -> bool:
        """The monitor's word is young enough; one from the future is not believed."""
        at = moment(self.live.at) if self.live else None
        return at is not None and self._young(at, timedelta(seconds=self.settings.stale_live))

    def verdict_is_fresh(self, entry: Kept) -> bool:
        """Tell the same of a verdict."""
        at = moment(entry.at)
        return at is not None and self._young(at, timedelta(hours=self.settings.stale_verdict))

    def _young(self, at: datetime, most: timedelta) -> bool:
        return -AHEAD <= self.now - at <= most


AHEAD = timedelta(minutes=2)
"""How far clocks may disagree."""
