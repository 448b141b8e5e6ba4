"""A file as it was read, before anything is understood: columns of cells, and where each row stands in the file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gate.adapters.market_data.period import Nanoseconds, show_time
from gate.errors import DataError

Rows = npt.NDArray[np.int64]
"""Positions of rows in a table."""


def row_number(position: int) -> str:
    """Where a row stands in a file that has no lines: counted from 1."""
    return f"row {position + 1}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Cells of one file (or of one symbol in it)."""

    origin: str
    """The file, in the user's words."""
    symbol: str
    """What the bars are called unless a column says so."""
    cells: pa.Table
    """Texts from CSV, typed columns from Parquet and Feather; names may repeat."""
    locate: Callable[[int], str] = row_number
    """"line 17" or "row 16" of a position."""

    @property
    def names(self) -> list[str]:
        """The columns' names as the file spells them."""
        return [str(name) for name in self.cells.column_names]

    def column(self, index: int) -> pa.ChunkedArray:
        """The cells of one column; dictionary-coded ones written out."""
        column = self.cells.column(index)
        return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column

    def take(self, rows: Rows | slice) -> Self:
        """The same table with these rows only; they still know where they stood in the file."""
        if isinstance(rows, slice):
            return self
        return replace(self, cells=self.cells.take(rows), locate=lambda position: self.locate(int(rows[position])))

    def fault(self, what: str, rows: Rows, advice: str, times: Nanoseconds | None = None) -> DataError:
        """Build the error that names the first of the faulty rows and says how many there are."""
        first = int(rows[0])
        day = "" if times is None else f" ({show_time(times[first])})"
        count = "1 such row" if len(rows) == 1 else f"{len(rows)} such rows"
        return DataError(f"{self.origin}, {self.locate(first)}{day}: {what}; {count} in all.", advice)


def shown(cell: Any) -> str:
    """A cell for a message: one line, never long."""
    text = repr(cell)
    return text if len(text) <= 40 else f"{text[:36]}...'"


def as_numpy(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Float64 or int64 cells without nulls as a numpy array.

    By DLPack, because pyarrow's own `to_numpy` imports pandas: 0.5 s for nothing.
    """
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
    return np.array(np.from_dlpack(whole))
