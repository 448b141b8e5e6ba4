"""When enough pairs have been timed: a confidence sequence on the mean log ratio, valid whenever one stops looking.

Two-sided normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, Annals of Statistics 49, eq. 3.7), for
log ratios of one pair with standard deviation at most SIGMA. Spread seen beyond that widens the interval.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

SIGMA = 0.20
"""Standard deviation of one pair's log CPU ratio; .11 to .18 was measured on loaded two-core machines."""
ALPHA = 0.05
RHO = 1.0
"""The mixture's precision in observations: tightest around the first few pairs."""


class Decision(StrEnum):
    """Where the ratio lies, as far as is known."""

    OVER = "over"
    UNDER = "under"
    UNDECIDED = "undecided"


def radius(pairs: int, sigma: float = SIGMA) -> float:
    """Half-width of the interval of the mean log ratio after `pairs` pairs; infinite before the first."""
    if pairs < 1:
        return math.inf
    spread = (pairs + RHO) * (math.log((pairs + RHO) / RHO) + 2.0 * math.log(1.0 / ALPHA))
    return sigma * math.sqrt(spread) / pairs


def spread(logs: Sequence[float]) -> float:
    """Sample standard deviation; 0 with fewer than two."""
    if len(logs) < 2:
        return 0.0
    mean = sum(logs) / len(logs)
    return math.sqrt(sum((value - mean) ** 2 for value in logs) / (len(logs) - 1))


def interval(logs: Sequence[float]) -> tuple[float, float]:
    """95% interval of the ratio (not of its logarithm)."""
    if not logs:
        return 0.0, math.inf
    half = radius(len(logs), max(SIGMA, spread(logs)))
    mean = sum(logs) / len(logs)
    return math.exp(mean - half), math.exp(mean + half)


def decide(logs: Sequence[float], limit: float) -> Decision:
    """Hold the ratio against a limit (a ratio, e.g. 3.0)."""
    low, high = interval(logs)
    if low > limit:
        return Decision.OVER
    return Decision.UNDER if high <= limit else Decision.UNDECIDED
