"""A ledger that loses nothing: what is to be kept is on this disk before it is sent, and stays until it has arrived."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gate.domain.history import Glance, Happened, HistoryEntry
from gate.errors import OutputError
from gate.ports.ledger import Ledger, Outbox


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptLedger:
    """Implements the port Ledger over another one, and delivers what an earlier append could not."""

    ledger: Ledger
    outbox: Outbox
    ready: Callable[[], None] = lambda: None
    """Called before anything is written."""

    def append(self, entries: Iterable[HistoryEntry]) -> int:
        """Add what is not there yet. Raises OutputError where the ledger is gone; the next append delivers."""
        new = list({one.uid: one for one in entries}.values())
        self.ready()
        self.outbox.put(new)
        wanted = {one.uid for one in new}
        late = [one for one in self.outbox.waiting() if one.uid not in wanted]
        try:
            added = self.ledger.append(new)
            self.outbox.delivered(new)
            if late:
                self.ledger.append(late)
                self.outbox.delivered(late)
        except OutputError as error:
            advice = f"{error.advice}; {_waiting(len(self.outbox.waiting()))}, and the next append delivers"
            raise OutputError(error.message, advice) from error
        return added

    def take_in(self, entries: Iterable[HistoryEntry]) -> int:
        """Add many at once, all or nothing, without the outbox: who has them in a file can come again."""
        self.ready()
        return self.ledger.append(entries)

    def entries(
        self, *, kind: Happened | None = None, since: str = "", newest: int | None = None
    ) -> Sequence[HistoryEntry]:
        """Return what has arrived."""
        return self.ledger.entries(kind=kind, since=since, newest=newest)

    def glances(self, *, kind: Happened | None = None, since: str = "", newest: int | None = None) -> Sequence[Glance]:
        """Return what has arrived, as a picture needs it."""
        return self.ledger.glances(kind=kind, since=since, newest=newest)


def _waiting(count: int) -> str:
    return "1 entry waits in the outbox" if count == 1 else f"{count} entries wait in the outbox"
