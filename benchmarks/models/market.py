"""The bars that the reference models are compared on: what arch ships, and a simulator whose states are known."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

VOLATILITY_BARS = 21
MEAN = np.array([0.00091, -0.00004, -0.00193])
SIGMA = np.array([0.00554, 0.01159, 0.02799])
TRANSITIONS = np.array([[0.9789, 0.0209, 0.0001], [0.0239, 0.9693, 0.0068], [0.0, 0.0395, 0.9605]])
"""Three states a day, fitted on SP500 (docs/metrics.md, "The simulator")."""


@cache
def load_bars(symbol):
    """Symbol ("sp500", "nasdaq") -> DataFrame of 5,031 daily bars, 1999-2018: open, high, low, close, volume.

    The file is read where it lies: importing arch takes two seconds.
    """
    (root,) = find_spec("arch").submodule_search_locations
    frame = pd.read_csv(Path(root) / "data" / symbol / f"{symbol}.csv.gz", index_col="Date")
    frame.index = pd.to_datetime(frame.index, format="%m/%d/%Y")
    frame.columns = frame.columns.str.lower()
    return frame[["open", "high", "low", "close", "volume"]].astype(float)


def features(close):
    """(T + 21,) closes -> (T, 2): log return, log of the 21-bar rolling standard deviation of log returns."""
    returns = pd.Series(np.diff(np.log(close)))
    table = np.column_stack([returns, np.log(returns.rolling(VOLATILITY_BARS).std())])
    return table[VOLATILITY_BARS - 1 :]


def simulate(bars, seed=0):
    """-> closes (bars + 21,) and the true states (bars,) of the rows of `features(closes)`."""
    rng = np.random.default_rng(seed)
    n = bars + VOLATILITY_BARS
    step = np.cumsum(TRANSITIONS / TRANSITIONS.sum(axis=1, keepdims=True), axis=1)
    states = [0]
    for u in rng.uniform(size=n - 2):
        states.append(int(np.searchsorted(step[states[-1]], u)))
    states = np.array(states)
    returns = rng.normal(MEAN[states], SIGMA[states])
    return 100 * np.exp(np.concatenate([[0.0], np.cumsum(returns)])), states[VOLATILITY_BARS - 1 :]
