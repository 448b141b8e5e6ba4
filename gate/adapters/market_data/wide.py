"""Wide tables with two rows of names, as yfinance writes them: a field and a symbol over every column."""

from ast import literal_eval
from collections.abc import Sequence
from dataclasses import replace

from gate.adapters.market_data.columns import ALIASES, plain
from gate.adapters.market_data.table import Table

Pair = tuple[str, str]
"""The two names over a column, in the order of the file."""

_FIELDS = {alias for field in ("open", "high", "low", "close", "adjusted", "volume") for alias in ALIASES[field]}


def stored_pairs(names: Sequence[str]) -> list[Pair | None]:
    """The pairs in names that pandas stored as "('Close', 'AAPL')"; None for the other columns."""
    return [literal_eval(name) if name.startswith("('") and name.count("', '") == 1 else None for name in names]


def unstack(table: Table, pairs: Sequence[Pair | None]) -> list[Table]:
    """One table a symbol, with the columns that have no pair (the times) in each."""
    turned = [pair and (pair if plain(pair[0]) in _FIELDS else (pair[1], pair[0])) for pair in pairs]
    return [_of(table, turned, symbol) for symbol in dict.fromkeys(pair[1] for pair in turned if pair)]


def _of(table: Table, pairs: Sequence[Pair | None], symbol: str) -> Table:
    mine = [index for index, pair in enumerate(pairs) if pair is None or pair[1] == symbol]
    names = [pair[0] if (pair := pairs[index]) else table.names[index] for index in mine]
    return replace(table, symbol=symbol, cells=table.cells.select(mine).rename_columns(names))
