"""Feather (Arrow files), as freqtrade keeps its bars."""

from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from gate.adapters.market_data.table import Table
from gate.errors import DataError


def read(path: Path, origin: str, symbol: str) -> list[Table]:
    """Read a Feather file of version 1 or 2. Raises DataError, OSError."""
    try:
        return [Table(origin=origin, symbol=symbol, cells=feather.read_table(path))]
    except pa.ArrowException as error:
        raise DataError(f"{origin}: not a Feather file: {str(error).splitlines()[0]}", "Write it again.") from None
