"""The bars that have become known, and features of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PRICES = ("open", "high", "low", "close", "volume")
VOLATILITY_BARS = 21
BACK = np.arange(VOLATILITY_BARS)
_ROW = 1 + len(PRICES)


class Bars:
    """The bars that have become known, and features of them; nothing later than the newest bar is here."""

    def __init__(self, capacity: int, features: list[str]) -> None:
        self.size = 0
        self.time = np.zeros(capacity, dtype="datetime64[ns]")
        self.prices = np.zeros((capacity, len(PRICES)))
        self.features = np.full((capacity, len(features)), np.nan)
        self._names = features

    def _make_room(self, rows: int) -> None:
        if rows > len(self.time):
            self.time, self.prices = doubled(self.time, rows), doubled(self.prices, rows)
            self.features = doubled(self.features, rows)

    def append(self, time: Any, prices: Any) -> None:
        """Take N new bars, (N,) and (N, 5), and compute their features from them and earlier ones."""
        count, first = len(time), self.size
        self._make_room(first + count)
        self.size = first + count
        self.time[first : self.size] = time
        self.prices[first : self.size] = prices
        if self._names:
            known = self.prices[max(0, first - VOLATILITY_BARS) : self.size]
            returns = log_return(known)
            for column, name in enumerate(self._names):
                self.features[first : self.size, column] = FEATURES[name](known, returns)[-count:]


def unpacked(bars: bytes) -> tuple[Any, Any]:
    """(N,) times and (N, 5) prices out of six numbers of eight bytes a bar, the time in nanoseconds first."""
    table = np.frombuffer(bars, dtype="<f8").reshape(-1, _ROW)
    return table[:, 0].view("<M8[ns]"), table[:, 1:]


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


def volatility(returns: Any) -> Any:
    """Standard deviation of the last 21 log returns, (T,); the first 21 are NaN.

    Written out (numpy's `std` takes thrice as long for one bar), on rows of their own: a bar alone gives the same bits
    as among others.
    """
    out = np.full(len(returns), np.nan)
    rows = len(returns) - VOLATILITY_BARS
    if rows > 0:
        windows = returns[1:][None].copy() if rows == 1 else returns[np.arange(1, rows + 1)[:, None] + BACK]
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
