"""When a limit rings at a bar, and when it is quiet again: the gate's own judgement, asked of two windows.

A trigger fires where the long and the short window are beyond the limit for some bars in a row, and ends where one of
them is well within it for as many. Both runs are counted whatever the state, so a tighter limit never rings later and
never ends earlier.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from gate.domain.limit import Limit
from gate.domain.metric import Metric, Unit
from gate.judging.limits import bounds, outside, relative
from gate.metrics.live import PAIR, UNIT, Windows, measurement

if TYPE_CHECKING:
    from gate.domain.monitoring import Standing

NEVER = -1


class Turn(Enum):
    """What became of a trigger at this bar."""

    FIRED = "fired"
    CLEARED = "cleared"


def split(limit: Limit) -> tuple[Limit | None, Limit | None]:
    """What holds of the live version alone, and what holds against the baseline; None where there is nothing."""
    absolute = [name for name in bounds(limit) if not relative(name)]
    against = [name for name in bounds(limit) if relative(name)]
    without = msgspec.structs.replace
    return (
        without(limit, **dict.fromkeys(against)) if absolute else None,
        without(limit, **dict.fromkeys(absolute)) if against else None,
    )


def tightened(limit: Limit, share: float, unit: Unit) -> Limit:
    """The same limit, so much tighter: within it a value is well, and not just barely."""
    changes: dict[str, float] = {}
    for name in bounds(limit):
        allowed = float(getattr(limit, name))
        if name == "max_ratio":
            changes[name] = 1.0 + (allowed - 1.0) * share if allowed > 1.0 else allowed * share
        elif name == "min":
            room = 1.0 - allowed if unit is Unit.SHARE else abs(allowed)
            changes[name] = allowed + (1.0 - share) * room
        else:
            changes[name] = allowed * share
    return msgspec.structs.replace(limit, **changes)


class Frontier(dict[int, tuple[int, int]]):
    """For each denominator the numerators that are within an absolute limit, as `limits.outside` judges them.

    Found by halving, kept from then on: at a bar two integers are compared instead of a judgement made.
    """

    def __init__(self, metric: Metric, limit: Limit) -> None:
        super().__init__()
        self._metric, self._limit = metric, limit
        self._unit = UNIT if metric.name == "confidence" else 1

    def __missing__(self, below: int) -> tuple[int, int]:
        """Search once."""
        most = below * self._unit * 2  # a certainty may be a little above one
        low, high = 0, most
        if self._limit.max is not None:
            near = int(self._limit.max * below * self._unit)
            high = last_where(lambda above: not self._outside(above, below, "max"), most, near)
        if self._limit.min is not None:
            near = int(self._limit.min * below * self._unit)
            low = last_where(lambda above: self._outside(above, below, "min"), most, near) + 1
        self[below] = (low, high)
        return low, high

    def _outside(self, above: int, below: int, bound: str) -> bool:
        measured = measurement(self._metric.name, above, below)
        return outside(measured, self._metric.unit, bound, float(getattr(self._limit, bound)))


@lru_cache(maxsize=256)
def frontier_of(metric: Metric, limit: Limit) -> Frontier:
    """One for all symbols: it is found once."""
    return Frontier(metric, limit)


def last_where(holds: Callable[[int], bool], most: int, near: int) -> int:
    """The last of 0 .. most for which it holds, where it holds up to some point; -1 where it never does.

    `near` = where it may be: that is looked at first.
    """
    low, high = near - 2, near + 2
    if low < 0 or high > most or not holds(low) or holds(high):
        low, high = -1, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a metric is watched."""

    long: int
    short: int
    minimum: int
    bars: int
    clear: float
    pooled: bool
    each: bool


class Trigger:
    """One limit of one scope, and whether it rings."""

    __slots__ = (
        "clear_since", "clears", "fire_since", "fires", "firing", "limit", "metric", "minimum", "onset", "pair",
        "rule", "shown", "since", "symbol", "well",
    )  # fmt: skip

    def __init__(self, metric: Metric, limit: Limit, rule: Rule, symbol: str) -> None:
        self.metric, self.limit, self.rule, self.symbol = metric, limit, rule, symbol
        self.well = tightened(limit, rule.clear, metric.unit)
        self.fires, self.clears = frontier_of(metric, limit), frontier_of(metric, self.well)
        self.pair = PAIR.get(metric.name)
        self.minimum = rule.minimum
        self.firing = False
        self.fire_since = self.clear_since = NEVER
        self.since = ""
        self.shown: tuple[tuple[object, ...], Standing] | None = None
        """What was last shown of it, and of which values."""
        self.onset: datetime | None = None
        """Of the first bar of the run of bars that fired, or may yet."""

    @property
    def against(self) -> bool:
        """It is held against the baseline."""
        return any(map(relative, bounds(self.limit)))

    @property
    def key(self) -> str:
        """Names what it is about."""
        words = ["monitor", self.metric.name, *(["baseline"] if self.against else []), self.symbol]
        return ":".join(word for word in words if word)

    def at(self, windows: Windows, tick: int, need: int, time: datetime | None = None) -> Turn | None:
        """Look at a bar."""
        assert self.pair is not None  # noqa: S101 (only metrics that every bar adds to)
        above, below = self.pair(windows.long)
        beyond = False
        if below >= self.minimum:
            low, high = self.fires[below]
            beyond = above < low or above > high
        if not beyond and not self.firing:
            self.fire_since = NEVER
            return None
        return self._closely(windows, (above, below), tick, need, time)

    def _closely(
        self, windows: Windows, long: tuple[int, int], tick: int, need: int, time: datetime | None
    ) -> Turn | None:
        assert self.pair is not None  # noqa: S101
        short = self.pair(windows.short)
        enough = long[1] >= self.minimum and short[1] > 0
        fire = enough and not within(self.fires, long) and not within(self.fires, short)
        clear = enough and (within(self.clears, long) or within(self.clears, short))
        return self.turn(tick, need, fire=fire, clear=clear, time=time)

    def turn(self, tick: int, need: int, *, fire: bool, clear: bool, time: datetime | None = None) -> Turn | None:
        """Count how long it has been so, and change the state when it has been long enough."""
        clear = clear and not fire
        if fire and self.fire_since == NEVER:
            self.onset = time
        self.fire_since = NEVER if not fire else tick if self.fire_since == NEVER else self.fire_since
        self.clear_since = NEVER if not clear else tick if self.clear_since == NEVER else self.clear_since
        if fire and not self.firing and tick - self.fire_since + 1 >= need:
            self.firing = True
            return Turn.FIRED
        if clear and self.firing and tick - self.clear_since + 1 >= need:
            self.firing = False
            return Turn.CLEARED
        return None


def within(frontier: Frontier, value: tuple[int, int]) -> bool:
    """A window's value lies within the limit."""
    low, high = frontier[value[1]]
    return low <= value[0] <= high
