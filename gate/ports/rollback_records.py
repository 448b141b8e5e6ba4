"""Where it is written down what was taken back, and what files were like before."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gate.domain.rollback import Fingerprint, Record


class RollbackRecords(Protocol):
    """A folder of records, and the files whose state is watched."""

    def write(self, record: Record) -> Path:
        """Write a record down, whole. Raises OutputError."""

    def keys_on(self, day: str) -> Sequence[str]:
        """Return the keys of what was written somewhere on a day (ISO 8601, UTC)."""

    def fingerprints(self, paths: Sequence[str]) -> tuple[Fingerprint, ...]:
        """Read the files that paths, folders and patterns name."""
