"""Records of rollbacks as JSON files, one each, and fingerprints of the files whose state is watched."""

import glob
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.disk import whole
from gate.domain.rollback import Ending, Fingerprint, Record
from gate.errors import OutputError

WROTE = {Ending.BRANCH_PUSHED, Ending.KEPT_LOCALLY, Ending.PULL_REQUEST_OPEN, Ending.ISSUE_OPENED}
LARGEST = 4_000_000
"""Bytes of a record that are read."""
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class RollbackFiles:
    """Implements the port RollbackRecords."""

    folder: Path
    """Where records lie."""
    root: Path
    """Where the paths of watched files start."""
    named: Path | None = None
    """One file to write the record to, instead of the folder."""

    def write(self, record: Record) -> Path:
        """Write a record down, whole."""
        path = self.named or self.folder / _name(record)
        try:
            whole(path, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
        except OSError as error:
            raise OutputError(f"cannot write the record {path}: {error.strerror}", "name another: --record") from error
        return path

    def keys_on(self, day: str) -> Sequence[str]:
        """Return the keys of what was written somewhere on a day."""
        found = []
        for path in sorted(self.folder.glob(f"{day}*.json")):
            record = _read(path)
            if record is not None and record.plan is not None and record.ending in WROTE:
                found.append(record.plan.key)
        return found

    def fingerprints(self, paths: Sequence[str]) -> tuple[Fingerprint, ...]:
        """Read the files that paths, folders and patterns name; what is not there is remembered, too."""
        return tuple(self._fingerprint(path) for asked in paths for path in self._files(asked))

    def _files(self, asked: str) -> Iterator[Path]:
        path = self.root / Path(asked).expanduser()
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        elif path.exists() or not glob.has_magic(asked):
            yield path
        else:
            yield from sorted(Path(name) for name in glob.iglob(str(path), recursive=True))  # noqa: PTH207  an absolute pattern

    def _fingerprint(self, path: Path) -> Fingerprint:
        name = os.path.relpath(path, self.root)
        try:
            return Fingerprint(path=name, bytes=path.stat().st_size, sha256=_sha256(path))
        except OSError:
            return Fingerprint(path=name, bytes=None, sha256="")


def _name(record: Record) -> str:
    key = record.plan.key if record.plan else record.ending.value.lower()
    return f"{record.at.replace(':', '')}-{key}.json"


def _read(path: Path) -> Record | None:
    """None where it is no record: a damaged file counts for nothing, and stops no emergency."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()
