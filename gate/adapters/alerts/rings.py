"""What rings, in one SQLite file: read and written by one process at a time, kept whole or not at all."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from gate.domain.ringing import SCHEMA, Ring, Telling
from gate.errors import OutputError

PATIENCE = 3.0
"""Seconds that another process is waited for."""
KEPT = "-30 days"
"""What is over, and tellings so old, are forgotten when a key recovers; the log keeps them."""

T = TypeVar("T")

TABLES = (
    "CREATE TABLE ring (key TEXT PRIMARY KEY, document BLOB NOT NULL, over INTEGER NOT NULL, changed TEXT NOT NULL)",
    """CREATE TABLE telling (
      alert TEXT NOT NULL, channel TEXT NOT NULL, document BLOB NOT NULL, changed TEXT NOT NULL,
      PRIMARY KEY (alert, channel)
    )""",
    f"PRAGMA user_version = {SCHEMA}",
)


class RingsFile:
    """Implements the port Rings."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def held(self) -> "Iterator[RingsFile]":
        """`BEGIN IMMEDIATE`: a transaction that first reads and then writes would lose what others wrote between."""
        held = RingsFile(self._path)
        try:
            held._connection = held._opened()
            held._db.execute("BEGIN IMMEDIATE")
            held._made()
            yield held
            held._db.execute("COMMIT")
        except (sqlite3.Error, msgspec.DecodeError, OSError) as error:
            advice = "name another file ([alerts] state), or take the damaged one away; alerts are sent all the same"
            raise OutputError(f"cannot keep what rings in {self._path}: {_why(error)}", advice) from error
        finally:
            if held._connection is not None:
                held._connection.close()

    def ring(self, key: str) -> Ring | None:
        """Return what is remembered of a key."""
        found = self._db.execute("SELECT document FROM ring WHERE key = ?", (_text(key),)).fetchone()
        return _read(found[0], Ring) if found else None

    def rings(self) -> Sequence[Ring]:
        """Return every key that rings, or whose end is still to be told; the oldest first."""
        found = self._db.execute("SELECT document FROM ring WHERE NOT over").fetchall()
        return sorted((_read(one, Ring) for (one,) in found), key=lambda ring: (ring.since, ring.alert.key))

    def put(self, ring: Ring) -> None:
        """Remember a key, over what was there."""
        self._db.execute(
            "INSERT OR REPLACE INTO ring VALUES (?, ?, ?, datetime('now'))",
            (_text(ring.alert.key), msgspec.json.encode(ring), not ring.rings and ring.notice is None),
        )
        if not ring.rings:
            self._db.execute("DELETE FROM telling WHERE changed < datetime('now', ?)", (KEPT,))
            self._db.execute("DELETE FROM ring WHERE over AND changed < datetime('now', ?)", (KEPT,))

    def tellings(self, alert: str) -> dict[str, Telling]:
        """Who was told of an alert's id, by channel."""
        found = self._db.execute("SELECT channel, document FROM telling WHERE alert = ?", (_text(alert),)).fetchall()
        return {channel: _read(document, Telling) for channel, document in found}

    def told(self, alert: str, channel: str, telling: Telling) -> None:
        """Remember one, over what was there."""
        self._db.execute(
            "INSERT OR REPLACE INTO telling VALUES (?, ?, ?, datetime('now'))",
            (_text(alert), channel, msgspec.json.encode(telling)),
        )

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("what rings is read and written inside held() alone")
        return self._connection

    def _opened(self) -> sqlite3.Connection:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._ignored()
        return sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)

    def _ignored(self) -> None:
        """What rings is this machine's matter, and git's not; what else lies there (.gate/no-rollback) is git's."""
        ignore, line = self._path.parent / ".gitignore", f"{self._path.name}*"
        there = ignore.read_text().splitlines() if ignore.exists() else []
        if line not in there and "*" not in there:
            with ignore.open("a") as file:
                file.write(f"{line}\n")

    def _made(self) -> None:
        """Make the tables inside the transaction: of several that begin at once, one makes them."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise sqlite3.DatabaseError(f"it has schema {version}, this gate reads {SCHEMA}")
        if version < SCHEMA:
            for statement in TABLES:
                self._db.execute(statement)


def _read(document: bytes, kind: type[T]) -> T:
    return msgspec.json.decode(document, type=kind)


def _text(name: str) -> str:
    """SQLite keeps no lone surrogates."""
    return name.encode("utf-8", "backslashreplace").decode()


def _why(error: Exception) -> str:
    return error.strerror or "it cannot be opened" if isinstance(error, OSError) else str(error)
