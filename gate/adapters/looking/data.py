"""Files of bars, by their names and, of CSV, by their first line; whether they can be read is the reader's to say."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

_FREQTRADE = re.compile(r"[A-Za-z0-9]+_[A-Za-z0-9]+(?:_[A-Za-z0-9]+)?-(?P<frame>\d+[smhdwMy])")
_TABLES = (".csv", ".tsv", ".parquet", ".pq", ".feather", ".arrow")
_HEAD = 4096
LISTED = 4
"""More files than these of one folder are named by a pattern."""


def sources_of(folder: Path, files: Sequence[str]) -> tuple[str, ...]:
    """Name what [data] sources could be: the folder with the most files of bars, one kind and one timeframe of it."""
    bars = [name for name in files if _is_bars(folder, name)]
    if not bars:
        return ()
    kinds = Counter(_kind(name) for name in bars)
    (parent, frame, suffix), _ = max(kinds.items(), key=lambda kind: (kind[1], kind[0]))
    chosen = [name for name in bars if _kind(name) == (parent, frame, suffix)]
    if len(chosen) <= LISTED:
        return tuple(chosen)
    return (str(PurePosixPath(parent) / f"*{'-' + frame if frame else ''}{suffix}"),)


def _kind(name: str) -> tuple[str, str, str]:
    path = PurePosixPath(name)
    found = _FREQTRADE.match(path.name)
    return str(path.parent), found["frame"] if found else "", path.suffix


def _is_bars(folder: Path, name: str) -> bool:
    path = folder / name
    if path.suffix not in _TABLES or _in_tests(PurePosixPath(name).parts):
        return False
    return path.suffix not in (".csv", ".tsv") or _has_closes(path)


def _in_tests(parts: Iterable[str]) -> bool:
    return any(part in ("tests", "test", "fixtures") for part in parts)


def _has_closes(path: Path) -> bool:
    """Whether the first line names a close; a file that is none is no harm, only none."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).decode(errors="replace").lower()
    except OSError:
        return False
    words = set(re.split(r"[^a-z]+", head.partition("\n")[0]))
    return "close" in words and bool(words & {"date", "time", "timestamp", "datetime", "open"})
