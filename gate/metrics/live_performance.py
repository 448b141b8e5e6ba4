"""What live records earned: the strategy's measures of live and shadow, on the bars that are whole in both.

`tests/monitor/test_same_metrics.py` holds each value against the function that measures it before the merge.
"""

from bisect import bisect_left
from datetime import datetime

import msgspec
import numpy as np

from gate.domain.market import Floats
from gate.domain.metric import Comparison, Measurement
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import strategy
from gate.metrics.values import real


class Portfolio(msgspec.Struct, kw_only=True):
    """What all symbols of one role earned, bar by bar, oldest first, at most `size` bars. Changed in place."""

    size: int
    times: list[datetime] = []
    earned: list[float] = []
    """Sum over the symbols."""
    traded: list[bool] = []
    """Some symbol had a position."""
    at: list[float] = []
    """Nanoseconds since 1970, as `strategy` counts."""

    def add(self, time: datetime, earned: float, *, traded: bool) -> bool:
        """Add one symbol's return; True where a new bar began by it."""
        times = self.times
        place = len(times) - 1 if times and times[-1] == time else bisect_left(times, time)
        if place < len(times) and times[place] == time:
            self.earned[place] += earned
            self.traded[place] = self.traded[place] or traded
            return False
        if not place and len(times) >= self.size:
            return False  # before the window
        newest = place == len(times)
        times.insert(place, time)
        self.earned.insert(place, earned)
        self.traded.insert(place, traded)
        self.at.insert(place, time.timestamp() * 1e9)
        if len(times) > self.size:
            del times[0], self.earned[0], self.traded[0], self.at[0]
        return newest

    @property
    def newest(self) -> datetime | None:
        """The bar that may not be whole yet."""
        return self.times[-1] if self.times else None

    def until(self, end: datetime, bars: int) -> "Portfolio":
        """The newest `bars` before a time."""
        stop = bisect_left(self.times, end)
        part = slice(max(stop - bars, 0), stop)
        return Portfolio(
            size=bars, times=self.times[part], earned=self.earned[part], traded=self.traded[part], at=self.at[part]
        )

    def laid(self, axis: "Portfolio") -> "Portfolio":
        """The same on another's bars: nothing was earned where there is no record."""
        if self.times == axis.times:
            return self
        mine = dict(zip(self.times, zip(self.earned, self.traded, strict=True), strict=True))
        found = [mine.get(time, (0.0, False)) for time in axis.times]
        return Portfolio(
            size=axis.size,
            times=axis.times,
            earned=[earned for earned, _ in found],
            traded=[traded for _, traded in found],
            at=axis.at,
        )


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """Both roles on the bars that are whole in both."""

    candidate: Measurement
    baseline: Measurement
    comparison: Comparison | None = None


def compared(
    live: Portfolio,
    shadow: Portfolio,
    bars: int,
    symbols: tuple[int, int],
    settings: StrategySettings,
    *,
    closely: bool = False,
) -> Performance:
    """Performance of live and shadow over the newest `bars` that are whole in both; `closely`: with an interval."""
    ours, theirs = whole_bars(live, shadow, bars)
    candidate = performance(ours, symbols[0], settings, Role.CANDIDATE)
    baseline = performance(theirs, symbols[1], settings, Role.BASELINE)
    if not closely or settings.measure != "sharpe" or candidate.value is None or baseline.value is None:
        return Performance(candidate=candidate, baseline=baseline)
    found = strategy.Performance(
        returns={
            Role.CANDIDATE: returns_of(ours, symbols[0])[np.newaxis],
            Role.BASELINE: returns_of(theirs, symbols[1])[np.newaxis],
        },
        traded={Role.CANDIDATE: (True,), Role.BASELINE: (True,)},
        periods=periods_of(ours, settings),
    )
    between = strategy.sharpe_interval(found)
    comparison = Comparison(
        metric="strategy_performance",
        change=baseline.value - candidate.value,
        kind="difference",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=len(ours.times),
    )
    return Performance(candidate=candidate, baseline=baseline, comparison=comparison)


def whole_bars(live: Portfolio, shadow: Portfolio, bars: int) -> tuple[Portfolio, Portfolio]:
    """Both on the newest bars that every symbol has had its chance to report: those before the newest of either."""
    ends = [end for end in (live.newest, shadow.newest) if end is not None]
    if not ends:
        return live, shadow
    ours, theirs = live.until(min(ends), bars), shadow.until(min(ends), bars)
    if ours.times == theirs.times:
        return ours, theirs
    axis = dict(zip((*ours.times, *theirs.times), (*ours.at, *theirs.at), strict=True))
    times = sorted(axis)[-bars:]
    joined = Portfolio(size=bars, times=times, at=[axis[time] for time in times])
    return ours.laid(joined), theirs.laid(joined)


def returns_of(portfolio: Portfolio, symbols: int) -> Floats:
    """(T,) the mean over the symbols."""
    return np.array(portfolio.earned, dtype=np.float64) / max(symbols, 1)


def periods_of(portfolio: Portfolio, settings: StrategySettings) -> float:
    """Bars a year."""
    return strategy.periods_per_year(np.array(portfolio.at, dtype=np.float64), settings)


def performance(portfolio: Portfolio, symbols: int, settings: StrategySettings, role: Role) -> Measurement:
    """The measure that [strategy] names, of one role. A drawdown is given as minus itself: more is better."""
    name, did, count = settings.measure, any(portfolio.traded), len(portfolio.times)
    sign = -1.0 if name == "max_drawdown" else 1.0
    periods = periods_of(portfolio, settings)
    value = sign * strategy.measure_of(name, returns_of(portfolio, symbols), periods) if did else np.nan
    return Measurement(
        metric="strategy_performance",
        role=role,
        value=real(value),
        n=count,
        note="" if did or not count else strategy.NEVER_TRADED,
    )
