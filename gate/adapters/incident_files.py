"""`gate.ports.IncidentBook` on files: Markdown with the record as JSON in a comment at its head.

Everything is read, joined and written under one lock, into a file beside it, synced, and renamed over: whoever dies in
between leaves the record as it was, and two that write at once lose nothing of each other.
"""

import contextlib
import fcntl
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.disk import whole
from gate.domain.incident import SCHEMA, Incident, moment
from gate.errors import BrokenQuestionError, ObservationError, OutputError
from gate.judging.incidents import headings, merged, settled
from gate.report.incident import LINE

LARGEST = 8_000_000
"""Bytes of a record that are read."""
OPENING, CLOSING = "<!-- gate-incident\n", "\n-->\n"
CONFLICT = "\n<<<<<<< "
LOCK = ".lock"
IGNORED = b".lock\n.*.md-*\n"
"""In a folder that gate made: what is no record."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,120}")


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentFiles:
    """Implements the port IncidentBook."""

    folder: Path
    body: Callable[[Incident, str], str]
    """Renders all below the head; given what a person wrote below the line."""
    patience: float = 20.0
    """Seconds that others' writes are waited for."""

    def all(self) -> Sequence[Incident]:
        """Every incident, the oldest first. One that is damaged is an error: it is not passed over."""
        return _oldest_first([self._read(path)[0] for path in self._paths()])

    def survey(self) -> tuple[Sequence[Incident], Sequence[str]]:
        """Return those that can be read, the oldest first, and a line for each that cannot."""
        found, damaged = [], []
        for path in self._paths():
            try:
                found.append(self._read(path)[0])
            except ObservationError as error:
                damaged.append(error.message)
        return _oldest_first(found), damaged

    def read(self, name: str) -> Incident:
        """Return one by its id, or by a beginning of it that only one has."""
        return self._read(self._path(name))[0]

    def write(self, incident: Incident) -> str:
        """Write whole, joined with what stands there."""
        with self._locked():
            return str(self._write(incident))

    def open(self, key: str, make: Callable[[frozenset[str]], Incident]) -> tuple[Incident, bool]:
        """Return the open incident of this key, or write what `make` gives; True where it is new."""
        with self._locked():
            there = next((one for one in self.survey()[0] if one.key == key and one.is_open), None)
            if there is not None:
                return there, False
            made = make(frozenset(path.stem for path in self._paths()))
            self._write(made)
            return made, True

    def by_hand(self, name: str) -> str:
        """What a person wrote into the record, below the line."""
        return self._read(self._path(name))[1]

    def add_by_hand(self, name: str, heading: str, text: str) -> str:
        """Add a section below the line."""
        with self._locked():
            path = self._path(name)
            incident, by_hand = self._read(path)
            if heading.lower() in headings(by_hand):
                raise BrokenQuestionError(f"{path} has a section '{heading}' already", "take it away, or rename it")
            below = by_hand if by_hand.strip() else self.body(incident, "").partition(f"{LINE}\n")[2]
            self._replace(path, incident, f"{below.rstrip()}\n\n## {heading}\n\n{text.strip()}\n")
            return str(path)

    # -------------------------------------------------------------- one file

    def _write(self, incident: Incident) -> Path:
        path = self.folder / f"{_checked(incident.id)}.md"
        by_hand = ""
        if path.exists():
            there, by_hand = self._read(path)
            incident = merged(there, incident)
        self._replace(path, settled(incident), by_hand)
        return path

    def _replace(self, path: Path, incident: Incident, by_hand: str) -> None:
        content = f"{head(incident)}{self.body(incident, by_hand)}".encode()
        if len(content) > LARGEST:
            raise OutputError(f"{path} would be larger than {LARGEST:,} bytes", "close it, and open a new one")
        try:
            whole(path, content)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}", "is the disk full?") from error

    def _read(self, path: Path) -> tuple[Incident, str]:
        try:
            if path.stat().st_size > LARGEST:
                raise ObservationError(f"{path} is larger than {LARGEST:,} bytes", "is it a record of gate incident?")
            text = path.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise _damaged(path, "it is not UTF-8") from error
        except OSError as error:
            raise ObservationError(f"cannot read {path}: {error.strerror}", "may it be read?") from error
        return parsed(text, path)

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.md") if path.name != "README.md")

    def _path(self, name: str) -> Path:
        exact = self.folder / f"{name}.md"
        if _NAME.fullmatch(name) and exact.is_file():
            return exact
        found = [path for path in self._paths() if name and path.stem.startswith(name)]
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(path.stem for path in found[:3])
            raise BrokenQuestionError(f"'{name:.80}' may be any of {len(found)}: {several}", "write more of its id")
        raise BrokenQuestionError(
            f"there is no incident '{name:.80}' in {self.folder}", "gate incident list names those that there are"
        )

    # -------------------------------------------------------------- the lock

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time; the lock goes with the process that holds it."""
        try:
            if not self.folder.exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                whole(self.folder / ".gitignore", IGNORED)
            handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise OutputError(
                f"cannot keep incidents in {self.folder}: {error.strerror}", "name another folder: [incidents] folder"
            ) from error
        try:
            self._take(handle)
            self._sweep()
            yield
        finally:
            os.close(handle)

    def _take(self, handle: int) -> None:
        """In bounded time: a writer that hangs must not hang an alarm."""
        until = time.monotonic() + self.patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise OutputError(
                        f"somebody else has been writing in {self.folder} for {self.patience:g} seconds",
                        "is a gate process hanging? run this again",
                    ) from None
                time.sleep(0.005 + random.random() * 0.02)  # noqa: S311  only to spread those who wait
            else:
                return

    def _sweep(self) -> None:
        """What a killed writer left beside a record; under the lock nobody else's is there."""
        for left in self.folder.glob(".*.md-*"):
            with contextlib.suppress(OSError):
                left.unlink()


def _oldest_first(found: Sequence[Incident]) -> Sequence[Incident]:
    return sorted(found, key=lambda incident: (moment(incident.opened_at), incident.id))


def head(incident: Incident) -> str:
    """The record as JSON in a comment that its content cannot close."""
    written = msgspec.json.format(msgspec.json.encode(incident), indent=2).decode()
    return OPENING + written.replace(">", "\\u003e") + CLOSING


def parsed(text: str, path: Path) -> tuple[Incident, str]:
    """The record, strictly, and what a person wrote. Raises ObservationError with one line of what is wrong."""
    text = text.replace("\r\n", "\n")
    if CONFLICT in text.partition(LINE)[0]:
        return _of_both(text, path)
    return _of_one(text, path)


def _of_both(text: str, path: Path) -> tuple[Incident, str]:
    """What git could not merge: two copies of a record join to one. What is below the line is left to its author."""
    ours, theirs = (_of_one(side, path) for side in sides(text))
    by_hand = text.partition(f"{LINE}\n")[2]
    if text.count(f"{LINE}\n") > 1:  # git took the line itself into the conflict
        by_hand = ours[1] if ours[1] == theirs[1] else f"{ours[1].rstrip()}\n\n{theirs[1]}"
    return settled(merged(ours[0], theirs[0])), by_hand


def sides(text: str) -> tuple[str, str]:
    """Both sides of a file with git's conflict markers."""
    kept: tuple[list[str], list[str]] = ([], [])
    into = kept
    for line in text.split("\n"):
        if line.startswith("<<<<<<< "):
            into = (kept[0], [])
        elif line.startswith("||||||| "):
            into = ([], [])
        elif line == "=======":
            into = ([], kept[1])
        elif line.startswith(">>>>>>> "):
            into = kept
        else:
            for side in into:
                side.append(line)
    return "\n".join(kept[0]), "\n".join(kept[1])


def _of_one(text: str, path: Path) -> tuple[Incident, str]:
    if not text.startswith(OPENING):
        raise _damaged(path, f"it does not begin with {OPENING.strip()}")
    written, closing, rest = text.removeprefix(OPENING).partition(CLOSING)
    if not closing:
        raise _damaged(path, "its head does not end")
    _, line, below = rest.partition(f"{LINE}\n")
    return _decoded(written.encode(), path), below if line else rest


class _Versioned(msgspec.Struct):
    schema: int


def _decoded(written: bytes, path: Path) -> Incident:
    try:
        schema = msgspec.json.decode(written, type=_Versioned).schema
        if schema != SCHEMA:
            raise ObservationError(
                f"{path} has schema {schema}, and this gate knows {SCHEMA}", "read it with the gate that wrote it"
            )
        found = msgspec.json.decode(written, type=Incident)
        for at in (found.opened_at, *(entry.at for entry in found.entries)):
            moment(at)
        for at in filter(None, (found.onset_at, found.closed_at)):
            moment(at)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _damaged(path, f"{error}".splitlines()[0][:200]) from error
    except BrokenQuestionError as error:
        raise _damaged(path, error.message) from error
    if found.id != path.stem:
        raise _damaged(path, f"it says that it is '{found.id:.80}'")
    return settled(found)


def _damaged(path: Path, why: str) -> ObservationError:
    return ObservationError(
        f"{path} is no record of an incident: {why}", "bring back what git has of it, or move it out of this folder"
    )


def _checked(name: str) -> str:
    """An id is a file's name, and nothing else."""
    if not _NAME.fullmatch(name):
        raise BrokenQuestionError(f"'{name:.80}' cannot be an incident's id", "use lower-case letters, digits and -")
    return name
