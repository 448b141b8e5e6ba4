"""`arch:sp500` and `arch:nasdaq`: daily bars 1999-2018 inside the package arch (NCSA licence), 5,031 each."""

from collections.abc import Mapping
from pathlib import Path

from gate.adapters.market_data.bars import bars_of
from gate.adapters.market_data.formats import read_file
from gate.adapters.market_data.period import Period
from gate.adapters.market_data.reading import Reading
from gate.adapters.market_data.sources.installed import package_folder
from gate.errors import DataError

SYMBOLS: Mapping[str, str] = {"sp500": "SP500", "nasdaq": "NASDAQ"}


def read(asked: str, _folder: Path, period: Period) -> list[Reading]:
    """Read one index. Both are price indices: their adjusted close is their close. Raises DataError."""
    name = asked.strip().lower()
    if name not in SYMBOLS:
        there = ", ".join(f"arch:{known}" for known in SYMBOLS)
        raise DataError(f'[data] sources has "arch:{asked}", which there is not.', f"There are {there}.")
    package = package_folder("arch")
    if package is None:
        raise DataError(f"arch:{name} needs the package arch.", "pip install arch")
    path = package / "data" / name / f"{name}.csv.gz"
    return [one for table in read_file(path, f"arch:{name}", SYMBOLS[name]) for one in bars_of(table, period)]
