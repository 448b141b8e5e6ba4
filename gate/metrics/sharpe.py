"""The difference of two Sharpe ratios and its standard error, for returns that depend on each other and on their past.

Ledoit & Wolf 2008, Robust performance hypothesis testing with the Sharpe ratio, Journal of Empirical Finance 15, §3.1:
the delta method on the first two moments, with a long-run variance by the quadratic spectral kernel (Andrews 1991,
Econometrica 59, eq. 2.7 and 6.4 for its bandwidth).
"""

import numpy as np

from gate.domain.market import Floats

TOGETHER = 5
"""Bars that are summed before it is asked how heavy the tails of their influence are."""
LONGEST_MEMORY = 0.97
"""A larger first autocorrelation would make the bandwidth longer than any series (Andrews & Monahan 1992)."""


def standard_error(ours: Floats, theirs: Floats) -> float:
    """Standard error of the mean Sharpe ratio of `ours` (S, T) minus that of `theirs`, on the same T bars.

    In units a bar; NaN where some returns never vary. Identical returns have none: 0. What bars leave open is mostly
    the same for all seeds of a version; what is not falls out of the mean of their influences as it does of their
    values.
    """
    count = ours.shape[1]
    if count <= 4:
        return np.nan
    moved = apart(ours, theirs)
    if not np.isfinite(moved).all():
        return np.nan
    return float(np.sqrt(max(long_run_variance(moved), 0.0) / (count - 4)))


def freedom(ours: Floats, theirs: Floats) -> float:
    """Degrees of freedom that heavy tails leave the variance under that standard error; infinite of identical returns.

    By the kurtosis of what a few bars together add (O'Neill 2014, Some useful moment results in sampling problems, The
    American Statistician 68): where a handful of storms makes most of a difference, it also makes most of what is known
    of its variance.
    """
    moved = apart(ours, theirs)
    sums = np.convolve(np.concatenate([moved, moved[: TOGETHER - 1]]), np.ones(TOGETHER), mode="valid")
    if not sums.any():
        return np.inf
    pieces = max(len(moved) / TOGETHER, 4.0)
    kurtosis = (sums**4).mean() / (sums**2).mean() ** 2
    return float(2.0 * pieces / (kurtosis - (pieces - 3.0) / (pieces - 1.0)))


def apart(ours: Floats, theirs: Floats) -> Floats:
    """(T,) what each bar adds to the mean Sharpe ratio of `ours` (S, T) minus that of `theirs`; together nothing."""
    added: Floats = influence(ours).mean(axis=0) - influence(theirs).mean(axis=0)
    return added


def variance_apart(returns: Floats) -> float:
    """Variance between the Sharpe ratios of the seeds (S, T) that bars alone make of them, in units a bar; 0 of one.

    What the bars do to all seeds alike is not in it, and no luck of a seed is.
    """
    seeds, count = returns.shape
    if seeds < 2:
        return 0.0
    each = influence(returns)
    own = [long_run_variance(one) for one in each - each.mean(axis=0)]
    return float(np.sum(own) / (seeds - 1) / (count - 4))


def influence(returns: Floats) -> Floats:
    """(S, T) what each bar adds to its row's Sharpe ratio, by the gradient in the first two moments."""
    mean, square = returns.mean(axis=1, keepdims=True), (returns**2).mean(axis=1, keepdims=True)
    variance = square - mean**2
    scale = np.where(variance > 0, variance, np.nan) ** -1.5
    found: Floats = scale * (square * (returns - mean) - 0.5 * mean * (returns**2 - square))
    return found


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
