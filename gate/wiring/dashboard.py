"""The dashboard: the desk with its ports, and who lays the site down or serves it."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gate.adapters.dashboard_server import Serving
    from gate.domain.history import Glance, HistoryEntry
    from gate.domain.operating import Operating
    from gate.ports.ledger import Ledger
    from gate.ports.live import SiteFolder, Watch
    from gate.usecases.dashboard import Desk


class LedgerPast:
    """The history, out of any ledger."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger

    def drawn(self, newest: int) -> "Sequence[Glance]":
        """As slim as the ledger can."""
        return self._ledger.glances(newest=newest)

    def whole(self, newest: int) -> "Sequence[HistoryEntry]":
        """With every sentence."""
        return self._ledger.entries(newest=newest)


def now() -> datetime:
    """The time, whole seconds."""
    return datetime.now(tz=UTC).replace(microsecond=0)


def desk(operating: "Operating", folder: Path, clock: Callable[[], datetime] = now) -> "Desk":
    """The desk of a gate.toml that lies in `folder`."""
    from gate.adapters.file_watch import FileWatch
    from gate.adapters.live_file import LiveFile
    from gate.usecases.dashboard import Desk
    from gate.usecases.dashboard_shifts import shifts
    from gate.wiring import history, incidents

    ledger = history.ledger(operating, folder)
    snapshot = folder / Path(operating.monitor.database).with_name("monitor.json")
    watches: dict[str, Watch] = {
        "incidents": FileWatch([folder / operating.incidents.folder]),
        "live": FileWatch([snapshot]),
        "history": _history_watch(history.url_of(operating.history, os.environ), folder, ledger),
    }
    return Desk(
        past=LedgerPast(ledger),
        incidents=incidents.book(incidents.Place(root=folder, settings=operating.incidents), clock),
        live=LiveFile(snapshot),
        clock=clock,
        settings=operating.dashboard,
        limits=operating.limits,
        watches=watches,
        shifts=shifts,
    )


def _history_watch(url: str, folder: Path, ledger: "Ledger") -> "Watch":
    """A file's size and time tell of SQLite; anything else is asked for its newest entry."""
    from gate.adapters.file_watch import FileWatch

    if url.startswith("sqlite") and "///" in url:
        database = folder / url.partition("///")[2].partition("?")[0]
        return FileWatch([database, database.with_name(f"{database.name}-wal")])
    return NewestEntry(ledger, now)


class NewestEntry:
    """Implements the port Watch over a ledger elsewhere: asked every few seconds, not every half."""

    def __init__(self, ledger: "Ledger", clock: Callable[[], datetime], pause: float = 10.0) -> None:
        self._ledger, self._clock, self._pause = ledger, clock, pause
        self._asked: datetime | None = None
        self._token = ""

    def token(self) -> str:
        """Return the newest entry's name. Raises OutputError."""
        at = self._clock()
        if self._asked is None or abs((at - self._asked).total_seconds()) >= self._pause:
            newest = self._ledger.entries(newest=1)
            self._asked, self._token = at, newest[-1].uid if newest else ""
        return self._token


def site_folder() -> "SiteFolder":
    """Where the site is laid down."""
    from gate.adapters.site_folder import SiteOnDisk

    return SiteOnDisk()


def serve(desk: "Desk", serving: "Serving", say: Callable[[str], None]) -> None:
    """Serve it until a signal comes."""
    from gate.adapters.dashboard_server import serve

    serve(desk, serving, say)
