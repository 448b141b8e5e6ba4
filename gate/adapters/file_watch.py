"""Whether files have changed: their sizes, times and inodes, which is read in microseconds."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from gate.errors import OutputError


class FileWatch:
    """Implements the port Watch over files and folders (one level deep); what is missing counts as well."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)

    def token(self) -> str:
        """Return name, inode, size and time of each."""
        try:
            return "\n".join(line for path in self._paths for line in _lines(path))
        except OSError as error:
            raise OutputError(f"cannot look at {error.filename}: {error.strerror}", "may gate read it?") from error


def _lines(path: Path) -> Iterator[str]:
    try:
        yield _line(str(path), path.stat())
        if path.is_dir():
            with os.scandir(path) as found:
                yield from sorted(_line(one.path, one.stat()) for one in found)
    except FileNotFoundError:
        yield f"{path} -"


def _line(name: str, stat: os.stat_result) -> str:
    return f"{name} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"
