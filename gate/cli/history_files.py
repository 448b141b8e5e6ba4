"""Files that `gate history` is given: records, drills, exports."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from gate.domain.history import HistoryEntry
from gate.errors import BrokenQuestionError

MOST = 1_000_000_000
"""Bytes of a file that is imported."""


def read_record(path: Path) -> Any:
    """Read a rollback's record."""
    from gate.domain.rollback import Record  # noqa: PLC0415

    return decoded(path, Record, "record of a rollback")


def read_drill(path: Path) -> Any:
    """Read a drill's record."""
    from gate.domain.rollback import Drill  # noqa: PLC0415

    return decoded(path, Drill, "record of a drill")


def read_export(file: Path) -> tuple[HistoryEntry, ...]:
    """Read what an export wrote, strictly."""
    from gate.domain.history import SCHEMA, Head, newer  # noqa: PLC0415
    from gate.report.history import Export  # noqa: PLC0415

    content = content_of(file)
    try:
        schema = msgspec.json.decode(content, type=Head).schema
        if schema > SCHEMA:
            raise newer(str(file), schema)
        return msgspec.json.decode(content, type=Export).entries
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenQuestionError(f"{file} is no export: {error}", "name what `gate history export` wrote") from error


def decoded(path: Path, kind: type[Any], words: str) -> Any:
    """Read a file of a kind."""
    try:
        return msgspec.json.decode(content_of(path), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenQuestionError(f"{path} is no {words}: {error}", "name the JSON file that gate wrote") from error


def content_of(path: Path) -> bytes:
    """Read a file, or standard input."""
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MOST)
        with path.open("rb") as file:
            return file.read(MOST)
    except OSError as error:
        raise BrokenQuestionError(f"cannot read {path}: {error.strerror}", "name another file") from error
