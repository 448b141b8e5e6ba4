"""Every delivery as one line of JSON, for ever: appended in one write and synced, by one process at a time."""

import fcntl
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gate.domain.alert import AlertTest, Noted
from gate.errors import OutputError

NAME = "deliveries.jsonl"


class DeliveriesFile:
    """Implements the port DeliveryLog."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def append(self, noted: Sequence[Noted]) -> None:
        """Write down, beginning on a line of its own also where a crash left half a line."""
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in noted)
        if not lines:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                _all_of((b"" if _ends_whole(file.fileno()) else b"\n") + lines, file.fileno())
                os.fsync(file.fileno())
        except OSError as error:
            advice = "name another folder ([alerts] folder); is the disk full?"
            raise OutputError(f"cannot write down deliveries in {self._path}: {error.strerror}", advice) from error

    def newest(self, most: int) -> Sequence[Noted]:
        """Return the last ones, the oldest first; damaged lines are left out."""
        found: deque[Noted] = deque(maxlen=most)
        try:
            with self._path.open("rb") as file:
                found.extend(one for line in file if (one := _read(line)) is not None)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise OutputError(f"cannot read {self._path}: {error.strerror}", "who owns it?") from error
        return tuple(found)


def write_test(folder: Path, test: AlertTest) -> Path:
    """Write down, whole, that channels were tested: the proof that the checklist before a deployment asks for."""
    path = folder / f"{test.at.replace(':', '')}-test.json"
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(test), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        advice = "name another folder ([alerts] folder); is the disk full?"
        raise OutputError(f"cannot write the record {path}: {error.strerror}", advice) from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def _all_of(lines: bytes, handle: int) -> None:
    """A disk that is full takes a part."""
    while lines:
        lines = lines[os.write(handle, lines) :]


def _ends_whole(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size == 0 or os.pread(handle, 1, size - 1) == b"\n"


def _read(line: bytes) -> Noted | None:
    try:
        return msgspec.json.decode(line, type=Noted)
    except msgspec.DecodeError:
        return None
