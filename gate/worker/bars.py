"""The bars that have become known, and features of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PRICES = ("open", "high", "low", "close", "volume")
VOLATILITY_BARS = 21
BACK = np.arange(VOLATILITY_BARS)


class Bars:
    """The bars that have become known, and features of them; nothing later than the newest bar is here."""

    def __init__(self, capacity: int, features: list[str]) -> None:
        self.size = 0
        self.time = np.zeros(capacity, dtype="datetime64[ns]")
        self.prices = np.zeros((capacity, len(PRICES)))
        self.features = np.full((capacity, len(features)), np.nan)
        self._functions = [FEATURES[name] for name in features]

    def _make_room(self, rows: int) -> None:
        if rows > len(self.time):
            self.time, self.prices = doubled(self.time, rows), doubled(self.prices, rows)
            self.features = doubled(self.features, rows)

    def append(self, rows: dict[str, Any]) -> None:
        """Take new bars and compute their features from them and earlier ones."""
        count = len(rows["time"])
        self._make_room(self.size + count)
        span = slice(self.size, self.size + count)
        self.time[span] = np.asarray(rows["time"], dtype="int64").astype("datetime64[ns]")
        for column, name in enumerate(PRICES):
            self.prices[span, column] = rows[name]
        past = max(0, self.size - VOLATILITY_BARS)
        self.size += count
        known = self.prices[past : self.size]
        for column, function in enumerate(self._functions):
            self.features[span, column] = function(known)[-count:]


def doubled(array: Any, rows: int) -> Any:
    """The same array with room for twice as many rows, or for `rows`."""
    room = np.zeros((max(rows, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    room[: len(array)] = array
    return room


def log_return(prices: Any) -> Any:
    """log(close / previous close), (T,); the first is NaN."""
    logs = np.log(prices[:, 3])
    out = np.full(len(logs), np.nan)
    np.subtract(logs[1:], logs[:-1], out=out[1:])
    return out


def volatility(prices: Any) -> Any:
    """Standard deviation of the last 21 log returns, (T,); the first 21 are NaN.

    Written out (numpy's `std` takes thrice as long for one bar), on rows of their own: a bar alone gives the same bits
    as among others.
    """
    returns = log_return(prices)
    out = np.full(len(returns), np.nan)
    rows = len(returns) - VOLATILITY_BARS
    if rows > 0:
        windows = returns[np.arange(1, rows + 1)[:, None] + BACK]
        windows -= windows.sum(axis=1, keepdims=True) / VOLATILITY_BARS
        windows *= windows
        out[VOLATILITY_BARS:] = np.sqrt(windows.sum(axis=1) / (VOLATILITY_BARS - 1))
    return out


def log_volatility(prices: Any) -> Any:
    """Logarithm of `volatility`, floored where prices stand still."""
    return np.log(np.maximum(volatility(prices), 1e-8))


def log_range(prices: Any) -> Any:
    """log(high / low), (T,)."""
    return np.log(prices[:, 1] / prices[:, 2])


FEATURES: dict[str, Callable[[Any], Any]] = {
    "log_return": log_return,
    "volatility": volatility,
    "log_volatility": log_volatility,
    "log_range": log_range,
}
