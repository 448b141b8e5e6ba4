"""What the deployed strategy shows just now, as far as a dashboard needs it."""

from enum import StrEnum

import msgspec

from gate.domain.limit import Limit


class LiveState(StrEnum):
    """One live metric against its limit."""

    WITHIN = "within"
    WARNING = "warning"
    BREACHED = "breached"
    UNKNOWN = "unknown"
    """Too few bars, no data, or no number: never green."""


class LiveMetric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over the monitor's window."""

    metric: str
    state: LiveState
    value: float | None = None
    baseline: float | None = None
    limit: Limit = Limit()
    interval: tuple[float, float] | None = None
    """95% interval of the value."""
    n: int = 0
    """Bars behind the value."""
    sentence: str = ""


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """The last bars of one symbol: price, and the regime that the strategy saw. All three are as long."""

    symbol: str
    at: tuple[str, ...]
    """UTC, ISO 8601."""
    price: tuple[float | None, ...]
    state: tuple[str, ...]
    """"": none, or an invalid one."""


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The monitor's word, with its age."""

    at: str
    """UTC, ISO 8601, when the newest record was read: what is older than allowed is unknown, whatever it says."""
    version: str = ""
    metrics: tuple[LiveMetric, ...] = ()
    tails: tuple[Tail, ...] = ()
    trouble: str = ""
    """Why less can be trusted than it seems, in one line."""
