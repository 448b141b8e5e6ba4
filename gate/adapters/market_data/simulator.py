"""The three-state simulator: bars whose true regimes are known."""

from bisect import bisect_right

import numpy as np

from gate.domain.market import Bars, Floats, Ints
from gate.errors import DataError

MEAN = np.array([0.091, -0.004, -0.193]) / 100
"""Mean log return a day of the calm, the nervous and the stormy state; fitted on SP500."""
SIGMA = np.array([0.554, 1.159, 2.799]) / 100
"""Standard deviation of the log return a day."""
_ROWS = np.array([[0.9789, 0.0209, 0.0001], [0.0239, 0.9693, 0.0068], [0.0, 0.0395, 0.9605]])
TRANSITION = _ROWS / _ROWS.sum(axis=1, keepdims=True)
"""Row = from, column = to; the rows of the fit are rounded, so they are brought back to a sum of 1."""

FIRST_DAY = "2000-01-03"
FIRST_PRICE = 100.0
MEDIAN_VOLUME = 1e9
MAX_BARS = 68_000
"""Business days until 2260: datetime64[ns] ends in 2262."""


def simulate(bars: int, seed: int) -> Bars:
    """Return `bars` daily bars with their true regimes; the same for the same seed. Raises DataError."""
    if not 1 <= bars <= MAX_BARS:
        raise DataError(f"{bars} simulated bars were asked for.", f"Ask for 1 to {MAX_BARS}.")
    if seed < 0:
        raise DataError(f"The simulator's seed is {seed}.", "Take 0 or a positive number.")
    rng = np.random.default_rng(seed)
    regimes = _chain(rng.random(bars))
    returns = rng.normal(MEAN[regimes], SIGMA[regimes])
    close = FIRST_PRICE * np.exp(np.cumsum(returns))
    open_ = np.concatenate([[FIRST_PRICE], close[:-1]])
    high = np.maximum(open_ * np.exp(_extreme(returns, regimes, rng)), np.maximum(open_, close))
    low = np.minimum(open_ * np.exp(-_extreme(-returns, regimes, rng)), np.minimum(open_, close))
    return Bars(
        symbol=f"SIMULATED-{seed}",
        time=np.busday_offset(np.array(FIRST_DAY, dtype="datetime64[D]"), np.arange(bars)).astype("datetime64[ns]"),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=rng.lognormal(np.log(MEDIAN_VOLUME), 0.3, bars),
        regimes=regimes,
    )


def _chain(uniforms: Floats) -> Ints:
    """Walk the Markov chain by inverting each row's distribution, from a start in equilibrium."""
    rows = np.cumsum(TRANSITION, axis=1)[:, :-1].tolist()  # the last bound is 1: left out, no rounding can pass it
    equilibrium = np.cumsum(np.linalg.matrix_power(TRANSITION, 4096)[0])[:-1].tolist()
    states: list[int] = []
    for uniform in uniforms.tolist():
        states.append(bisect_right(rows[states[-1]] if states else equilibrium, uniform))
    return np.array(states, dtype=np.int32)


def _extreme(returns: Floats, regimes: Ints, rng: np.random.Generator) -> Floats:
    """How far the log price rose above the open within each bar.

    The maximum of a Brownian bridge from 0 to r with deviation σ is (r + √(r² − 2σ² ln U)) / 2, U uniform on (0, 1]
    (Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 6.4).
    """
    uniforms = 1.0 - rng.random(len(returns))
    return (returns + np.sqrt(returns**2 - 2 * SIGMA[regimes] ** 2 * np.log(uniforms))) / 2
