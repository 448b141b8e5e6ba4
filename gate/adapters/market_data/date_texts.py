"""Dates as people write them, rewritten to ISO 8601 wherever there is only one way to read them."""

import pyarrow as pa
from pyarrow import compute

from gate.adapters.market_data.table import Table
from gate.errors import DataError

_YEAR_FIRST = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
_YEAR_LAST = r"^(?P<one>\d{1,2})(?P<sign>[-/.])(?P<two>\d{1,2})[-/.](?P<year>\d{4})"
_NAMED_MONTHS = ("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y")

_TIDY = (
    (_YEAR_FIRST, r"\1-0\2-0\3"),
    (r"^(\d{4})-0?(\d{2})-0?(\d{2})", r"\1-\2-\3"),  # takes back the zeros that were not needed
    (r"^(\S{10})[ T]+(\d):", r"\1 0\2:"),
    (r" ?(UTC|GMT|Z)$", "Z"),
    (r" ([+-]\d{2}:?\d{2})$", r"\1"),
)


def iso_texts(table: Table, text: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Rewrite what can be rewritten; the rest is left as it is, to be named when it is read. Raises DataError."""
    first = text[0].as_py()
    if any(letter.isalpha() for letter in first[:8]):
        return _from_named_months(text)
    if compute.any(compute.match_substring_regex(text, _YEAR_LAST)).as_py():
        text = compute.replace_substring_regex(text, _YEAR_LAST, _order(table, text, name))
    for pattern, replacement in _TIDY:
        text = compute.replace_substring_regex(text, pattern, replacement)
    return text


def _order(table: Table, text: pa.ChunkedArray, name: str) -> str:
    """Which of 3/4/2020 is the month: told by a number above 12 anywhere in the column, or by dots."""
    parts = compute.extract_regex(text, _YEAR_LAST)
    one, two = (_largest(compute.struct_field(parts, [part])) for part in ("one", "two"))
    dotted = compute.all(compute.match_substring(compute.struct_field(parts, ["sign"]), ".")).as_py()
    if one > 12 or (dotted and two <= 12):
        return r"\4-\3-\1"
    if two > 12:
        return r"\4-\1-\3"
    raise DataError(
        f"{table.origin}: the dates in {name!r} are ambiguous: {text[0].as_py()!r} may be day/month or month/day.",
        "Write dates as YYYY-MM-DD.",
    )


def _largest(numbers: pa.ChunkedArray) -> int:
    return int(compute.max(numbers.cast(pa.int64())).as_py())


def _from_named_months(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """31-Jan-2020 and its kin, in the one format that the first date has."""
    for pattern in _NAMED_MONTHS:
        read = compute.strptime(text, format=pattern, unit="s", error_is_null=True)
        if read[0].is_valid:
            iso = compute.strftime(read, format="%Y-%m-%d")
            return compute.coalesce(iso, text)
    return text
