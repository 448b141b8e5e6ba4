"""One metric through the history: what was held against its limit, verdict by verdict, thinned so that nothing hides.

A long history is cut into as many buckets as are drawn, equally many verdicts each. A bucket keeps its least and its
greatest value and its worst state: a single breach among thousands stays on the chart.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate.domain.metric import Metric, Unit
from gate.domain.numbers import PERCENT, POINTS, RATIO, scaled, show
from gate.report import wording
from gate.report.dashboard.given import Judged, Kept
from gate.report.dashboard.states import State, of_judgement, worst
from gate.report.dashboard.when import moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """One metric in one verdict."""

    at: float
    """Seconds since 1970."""
    entry: Kept
    judgement: Judged


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """What is drawn of a metric: its value, or its change against the baseline, whichever the limit speaks of."""

    unit: Unit
    kind: str = ""
    """"": the value. Else the change's kind."""

    def value(self, judgement: Judged) -> float | None:
        """What is held against the limit; None where it is no number."""
        held = judgement.change if self.kind else judgement.candidate
        return held if held is not None and math.isfinite(held) else None

    def base(self, judgement: Judged) -> float | None:
        """Where the baseline stands on this axis."""
        if self.kind:
            return 1.0 if self.kind == "ratio" else 0.0
        return judgement.baseline if judgement.baseline is not None and math.isfinite(judgement.baseline) else None

    def bounds(self, judgement: Judged) -> tuple[float, ...]:
        """The limits on this axis."""
        limit = judgement.limit
        if not self.kind:
            return tuple(bound for bound in (limit.min, limit.max) if bound is not None)
        by_kind = {"ratio": limit.max_ratio, "relative": limit.max_worse}
        bound = by_kind.get(self.kind, limit.max_increase)
        return () if bound is None else (bound,)

    def say(self, value: float | None) -> str:
        """Print a value of this axis."""
        if not self.kind:
            return show(value, self.unit)
        if self.kind == "ratio":
            return scaled(value, RATIO)
        if self.kind == "relative":
            return scaled(value, PERCENT)
        return scaled(value, POINTS) if self.unit is Unit.SHARE or self.kind == "points" else show(value, self.unit)

    def tell(self, value: float | None) -> str:
        """Print it as a sentence would: a change is better or worse, not plus or minus."""
        if value is None or self.kind in {"", "ratio"}:
            return self.say(value)
        return f"{self.say(abs(value))} {'worse' if value > 0 else 'better'}" if value else "no change"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """Neighbouring sightings as one place on a chart."""

    at: float
    count: int
    value: float | None
    """Their median."""
    low: float | None
    high: float | None
    """Least and greatest; where nothing is merged, the 95% interval."""
    base: float | None
    bounds: tuple[float, ...]
    state: State
    """The worst of them."""
    worst: float | None
    """The value that has the worst state."""


class Trails(dict[str, list[Sighting]]):
    """Every metric's sightings, by time; thinned once, however often it is drawn.

    An entry without a readable time has no place on a chart.
    """

    def __init__(self, entries: Iterable[Kept] = ()) -> None:
        super().__init__()
        self._thin: dict[tuple[str, Axis, int], tuple[Bucket, ...]] = {}
        for entry in entries:
            at = moment(entry.at) if entry.verdict else None
            if at is None or entry.verdict is None:
                continue
            seconds = at.timestamp()
            for judgement in entry.verdict.judgements:
                self.setdefault(judgement.metric, []).append(Sighting(at=seconds, entry=entry, judgement=judgement))
        for sightings in self.values():
            sightings.sort(key=lambda one: one.at)

    def thinned(self, name: str, axis: Axis, most: int) -> "tuple[Bucket, ...]":
        """At most `most` buckets of one metric."""
        key = (name, axis, most)
        if key not in self._thin:
            self._thin[key] = thinned(self[name], axis, most)
        return self._thin[key]


def axis_of(judgement: Judged, metric: Metric | None) -> Axis:
    """The axis that the limit speaks of; a literal bound on the value comes first."""
    limit = judgement.limit
    literal = limit.max is not None or limit.min is not None
    relative = any(bound is not None for bound in (limit.max_ratio, limit.max_worse, limit.max_increase))
    unit = wording.unit_of(metric)
    return Axis(unit=unit, kind=judgement.change_kind) if relative and not literal else Axis(unit=unit)


def thinned(sightings: Sequence[Sighting], axis: Axis, most: int) -> tuple[Bucket, ...]:
    """At most `most` buckets, the oldest first."""
    if not sightings:
        return ()
    size = -(-len(sightings) // most)
    starts = range(0, len(sightings), size)
    return tuple(_bucket(sightings[start : start + size], axis, alone=size == 1) for start in starts)


def _bucket(sightings: Sequence[Sighting], axis: Axis, *, alone: bool) -> Bucket:
    last = sightings[-1].judgement
    values = sorted(value for one in sightings if (value := axis.value(one.judgement)) is not None)
    states = [of_judgement(one.judgement) for one in sightings]
    state = worst(states)
    low, high = _spread(sightings, values, alone=alone)
    return Bucket(
        at=sightings[len(sightings) // 2].at,
        count=len(sightings),
        value=statistics.median(values) if values else None,
        low=low,
        high=high,
        base=axis.base(last),
        bounds=axis.bounds(last),
        state=state,
        worst=axis.value(sightings[states.index(state)].judgement),
    )


def _spread(
    sightings: Sequence[Sighting], values: Sequence[float], *, alone: bool
) -> tuple[float | None, float | None]:
    """One band says one thing: the interval where each verdict stands alone, else the range."""
    if not alone:
        return (values[0], values[-1]) if values else (None, None)
    interval = sightings[0].judgement.interval
    return interval if interval and all(math.isfinite(end) for end in interval) else (None, None)
