"""JSON rows: freqtrade's lists [ms, open, high, low, close, volume], or objects with names."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from gate.adapters.market_data.table import Table
from gate.errors import DataError

_FREQTRADE = ("date", "open", "high", "low", "close", "volume")
_ADVICE = "Write a list of rows: [[ms, open, high, low, close, volume], ...] or [{...}, ...]."


def read(path: Path, origin: str, symbol: str) -> list[Table]:
    """Read a JSON file. Raises DataError, OSError."""
    rows = _rows(path, origin)
    names = _names(rows)
    values = [row if isinstance(row, dict) else dict(zip(names, row, strict=False)) for row in rows]
    arrays = [_array([row.get(name) for row in values]) for name in names]
    return [Table(origin=origin, symbol=symbol, cells=pa.Table.from_arrays(arrays, names=names))]


def _rows(path: Path, origin: str) -> list[Any]:
    try:
        content = gzip.decompress(path.read_bytes()) if path.name.lower().endswith(".gz") else path.read_bytes()
        rows = json.loads(content)
    except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{origin}: not a JSON file: {error}.", _ADVICE) from None
    if not isinstance(rows, list) or not all(isinstance(row, list | dict) for row in rows):
        raise DataError(f"{origin}: not a list of rows.", _ADVICE)
    if len(kinds := {_shape(row) for row in rows}) > 1:
        odd = next(number for number, row in enumerate(rows, 1) if _shape(row) != _shape(rows[0]))
        raise DataError(f"{origin}, row {odd}: differs in shape from row 1; {len(kinds)} shapes in all.", _ADVICE)
    return rows


def _shape(row: list[Any] | dict[str, Any]) -> int | tuple[str, ...]:
    return tuple(sorted(row)) if isinstance(row, dict) else len(row)


def _names(rows: list[Any]) -> list[str]:
    if not rows:
        return list(_FREQTRADE)
    if isinstance(rows[0], dict):
        return list(rows[0])
    return [*_FREQTRADE, *(f"column {number}" for number in range(7, len(rows[0]) + 1))][: len(rows[0])]


def _array(values: list[Any]) -> pa.Array:
    """Numbers as numbers; anything mixed as texts, so that the odd cell can be named later."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        whole = all(isinstance(value, int) for value in values)
        return pa.array(np.array(values, dtype=np.int64 if whole else np.float64))
    return pa.array([None if value is None else str(value) for value in values], type=pa.string())
