"""The stationary bootstrap (Politis & Romano 1994, JASA 89), vectorised over resamples and over metrics.

Blocks are as long as the automatic rule allows at all (Politis & White 2004, Econometric Reviews 23, corrected by
Patton, Politis & White 2009: 3√T bars), not as long as it would choose. It looks at the series' own autocorrelation,
which is short; how often a state changes hangs on which regimes the years happened to hold, and those last for months.
With its choice the 95% intervals of a level covered the truth in 83%: `python -m benchmarks.error_rates.intervals`.

Every statistic here is made of sums, so a resample is never written out: its blocks are enough, and what each block
adds to a sum is known from running totals. The library's (`arch.bootstrap`) loop over resamples is what the tests hold
this against; `python -m benchmarks.error_rates.resampling` times both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gate.domain.market import Floats

Positions = npt.NDArray[np.int64]
RESAMPLES = 1000
CONFIDENCE = 0.95
NORMAL = 1.959963984540054
"""97.5% of a normal distribution lie below."""
FEWEST_BLOCKS = 2.5
"""Fewer say nothing of their variance: what is that short is stretched as if there were so many."""
COLUMNS, CHUNK = 64, 1 << 17
"""Columns summed at once, and sums of blocks that are written out at once: what a processor's cache may hold."""
SEEDS_SEED = 20_251_024


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
        out = np.empty((len(self.first), columns.shape[1]))
        end = self.first + self.length
        for left in range(0, columns.shape[1], COLUMNS):
            some = columns[:, left : left + COLUMNS]
            total = np.zeros((2 * self.count + 1, some.shape[1]))
            np.cumsum(np.concatenate([some, some]), axis=0, out=total[1:])
            rows = max(1, CHUNK // max(self.first.shape[1] * some.shape[1], 1))
            for top in range(0, len(out), rows):
                of = slice(top, top + rows)
                blocks = total.take(end[of], axis=0) - total.take(self.first[of], axis=0)
                out[of, left : left + COLUMNS] = blocks.sum(axis=1)
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
    width = max(1, int(np.ceil(count / block + 4.0 * np.sqrt(count / block)))) if count else 0
    length = random.geometric(1.0 / block, size=(resamples, width))
    while count and (length.sum(axis=1) < count).any():
        length = np.hstack([length, random.geometric(1.0 / block, size=(resamples, max(1, width // 4)))])
    until = np.minimum(np.cumsum(length, axis=1), count)
    return Resamples(
        first=random.integers(0, max(count, 1), size=length.shape),
        length=np.diff(until, axis=1, prepend=0),
        count=count,
    )


def median_over_seeds(values: Sequence[Floats], role: int = 0) -> Floats:
    """(R,) the median over the seeds' resampled values (R,) each, with the seeds drawn with replacement, too.

    Which seeds a model happened to be given is as much chance as which bars it met. Roles draw their seeds apart. A
    seed whose resamples gave no number at all is left out; without any, there is nothing (0,).
    """
    known = np.array([seed for seed in values if np.isfinite(seed).any()])
    if not len(known):
        return np.zeros(0)
    drawn = np.random.default_rng(SEEDS_SEED + role).integers(0, len(known), size=(known.shape[1], len(known)))
    median: Floats = np.median(known[drawn, np.arange(known.shape[1])[:, None]], axis=1)
    return median


def interval(draws: Floats, stretch: float = 1.0) -> tuple[float, float] | None:
    """95% percentile interval of what the resamples gave, stretched about their median; None without numbers."""
    draws = draws[np.isfinite(draws)]
    if len(draws) < 20:
        return None
    low, middle, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2])
    return float(middle - stretch * (middle - low)), float(middle + stretch * (high - middle))


def block_of(count: int) -> float:
    """The mean length of a block of resampled bars."""
    return max(1.0, float(np.ceil(min(3.0 * np.sqrt(count), count / 3.0))))


def blocks_of(count: int) -> float:
    """How many blocks there are, at least FEWEST_BLOCKS."""
    return max(count / block_of(count), FEWEST_BLOCKS)


def stretch_of(count: int) -> float:
    """By how much the few long blocks make an interval of `count` bars too narrow.

    Resamples are drawn about the mean of these bars instead of the true one, which takes 2b/T off their variance (the
    weights of Politis & Romano 1994, lemma 1, summed). And a variance that is known from T/b blocks is uncertain:
    Student's t in place of the normal distribution (Kiefer & Vogelsang 2005, Econometric Theory 21, for b/T fixed).
    """
    blocks = blocks_of(count)
    return float(student(blocks) / NORMAL / np.sqrt(1.0 - 2.0 / blocks))


def student(freedom: float) -> float:
    """The 97.5% quantile of Student's t (Abramowitz & Stegun 1964, 26.7.5; scipy takes longer to import)."""
    z = NORMAL
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
