"""The stationary bootstrap, vectorised over resamples.

Politis & Romano 1994 (JASA 89), with the automatic block length of Politis & White 2004 (Econometric Reviews 23) as
corrected by Patton, Politis & White 2009.

Every statistic here is made of sums, and the sum over a block is the difference of two running totals: no resample is
ever written out. The library's (`arch.bootstrap`) loop over resamples is what the tests hold this against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gate.domain.market import Floats

RESAMPLES = 1000
CONFIDENCE = 0.95


def block_length(values: Floats) -> float:
    """The block length that is best for the mean of `values` (T,): Patton, Politis & White 2009, eq. for b_SB.

    Step for step `arch.bootstrap.optimal_block_length`, but never below one bar.
    """
    values = values[np.isfinite(values)]
    count = len(values)
    if count < 10 or np.ptp(values) == 0:
        return 1.0
    width = max(5, int(np.log10(count)))
    covariance, correlation = autocorrelations(values - values.mean(), int(np.ceil(np.sqrt(count))) + width)
    last = cut_off(correlation, width, 2.0 * np.sqrt(np.log10(count) / count))
    lags = np.arange(1, last + 1)
    weight = np.minimum(1.0, 2.0 * (1.0 - lags / last))
    long_run = covariance[0] + 2.0 * (weight * covariance[lags]).sum()
    slope = 2.0 * (weight * lags * covariance[lags]).sum()
    longest = np.ceil(min(3.0 * np.sqrt(count), count / 3.0))
    best = (slope**2 / long_run**2 * count) ** (1 / 3) if long_run else longest
    return float(np.clip(best, 1.0, longest))


def autocorrelations(centred: Floats, longest: int) -> tuple[Floats, Floats]:
    """(longest + 1,) autocovariances and |autocorrelations|; a lag without any variance left correlates fully."""
    count = len(centred)
    products = np.array([centred[lag:] @ centred[: count - lag] for lag in range(longest + 1)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    after = np.arange(1, longest + 2)
    power = np.maximum(squares[-1] - squares[np.minimum(after, count)], 0.0) * squares[np.maximum(count - after, 0)]
    correlation = np.divide(np.abs(products), np.sqrt(power), out=np.ones(longest + 1), where=power > 0)
    return products / count, correlation


def cut_off(correlation: Floats, width: int, bound: float) -> int:
    """Twice the lag from which `width` autocorrelations in a row are within the bound; the last lag where none is."""
    longest = len(correlation) - 1
    quiet = np.lib.stride_tricks.sliding_window_view(correlation[:-1] < bound, width).all(axis=1)
    return min(2 * max(int(quiet.argmax()), 1), longest) if quiet.any() else longest


@dataclass(frozen=True, kw_only=True, slots=True)
class Resamples:
    """Blocks of bars, laid end to end (around the end of the data) until every resample is as long as the data."""

    first: npt.NDArray[np.int64]
    """(B,) the bar with which a block begins."""
    stop: npt.NDArray[np.int64]
    """(B,) the bar before which it ends, up to twice the number of bars."""
    rows: npt.NDArray[np.int64]
    """(R,) the block with which each resample begins."""

    def sums(self, columns: Floats) -> Floats:
        """(R, M) the sum over each resample of each of the columns (T, M)."""
        if not len(self.first):
            return np.zeros((len(self.rows), columns.shape[1]))
        return np.column_stack([self._sum(column) for column in columns.T])

    def _sum(self, column: Floats) -> Floats:
        so_far = np.concatenate([[0.0], np.cumsum(np.concatenate([column, column]))])
        sums: Floats = np.add.reduceat(so_far[self.stop] - so_far[self.first], self.rows)
        return sums


def draw(count: int, block: float, seed: int, resamples: int = RESAMPLES) -> Resamples:
    """Resamples of `count` bars in blocks of geometric length, `block` bars on average."""
    starts, chances = random_numbers(count, seed, resamples)
    fresh = chances < 1.0 / block
    fresh[:, :1] = True
    begins = np.flatnonzero(fresh)
    first = starts.ravel()[begins]
    return Resamples(
        first=first,
        stop=first + np.diff(begins, append=fresh.size),
        rows=np.searchsorted(begins, np.arange(resamples) * count),
    )


@lru_cache(maxsize=4)
def random_numbers(count: int, seed: int, resamples: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """(resamples, count) bars, and chances that a block begins; the same for all metrics of one symbol."""
    random = np.random.default_rng(seed)
    return random.integers(0, max(count, 1), size=(resamples, count)), random.random((resamples, count))


def over_seeds(draws: Sequence[Floats]) -> tuple[float, float] | None:
    """95% interval of the median over the seeds; a seed whose resamples gave no number at all is left out."""
    known = [seed for seed in draws if np.isfinite(seed).any()]
    return interval(np.median(known, axis=0)) if known else None


def interval(draws: Floats) -> tuple[float, float] | None:
    """95% percentile interval of what the resamples gave; None where they gave no numbers."""
    draws = draws[np.isfinite(draws)]
    if len(draws) < 20:
        return None
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
