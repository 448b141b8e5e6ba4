"""The metrics of `regimes`, `failures` and `strategy`, one bar at a time: the same definitions as running sums.

Every sum is of integers, so that what enters a window leaves it again without a trace: a certainty is counted in units
of 2^-53, which is exact for whatever a float between a half and one can be. `tests/monitor/test_same_metrics.py` holds
each value against the function that measures it before the merge.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

import msgspec
import numpy as np

from gate.domain.metric import Measurement
from gate.domain.monitoring import Point, Record
from gate.domain.version import Role
from gate.metrics import bootstrap, failures, strategy
from gate.metrics.grading import SUM_TOLERANCE
from gate.metrics.panel import SEED

UNIT = 2**53
CHANGED, COUNTED, VALID, FAILED, CALLED, SURE, BAR = (1 << bit for bit in range(7))
PAIRS = {
    "regime_change_rate": ("changed", "counted"),
    "confidence": ("certainty", "known"),
    "prediction_errors": ("failed", "called"),
    "invalid_predictions": ("invalid", "bars"),
}
"""Numerator and denominator of the metrics that every bar adds to."""
PAIR = {metric: attrgetter(*names) for metric, names in PAIRS.items()}
MOST_MISSING = 10_000
"""Sequence numbers that may still come, of one symbol."""


class Tally:
    """What the bars of a window sum up to."""

    __slots__ = ("bars", "called", "certainty", "changed", "counted", "failed", "invalid", "known")

    def __init__(self) -> None:
        self.changed = self.counted = self.invalid = self.bars = 0
        self.failed = self.called = self.known = self.certainty = 0

    def swap(self, new: int, old: int) -> None:
        """One bar's flags enter, another's leave; 0 is no bar."""
        changed, counted, invalid, bars, failed, called, known = _MOVES[new << 7 | old]
        self.changed += changed
        self.counted += counted
        self.invalid += invalid
        self.bars += bars
        self.failed += failed
        self.called += called
        self.known += known


def _adds(flags: int) -> tuple[int, ...]:
    return (
        bool(flags & CHANGED),
        bool(flags & COUNTED),
        bool(flags & BAR) and not flags & VALID,
        bool(flags & BAR),
        bool(flags & FAILED),
        bool(flags & CALLED),
        bool(flags & SURE),
    )


_MOVES = [tuple(a - b for a, b in zip(_adds(new), _adds(old), strict=True)) for new in range(128) for old in range(128)]


def measurement(metric: str, above: int, below: int, role: Role = Role.CANDIDATE) -> Measurement:
    """A window's value, in the form in which the gate judges it: a rate keeps its two integers."""
    if metric == "confidence":
        return Measurement(metric=metric, role=role, value=above / (UNIT * below) if below else None, n=below)
    if metric == "regime_change_rate":
        return Measurement(metric=metric, role=role, value=above / below if below else None, n=below)
    if metric == "strategy_crashes":
        return Measurement(metric=metric, role=role, value=float(above), count=above, n=max(below, 1))
    return failures.rate(metric, role, above, below)


# ------------------------------------------------------------------ one record


def certainty_of(record: Record) -> float | None:
    """The largest posterior where there is one, else the confidence handed out."""
    return max(record.posterior) if record.posterior else record.confidence


def is_valid(record: Record, certainty: float | None, allowed: frozenset[str], *, offered: bool) -> bool:
    """What `grading.grade` asks of a bar. `offered` = this version has handed out a certainty before."""
    posterior = record.posterior
    if record.state is None or record.error is not None or (certainty is None and offered):
        return False
    if certainty is not None and not 0.0 <= certainty <= 1.0 + SUM_TOLERANCE:
        return False
    if posterior and (min(posterior) < -SUM_TOLERANCE or abs(sum(posterior) - 1.0) > SUM_TOLERANCE):
        return False
    return is_known(record.state, len(posterior or ()), allowed)


def is_known(state: int | str, width: int, allowed: frozenset[str]) -> bool:
    """What `grading.in_range` asks of a label; 0 .. K-1 where K posteriors stand beside it and nobody named others."""
    if allowed:
        return str(state) in allowed
    if type(state) is not int:
        return True
    return 0 <= state < width if width > 1 else state >= 0


class Track(msgspec.Struct, kw_only=True):
    """One symbol of one role: its newest bars, and what the next one is held against. Changed in place."""

    symbol: str
    long: int
    short: int
    points_kept: int = 0
    flags: list[int] = []
    sure: list[int] = []
    at: int = 0
    bars: int = 0
    sequence: int = -1
    turn: int = 0
    """The monitor's count of bars at its newest one."""
    missing: set[int] = msgspec.field(default_factory=set)
    time: datetime | None = None
    """Of the newest record that was in order."""
    state: int | str | None = None
    fit: str = ""
    parted: bool = True
    """No change is counted into the next bar: a new fit answers, or something came late."""
    offered: bool = False
    version: str = ""
    held: float = 0.0
    before: float = 0.0
    price: float | None = None
    growth: float = 1.0
    points: list[Point] = []

    def __post_init__(self) -> None:
        if not self.flags:
            self.flags, self.sure = [0] * self.long, [0] * self.long

    def tallies(self) -> tuple[Tally, Tally]:
        """Long and short window, summed up afresh."""
        long, short = Tally(), Tally()
        for back in range(self.long):
            place = (self.at - 1 - back) % self.long
            for tally in (long, short) if back < self.short else (long,):
                tally.swap(self.flags[place], 0)
                tally.certainty += self.sure[place]
        return long, short

    def missed(self, sequence: int) -> int:
        """Note which numbers were jumped over; return how many."""
        jumped = sequence - self.sequence - 1
        self.missing.update(range(max(self.sequence + 1, sequence - MOST_MISSING), sequence))
        if len(self.missing) > MOST_MISSING:
            self.missing = set(sorted(self.missing)[-MOST_MISSING:])
        return jumped

    def grade(self, record: Record, allowed: frozenset[str], *, late: bool) -> tuple[int, int]:
        """Flags and certainty of the next bar. One that comes late parts what is before it from what is behind."""
        certainty = certainty_of(record)
        valid = is_valid(record, certainty, allowed, offered=self.offered)
        if certainty is not None:
            self.offered = True
        flags = BAR | CALLED if record.error is None else BAR | CALLED | FAILED
        if record.fit != self.fit:
            self.fit, self.parted = record.fit, True
        if not valid:
            return flags, 0
        if late:
            self.parted = True
            flags |= VALID
        elif self.parted:
            self.parted = False
            flags |= VALID
        else:
            flags |= VALID | COUNTED | CHANGED if record.state != self.state else VALID | COUNTED
        self.state = record.state
        if certainty is None:
            return flags, 0
        return flags | SURE, int(certainty * UNIT)

    def push(self, flags: int, sure: int, windows: "Windows", pooled: "Windows") -> None:
        """A bar enters both windows, here and in the pool; what is too old leaves them."""
        at = self.at
        out = (at - self.short) % self.long
        old, old_sure = self.flags[at], self.sure[at]
        middle, middle_sure = self.flags[out], self.sure[out]  # read before writing: short may be as long as long
        self.flags[at], self.sure[at] = flags, sure
        self.at = at + 1 if at + 1 < self.long else 0
        self.bars += 1
        long, short, all_long, all_short = windows.long, windows.short, pooled.long, pooled.short
        if flags != old:
            long.swap(flags, old)
            all_long.swap(flags, old)
        if flags != middle:
            short.swap(flags, middle)
            all_short.swap(flags, middle)
        sure_long, sure_short = sure - old_sure, sure - middle_sure
        long.certainty += sure_long
        all_long.certainty += sure_long
        short.certainty += sure_short
        all_short.certainty += sure_short

    def forget(self, windows: "Windows", pooled: "Windows") -> None:
        """Empty the windows: another version trades, and the old one's bars say nothing of it."""
        for _ in range(self.long):
            self.push(0, 0, windows, pooled)
        self.bars -= self.long
        self.parted, self.offered = True, False

    def earned(self, record: Record, cost: float, *, valid: bool) -> float | None:
        """The net return on this bar: as recorded, or of the position held up to it (`strategy.net_return`)."""
        known = record.earned
        if known is None and self.price and record.price is not None:
            known = strategy.net_return(self.held, self.before, record.price / self.price - 1.0, cost)
        if record.price is not None:
            self.price = record.price
        if record.position is not None or not valid:
            position = record.position if valid else 0.0
            self.before, self.held = self.held, min(max(position or 0.0, -1.0), 1.0)
        return known


class Windows:
    """The two windows of a scope."""

    __slots__ = ("long", "short")

    def __init__(self, long: Tally | None = None, short: Tally | None = None) -> None:
        self.long, self.short = long or Tally(), short or Tally()

    def add(self, long: Tally, short: Tally) -> None:
        """Pool another's."""
        for mine, other in ((self.long, long), (self.short, short)):
            for name in Tally.__slots__:
                setattr(mine, name, getattr(mine, name) + getattr(other, name))


def interval_of(metric: str, tracks: Sequence[Track]) -> tuple[float, float] | None:
    """95% interval of a share over the long windows, by resampling the bars of all symbols together (`panel`)."""
    bits = {"regime_change_rate": (CHANGED, COUNTED), "confidence": (0, SURE)}.get(metric)
    if bits is None or not tracks:
        return None  # rates of tries have exact intervals
    flags = np.array([[*track.flags[track.at :], *track.flags[: track.at]] for track in tracks])
    sure = np.array([[*track.sure[track.at :], *track.sure[: track.at]] for track in tracks], dtype=np.float64)
    above = (sure / UNIT if metric == "confidence" else (flags & bits[0] > 0)).sum(axis=0)
    below = (flags & bits[1] > 0).sum(axis=0)
    met = (flags & BAR).any(axis=0)
    columns = np.column_stack([above, below]).astype(np.float64)[met]
    count = len(columns)
    if not count:
        return None
    sums = bootstrap.draw(count, bootstrap.block_of(count), SEED).sums(columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = bootstrap.interval(sums[:, 0] / sums[:, 1], bootstrap.blocks_of(count))
    return (max(between[0], 0.0), min(between[1], 1.0)) if between else None
