"""How often a literal limit fires on identical code: the baseline against itself, had it been given other seeds.

The baseline's own values under its seeds are drawn again with replacement, once as the baseline and once as a candidate
that is the same code, and held against the limit as the judge holds them. What the bars leave to chance is not in it:
both would meet the same bars.
"""

import numpy as np

from gate.domain.limit import Limit
from gate.domain.market import Floats
from gate.domain.metric import Direction, Measurement, Metric

DRAWS = 4000
SEED = 20_251_025
LEAST_SEEDS = 2


def false_alarms(metric: Metric, limit: Limit, baseline: Measurement | None) -> float | None:
    """Share of comparisons of the baseline with itself that would breach the limit; None with fewer than two seeds."""
    if baseline is None or len(baseline.seeds) < LEAST_SEEDS:
        return None
    ours, theirs = (medians(np.array(baseline.seeds), turn) for turn in (0, 1))
    worse = 1.0 if metric.direction is Direction.LOWER_IS_BETTER else -1.0
    return float(breaches(limit, ours, theirs, worse).mean())


def medians(seeds: Floats, turn: int) -> Floats:
    """(DRAWS,) the median of as many seeds drawn with replacement."""
    random = np.random.default_rng(SEED + turn)
    drawn: Floats = np.median(seeds[random.integers(0, len(seeds), size=(DRAWS, len(seeds)))], axis=1)
    return drawn


def breaches(limit: Limit, ours: Floats, theirs: Floats, worse: float) -> np.ndarray:
    """Where `theirs` breaches some bound of the limit against `ours`: what `limits.breach_of` says of each."""
    least = limit.floor or 0.0
    found = np.zeros(len(ours), dtype=bool)
    if limit.max is not None:
        found |= theirs > limit.max
    if limit.min is not None:
        found |= theirs < limit.min
    if limit.max_increase is not None:
        found |= worse * (theirs - ours) > limit.max_increase
    with np.errstate(divide="ignore", invalid="ignore"):
        if limit.max_worse is not None:
            change = worse * (theirs - ours)
            found |= np.where(change > 0, change / np.maximum(np.abs(ours), least), 0.0) > limit.max_worse
        if limit.max_ratio is not None:
            above, below = np.maximum(theirs, least), np.maximum(ours, least)
            found |= np.where(below > 0, above / below, np.where(above <= 0, 1.0, np.inf)) > limit.max_ratio
    return found
