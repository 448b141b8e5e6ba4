"""The stationary bootstrap, vectorised over resamples.

Politis & Romano 1994 (JASA 89), with the automatic block length of Politis & White 2004 (Econometric Reviews 23) as
corrected by Patton, Politis & White 2009.

A resample is a row of weights (how often each bar was drawn), so that any statistic made of sums costs one matrix
product for all resamples. The library's (`arch.bootstrap`) loop over resamples is what the tests hold this against.
"""

from collections.abc import Sequence

import numpy as np

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


def weights(count: int, block: float, seed: int, resamples: int = RESAMPLES) -> Floats:
    """(resamples, count) how often each bar is drawn; rows sum to count.

    A block that begins at bar s and lasts n bars adds one to s .. s+n-1 (around the end): +1 and -1 at its borders,
    summed up afterwards.
    """
    if not count:
        return np.zeros((resamples, 0))
    random = np.random.default_rng(seed)
    starts = random.integers(0, count, size=(resamples, count))
    fresh = random.random((resamples, count)) < 1.0 / block
    fresh[:, 0] = True
    begins = np.flatnonzero(fresh)
    lasts = np.diff(begins, append=fresh.size)  # every row begins a block, so none reaches into the next row
    row = begins // count * (count + 1)
    first = starts.ravel()[begins]
    stop = first + lasts
    size = resamples * (count + 1)
    steps = np.bincount(row + first, minlength=size) - np.bincount(row + np.minimum(stop, count), minlength=size)
    beyond = stop > count
    steps += np.bincount(row[beyond], minlength=size)
    steps -= np.bincount((row + stop - count)[beyond], minlength=size)
    return steps.reshape(resamples, count + 1)[:, :-1].cumsum(axis=1).astype(np.float64)


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
