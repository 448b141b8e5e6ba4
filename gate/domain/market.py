"""Market data: bars of one symbol, and a data set of several."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Times = npt.NDArray[np.datetime64]

COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """OHLCV bars of one symbol, oldest first; every array has shape (T,)."""

    symbol: str
    time: Times
    """datetime64[ns], strictly increasing, UTC where the source said a zone."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """All zeros where the source has none."""
    regimes: Ints | None = None
    """The true state of each bar: known for simulated data only."""

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.close)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """Bars by symbol, with the SHA-256 that names exactly these bars."""

    symbols: Mapping[str, Bars]
    sha256: str
    sources: tuple[str, ...]

    @property
    def bars(self) -> int:
        """The number of bars over all symbols."""
        return sum(len(bars) for bars in self.symbols.values())
