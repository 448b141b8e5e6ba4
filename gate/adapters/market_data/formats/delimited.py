"""CSV and its kin: comma, semicolon, tab or bar between the cells, plain or gzipped."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from gate.adapters.market_data.table import Table
from gate.adapters.market_data.wide import Pair, unstack
from gate.errors import DataError

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 100_000
"""Bytes that surely hold the rows of names."""
_CORNERS = {"price", "ticker", "attributes", "symbols", ""}
"""What yfinance and pandas-datareader write above the dates, when they write two rows of names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """What the first lines say."""

    separator: str
    names: list[str]
    pairs: list[Pair | None]
    """Field and symbol of each column, where there are two rows of names."""
    rows: int
    """Rows of names."""


def read(path: Path, origin: str, symbol: str) -> list[Table]:
    """Read every cell as text; what it means is decided later. Raises DataError, OSError."""
    content = _content(path, origin)
    if not content.strip():
        raise DataError(f"{origin}: the file is empty.", "Give it bars, or take it out of [data] sources.")
    layout = _layout(content)
    cells = _parse(content, layout, origin)
    table = Table(
        origin=origin,
        symbol=symbol,
        cells=cells.rename_columns(layout.names),
        locate=lambda position: f"line {_line_of(content, layout, position)}",
    )
    return unstack(table, layout.pairs) if any(layout.pairs) else [table]


def _content(path: Path, origin: str) -> bytes:
    """The file's bytes, unpacked, without a mark in front."""
    content = path.read_bytes()
    if path.name.lower().endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"{origin}: not a whole gzip file: {error}.", "Fetch or pack it again.") from None
    if content.startswith(_UTF16_MARKS):
        raise DataError(f"{origin}: is UTF-16 text.", 'Save it as UTF-8 ("CSV UTF-8" in Excel).')
    return content.removeprefix(_UTF8_MARK)


def _layout(content: bytes) -> _Layout:
    """Read separator and names off the first three lines that are not empty."""
    head = [line for line in content[:_HEAD].decode(errors="replace").splitlines() if line.strip()][:3]
    separator = max(",;\t|", key=head[0].count)
    first, second, third = [*csv.reader(head, delimiter=separator), [], []][:3]
    if not _two_rows(first, second):
        return _Layout(separator=separator, names=first, pairs=[], rows=1)
    pairs = [None, *zip(first[1:], second[1:], strict=True)]
    named_index = bool(third) and not any(third[1:])
    corner = third[0] if named_index else "date"
    return _Layout(separator=separator, names=[corner, *first[1:]], pairs=pairs, rows=3 if named_index else 2)


def _two_rows(first: list[str], second: list[str]) -> bool:
    """Whether the second row names columns too, as above many symbols."""
    corners = {row[0].strip().lower() for row in (first, second) if row}
    return corners <= _CORNERS and 1 < len(first) == len(second) and all(second[1:])


def _parse(content: bytes, layout: _Layout, origin: str) -> pa.Table:
    """Let Arrow split the rows. Raises DataError naming the line that has too many or too few cells."""
    uneven: list[arrow_csv.InvalidRow] = []
    try:
        cells = _split(content, layout, uneven)
    except pa.ArrowInvalid as error:
        raise DataError(f"{origin}: not readable as CSV: {error}".splitlines()[0], "Save it as UTF-8 CSV.") from None
    if uneven:
        raise _uneven(content, layout, origin)
    return cells


def _split(content: bytes, layout: _Layout, uneven: list[arrow_csv.InvalidRow]) -> pa.Table:
    def collect(row: arrow_csv.InvalidRow) -> str:
        uneven.append(row)
        return "skip"

    names = [str(index) for index in range(len(layout.names))]  # names in the file may repeat
    return arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(column_names=names, skip_rows_after_names=layout.rows),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.separator, newlines_in_values=b'"' in content, invalid_row_handler=collect
        ),
        convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )


def _uneven(content: bytes, layout: _Layout, origin: str) -> DataError:
    width = len(layout.names)
    bad = [(line, row) for line, row in _records(content, layout) if len(row) != width]
    line, row = bad[0]
    return DataError(
        f"{origin}, line {line} ({row[0]}): {len(row)} cells where the names are {width}; {len(bad)} such rows in all.",
        "Look for a decimal comma, a separator inside a text, or a line cut short.",
    )


def _records(content: bytes, layout: _Layout) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row of data: slow, for messages only. Empty lines count as lines, not as rows."""
    reader = csv.reader(StringIO(content.decode(errors="replace"), newline=""), delimiter=layout.separator)
    records = ((reader.line_num, row) for row in reader if row)
    return islice(records, layout.rows, None)


def _line_of(content: bytes, layout: _Layout, position: int) -> int:
    return next(islice(_records(content, layout), position, None))[0]
