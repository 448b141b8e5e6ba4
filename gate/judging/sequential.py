"""When enough pairs have been timed: confidence sequences on the mean log ratio, valid whenever one stops looking.

Where the pairs scatter as timings do (standard deviation up to SIGMA) it is the two-sided normal mixture (Robbins 1970;
Howard, Ramdas, McAuliffe & Sekhon 2021, Annals of Statistics 49, eq. 3.7). Where they scatter more, nothing is assumed
of the variance: the scale-invariant mixture of t-tests (Lai 1976, Annals of Statistics 4; Wang & Ramdas 2025,
Anytime-valid t-tests, Sequential Analysis 44), and the machine is called noisy.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

SIGMA = 0.20
"""Standard deviation of one pair's log CPU ratio; .11 to .18 was measured on loaded two-core machines."""
ALPHA = 0.05
ONE_SIDED = 1.6448536269514722
"""95% of a normal distribution lie below."""
RHO = 1.0
"""The normal mixture's precision in observations: tightest around the first few pairs."""
EFFECT = 10.0
"""Prior variance of (log ratio / its standard deviation) in the mixture of t-tests: threefold is no small effect."""
SMALL_EFFECT = 1.0
"""The same where a slowdown is looked for: the margin of 1.25x is about one SIGMA."""


class Decision(StrEnum):
    """Where the ratio lies, as far as is known."""

    OVER = "over"
    UNDER = "under"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """What the pairs so far say of the ratio candidate / baseline."""

    ratio: float
    """Exp of the middle log ratio; 1.0 before the first pair."""
    low: float
    high: float
    """95% interval of the ratio, valid at any number of pairs."""
    pairs: int
    scatter: float
    """Sample standard deviation of the log ratios."""
    noisy: bool
    """The pairs scatter more than timings do on a machine that is fit for timing."""
    slower: bool
    """Slower than the baseline beyond doubt: by SIGMA, and by how much these pairs scatter. To accuse takes both."""

    def against(self, bound: float) -> Decision:
        """Hold the ratio against a bound (a ratio, e.g. 3.0); exactly at the bound is under."""
        if self.low > bound:
            return Decision.OVER
        return Decision.UNDER if self.high <= bound else Decision.UNDECIDED

    def settled(self, limit: float | None, margin: float | None) -> bool:
        """More pairs could not change what is said of the limit or of a slowdown beyond the margin."""
        if limit is not None and self.against(limit) is not Decision.UNDER:
            return self.against(limit) is Decision.OVER
        return margin is None or self.slower or self._below(margin)

    def _below(self, margin: float) -> bool:
        """No slowdown beyond the margin is left to be found, by SIGMA or by how little these pairs scatter.

        Pairs that agree by chance may be believed here: what ends too early is a search, and nobody is accused.
        """
        return min(self.high, self.ratio * exp(radius_of_any(self.pairs, self.scatter))) <= margin


def stand(logs: Sequence[float], alpha: float = ALPHA) -> Stand:
    """What the log ratios of the pairs say; before the first, everything is possible. `alpha`: how often it may err."""
    if not logs:
        return Stand(ratio=1.0, low=0.0, high=math.inf, pairs=0, scatter=0.0, noisy=False, slower=False)
    mean, scatter = middle(logs), spread(logs)
    noisy = scatter > most_scatter(len(logs))
    half = radius(len(logs), alpha)
    if noisy:
        half = max(half, radius_of_any(len(logs), scatter, alpha))
    return Stand(
        ratio=exp(mean),
        low=exp(mean - half),
        high=exp(mean + half),
        pairs=len(logs),
        scatter=scatter,
        noisy=noisy,
        slower=mean > max(half, radius_of_any(len(logs), scatter, alpha, SMALL_EFFECT)),
    )


def middle(logs: Sequence[float]) -> float:
    """Their mean, each drawn in to SIGMA about their median (Tukey's winsorizing).

    A shared machine is slow by half for a second now and then, and a pair is torn apart where that begins or ends.
    Which way is chance, as the order of the two is, so drawing in moves no centre; and what is bounded by SIGMA on
    either side scatters like a normal distribution of SIGMA at most (Hoeffding 1963, JASA 58), as the interval assumes.
    """
    half = median(logs)
    return sum(min(max(log, half - SIGMA), half + SIGMA) for log in logs) / len(logs)


def most_scatter(pairs: int) -> float:
    """The sample standard deviation that so few pairs exceed by chance in 5% where SIGMA is the true one.

    The quantile of chi-squared by Wilson & Hilferty 1931 (PNAS 17); infinite with fewer than two pairs.
    """
    freedom = pairs - 1
    if freedom < 1:
        return math.inf
    part = 2.0 / (9.0 * freedom)
    return SIGMA * math.pow(1.0 - part + ONE_SIDED * math.sqrt(part), 1.5)


def radius(pairs: int, alpha: float = ALPHA) -> float:
    """Half-width of the interval of the mean log ratio under the normal mixture; infinite before the first pair."""
    if pairs < 1:
        return math.inf
    mixed = (pairs + RHO) * (math.log((pairs + RHO) / RHO) + 2.0 * math.log(1.0 / alpha))
    return SIGMA * math.sqrt(mixed) / pairs


def radius_of_any(pairs: int, scatter: float, alpha: float = ALPHA, effect: float = EFFECT) -> float:
    """Half-width whatever the variance is: where the t-mixture's evidence against a mean reaches 1 / alpha.

    With g = effect and r = 1 + n g, the evidence is r^(-1/2) [(1 + T) / (1 + T / r)]^(n/2), T = t² / (n - 1). It cannot
    reach 1 / ALPHA with fewer than three pairs (five of a small effect).
    """
    if pairs < 2:
        return math.inf
    r = 1.0 + pairs * effect
    k = alpha ** (-2.0 / pairs) * r ** (1.0 / pairs)
    if k >= r:
        return math.inf
    return scatter * math.sqrt((pairs - 1) * (k - 1.0) / (1.0 - k / r) / pairs)


def evidence(logs: Sequence[float], moved: float, sigma: float = SIGMA) -> float:
    """Log likelihood ratio of a mean log ratio of `moved` against none at all (Wald 1945, Ann. Math. Stat. 16).

    Each log is drawn in to `sigma` beyond the two: one torn pair neither accuses nor acquits by itself.
    """
    drawn = (min(max(log, -sigma), moved + sigma) for log in logs)
    return sum(moved * (log - moved / 2.0) for log in drawn) / sigma**2


def spread(logs: Sequence[float]) -> float:
    """Sample standard deviation; 0 with fewer than two."""
    if len(logs) < 2:
        return 0.0
    mean = sum(logs) / len(logs)
    return math.sqrt(sum((value - mean) ** 2 for value in logs) / (len(logs) - 1))


def exp(log: float) -> float:
    """Return e to this power, 0 and infinity where a float ends."""
    return math.exp(log) if -700.0 < log < 700.0 else math.inf if log > 0 else 0.0
