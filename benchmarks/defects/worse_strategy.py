"""Wrong: turns the whole position over at every bar and pays for it. Must be caught by `strategy_performance`.

A strategy, not a model: `[strategy] function = "benchmarks/defects/worse_strategy.py:positions"`. Two that only look
bad were tried: long in the highest regime of the window alone, and minus the default. In windows without stress the
highest regime is a calm one, and on NASDAQ 2014-2018 both beat the default.
"""

import numpy as np


def positions(bars, regimes):
    """(T,) regimes, of whatever encoding -> positions (T,): long, flat, long, flat."""
    return (np.arange(len(regimes)) % 2).astype(float)
