"""From a table of cells to clean bars."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gate.adapters.market_data.cells import is_text, read_numbers, trimmed
from gate.adapters.market_data.clean import check_times, check_values
from gate.adapters.market_data.columns import recognise
from gate.adapters.market_data.period import Nanoseconds, Period
from gate.adapters.market_data.reading import Reading
from gate.adapters.market_data.table import Table
from gate.adapters.market_data.times import read_times
from gate.domain.market import Bars, Floats
from gate.errors import DataError

_FIELDS = ("open", "high", "low", "close", "adjusted", "volume")


def bars_of(table: Table, period: Period) -> list[Reading]:
    """Read every symbol of a table inside the period. Raises DataError naming file, row and date.

    Rows outside the period are not looked at beyond their times: `start` may cut off a dirty past.
    """
    if not table.cells.num_rows:
        raise DataError(f"{table.origin}: has no rows.", "Give it bars, or take it out of [data] sources.")
    columns = recognise(table)
    return [Reading(part.origin, _clean(part, columns, period)) for part in _by_symbol(table, columns.get("symbol"))]


def _by_symbol(table: Table, index: int | None) -> Iterator[Table]:
    """Split a long table by its column of symbols, in order of first appearance; rows of symbols may alternate."""
    if index is None:
        yield table
        return
    column = table.column(index)
    cells = (trimmed(column) if is_text(column) else column).to_pylist()
    if nameless := [row for row, cell in enumerate(cells) if cell is None or str(cell) == ""]:
        raise table.fault("symbol is missing", np.array(nameless), "Fill in the symbol.")
    names = np.array([str(cell) for cell in cells])
    for name in dict.fromkeys(names.tolist()):
        part = table.take(np.flatnonzero(names == name))
        yield replace(part, symbol=name)


def _clean(table: Table, columns: Mapping[str, int], period: Period) -> Bars:
    times = read_times(table, columns["time"], columns.get("clock"))
    rows = period.select(times, table.origin)
    table, times = table.take(rows), times[rows]
    check_times(table, times)
    values = {field: read_numbers(table, columns[field], field, times) for field in _FIELDS if field in columns}
    if "volume" in values and np.isnan(values["volume"]).all():
        del values["volume"]  # a column without a single entry says that there is no volume
    check_values(table, values, times)
    prices = _adjusted(values)
    check_values(table, prices, times)  # a factor of many orders of magnitude may have left the numbers
    return _bars(table.symbol, times, prices)


def _adjusted(values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Take the adjusted close where there is one, and scale open, high and low by adjusted / close.

    Unadjusted prices jump at every split and dividend: a regime model would take a 4:1 split for a crash. Scaling keeps
    each bar's shape. Volume stays as traded.
    """
    prices = {field: column for field, column in values.items() if field != "adjusted"}
    if "adjusted" not in values:
        return prices
    with np.errstate(over="ignore", under="ignore"):
        factor = values["adjusted"] / values["close"]
        for field in prices.keys() & {"open", "high", "low"}:
            prices[field] = prices[field] * factor
    return {**prices, "close": values["adjusted"]}


def _bars(symbol: str, times: Nanoseconds, prices: Mapping[str, Floats]) -> Bars:
    """Close alone is enough: it stands in for open, high and low. No volume is volume 0."""
    close = prices["close"]
    return Bars(
        symbol=symbol,
        time=times.astype("datetime64[ns]"),
        open=prices.get("open", close),
        high=prices.get("high", close),
        low=prices.get("low", close),
        close=close,
        volume=prices.get("volume", np.zeros_like(close)),
    )
