"""The bars that have become known, and features of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

PRICES = ("open", "high", "low", "close", "volume")
VOLATILITY_BARS = 21
BACK = np.arange(VOLATILITY_BARS)
_FEATURES = 1 + len(PRICES)
"""Where they begin in a row: behind the time and the prices."""


class Bars:
    """The bars that have become known, and features of them; nothing later than the newest bar is here."""

    def __init__(self, capacity: int, features: int) -> None:
        self.size = 0
        self.time = np.zeros(capacity, dtype="datetime64[ns]")
        self.prices = np.zeros((capacity, len(PRICES)))
        self.features = np.zeros((capacity, features))

    def append(self, rows: Any) -> None:
        """Take N new bars, (N, 6 + features): the time in nanoseconds, the prices and volume, and the features."""
        first, self.size = self.size, self.size + len(rows)
        if self.size > len(self.time):
            self.time, self.prices = doubled(self.time, self.size), doubled(self.prices, self.size)
            self.features = doubled(self.features, self.size)
        self.time[first : self.size] = rows[:, 0].view("<M8[ns]")
        self.prices[first : self.size] = rows[:, 1:_FEATURES]
        self.features[first : self.size] = rows[:, _FEATURES:]

    def rows(self, content: bytes) -> Any:
        """(N, 6 + features) the rows that a message brings."""
        return np.frombuffer(content, dtype="<f8").reshape(-1, _FEATURES + self.features.shape[1])


def doubled(array: Any, rows: int) -> Any:
    """The same array with room for twice as many rows, or for `rows`."""
    room = np.zeros((max(rows, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    room[: len(array)] = array
    return room


def features_of(prices: Any, names: Sequence[str]) -> Any:
    """(T, F) of (T, 5) prices and volume. A bar's are of it and of bars before it."""
    with np.errstate(all="ignore"):
        returns = log_return(prices)
        columns = [FEATURES[name](prices, returns) for name in names]
    return np.column_stack(columns) if columns else np.zeros((len(prices), 0))


def log_return(prices: Any) -> Any:
    """log(close / previous close), (T,); the first is NaN."""
    logs = np.log(prices[:, 3])
    out = np.full(len(logs), np.nan)
    np.subtract(logs[1:], logs[:-1], out=out[1:])
    return out


def volatility(returns: Any) -> Any:
    """Standard deviation of the last 21 log returns, (T,); the first 21 are NaN.

    Written out, on rows of their own: a bar gives the same bits whatever comes after it.
    """
    out = np.full(len(returns), np.nan)
    rows = len(returns) - VOLATILITY_BARS
    if rows > 0:
        windows = returns[np.arange(1, rows + 1)[:, None] + BACK]
        windows -= np.add.reduce(windows, axis=1, keepdims=True) / VOLATILITY_BARS
        windows *= windows
        np.sqrt(np.add.reduce(windows, axis=1) / (VOLATILITY_BARS - 1), out=out[VOLATILITY_BARS:])
    return out


def log_volatility(returns: Any) -> Any:
    """Logarithm of `volatility`, floored where prices stand still."""
    return np.log(np.maximum(volatility(returns), 1e-8))


def log_range(prices: Any) -> Any:
    """log(high / low), (T,)."""
    return np.log(prices[:, 1] / prices[:, 2])


FEATURES: dict[str, Callable[[Any, Any], Any]] = {
    "log_return": lambda prices, returns: returns,  # noqa: ARG005
    "volatility": lambda prices, returns: volatility(returns),  # noqa: ARG005
    "log_volatility": lambda prices, returns: log_volatility(returns),  # noqa: ARG005
    "log_range": lambda prices, returns: log_range(prices),  # noqa: ARG005
}
"""Each from prices (T, 5) and their log returns (T,)."""
