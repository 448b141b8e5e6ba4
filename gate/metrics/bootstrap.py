"""The stationary bootstrap, vectorised over resamples and over metrics.

Politis & Romano 1994 (JASA 89), with the automatic block length of Politis & White 2004 (Econometric Reviews 23) as
corrected by Patton, Politis & White 2009.

Every statistic here is made of sums, so a resample is never written out: how often it holds each bar is enough, and all
sums of all metrics are one product of matrices. The library's (`arch.bootstrap`) loop over resamples is what the tests
hold this against.
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
CHUNK = 1 << 20
"""Weights that are written out at once: 8 MiB, which a processor's cache may hold."""
SEEDS_SEED = 20_251_024


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
    """(longest + 1,) autocovariances and |autocorrelations|; a lag without any variance left correlates fully.

    `longest` is shorter than the series.
    """
    count = len(centred)
    products = np.array([centred[lag:] @ centred[: count - lag] for lag in range(longest + 1)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    after = np.arange(1, longest + 2)
    power = np.maximum(squares[-1] - squares[after], 0.0) * squares[count - after]
    correlation = np.divide(np.abs(products), np.sqrt(power), out=np.ones(longest + 1), where=power > 0)
    return products / count, correlation


def cut_off(correlation: Floats, width: int, bound: float) -> int:
    """Twice the lag from which `width` autocorrelations in a row are within the bound; the last lag where none is."""
    longest = len(correlation) - 1
    quiet = np.lib.stride_tricks.sliding_window_view(correlation[:-1] < bound, width).all(axis=1)
    return min(2 * max(int(quiet.argmax()), 1), longest) if quiet.any() else longest


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
        """(R, M) the sum over each resample of each of the columns (T, M)."""
        rows = max(1, CHUNK // max(self.count, 1))
        parts = [self.weights(start, start + rows) @ columns for start in range(0, len(self.first), rows)]
        return np.concatenate(parts)

    def bars(self, start: int, stop: int) -> Positions:
        """(stop - start, T) the bars of these resamples in their order, for what hangs on it (a drawdown)."""
        length = self.length[start:stop].ravel()
        begins = np.repeat(self.first[start:stop].ravel(), length)
        inside = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        bars: Positions = ((begins + inside) % self.count).reshape(-1, self.count)
        return bars

    def weights(self, start: int, stop: int) -> Floats:
        """(stop - start, T) how often each of these resamples holds each bar."""
        first, length = self.first[start:stop], self.length[start:stop]
        row = np.arange(len(first))[:, None] * (self.count + 1)
        end = first + length
        around = end > self.count
        cells = len(first) * (self.count + 1)
        steps = np.bincount((row + first).ravel(), minlength=cells)
        steps -= np.bincount((row + np.where(around, end - self.count, end)).ravel(), minlength=cells)
        steps = steps.reshape(len(first), self.count + 1)
        steps[:, 0] += around.sum(axis=1)
        held: Floats = np.cumsum(steps[:, : self.count], axis=1, dtype=np.float64)
        return held


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


def interval(draws: Floats) -> tuple[float, float] | None:
    """95% percentile interval of what the resamples gave; None where they gave no numbers."""
    draws = draws[np.isfinite(draws)]
    if len(draws) < 20:
        return None
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
