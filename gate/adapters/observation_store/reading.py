"""Reads a file that a stranger may have written: a regular file, no larger than it may be."""

import os
import stat
from pathlib import Path

from gate.errors import ObservationError


def content(path: Path, most: int) -> bytes:
    """All of a file. Raises ObservationError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise ObservationError(f"there is no {path}", "give the folder that `gate observe` wrote") from error
    except OSError as error:
        raise damaged(path, error.strerror or "unreadable") from error
    try:
        return regular(path, handle, most)
    except OSError as error:
        raise damaged(path, error.strerror or "unreadable") from error
    finally:
        os.close(handle)


def regular(path: Path, handle: int, most: int) -> bytes:
    """All of an open file, unless it is none or too large."""
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise damaged(path, "it is no file")
    if found.st_size > most:
        raise damaged(path, f"it is larger than {most:,} bytes")
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(found.st_size)


def damaged(path: Path, why: object) -> ObservationError:
    """The error for every kind of damage."""
    return ObservationError(f"{path} is damaged: {str(why)[:200]}", "observe again")
