"""The stationary bootstrap (Politis & Romano 1994, JASA 89), vectorised over resamples and over metrics.

Blocks are as long as the automatic rule allows at all (Politis & White 2004, Econometric Reviews 23, corrected by
Patton, Politis & White 2009: 3√T bars), not as long as it would choose. It looks at the series' own autocorrelation,
which is short; how often a state changes hangs on which regimes the years happened to hold, and those last for months.
With its choice the 95% intervals of a level covered the truth in 83%: `python -m benchmarks.error_rates.intervals`.

Every statistic here is made of sums, so a resample is never written out: its blocks are enough, and what each block
adds to a sum is known from running totals. The library's (`arch.bootstrap`) loop over resamples is what the tests hold
this against; `python -m benchmarks.error_rates.resampling` times both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gate.domain.market import Floats

Positions = npt.NDArray[np.int64]
RESAMPLES = 1000
CONFIDENCE = 0.95
NORMAL = 1.959963984540054
"""97.5% of a normal distribution lie below."""
LEAST = 0.25
"""Bars and seeds together leave open no less than this share of what either does."""
WELCH = 2.0
"""Degrees of freedom by which Satterthwaite's are too few, where the variances are themselves estimated."""
FEWEST_BLOCKS = 2.5
"""Fewer say nothing of their variance: what is that short is told as if there were so many."""
COLUMNS, CHUNK = 32, 1 << 15
"""Columns summed at once, and sums of blocks that are written out at once: what a processor's cache may hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resamples:
    """Blocks of bars, laid end to end (around the end of the data) until every resample is as long as the data.

    B blocks are laid out for each of R resamples; those that begin beyond the end have no bars.
    """

    first: Positions
    """(R, B) the bar with which a block begins."""
    length: Positions
    """(R, B) its bars; the rows sum to the number of bars, T."""
    count: int
    """T."""

    def sums(self, columns: Floats) -> Floats:
        """(R, M) the sum over each resample of each of the columns (T, M).

        A block's sum is the difference of two running totals, over the data laid twice end to end.
        """
        out = np.zeros((len(self.first), columns.shape[1]))
        if not self.count:
            return out
        held = self.length > 0
        first, end = self.first[held], (self.first + self.length)[held]
        edges = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
        for left in range(0, columns.shape[1], COLUMNS):
            some = columns[:, left : left + COLUMNS]
            total = np.zeros((2 * self.count + 1, some.shape[1]))
            np.cumsum(np.concatenate([some, some]), axis=0, out=total[1:])
            rows = max(1, CHUNK // (self.first.shape[1] * some.shape[1]))
            for top in range(0, len(out), rows):
                edge = edges[top : top + rows + 1]
                blocks = total.take(end[edge[0] : edge[-1]], axis=0)
                blocks -= total.take(first[edge[0] : edge[-1]], axis=0)
                out[top : top + rows, left : left + COLUMNS] = np.add.reduceat(blocks, edge[:-1] - edge[0], axis=0)
        return out

    def bars(self, start: int, stop: int) -> Positions:
        """(stop - start, T) the bars of these resamples in their order, for what hangs on it (a drawdown)."""
        length = self.length[start:stop].ravel()
        begins = np.repeat(self.first[start:stop].ravel(), length)
        inside = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        bars: Positions = ((begins + inside) % self.count).reshape(-1, self.count)
        return bars


@lru_cache(maxsize=8)
def draw(count: int, block: float, seed: int, resamples: int = RESAMPLES) -> Resamples:
    """Resamples of `count` bars in blocks of geometric length, `block` bars on average.

    The same numbers give the same resamples: metrics that share them are resampled together.
    """
    random = np.random.default_rng(seed)
    width = max(1, int(np.ceil(count / block + 4.0 * np.sqrt(count / block))))
    ends = 1.0 / block  # a block, with each of its bars
    length = random.geometric(ends, size=(resamples, width))
    while (length.sum(axis=1) < count).any():
        length = np.hstack([length, random.geometric(ends, size=(resamples, max(1, width // 4)))])
    until = np.minimum(np.cumsum(length, axis=1), count)
    return Resamples(
        first=random.integers(0, max(count, 1), size=length.shape),
        length=np.diff(until, axis=1, prepend=0),
        count=count,
    )


def median_over_seeds(values: Sequence[Floats]) -> Floats:
    """(R,) the median over the seeds' resampled values (R,) each: the seeds as they were given, on other bars.

    A seed whose resamples gave no number at all is left out; without any, there is nothing (0,).
    """
    known = [seed for seed in values if np.isfinite(seed).any()]
    return np.median(known, axis=0) if known else np.zeros(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Luck:
    """What is left to chance by the seeds that a version happened to be given."""

    variance: float = 0.0
    """Of the median over the seeds, had others been given, as their scatter tells it."""
    of_bars: float = 0.0
    """How much of that scatter the bars made, and not the seeds: resampled bars hold it already."""
    freedom: float = 1.0


def luck_of(values: Sequence[float], by_bars: float = 0.0) -> Luck:
    """How far the median over seeds hangs on which they are, from the value of each.

    Components of variance (Searle, Casella & McCulloch 1992, ch. 3): seeds scatter by their luck, and `by_bars` because
    each makes something else of the same bars. Where they scatter less than bars make them, that is chance too, and the
    difference is negative: to see no luck in it, and luck in what chance made larger, would see too much on average.
    One seed shows none: what others would have made of it nobody can tell.
    """
    known = [value for value in values if math.isfinite(value)]
    if len(known) < 2:
        return Luck()
    share = share_of_median(len(known))
    return Luck(variance=share * float(np.var(known, ddof=1)), of_bars=share * by_bars, freedom=len(known) - 1.0)


def with_luck(of_bars: float, luck: Sequence[Luck]) -> float:
    """The variance that bars and seeds make together; at least LEAST of what either makes.

    Where bars seem to make more of the seeds' scatter than they make altogether, that is chance, and the difference is
    negative as in `luck_of`: to see nothing there, and what chance made larger elsewhere, sees too much on average,
    most of all between two versions that are alike.
    """
    seeds = sum(one.variance for one in luck)
    return max(of_bars - sum(one.of_bars for one in luck) + seeds, LEAST * of_bars, LEAST * seeds)


def scatter_of_bars(drawn: Sequence[Floats]) -> float:
    """Variance between the seeds (S, R) that resampled bars alone make; 0 where fewer than two can be compared."""
    known = np.array([seed for seed in drawn if np.isfinite(seed).any()])
    if len(known) < 2:
        return 0.0
    known = known[:, np.isfinite(known).all(axis=0)]
    if not known.size:
        return 0.0
    return float(np.var(known - known.mean(axis=1, keepdims=True), axis=0, ddof=1).mean())


def share_of_median(count: int) -> float:
    """Variance of the median of `count` normal values over that of one.

    π/2n for many (Cramér 1946, §28.5), 1 of one and 1/2 of two; between them within 3% of Teichroew's tables (1956,
    Annals of Mathematical Statistics 27).
    """
    return np.pi / (2.0 * count + (np.pi - 2.0) * (1.0 if count % 2 else 2.0))


def interval(draws: Floats, blocks: float = np.inf, luck: Sequence[Luck] = ()) -> tuple[float, float] | None:
    """95% interval about the median of what resampled bars gave (R,), with the luck of the seeds; None without numbers.

    The draws' percentiles give its two sides. They are drawn from few long `blocks` about the mean of these bars
    instead of the true one, which takes 2b/T off their variance (the weights of Politis & Romano 1994, lemma 1,
    summed), and a variance that few blocks or few seeds tell is itself uncertain: Student's t in place of the normal
    distribution (Kiefer & Vogelsang 2005, Econometric Theory 21, for b/T fixed). Bars and seeds are independent, so
    their variances add.
    """
    draws = draws[np.isfinite(draws)]
    if len(draws) < 20:
        return None
    low, middle, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2])
    lacking = 1.0 / (1.0 - 2.0 / blocks)
    luck = [replace(one, of_bars=lacking * one.of_bars) for one in luck]
    of_bars = lacking * float(draws.var()) - sum(one.of_bars for one in luck)
    reach = student(freedom_of(max(of_bars, 0.0), blocks, luck))
    below, above = (
        reach * np.sqrt(with_luck(lacking * (side / NORMAL) ** 2, luck)) for side in (middle - low, high - middle)
    )
    return float(middle - below), float(middle + above)


def interval_of_median(values: Sequence[float]) -> tuple[float, float] | None:
    """95% interval of the median of values that were drawn apart; None of fewer than six, which have none.

    Whatever the distribution, and where a mean is carried off by one bad fit. Between two of the values themselves it
    would hold by the binomial exactly, but only at the levels that so many values have (96.9% of six, 93.8% of five);
    95% lies between a value and the next one inwards (Hettmansperger & Sheather 1986, Confidence intervals based on
    interpolated order statistics, Statistics & Probability Letters 4).
    """
    count, ordered = len(values), sorted(values)
    outside = np.cumsum([math.comb(count, k) for k in range(count // 2)]) * 2.0 ** (1 - count)
    at = int((outside <= 1.0 - CONFIDENCE).sum())  # the first value whose interval would hold too seldom
    if not at:
        return None
    inwards = (1.0 - CONFIDENCE - outside[at - 1]) / (outside[at] - outside[at - 1])
    share = (count - at) * inwards / (at + (count - 2 * at) * inwards)
    low, high = ordered[at - 1], ordered[-at]
    return float(low + share * (ordered[at] - low)), float(high + share * (ordered[-at - 1] - high))


def freedom_of(variance: float, blocks: float, luck: Sequence[Luck]) -> float:
    """Degrees of freedom of what bars (a variance told by so many blocks) and seeds leave open together.

    Satterthwaite 1946, An approximate distribution of estimates of variance components, Biometrics Bulletin 2; with
    Welch's correction for variances that are estimated (1947, Biometrika 34), unless one has a single degree.
    """
    parts = [(variance, blocks), *((one.variance, one.freedom) for one in luck if one.variance)]
    more = WELCH if all(freedom >= 2.0 for _, freedom in parts) else 0.0
    doubt = sum(part**2 / (freedom + more) for part, freedom in parts)
    return float(sum(part for part, _ in parts) ** 2 / doubt) - more if doubt > 0 else blocks


def block_of(count: int, *, paired: bool = False) -> float:
    """The mean length of a block of resampled bars; half as long for what two versions make of the same bars.

    Both meet the same storms, or the same lack of them: what they differ by lasts for weeks, not for months.
    """
    longest = max(1.0, float(np.ceil(min(3.0 * np.sqrt(count), count / 3.0))))
    return max(1.0, longest / 2.0) if paired else longest


def blocks_of(count: int, *, paired: bool = False) -> float:
    """How many blocks there are, at least FEWEST_BLOCKS."""
    return max(count / block_of(count, paired=paired), FEWEST_BLOCKS)


def student(freedom: float) -> float:
    """The 97.5% quantile of Student's t (Abramowitz & Stegun 1964, 26.7.5; scipy takes longer to import).

    Within 1% of it from two degrees of freedom on; of one it lies within 94.4% instead of 95%.
    """
    z = NORMAL
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
