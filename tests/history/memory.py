"""A ledger and an outbox in memory, held to the same contract as the real ones."""

from threading import Lock

import msgspec

from gate.domain.history import Glance, HistoryEntry, instant, read, written
from gate.errors import OutputError


class MemoryLedger:
    """Keeps bytes, as the others do."""

    def __init__(self):
        self.kept = {}
        self.gone = ""
        self._lock = Lock()

    def append(self, entries):
        new = {one.uid: (instant(one.at), one.kind, written(one)) for one in entries}
        self._reached()
        with self._lock:
            missing = {uid: row for uid, row in new.items() if uid not in self.kept}
            self.kept.update(missing)
        return len(missing)

    def entries(self, *, kind=None, since="", newest=None):
        return self._read(HistoryEntry, kind, since, newest)

    def glances(self, *, kind=None, since="", newest=None):
        return self._read(Glance, kind, since, newest)

    def _read(self, shape, kind, since, newest):
        self._reached()
        start = instant(since) if since else ""
        rows = [row for row in self.kept.values() if kind in {None, row[1]} and row[0] >= start]
        ordered = [document for _, _, document in sorted(rows, key=lambda row: row[0])]
        found = read(ordered, shape, "the history in memory")
        return found if newest is None else found[len(found) - min(newest, len(found)) :]

    def _reached(self):
        if self.gone:
            raise OutputError(self.gone, "start it")


class MemoryOutbox:
    """Keeps bytes, too."""

    def __init__(self):
        self.kept = {}

    def put(self, entries):
        self.kept.update({one.uid: written(one) for one in entries})

    def waiting(self):
        return [msgspec.json.decode(one, type=HistoryEntry) for one in self.kept.values()]

    def delivered(self, entries):
        for one in entries:
            self.kept.pop(one.uid, None)
