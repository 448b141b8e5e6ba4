"""Where the monitor keeps its place: one SQLite file. Windows, places in the files and alerts change together or not.

Write-ahead log without a sync a commit: a kill loses nothing; a power cut may lose the newest commits as a whole, which
are then made again from the records, with the same alerts under the same ids.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from gate.disk import OWN, unseen
from gate.domain.alert import Alert
from gate.errors import BrokenQuestionError, ObservationError, OutputError
from gate.ports.monitoring import Batch, Outgoing, Place

SCHEMA = 1
SECONDS = 30.0
"""How long to wait for somebody else's transaction."""
_TABLES = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (device INTEGER, inode INTEGER, content BLOB NOT NULL, PRIMARY KEY (device, inode));
CREATE TABLE IF NOT EXISTS alert (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, content BLOB NOT NULL,
  told INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS waiting ON alert (number) WHERE told = 0;
"""


class MonitorDatabase:
    """Implements the port MonitorStore. One thread each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._said():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            version = int(self._base.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA:
                raise ObservationError(
                    f"{path} was written by a newer gate (schema {version})", "update gate, or name another database"
                )
            with self._transaction():
                for statement in _TABLES.split(";"):
                    self._base.execute(statement)
                self._base.execute(f"PRAGMA user_version = {SCHEMA}")

    def __enter__(self) -> Self:
        """Hand itself out."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._base.close()

    def state(self) -> Mapping[str, bytes]:
        """Return what was kept last."""
        with self._said():
            return dict(self._base.execute("SELECT name, content FROM state ORDER BY name"))

    def part(self, name: str) -> bytes:
        """Return one part of it."""
        with self._said():
            row = self._base.execute("SELECT content FROM state WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else b""

    def places(self) -> Sequence[Place]:
        """Return how far each file has been read."""
        with self._said():
            rows = self._base.execute("SELECT content FROM place ORDER BY device, inode").fetchall()
        return [msgspec.msgpack.decode(raw, type=Place) for (raw,) in rows]

    def commit(self, state: Mapping[str, bytes], batch: Batch | None, alerts: Sequence[Alert]) -> None:
        """Keep all of it in one transaction."""
        encode = msgspec.msgpack.encode
        with self._said(), self._transaction() as base:
            base.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state.items())
            if batch is not None and batch.place.inode:
                place = batch.place
                row = (place.device, place.inode, encode(place))
                base.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", row)
                gone = [(one.device, one.inode) for one in batch.gone]
                base.executemany("DELETE FROM place WHERE device = ? AND inode = ?", gone)
            rows = [(alert.id, encode(alert)) for alert in alerts]
            base.executemany("INSERT OR IGNORE INTO alert (id, content) VALUES (?, ?)", rows)

    def waiting(self) -> Sequence[Outgoing]:
        """Return the alerts that nobody has been told of."""
        with self._said():
            rows = self._base.execute("SELECT number, content, tries FROM alert WHERE told = 0 ORDER BY number")
            return [
                Outgoing(number=number, alert=msgspec.msgpack.decode(raw, type=Alert), tries=tries)
                for number, raw, tries in rows
            ]

    def told(self, number: int) -> None:
        """Note that one has been told."""
        with self._said():
            self._base.execute("UPDATE alert SET told = 1, tries = tries + 1 WHERE number = ?", (number,))

    def failed(self, number: int) -> None:
        """Note that telling it failed once more."""
        with self._said():
            self._base.execute("UPDATE alert SET tries = tries + 1 WHERE number = ?", (number,))

    def alerts(self) -> Sequence[Alert]:
        """Return every alert there was."""
        with self._said():
            rows = self._base.execute("SELECT content FROM alert ORDER BY number").fetchall()
        return [msgspec.msgpack.decode(raw, type=Alert) for (raw,) in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield self._base
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OutputError(
                f"the monitor's database {self._path} cannot be used: {error}", "is the disk full, is it readable?"
            ) from error


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Be the only monitor of this database. Raises BrokenQuestionError where another one runs."""
    try:
        if not database.parent.exists() or database.parent.name == OWN:
            unseen(database.parent)
        file = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OutputError(
            f"the monitor's database {database} cannot be used: {error.strerror}", "name another: --database"
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BrokenQuestionError(
                f"another gate monitor uses {database}", "stop that one, or name another database: --database"
            ) from error
        yield
    finally:
        os.close(file)
