"""Times out of the cells of one column: typed, epochs in any unit, or texts."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from gate.adapters.market_data.cells import is_text, trimmed
from gate.adapters.market_data.date_texts import iso_texts
from gate.adapters.market_data.period import Nanoseconds
from gate.adapters.market_data.table import Table, as_numpy, shown
from gate.errors import DataError

_ADVICE = "Write times as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS (with a zone or without, one way in the whole file)."

_UNITS = ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000), (1e19, 1))
"""An epoch below the first number counts seconds, then ms, µs, ns; nanoseconds in one. 1e11 s is the year 5138.

The largest number of the column decides, so bars that end before March 1973 must not be numbered in ms, µs or ns.
"""

_LAST = 9.2e18
"""Nanoseconds until 2261: what 64 bits hold."""
_FIRST_COMPACT = 1678_01_01
_NUMBER = r"^[+-]?\d+(\.\d*)?$"


def read_times(table: Table, index: int, clock: int | None = None) -> Nanoseconds:
    """Read a column as nanoseconds since 1970, UTC where a zone is said. Raises DataError.

    `clock` is the column of the time of day, where there is one beside the date.
    """
    column = table.column(index)
    _check_all_there(table, column)
    if is_text(column):
        return _from_text(table, index, _with_clock(table, trimmed(column), clock))
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _epochs(table, column, column)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        kind = pa.timestamp("ns", getattr(column.type, "tz", None))
        return as_numpy(_cast(table, column, column, kind).cast(pa.int64()))
    raise table.fault(f"time is of type {column.type}", np.arange(len(column)), _ADVICE)


def _from_text(table: Table, index: int, text: pa.ChunkedArray) -> Nanoseconds:
    if compute.all(compute.match_substring_regex(text, _NUMBER)).as_py():
        pointed = compute.any(compute.match_substring(text, ".")).as_py()
        return _epochs(table, text, _cast(table, text, text, pa.float64() if pointed else pa.int64()))
    iso = iso_texts(table, text, table.names[index])
    zone = "UTC" if any(sign in iso[0].as_py()[10:] for sign in "Z+-") else None
    return as_numpy(_cast(table, text, iso, pa.timestamp("ns", zone)).cast(pa.int64()))


def _with_clock(table: Table, text: pa.ChunkedArray, clock: int | None) -> pa.ChunkedArray:
    """Dates with the times of day from a column of their own: only where that is plainly what it holds."""
    if clock is None or not is_text(table.column(clock)):
        return text
    of_day = trimmed(table.column(clock))
    dates_only = not compute.any(compute.match_substring(text, ":")).as_py()
    if dates_only and compute.all(compute.match_substring_regex(of_day, r"^\d{1,2}:\d{2}"), skip_nulls=False).as_py():
        return compute.binary_join_element_wise(text, of_day, " ")
    return text


def _check_all_there(table: Table, column: pa.ChunkedArray) -> None:
    """Raises DataError where a row has no time."""
    missing = compute.is_null(column, nan_is_null=True)
    if is_text(column):
        missing = compute.or_kleene(missing, compute.match_substring_regex(trimmed(column), "^$"))
    if compute.any(missing).as_py():
        raise table.fault("time is missing", np.flatnonzero(missing.to_pylist()), _ADVICE)


def _cast(table: Table, column: pa.ChunkedArray, readable: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Let Arrow read, and where it cannot, find out where. Raises DataError showing the cell of `column`."""
    try:
        return readable.cast(kind)
    except pa.ArrowInvalid:
        bad = [row for row, cell in enumerate(readable) if not _casts(cell, kind)]
        raise _unreadable(table, column, np.array(bad)) from None


def _casts(cell: Any, kind: pa.DataType) -> bool:
    try:
        cell.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _unreadable(table: Table, column: pa.ChunkedArray, rows: Any) -> DataError:
    cell = column[int(rows[0])].as_py()
    return table.fault(f"time is {shown(cell)}, which cannot be read like the rest", rows, _ADVICE)


def _epochs(table: Table, column: pa.ChunkedArray, numbers: pa.ChunkedArray) -> Nanoseconds:
    """Numbers: since 1970 in the unit that their size tells, or dates written as 20200131."""
    kind = pa.float64() if pa.types.is_floating(numbers.type) else pa.int64()
    since = as_numpy(_cast(table, column, numbers, kind))
    size = np.abs(since.astype(np.float64))
    largest = size.max() if np.isfinite(size).all() else float("inf")
    if largest < 1e8:
        return _compact_dates(table, column, since)
    factor = next((factor for bound, factor in _UNITS if largest < bound), 1)
    if (beyond := ~(size < _LAST / factor)).any():
        raise _unreadable(table, column, np.flatnonzero(beyond))
    if ((whole := since.astype(np.int64)) == since).all():
        return whole * factor
    # A double of seconds is exact to a fraction of a microsecond, not to a nanosecond.
    return np.rint(since * (factor / 1_000)).astype(np.int64) * 1_000


def _compact_dates(table: Table, column: pa.ChunkedArray, numbers: npt.NDArray[Any]) -> Nanoseconds:
    """20200131 is a date; 0, 1, 2 are the numbers of rows, and no time."""
    if (low := numbers < _FIRST_COMPACT).any():
        raise _unreadable(table, column, np.flatnonzero(low))
    days = [f"{day // 10000:04}-{day // 100 % 100:02}-{day % 100:02}" for day in map(int, numbers.tolist())]
    texts = pa.chunked_array([pa.array(days)])
    return as_numpy(_cast(table, column, texts, pa.timestamp("ns")).cast(pa.int64()))
