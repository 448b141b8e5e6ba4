"""The stationary bootstrap, vectorised over resamples.

Politis & Romano 1994 (JASA 89), with the automatic block length of Politis & White 2004 (Econometric Reviews 23) as
corrected by Patton, Politis & White 2009.

A resample is a row of weights (how often each bar was drawn), so that any statistic made of sums costs one matrix
product for all resamples. The library's (`arch.bootstrap`) loop over resamples is what the tests hold this against.
"""

import numpy as np

from gate.domain.market import Floats

RESAMPLES = 1000
CONFIDENCE = 0.95


def block_length(values: Floats) -> float:
    """The block length that is best for the mean of `values` (T,): Patton, Politis & White 2009, eq. for b_SB."""
    values = values[np.isfinite(values)]
    count = len(values)
    if count < 10 or np.ptp(values) == 0:
        return 1.0
    centred = values - values.mean()
    bandwidth = max(5, int(np.sqrt(np.log10(count))))
    longest = min(int(np.ceil(np.sqrt(count))) + bandwidth, count - 2)
    covariance = np.array([centred[lag:] @ centred[: count - lag] / count for lag in range(longest + 1)])
    flat = insignificant_from(covariance[1:] / covariance[0], bandwidth, 2.0 * np.sqrt(np.log10(count) / count))
    lags = np.arange(1, min(2 * max(flat, 1), longest) + 1)
    weight = np.minimum(1.0, 2.0 * (1.0 - lags / (lags[-1])))
    long_run = covariance[0] + 2.0 * (weight * covariance[lags]).sum()
    slope = 2.0 * (weight * lags * covariance[lags]).sum()
    best = (2.0 * slope**2 / (2.0 * long_run**2)) ** (1 / 3) * count ** (1 / 3) if long_run > 0 else 1.0
    return float(np.clip(best, 1.0, min(3.0 * np.sqrt(count), count / 3.0)))


def insignificant_from(correlation: Floats, bandwidth: int, bound: float) -> int:
    """The lag after which `bandwidth` autocorrelations in a row are within the bound."""
    small = np.abs(correlation) < bound
    for lag in range(len(small) - bandwidth + 1):
        if small[lag : lag + bandwidth].all():
            return lag
    return int(np.flatnonzero(~small)[-1]) + 1 if (~small).any() else 1


def weights(count: int, block: float, seed: int, resamples: int = RESAMPLES) -> Floats:
    """(resamples, count) how often each bar is drawn; rows sum to count."""
    random = np.random.default_rng(seed)
    starts = random.integers(0, count, size=(resamples, count))
    fresh = random.random((resamples, count)) < 1.0 / block
    fresh[:, 0] = True
    position = np.arange(count)
    begun = np.maximum.accumulate(np.where(fresh, position, 0), axis=1)
    drawn = (np.take_along_axis(starts, begun, axis=1) + position - begun) % count
    flat = drawn + np.arange(resamples)[:, None] * count
    return np.bincount(flat.ravel(), minlength=resamples * count).reshape(resamples, count).astype(np.float64)


def interval(draws: Floats) -> tuple[float, float] | None:
    """95% percentile interval of what the resamples gave; None where they gave no numbers."""
    draws = draws[np.isfinite(draws)]
    if len(draws) < 20:
        return None
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
