"""What the monitor keeps: one lane for the live version, one for the shadow run, and what is known beside them."""

from datetime import UTC, datetime

import msgspec

from gate.domain.verdict import Judgement
from gate.metrics.live import Track, Windows
from gate.metrics.live_performance import Portfolio
from gate.usecases.monitoring.scope import ScopeState


class EngineState(msgspec.Struct, kw_only=True):
    """What is kept beside the tracks."""

    schema: int = 1
    started_at: datetime | None = None
    records: int = 0
    problems: dict[str, int] = {}
    last_at: datetime | None = None
    """Of the newest live record, never ahead of the clock."""
    bar_at: datetime | None = None
    """Of the newest live bar, by its own clock."""
    gaps: list[float] = []
    """Seconds between the newest bars."""
    turns: int = 0
    """Bars by the clock of the records, whichever symbol had one."""
    quiet: dict[str, str] = {}
    """Symbols that have no records while others have, and since when."""
    stale: bool = False
    stale_since: str = ""
    versions: list[str] = []
    last_symbol: dict[str, str] = {}
    pooled: dict[str, ScopeState] = {}
    scopes: dict[str, ScopeState] = {}
    portfolios: dict[str, Portfolio] = {}
    compared: int = 0
    """Bars that were whole in both roles."""
    compared_until: datetime | None = None
    """The bar before which they are whole."""
    fired: dict[str, Judgement] = {}
    """The judgement with which each trigger fired first since the watch began."""


class Lane:
    """One role's symbols."""

    def __init__(self, size: int) -> None:
        self.tracks: dict[str, Track] = {}
        self.windows: dict[str, Windows] = {}
        self.pooled = Windows()
        self.portfolio = Portfolio(size=size)
        self.symbols = 0
        """Those that have bars."""


def iso(time: datetime) -> str:
    """UTC, for records."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
