"""What the deployed strategy writes down, bar by bar, and what the monitor knows of it at one moment."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from gate.domain.limit import Limit
from gate.domain.operating import MonitorSettings
from gate.domain.settings import StrategySettings

SCHEMA = 1
"""Of the records. A line of another schema is not understood, and counts as an invalid prediction."""
SNAPSHOT_SCHEMA = 1

Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line. Unknown fields are let through, so that a user may add some."""

    schema: int = msgspec.field(name="schema")
    time: Aware
    """Of the bar (or attempt, crash, sign of life), with its zone."""
    symbol: str
    """ "" for what concerns all of them: a training over all symbols, a crash."""
    sequence: Annotated[int, msgspec.Meta(ge=0)]
    """Counts this symbol's records: one that is there twice is dropped, one that is missing is seen."""
    kind: Literal["bar", "training", "crash", "alive"] = "bar"
    """"bar": one prediction. "training": one attempt. "crash": the strategy died. "alive": nothing to say, but here."""
    role: Literal["live", "shadow"] = "live"
    """"shadow": the baseline, which runs beside the live version and does not trade."""
    version: str = ""
    fit: str = ""
    """Names the fit that answered; a change of state across two fits is none. Unset: each training begins a new one."""
    state: int | str | None = None
    posterior: tuple[float, ...] | None = None
    confidence: float | None = None
    """Where there is no posterior."""
    position: float | None = None
    """What is held from this bar on, -1 .. 1."""
    earned: float | None = msgspec.field(default=None, name="return")
    """Net, on this bar. Unset: reckoned from position and price, as before the merge."""
    price: float | None = None
    latency: float | None = None
    """Seconds that the prediction took."""
    error: str | None = None
    """The prediction (or training, or strategy) raised, timed out or died of this; null: it did not."""
    lost: int = 0
    """Records before this one that could not be written."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the monitor goes by: its own settings, and what the gate goes by before the merge."""

    monitor: MonitorSettings = MonitorSettings()
    limits: dict[str, Limit] = {}
    strategy: StrategySettings = StrategySettings()
    states: tuple[str, ...] = ()
    """The labels that are valid, where [model] names them."""


class Watched(StrEnum):
    """How a metric stands."""

    OK = "ok"
    FIRING = "firing"
    UNKNOWN = "unknown"
    """Too few bars, no baseline, no records: never green."""


class Problem(StrEnum):
    """What can be wrong with the input. Closed; each is counted, and said once."""

    UNREADABLE = "unreadable"
    CUT = "cut"
    SCHEMA = "schema"
    DOUBLED = "doubled"
    OUT_OF_ORDER = "out of order"
    MISSING = "missing"
    FUTURE = "future"
    CLOCK = "clock"
    VERSION = "unknown version"
    TRUNCATED = "truncated"
    TOO_LONG = "too long"
    COMPRESSED = "compressed"
    LOST = "lost"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one scope."""

    metric: str
    symbol: str = ""
    """"": all symbols pooled."""
    state: Watched
    since: str = ""
    """UTC, ISO 8601: the record with which this state began; "" where it was never another."""
    value: float | None = None
    """Over the long window."""
    n: int = 0
    short: float | None = None
    """Over the short window."""
    short_n: int = 0
    baseline: float | None = None
    """The shadow run's, over its long window."""
    limit: Limit = Limit()
    sentence: str = ""


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One bar of one symbol, to be drawn."""

    at: datetime
    state: str = ""
    """ "" where the prediction was invalid."""
    price: float | None = None
    confidence: float | None = None
    growth: float = 0.0
    """Cumulative net return since the monitor began."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The newest bars of one symbol, oldest first; bounded."""

    symbol: str
    version: str = ""
    points: tuple[Point, ...] = ()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there are records at all."""

    state: Watched
    """OK: they come. FIRING: none for too long. UNKNOWN: none yet."""
    last_record_at: str = ""
    """UTC, ISO 8601, by the record's own clock."""
    stale_after: float = 0.0
    """Seconds without a record that are too long."""
    records: int = 0
    problems: dict[str, int] = {}
    """By `Problem`, how often."""
    quiet: tuple[str, ...] = ()
    """Symbols that have no records while others have."""
    latency: float | None = None
    """Seconds within which 99% of the newest predictions came; for information."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """monitor.json: all that the monitor knows at one moment. Written whole, about once a second."""

    schema: int = SNAPSHOT_SCHEMA
    at: str
    """UTC, ISO 8601. A reader that finds it old must say "unknown"."""
    started_at: str
    """When the monitor (or the watch) began."""
    until: str = ""
    """When the watch ends; "" where there is none."""
    feed: Feed
    versions: tuple[str, ...] = ()
    """That the newest live records name."""
    standings: tuple[Standing, ...] = ()
    firing: tuple[str, ...] = ()
    """Keys of the alerts that ring."""
    undelivered: int = 0
    """Alerts that nobody has been told of yet."""
    level: int | None = None
    """Of the rollback that what rings now would mean."""
    series: tuple[Series, ...] = ()
