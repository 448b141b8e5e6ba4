"""Where the history is kept."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from gate.domain.history import Glance, Happened, HistoryEntry


class Ledger(Protocol):
    """Append-only. Raises OutputError where it cannot be reached in bounded time; then nothing is half written."""

    def append(self, entries: Iterable[HistoryEntry]) -> int:
        """Add what is not there yet, and return how many that were. All or nothing."""

    def entries(
        self, *, kind: Happened | None = None, since: str = "", newest: int | None = None
    ) -> Sequence[HistoryEntry]:
        """Return what happened, the oldest first; of `newest`, the last so many."""

    def glances(self, *, kind: Happened | None = None, since: str = "", newest: int | None = None) -> Sequence[Glance]:
        """Return the same, as much of it as a picture needs: ten thousand verdicts in seconds."""


class Outbox(Protocol):
    """Entries on their way, on this machine's disk. Raises OutputError."""

    def put(self, entries: Iterable[HistoryEntry]) -> None:
        """Keep them until they are delivered."""

    def waiting(self) -> Sequence[HistoryEntry]:
        """Return what is not delivered yet."""

    def delivered(self, entries: Iterable[HistoryEntry]) -> None:
        """Forget them: the ledger has them."""
