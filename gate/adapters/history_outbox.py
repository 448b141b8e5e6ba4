"""Entries on their way to the ledger: a file each, written whole before anything is sent, removed when it has arrived.

Two processes may deliver the same file: its entry is there once, and the second finds nothing to remove.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.disk import whole
from gate.domain.history import HistoryEntry, read, written
from gate.errors import NewerSchemaError, OutputError

MOST = 500
"""Entries of one delivery; the next takes the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxFolder:
    """Implements the port Outbox."""

    folder: Path

    def put(self, entries: Iterable[HistoryEntry]) -> None:
        """Write each down, whole; one that waits already waits once."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for entry in entries:
                whole(self._path(entry), written(entry), 0o600)
            _synced(self.folder)
        except OSError as error:
            raise OutputError(
                f"cannot write into {self.folder}: {error.strerror}", "name another folder: [history] outbox"
            ) from error

    def waiting(self) -> Sequence[HistoryEntry]:
        """Return what waits. A damaged file is put aside, and stops no other."""
        found = (self._entry(path) for path in sorted(self.folder.glob("*.json"))[:MOST])
        return [entry for entry in found if entry is not None]

    def delivered(self, entries: Iterable[HistoryEntry]) -> None:
        """Remove what has arrived."""
        for entry in entries:
            self._path(entry).unlink(missing_ok=True)

    def _path(self, entry: HistoryEntry) -> Path:
        return self.folder / f"{hashlib.sha256(entry.uid.encode()).hexdigest()[:40]}.json"

    def _entry(self, path: Path) -> HistoryEntry | None:
        try:
            return read([path.read_bytes()], HistoryEntry, str(path))[0]
        except (FileNotFoundError, NewerSchemaError):
            return None  # another process delivered it, or the newer gate will
        except OSError as error:
            raise OutputError(f"cannot read {path}: {error.strerror}", "may this user read it?") from error
        except OutputError:
            path.replace(path.with_suffix(".damaged"))
            return None


def _synced(folder: Path) -> None:
    """A new name is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
