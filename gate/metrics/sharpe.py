"""The difference of two Sharpe ratios and its standard error, for returns that depend on each other and on their past.

Ledoit & Wolf 2008, Robust performance hypothesis testing with the Sharpe ratio, Journal of Empirical Finance 15, §3.1:
the delta method on the first two moments, with a long-run variance by the quadratic spectral kernel (Andrews 1991,
Econometrica 59, eq. 2.7 and 6.4 for its bandwidth).
"""

import numpy as np

from gate.domain.market import Floats

LONGEST_MEMORY = 0.97
"""A larger first autocorrelation would make the bandwidth longer than any series (Andrews & Monahan 1992)."""


def standard_error(ours: Floats, theirs: Floats) -> float:
    """Standard error of SR(ours) - SR(theirs), both (T,) on the same bars, in units a bar; NaN where one never varies.

    Identical returns have none: 0.
    """
    count = len(ours)
    if count <= 4:
        return np.nan
    means = np.array([ours.mean(), theirs.mean(), (ours**2).mean(), (theirs**2).mean()])
    variance = means[2:] - means[:2] ** 2
    if (variance <= 0).any():
        return np.nan
    slope_of_mean = means[2:] / variance**1.5
    slope_of_square = -0.5 * means[:2] / variance**1.5
    influence = (
        slope_of_mean[0] * (ours - means[0])
        - slope_of_mean[1] * (theirs - means[1])
        + slope_of_square[0] * (ours**2 - means[2])
        - slope_of_square[1] * (theirs**2 - means[3])
    )
    return float(np.sqrt(max(long_run_variance(influence), 0.0) / (count - 4)))


def long_run_variance(values: Floats) -> float:
    """Σ of all autocovariances of `values` (T,), weighted by the quadratic spectral kernel."""
    centred = values - values.mean()
    count = len(centred)
    covariance = np.correlate(centred, centred, mode="full")[count - 1 :] / count
    if covariance[0] <= 0:
        return 0.0
    memory = float(np.clip(covariance[1] / covariance[0], -LONGEST_MEMORY, LONGEST_MEMORY))
    width = 1.3221 * (4.0 * memory**2 / (1.0 - memory) ** 4 * count) ** 0.2
    return float(covariance[0] + 2.0 * (quadratic_spectral(np.arange(1.0, count), width) * covariance[1:]).sum())


def quadratic_spectral(lags: Floats, width: float) -> Floats:
    """Weights of the lags (from 1 on); no memory, no lags."""
    if width <= 0:
        return np.zeros(len(lags))
    angle = 6.0 * np.pi * lags / width / 5.0
    weights: Floats = 3.0 / angle**2 * (np.sin(angle) / angle - np.cos(angle))
    return weights
