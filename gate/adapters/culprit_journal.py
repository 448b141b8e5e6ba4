"""`gate.ports.Journal` on files: JSON lines, one file a question, each line on the disk before it counts."""

import fcntl
import os
from pathlib import Path

import msgspec

from gate.domain.culprit import Entry
from gate.errors import OutputError


class JournalFiles:
    """Logs in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> list[Entry]:
        """In the order in which it was added; a line that is cut off or damaged is left out, and learned again."""
        try:
            lines = self._file(name).read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._trouble(error) from error
        return [entry for entry in map(decoded, lines) if entry is not None]

    def add(self, name: str, entry: Entry) -> None:
        """Append one line, under a lock: what follows the last line's end is what a killed search left."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._file(name).open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.truncate(whole_length(file.fileno()))
                file.write(msgspec.json.encode(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._trouble(error) from error

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"

    def _trouble(self, error: OSError) -> OutputError:
        return OutputError(
            f"cannot keep the search in {self._folder}: {error.strerror}", "name a folder that can be written, --cache"
        )


def whole_length(handle: int) -> int:
    """Bytes up to the last line's end."""
    size = os.fstat(handle).st_size
    return os.pread(handle, size, 0).rfind(b"\n") + 1


def decoded(line: bytes) -> Entry | None:
    """What a line says."""
    try:
        return msgspec.json.decode(line, type=Entry)
    except msgspec.DecodeError:
        return None
