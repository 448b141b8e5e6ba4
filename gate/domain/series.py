"""What the pictures are drawn from."""

from dataclasses import dataclass

from gate.domain.market import Floats, Ints, Times
from gate.domain.observation import TimedRun
from gate.domain.version import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleSeries:
    """One role on one symbol, out of sample; T bars."""

    role: Role
    state: Ints
    """(T,) rank of the causal state by volatility in its training window, 0 = calmest; -1 = invalid."""
    confidence: Floats
    """(T,) NaN where invalid."""
    equity: Floats
    """(T,) growth of 1 by the strategy, after costs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SymbolSeries:
    """Both roles on one symbol, at the first seed."""

    symbol: str
    time: Times
    close: Floats
    roles: tuple[RoleSeries, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """How often one role was right on simulated bars, the least sure tenth of its answers first."""

    role: Role
    confidence: Floats
    """(B,) mean confidence of each tenth."""
    right: Floats
    """(B,) share of them that named the true state."""
    error: float
    """Expected calibration error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Everything drawable."""

    symbols: tuple[SymbolSeries, ...]
    memory: tuple[TimedRun, ...] = ()
    reliability: tuple[Reliability, ...] = ()
