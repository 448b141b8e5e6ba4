"""The history in a database: SQLite beside gate.toml, or whatever SQLAlchemy reaches.

One table that is only ever inserted into, one row that says by which schema. A transaction either stands whole or never
was; SQLite is told to begin at once (a deferred transaction that reads first loses its write to whoever came between),
and whatever does not answer is given up in bounded time.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from gate.domain.history import SCHEMA, Glance, Happened, HistoryEntry, Shape, instant, newer, read, written
from gate.errors import ConfigError, OutputError

T = TypeVar("T")

TABLES = MetaData()
ENTRIES = Table(
    "gate_history",
    TABLES,
    Column("number", Integer, primary_key=True),
    Column("uid", String(200), nullable=False, unique=True),
    Column("at", String(32), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("document", Text, nullable=False),
)
ABOUT = Table(
    "gate_history_schema",
    TABLES,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
"""One row. A gate that knows less refuses."""

TRIES, MOST_TRIES = 4, 40
"""Of one append or read, where trying again can help: where nobody answers, and where others were only faster."""
CHUNK = 500
"""Names asked for at once: fewer than any database's most parameters."""
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)
"""What a parameter of a URL is called whose value nobody may see."""
WAITS = "gate_waits"
"""The execution option of a transaction that will write."""


class UnreachableError(OutputError):
    """It did not answer, or said no."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlLedger:
    """Implements the port Ledger."""

    url: URL = field(repr=False)
    timeout: float = 10.0
    """Seconds for everything that one call does, all tries together."""

    def append(self, entries: Iterable[HistoryEntry]) -> int:
        """Add what is not there yet, in one transaction."""
        rows = {one.uid: _row(one) for one in entries}
        return self._tried(lambda connection: _insert(connection, rows), writes=True) if rows else 0

    def entries(
        self, *, kind: Happened | None = None, since: str = "", newest: int | None = None
    ) -> Sequence[HistoryEntry]:
        """Return what happened, the oldest first."""
        return self._read(HistoryEntry, kind, since, newest)

    def glances(self, *, kind: Happened | None = None, since: str = "", newest: int | None = None) -> Sequence[Glance]:
        """Return the same without sentences and parts."""
        return self._read(Glance, kind, since, newest)

    def _read(self, shape: type[Shape], kind: Happened | None, since: str, newest: int | None) -> Sequence[Shape]:
        if self._file is not None and not self._file.exists():
            return ()  # nothing was ever kept, and looking makes no file
        start = instant(since) if since else ""
        found = self._tried(lambda connection: _documents(connection, kind, start, newest), writes=False)
        return read(found, shape, f"the history at {self.named}")

    @property
    def named(self) -> str:
        """For people: without the password, and without what else a URL may carry."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    @property
    def _file(self) -> Path | None:
        return Path(str(self.url.database)) if self._is_sqlite else None

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    # ------------------------------------------------------------------ asking, in bounds

    def _tried(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        """Do one transaction; again where that helps. Whatever hangs is left behind when the time is over."""
        end = time.monotonic() + self.timeout
        return within(self.timeout, lambda: self._again(work, end, writes=writes), self.named)

    def _again(self, work: Callable[[Connection], T], end: float, *, writes: bool) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(work, writes=writes)
            except SQLAlchemyError as error:
                pause = random.uniform(0.02, 0.1) * 2 ** min(attempt, TRIES)  # noqa: S311  jitter
                most = MOST_TRIES if _somebody_else(error) else TRIES
                if not _may_pass(error) or attempt >= most or time.monotonic() + pause >= end:
                    raise self._given_up(error, attempt) from None
                time.sleep(pause)

    def _once(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        if self._file is not None:
            make_room(self._file)
        with engine_of(self.url, self.timeout).connect() as fresh:
            connection = fresh.execution_options(**{WAITS: writes})
            with connection.begin():
                self._known(connection, writes=writes)
                return work(connection)

    def _known(self, connection: Connection, *, writes: bool) -> None:
        """Make the tables where there are none and one is needed; refuse what a newer gate wrote."""
        if not inspect(connection).has_table(ABOUT.name):
            if not writes:
                return
            TABLES.create_all(connection)
            connection.execute(insert(ABOUT).values(only=1, version=SCHEMA))
        schema = connection.execute(select(ABOUT.c.version)).scalar_one()
        if schema != SCHEMA:
            raise newer(f"the history at {self.named}", schema)

    def _given_up(self, error: SQLAlchemyError, tries: int) -> UnreachableError:
        again = f" (tried {tries} times)" if tries > 1 else ""
        return UnreachableError(
            f"the history at {self.named} cannot be used: {self._without_secrets(error)}{again}",
            "is it there, and may this user write? [history] in gate.toml names it",
        )

    def _without_secrets(self, error: SQLAlchemyError) -> str:
        original = error.orig if isinstance(error, DBAPIError) else error
        said = next((line.strip() for line in str(original).splitlines() if line.strip()), type(original).__name__)
        return masked(said, self.url)


@lru_cache(maxsize=8)
def engine_of(url: URL, timeout: float) -> Engine:
    """Make an engine without a pool: no connection outlives a call, a fork, or a thread that was left behind."""
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=_arguments(url, timeout))
    if is_sqlite:
        event.listen(engine, "connect", _settled)
        event.listen(engine, "begin", _begun)
    return engine


def _arguments(url: URL, timeout: float) -> dict[str, Any]:
    """In bounds where the driver knows bounds."""
    seconds = max(int(timeout), 2)
    if url.get_backend_name() == "sqlite":
        return {"timeout": timeout}
    if url.get_backend_name() == "postgresql" and url.get_driver_name() in {"psycopg", "psycopg2"}:
        return {"connect_timeout": seconds, "options": f"-c statement_timeout={seconds * 1000}"}
    return {}


# ------------------------------------------------------------------ what is done in a transaction


def _row(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "uid": entry.uid,
        "at": instant(entry.at),
        "kind": entry.kind.value,
        "document": written(entry).decode(),
    }


def _insert(connection: Connection, rows: dict[str, dict[str, Any]]) -> int:
    """Whoever inserts the same name meanwhile makes this fail whole, and it is tried again."""
    names = list(rows)
    there: set[str] = set()
    for start in range(0, len(names), CHUNK):
        some = names[start : start + CHUNK]
        there |= set(connection.execute(select(ENTRIES.c.uid).where(ENTRIES.c.uid.in_(some))).scalars())
    new = [row for uid, row in rows.items() if uid not in there]
    if new:
        connection.execute(insert(ENTRIES), new)
    return len(new)


def _documents(connection: Connection, kind: Happened | None, start: str, newest: int | None) -> Sequence[str]:
    if not inspect(connection).has_table(ENTRIES.name):
        return []
    asked = select(ENTRIES.c.document).order_by(ENTRIES.c.at.desc(), ENTRIES.c.number.desc())
    if kind is not None:
        asked = asked.where(ENTRIES.c.kind == kind.value)
    if start:
        asked = asked.where(ENTRIES.c.at >= start)
    if newest is not None:
        asked = asked.limit(newest)
    return connection.execute(asked).scalars().all()[::-1]


# ------------------------------------------------------------------ SQLite


def _settled(connection: Any, _: Any) -> None:
    """SQLAlchemy begins; the driver must not. Readers and one writer at once, and a commit is on the disk."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WAITS, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_room(file: Path) -> None:
    """Make the folder of a SQLite file. Raises OutputError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make {file.parent}: {error.strerror}", "name another place: [history] url"
        ) from error


# ------------------------------------------------------------------ failures


def _may_pass(error: SQLAlchemyError) -> bool:
    """Whether trying again can help: a lock, a lost connection, two who make the tables at once."""
    if not isinstance(error, DBAPIError):
        return False
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return isinstance(error, IntegrityError) or str(name).startswith(BUSY)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    # https://www.postgresql.org/docs/current/errcodes-appendix.html: no answer, connection, resources, intervention,
    # serialization; and what two who create the same table say to one another.
    return state[:2] in {"", "08", "40", "53", "57", "23"} or state in {"42P07", "42710", "XX000"}


def _somebody_else(error: SQLAlchemyError) -> bool:
    """Whether another writer was merely faster."""
    name = str(getattr(getattr(error, "orig", None), "sqlite_errorname", ""))
    return isinstance(error, IntegrityError) or name.startswith(BUSY)


def masked(text: str, url: URL) -> str:
    """A message without the password, whatever part of the URL it stood in."""
    query = url.normalized_query
    secrets = [url.password, *(value for name in query if _SECRET.search(name) for value in query[name])]
    for secret in secrets:
        if secret:
            text = text.replace(str(secret), "***")
    return text


def parsed(text: str) -> URL:
    """Read a URL. Raises ConfigError, which does not repeat it: there may be a password in it."""
    try:
        url = make_url(text)
        url.get_dialect()
    except NoSuchModuleError as error:
        raise ConfigError("[history] url names a database that SQLAlchemy does not know", _drivers()) from error
    except (ArgumentError, ValueError):
        raise ConfigError("[history] url is no SQLAlchemy URL", "e.g. sqlite:///.gate/history.sqlite") from None
    return url


def _drivers() -> str:
    return "sqlite:///FILE, postgresql+psycopg://HOST/NAME, or another of SQLAlchemy's dialects"


def loadable(url: URL) -> None:
    """Raise ConfigError where the driver is not installed."""
    try:
        url.get_dialect().import_dbapi()
    except ImportError as error:
        extra = "regime-gate[postgres]" if url.get_backend_name() == "postgresql" else str(error.name)
        raise ConfigError(
            f"[history] url needs {error.name}, which is not installed", f"pip install '{extra}'"
        ) from error


def within(seconds: float, work: Callable[[], T], named: str) -> T:
    """Do something, and give it up after a while: a database that stopped may never answer.

    What is left behind ends with the process. Whether it did its work is unknown; asked again, it is there once.
    """
    answer: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(work())
        except BaseException as error:  # noqa: BLE001  handed on
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True, name="gate-history")
    thread.start()
    thread.join(seconds + 1.0)
    if answer:
        return answer[0]
    if failure:
        raise failure[0]
    raise UnreachableError(
        f"the history at {named} did not answer within {seconds:g} s", "is it well? [history] timeout says how long"
    )
