"""What was tried on the way from v1 to v2, as small as each idea is. `compare.py` measures them all."""

from functools import partial

import numpy as np
from scipy.signal import lfilter

from benchmarks.models import v1, v2


def smooth(x, half_life):
    """(T,) -> (T,) causal exponentially weighted mean, started at the first value."""
    decay = 0.5 ** (1 / half_life)
    return lfilter([1 - decay], [1, -decay], x, zi=[decay * x[0]])[0]


def rolling_mean(x, bars):
    """(T,) -> (T,) mean of the last `bars` values, of fewer at the beginning."""
    total = np.cumsum(np.concatenate([[0.0], x]))
    stop = np.arange(1, len(x) + 1)
    start = np.maximum(stop - bars, 0)
    return (total[stop] - total[start]) / (stop - start)


class Viterbi(v1.RegimeDetector):
    """v1, labelled by the most probable path."""

    def predict(self, X):
        return self.model.predict(X)


class RollingVolatility(v2.RegimeDetector):
    """v2 on v1's 21-bar volatility: robust scaling and stickiness alone."""

    def _inputs(self, X):
        return X


class Slope(v2.RegimeDetector):
    """v2 and a third input: the smoothed return in units of volatility."""

    def _inputs(self, X):
        base = super()._inputs(X)
        slope = smooth(X[:, 0], 10) / np.exp(base[:, -1])
        return np.column_stack([base[:, 0], slope, base[:, 1]])


class Skewness(v2.RegimeDetector):
    """v2 and a third input: the skewness of the last 63 returns."""

    def _inputs(self, X):
        first, second, third = (rolling_mean(X[:, 0] ** power, 63) for power in (1, 2, 3))
        variance = np.maximum(second - first**2, 1e-2)
        skewness = (third - 3 * first * second + 2 * first**3) / variance**1.5
        base = super()._inputs(X)
        return np.column_stack([base[:, 0], skewness, base[:, 1]])


class StandardScaling(v2.RegimeDetector):
    """v2 scaled by mean and standard deviation instead of median and interquartile range."""

    def _observe(self, X):
        inputs = self._inputs(X)
        if not hasattr(self, "_mean"):
            self._mean, self._deviation = inputs.mean(axis=0), inputs.std(axis=0)
        return (inputs - self._mean) / self._deviation


VARIANTS = {
    "v1": v1.RegimeDetector,
    "v2": v2.RegimeDetector,
    "v1, one start": partial(v1.RegimeDetector, n_init=1),
    "v1, Viterbi": Viterbi,
    "v2, half-life 5": partial(v2.RegimeDetector, half_life=5),
    "v2, half-life 8": partial(v2.RegimeDetector, half_life=8),
    "v2, half-life 15": partial(v2.RegimeDetector, half_life=15),
    "v2, not sticky": partial(v2.RegimeDetector, stickiness=0),
    "v2, stickiness 500": partial(v2.RegimeDetector, stickiness=500),
    "v2, 21-bar volatility": RollingVolatility,
    "v2, standard scaling": StandardScaling,
    "v2 + slope": Slope,
    "v2 + skewness": Skewness,
}
