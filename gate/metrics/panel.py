"""All symbols on one axis of time, and what is resampled on it.

Markets move together: two indices that fall on the same day are one observation, not two. So a resample draws times,
and takes every symbol's bar of each time that it draws (the symbols are the cluster); both versions and all seeds meet
the same draws, which is what makes their differences paired.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gate.domain.market import Floats, Times
from gate.domain.metric import Comparison
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.values import median_of_seeds, real

Counted = tuple[Floats, Floats]
"""Numerator and denominator, bar by bar."""
Count = Callable[[Graded], Counted]
SEED = 20_251_019
BOTH = (Role.BASELINE, Role.CANDIDATE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """The times at which some symbol has a bar, T of them."""

    times: Times

    @classmethod
    def of(cls, evidence: Evidence, runs: tuple[Graded, ...]) -> "Panel":
        """Every time that some of the runs met."""
        met = {(g.run.key.symbol, len(g.run.bar)): evidence.market(g).time[g.run.bar] for g in runs}
        return cls(times=np.unique(np.concatenate([*met.values()])) if met else np.zeros(0, dtype="datetime64[ns]"))

    def laid(self, evidence: Evidence, graded: Graded, values: Floats) -> Floats:
        """(T,) `values` at the run's bars (a number a bar), 0 where its symbol has no bar."""
        at = np.searchsorted(self.times, evidence.market(graded).time[graded.run.bar])
        return np.bincount(at, weights=values, minlength=len(self.times)).astype(np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratios:
    """A ratio of sums over symbols and bars, for each seed of each role, with its resamples."""

    value: Mapping[Role, tuple[float, ...]]
    """As observed, a number a seed; NaN where there is nothing to divide by."""
    drawn: Mapping[Role, tuple[Floats, ...]]
    """(R,) for each seed."""
    paired: Mapping[Role, tuple[Floats, ...]]
    """(R,) for each seed, in the shorter blocks of a difference."""
    n: Mapping[Role, int]
    """Sum of the denominators."""
    bars: int
    """Times at which some symbol has a bar."""

    def median(self, role: Role) -> float | None:
        """The median of the seeds."""
        return median_of_seeds(self.value[role])

    def interval(self, role: Role) -> tuple[float, float] | None:
        """95% interval of that median."""
        luck = self._luck(role, self.drawn)
        return bootstrap.interval(bootstrap.median_over_seeds(self.drawn[role]), bootstrap.blocks_of(self.bars), [luck])

    def change(self, sign: float) -> tuple[float, tuple[float, float] | None]:
        """Candidate minus baseline times `sign` (so that positive is worse), and its paired 95% interval."""
        before, after = (self.median(role) for role in BOTH)
        ours, theirs = (bootstrap.median_over_seeds(self.paired[role]) for role in BOTH)
        luck, blocks = [self._luck(role, self.paired) for role in BOTH], bootstrap.blocks_of(self.bars, paired=True)
        between = bootstrap.interval(sign * (theirs - ours), blocks, luck) if len(ours) and len(theirs) else None
        return (np.nan if before is None or after is None else sign * (after - before)), between

    def _luck(self, role: Role, drawn: Mapping[Role, tuple[Floats, ...]]) -> bootstrap.Luck:
        return bootstrap.luck_of(self.value[role], bootstrap.scatter_of_bars(drawn[role]))


def ratios(evidence: Evidence, count: Count) -> Ratios:
    """Count every run, pool the symbols of each seed on the axis of time, resample all seeds of both roles at once."""
    panel = Panel.of(evidence, evidence.graded)
    pooled = {role: [_pool(evidence, panel, runs, count) for runs in evidence.seeds(role).values()] for role in Role}
    return Ratios(
        value={role: tuple(_ratio(pair) for pair in seeds) for role, seeds in pooled.items()},
        drawn=_resampled(pooled, paired=False),
        paired=_resampled(pooled, paired=True),
        n={role: int(sum(below.sum() for _, below in seeds)) for role, seeds in pooled.items()},
        bars=len(panel.times),
    )


def _resampled(pooled: Mapping[Role, list[Counted]], *, paired: bool) -> dict[Role, tuple[Floats, ...]]:
    """(R,) the ratio of each seed's pair of columns (numerator, denominator) in each resample."""
    columns = [column for seeds in pooled.values() for pair in seeds for column in pair]
    if not columns:
        return dict.fromkeys(pooled, ())
    count = len(columns[0])
    sums = bootstrap.draw(count, bootstrap.block_of(count, paired=paired), SEED).sums(np.column_stack(columns))
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = iter((sums[:, ::2] / sums[:, 1::2]).T)
    return {role: tuple(next(drawn) for _ in seeds) for role, seeds in pooled.items()}


def _pool(evidence: Evidence, panel: Panel, runs: tuple[Graded, ...], count: Count) -> Counted:
    counted = [(graded, count(graded)) for graded in runs]
    above = [panel.laid(evidence, graded, top) for graded, (top, _) in counted]
    below = [panel.laid(evidence, graded, bottom) for graded, (_, bottom) in counted]
    return np.sum(above, axis=0), np.sum(below, axis=0)


def _ratio(pair: Counted) -> float:
    below = float(pair[1].sum())
    return float(pair[0].sum()) / below if below else np.nan


def difference(metric: str, found: Ratios, sign: float) -> Comparison:
    """The paired difference of a ratio of sums as a comparison; positive is worse."""
    change, between = found.change(sign)
    return Comparison(
        metric=metric,
        change=real(change),
        kind="difference",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=min(len(found.value[role]) for role in Role),
    )
