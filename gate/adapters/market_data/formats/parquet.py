"""Parquet, by pandas or anything else: an index without a name is an ordinary column there."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from gate.adapters.market_data.table import Table
from gate.adapters.market_data.wide import stored_pairs, unstack
from gate.errors import DataError


def read(path: Path, origin: str, symbol: str) -> list[Table]:
    """Read a Parquet file. Raises DataError, OSError."""
    try:
        # Not read_table: it takes "a=b" in a folder's name for a column.
        cells = parquet.ParquetFile(path).read()
    except pa.ArrowException as error:
        raise DataError(f"{origin}: not a Parquet file: {str(error).splitlines()[0]}", "Write it again.") from None
    table = Table(origin=origin, symbol=symbol, cells=cells)
    pairs = stored_pairs(table.names)
    return unstack(table, pairs) if any(pairs) else [table]
