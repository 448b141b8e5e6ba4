"""Numbers out of the cells of one column."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from gate.adapters.market_data.period import Nanoseconds
from gate.adapters.market_data.table import Table, as_numpy, shown
from gate.domain.market import Floats

MISSING = ("", "-", "na", "n/a", "#n/a", "nan", "null", "none", "nat", "<na>", ".")
"""How files write "nothing here"; compared in lower case."""

_ADVICE = "Mend the cell in the file, or leave the row out by [data] start and end."


def read_numbers(table: Table, index: int, field: str, times: Nanoseconds) -> Floats:
    """Read a column as float64, NaN where a cell is empty. Raises DataError where a cell is no number."""
    column = table.column(index)
    if is_text(column):
        return _from_text(table, trimmed(column), field, times)
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    if not _is_number(column.type):
        raise table.fault(f"{field} is of type {column.type}, not a number", np.arange(len(column)), _ADVICE, times)
    return _with_nan(column.cast(pa.float64(), safe=False))


def _with_nan(column: pa.ChunkedArray) -> Floats:
    """NaN for null. Asked first, because making a scalar of NaN imports pandas."""
    return as_numpy(column.fill_null(np.nan) if column.null_count else column)


def is_text(column: pa.ChunkedArray) -> bool:
    """Whether the cells are texts of any of Arrow's kinds."""
    kind = column.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without spaces around them, as plain strings."""
    return compute.utf8_trim_whitespace(column.cast(pa.string()))


def _is_number(kind: pa.DataType) -> bool:

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _from_text(table: Table, column: pa.ChunkedArray, field: str, times: Nanoseconds) -> Floats:

    try:
        return _with_nan(column.cast(pa.float64()))
    except pa.ArrowInvalid:
        return _one_by_one(table, column.to_pylist(), field, times)


def _one_by_one(table: Table, cells: list[str | None], field: str, times: Nanoseconds) -> Floats:
    """The slow path of a column with empty or odd cells: Arrow says that one is bad, not which."""
    numbers = [_number(cell) for cell in cells]
    bad = np.array([row for row, number in enumerate(numbers) if number is None], dtype=np.int64)
    if not len(bad):
        return np.array(numbers, dtype=np.float64)
    cell = cells[int(bad[0])] or ""
    raise table.fault(f"{field} is {shown(cell)}, {_complaint(cell)}", bad, _advice(cell), times)


def _number(cell: Any) -> float | None:
    """NaN for an empty cell, None for what is no number."""
    if cell is None or cell.lower() in MISSING:
        return float("nan")
    if "_" in cell:  # Python reads 1_000 as a number; no market data file means that
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _complaint(cell: str) -> str:
    if re.fullmatch(r"[+-]?\d+,\d+", cell):
        return "with a decimal comma (or a thousands separator)"
    return "with a thousands separator" if re.fullmatch(r"[+-]?[\d.,' ]*\d", cell) else "not a number"


def _advice(cell: str) -> str:
    return "Write numbers as 1234.5: decimal point, no thousands separators." if "," in cell else _ADVICE
