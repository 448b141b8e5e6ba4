"""File formats: each a function (path, origin, symbol) -> tables. A new format is one file and its line here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gate.adapters.market_data.formats import delimited, feather, parquet, rows_json
from gate.adapters.market_data.table import Table
from gate.errors import DataError

Reader = Callable[[Path, str, str], list[Table]]

FORMATS: Mapping[str, Reader] = {
    ".csv": delimited.read,
    ".csv.gz": delimited.read,
    ".tsv": delimited.read,
    ".tsv.gz": delimited.read,
    ".parquet": parquet.read,
    ".pq": parquet.read,
    ".feather": feather.read,
    ".arrow": feather.read,
    ".json": rows_json.read,
    ".json.gz": rows_json.read,
}


def suffix(path: Path) -> str | None:
    """The known ending of a file's name, or None."""
    name = path.name.lower()
    return max((known for known in FORMATS if name.endswith(known)), key=len, default=None)


def read_file(path: Path, origin: str, symbol: str) -> list[Table]:
    """Read a file into tables. Raises DataError where it cannot be read as what its name says."""
    known = suffix(path)
    if known is None:
        raise DataError(f"{origin}: not a kind of file that is read.", f"Readable are {', '.join(FORMATS)}.")
    try:
        return FORMATS[known](path, origin, symbol)
    except OSError as error:
        raise DataError(
            f"{origin}: cannot be read: {error.strerror or error}.", "Check path and permissions."
        ) from None
