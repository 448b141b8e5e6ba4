"""Writes down what a live strategy does, one JSON line a bar, for `gate monitor` to read. Copy this file into yours.

Python 3.9 or newer on Linux or macOS, nothing else. The format is described in gate's docs/monitor.md (schema 1).

    writer = RecordWriter("live/records.jsonl", version="1a2b3c4")
    writer.bar("SPX", state=1, posterior=[0.02, 0.97, 0.01], position=1.0, price=5321.5)

Several processes may write into one file: each line is appended whole, under a lock, with its symbol's next number.
A strategy never dies of its writer: what cannot be written is counted, and the count goes out with the next record.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

SCHEMA = 1
_LONGEST_ERROR = 500


class RecordWriter:
    """Appends records to one file. Safe with threads, forks and other processes."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        version: str = "",
        role: str = "live",
        max_bytes: int = 0,
        backups: int = 5,
        sync: bool = False,
        raises: bool = False,
    ) -> None:
        """`max_bytes` > 0 rotates to path.1, path.2, ...; `sync` waits for the disk; `raises` lets errors out."""
        self.path = os.path.abspath(os.fspath(path))
        self.version = version
        self.role = role
        self.max_bytes = max_bytes
        self.backups = max(backups, 1)
        self.sync = sync
        self.raises = raises
        self.lost = 0
        folder, name = os.path.split(self.path)
        self._numbers = os.path.join(folder, f".{name}.sequence")
        self._thread = threading.Lock()

    # -------------------------------------------------------------- what there is to write

    def bar(
        self,
        symbol: str,
        *,
        state: int | str | None,
        posterior: Sequence[float] | None = None,
        confidence: float | None = None,
        position: float | None = None,
        earned: float | None = None,
        price: float | None = None,
        latency: float | None = None,
        error: object = None,
        at: datetime | None = None,
        fit: str = "",
    ) -> bool:
        """One prediction. `error` = what it raised; then `state` is None. `earned` = net return on this bar."""
        values: dict[str, Any] = {
            "state": state,
            "posterior": posterior,
            "confidence": confidence,
            "position": position,
            "return": earned,
            "price": price,
            "latency": latency,
            "error": error,
            "fit": fit or None,
        }
        return self._write("bar", symbol, at, values)

    def training(self, symbol: str = "", *, error: object = None, at: datetime | None = None) -> bool:
        """One attempt to fit; `error` = why it failed."""
        return self._write("training", symbol, at, {"error": error})

    def crash(self, error: object, symbol: str = "", *, at: datetime | None = None) -> bool:
        """The strategy died, or would have."""
        return self._write("crash", symbol, at, {"error": error or "crashed"})

    def alive(self, *, at: datetime | None = None) -> bool:
        """Nothing to say (the market is closed), but here."""
        return self._write("alive", "", at, {})

    # -------------------------------------------------------------- how it is written

    def _write(self, kind: str, symbol: str, at: datetime | None, values: dict[str, Any]) -> bool:
        try:
            with self._thread, self._locked() as numbers:
                self._append(kind, symbol, at, values, numbers)
        except (
            Exception
        ):  # whatever it is, the strategy trades on: what is lost is counted, and told by the next record
            self.lost += 1
            if self.raises:
                raise
            return False
        self.lost = 0
        return True

    def _append(self, kind: str, symbol: str, at: datetime | None, values: dict[str, Any], numbers: int) -> None:
        when = (at or datetime.fromtimestamp(time.time(), timezone.utc)).astimezone(timezone.utc)
        known = self._known(numbers)
        key = f"{self.role}:{symbol}"
        known.setdefault(key, -1)
        head = {
            "schema": SCHEMA,
            "kind": kind,
            "time": when.isoformat().replace("+00:00", "Z"),
            "symbol": symbol,
            "sequence": known[key] + 1,
            "role": self.role,
            "version": self.version,
        }
        known[key] += 1
        more = {name: _written(name, value) for name, value in values.items() if value is not None}
        if self.lost:
            more["lost"] = self.lost
        # A number that is none is written as NaN: gate counts the line as an invalid prediction, which it is.
        line = json.dumps({**head, **more}, separators=(",", ":")).encode() + b"\n"
        self._number_used(numbers, known)  # before the line: a number is never given out twice, even after a kill
        self._rotate(len(line))
        self._put(line)

    def _put(self, line: bytes) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                line = b"\n" + line  # somebody died within a line: theirs stays cut, ours is whole
            written = os.write(file, line)
            if written != len(line):
                raise OSError("the disk took only a part of a record")
            if self.sync:
                os.fsync(file)
        finally:
            os.close(file)

    def _rotate(self, coming: int) -> None:
        if not self.max_bytes:
            return
        try:
            if os.stat(self.path).st_size + coming <= self.max_bytes:
                return
        except FileNotFoundError:
            return
        for number in range(self.backups - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")
        os.replace(self.path, f"{self.path}.1")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        numbers = os.open(self._numbers, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            fcntl.flock(numbers, fcntl.LOCK_EX)
            yield numbers
        finally:
            os.close(numbers)  # lets go of the lock

    def _known(self, numbers: int) -> dict[str, int]:
        """The last number of each symbol; read from the records where the note of it is damaged."""
        raw = os.pread(numbers, os.fstat(numbers).st_size, 0)
        try:
            known = json.loads(raw) if raw.strip() else None
            if isinstance(known, dict) and all(isinstance(value, int) for value in known.values()):
                return known
        except ValueError:
            pass
        return self._from_records()

    def _from_records(self) -> dict[str, int]:
        known: dict[str, int] = {}
        for path in (f"{self.path}.1", self.path):
            try:
                with open(path, "rb") as file:
                    for line in file:
                        _note(line, known)
            except FileNotFoundError:
                continue
        return known

    @staticmethod
    def _number_used(numbers: int, known: dict[str, int]) -> None:
        raw = json.dumps(known).encode()
        size = os.fstat(numbers).st_size
        os.pwrite(numbers, raw.ljust(size), 0)  # never shorter: one write, nothing left over


def _note(line: bytes, known: dict[str, int]) -> None:
    try:
        record = json.loads(line)
        key, sequence = f"{record.get('role', 'live')}:{record['symbol']}", int(record["sequence"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    known[key] = max(known.get(key, -1), sequence)


def _written(name: str, value: Any) -> Any:
    """What numpy, pandas and exceptions are, as json knows it."""
    if name == "error":
        return _said(value)
    if name == "posterior":
        return [_number(one) for one in value]
    if isinstance(value, str):
        return value
    number = _number(value)
    return int(number) if name == "state" and math.isfinite(number) and number == int(number) else number


def _number(value: Any) -> float:
    number = float(value)
    return number if math.isfinite(number) else math.nan


def _said(error: object) -> str:
    text = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
    return " ".join(text.split())[:_LONGEST_ERROR] or "error"
