"""Which column is what: names recognised as a person would."""

import re
from collections.abc import Mapping, Sequence

from gate.adapters.market_data.table import Table
from gate.errors import DataError

ALIASES: Mapping[str, tuple[str, ...]] = {
    "time": ("datetime", "timestamp", "date", "opentime", "time", "unix", "unixtime", "observationdate", "ts", "t"),
    "clock": ("time",),
    "symbol": ("symbol", "ticker", "pair", "asset", "instrument"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c", "closelast", "last", "price"),
    "adjusted": ("adjclose", "adjustedclose", "closeadj", "closeadjusted"),
    "volume": ("volume", "vol", "v", "tickvolume", "tickvol"),
}
"""Field -> names, the most telling first: where a file has several, the first one counts.

"clock" is the time of day in a column of its own.
"""

INDEX = ("index", "unnamed0", "indexlevel0")
"""How pandas calls an index that has no name."""


def plain(name: str) -> str:
    """Fold case and signs: "Adj Close", "adj_close" and "5. adjusted close" differ in nothing that matters."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^\d+\.\s*", "", name.strip().lower()))


def recognise(table: Table) -> dict[str, int]:
    """Field -> position of its column. Raises DataError where time or close is not found, or a name stands twice."""
    names = [plain(name) for name in table.names]
    found = {field: index for field in ALIASES if (index := _find(table, names, ALIASES[field])) is not None}
    if "time" not in found and (index := _index(names)) is not None:
        found["time"] = index
    if found.get("clock") == found.get("time"):
        found.pop("clock", None)
    if "time" not in found:
        raise _not_found(table, "time", "Name the column of times Date, Datetime or Timestamp.")
    if "close" not in found and "adjusted" not in found:
        raise _not_found(table, "close", "Name the column of prices Close; the file needs a row of names.")
    return _with_close(table, found)


def _find(table: Table, names: Sequence[str], aliases: Sequence[str]) -> int | None:
    for alias in aliases:
        positions = [index for index, name in enumerate(names) if name == alias]
        if len(positions) > 1:
            twice = " and ".join(table.names[index] for index in positions)
            raise DataError(f"{table.origin}: two columns mean the same: {twice}.", "Rename or remove one.")
        if positions:
            return positions[0]
    return None


def _index(names: Sequence[str]) -> int | None:
    """The column that pandas wrote for an index without a name: called so, or first and nameless."""
    if names and not names[0]:
        return 0
    return next((names.index(name) for name in INDEX if name in names), None)


def _with_close(table: Table, found: dict[str, int]) -> dict[str, int]:
    """An adjusted close alone is a close; beside raw prices it cannot adjust them."""
    if "close" in found:
        return found
    if raw := [field for field in ("open", "high", "low") if field in found]:
        raise DataError(
            f"{table.origin}: has an adjusted close and {', '.join(raw)}, but no close to adjust them by.",
            "Add the raw Close, or remove the unadjusted columns.",
        )
    return {"close" if field == "adjusted" else field: index for field, index in found.items()}


def _not_found(table: Table, field: str, advice: str) -> DataError:
    columns = ", ".join(repr(name)[:40] for name in table.names[:20])
    more = f" and {len(table.names) - 20} more" if len(table.names) > 20 else ""
    return DataError(f"{table.origin}: no column of {field} found; columns: {columns}{more}.", advice)
