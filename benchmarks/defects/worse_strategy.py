"""Wrong: flat when calm, long in the most volatile state. Must be caught by `strategy_performance`.

A strategy, not a model: `[strategy] function = "benchmarks/defects/worse_strategy.py:positions"`.
"""

import numpy as np


def positions(bars, regimes):
    """The opposite of the default: `regimes` are ranks by volatility, (T,) -> positions (T,)."""
    regimes = np.asarray(regimes)
    return (regimes == regimes.max()).astype(float)
