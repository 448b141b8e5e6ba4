"""Bars as the worker takes them, with the features that models are given of them: rows of eight-byte numbers."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gate.domain.plan import RunRequest
from gate.worker.bars import PRICES, features_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """All bars of a run, worked out once. What a feature says of a bar hangs on no later bar."""

    content: bytes
    row: int
    """Bytes a bar."""

    @classmethod
    def of(cls, request: RunRequest) -> Self:
        """Time in nanoseconds, prices, volume, and the features that the model asks for."""
        bars, model = request.bars, request.model
        time = bars.time.astype("datetime64[ns]").astype("<i8").view("<f8")
        prices = np.column_stack([getattr(bars, name).astype("<f8") for name in PRICES])
        names = model.features if model.input == "features" else ()
        table = np.column_stack([time, prices, features_of(prices, names)])
        return cls(content=table.tobytes(), row=table.itemsize * table.shape[1])

    def rows(self, start: int, stop: int) -> bytes:
        """Bars start .. stop-1."""
        return self.content[start * self.row : stop * self.row]
