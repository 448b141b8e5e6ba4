"""`skfolio:SP500`, `skfolio:AAPL`, ...: daily closes 1990-2022 inside the package skfolio (BSD licence), an extra."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gate.adapters.market_data.bars import bars_of
from gate.adapters.market_data.formats import read_file
from gate.adapters.market_data.period import Period
from gate.adapters.market_data.reading import Reading
from gate.adapters.market_data.sources.installed import package_folder
from gate.adapters.market_data.table import Table
from gate.errors import DataError

FILES = ("sp500_index.csv.gz", "sp500_dataset.csv.gz")
"""The index first, then 20 of its stocks; a column a symbol."""


def read(asked: str, _folder: Path, period: Period) -> list[Reading]:
    """Read the closes of one symbol. Raises DataError."""
    package = package_folder("skfolio")
    if package is None:
        raise DataError(f"skfolio:{asked} needs the package skfolio.", 'pip install "regime-gate[skfolio]"')
    symbols: list[str] = []
    for table in _tables(package / "datasets" / "data"):
        symbols += table.names[1:]
        for name in table.names[1:]:
            if name.lower() == asked.strip().lower():
                return bars_of(_closes(table, name), period)
    there = ", ".join(symbols)
    raise DataError(f'[data] sources has "skfolio:{asked}", which there is not.', f"There are {there}.")


def _tables(folder: Path) -> Iterator[Table]:
    for file in FILES:
        yield from read_file(folder / file, f"skfolio's {file}", "")


def _closes(table: Table, name: str) -> Table:
    cells = table.cells.select([0, table.names.index(name)]).rename_columns(["date", "close"])
    return replace(table, origin=f"skfolio:{name}", symbol=name, cells=cells)
