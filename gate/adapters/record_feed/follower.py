"""Follow files that grow: whole lines only, each once, through rotations by rename and by copy-and-truncate.

A file is known by device, inode and its first bytes, so a new name changes nothing and a new file in an old place is
seen. The oldest file with something to read is drained first; one that was deleted while open, through its handle.
"""

import contextlib
import dataclasses
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from gate.adapters.record_feed.families import Member, members, packed
from gate.domain.monitoring import Problem
from gate.ports.monitoring import Batch, Place, Role

CHUNK = 1 << 20
CHUNK_OF_MANY = 1 << 16
"""Where several files are read in turns, so that none runs far ahead of the others."""
LONGEST = 1 << 20
"""Bytes of a line; a longer one is skipped."""
HEAD = 256
LOOKS = 100
"""A file that is not found so often is forgotten: while names change, one look may miss it."""
_TIME = re.compile(rb'"time"\s*:\s*"([^"]{1,40})"')


class RecordFiles:
    """Implements the port RecordSource."""

    def __init__(self, roots: Sequence[tuple[Role, Path]], places: Iterable[Place]) -> None:
        self._roots = roots
        self._known = {(place.device, place.inode): place for place in places}
        self._held: dict[tuple[int, int], tuple[int, Member]] = {}
        """Handles of files that are still written to, or were when they were seen last."""
        self._packed: set[Path] = set()
        self._missed: dict[tuple[int, int], int] = {}
        """How many looks in a row did not find a file."""

    def read(self) -> Batch | None:
        """Return the next whole lines of the oldest file that has some."""
        seen = self._look()
        families = list(dict.fromkeys(member.family for member in seen))
        chunk = CHUNK if len(families) < 2 else CHUNK_OF_MANY
        for family in sorted(families, key=lambda family: self._newest(seen, family)):
            for member in (one for one in seen if one.family == family):
                batch = self._read(member, chunk)
                if batch is not None:
                    return batch
        return self._cut_off(seen) or self._compressed()

    def close(self) -> None:
        """Let go of the files."""
        for handle, _ in self._held.values():
            os.close(handle)
        self._held.clear()

    # ------------------------------------------------------------------ which file

    def _look(self) -> list[Member]:
        """Every file that may have something to read; what was deleted while it was open comes first."""
        found = [member for role, root in self._roots for member in members(role, root)]
        there = {member.id for member in found}
        lost: list[Member] = []
        for key, (handle, member) in list(self._held.items()):
            if key in there:
                continue
            size = os.fstat(handle).st_size
            place = self._known.get(key)
            if place is not None and size <= place.offset:
                os.close(handle)
                del self._held[key]
            else:
                lost.append(dataclasses.replace(member, size=size))
        self._hold(found)
        absent = [key for key in self._known if key not in there and key not in self._held]
        self._missed = {key: self._missed.get(key, 0) + 1 for key in absent}
        return [*lost, *found]

    def _hold(self, found: Sequence[Member]) -> None:
        """Keep a handle on each family's newest file: it can be renamed away, or deleted, before it is drained."""
        newest = {member.family: member for member in found}
        for member in newest.values():
            if member.id not in self._held:
                with contextlib.suppress(OSError):
                    handle = os.open(member.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
                    if os.fstat(handle).st_ino == member.inode:
                        self._held[member.id] = (handle, member)
                    else:
                        os.close(handle)
        current = {member.id for member in newest.values()}
        for member in found:
            place = self._known.get(member.id)
            done = place is not None and place.offset >= member.size
            if member.id in self._held and member.id not in current and done:
                os.close(self._held.pop(member.id)[0])

    def _newest(self, seen: Sequence[Member], family: str) -> tuple[str, str]:
        """What time a family has been read to."""
        places = (self._known.get(member.id) for member in seen if member.family == family)
        return max((place.newest for place in places if place is not None), default=""), family

    # ------------------------------------------------------------------ one file

    def _read(self, member: Member, chunk: int) -> Batch | None:
        place = self._known.get(member.id)
        if place is not None and place.offset == member.size and member.id in self._held:
            return None
        if place is None and not member.size:
            return None
        try:
            with self._opened(member) as file:
                return self._lines(file, member, place, chunk)
        except FileNotFoundError:
            return None  # it was renamed meanwhile

    @contextlib.contextmanager
    def _opened(self, member: Member) -> Iterator[int]:
        held = self._held.get(member.id)
        if held is not None:
            yield held[0]
            return
        file = os.open(member.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            if os.fstat(file).st_ino != member.inode:
                raise FileNotFoundError(member.path)
            yield file
        finally:
            os.close(file)

    def _lines(self, file: int, member: Member, place: Place | None, chunk: int) -> Batch | None:
        size = os.fstat(file).st_size
        problems: tuple[Problem, ...] = ()
        if place is None:
            place = self._begun(file, member, size)
            if place is None:
                return None
        elif size < place.offset or os.pread(file, len(place.head), 0) != place.head:
            place = Place(device=member.device, inode=member.inode, offset=0)
            problems = (Problem.TRUNCATED,)
        raw = os.pread(file, max(chunk, LONGEST + 1) if place.skipping else chunk, place.offset)
        lines, end, too_long = _whole(raw, skipping=place.skipping)
        if not end and len(raw) == chunk and chunk <= LONGEST:  # the line is longer than what was read at once
            raw = os.pread(file, LONGEST + 1, place.offset)
            lines, end, too_long = _whole(raw, skipping=place.skipping)
        if too_long:
            problems = (*problems, Problem.TOO_LONG)
        if not end and not problems:
            return None
        head = place.head if len(place.head) == HEAD else os.pread(file, min(HEAD, place.offset + end), 0)
        place = replace(
            place, offset=place.offset + end, head=head, newest=_time(lines) or place.newest, skipping=_within(raw, end)
        )
        return self._batch(member, lines, place, problems)

    def _begun(self, file: int, member: Member, size: int) -> Place | None:
        """Where to begin in a file that was not seen before; None for a copy that is not whole yet.

        A copy of one that is known (copy-and-truncate) goes on where that one has been read to.
        """
        for other in self._known.values():
            another = other.head and (other.device, other.inode) != member.id
            if another and os.pread(file, len(other.head), 0) == other.head:
                mine = replace(other, device=member.device, inode=member.inode)
                return mine if size >= other.offset else None
        return Place(device=member.device, inode=member.inode, offset=0)

    def _batch(self, member: Member, lines: Sequence[bytes], place: Place, problems: tuple[Problem, ...] = ()) -> Batch:
        self._known[member.id] = place
        gone = [key for key, looks in self._missed.items() if looks > LOOKS and key in self._known]
        return Batch(
            role=member.role,
            lines=lines,
            path=str(member.path),
            place=place,
            problems=problems,
            gone=tuple(self._known.pop(key) for key in gone),
        )

    # ------------------------------------------------------------------ what will never be whole

    def _cut_off(self, seen: Sequence[Member]) -> Batch | None:
        """The beginning of a line at the end of a file that nobody writes to any more."""
        last = {member.family: member.id for member in seen}
        for member in seen:
            place = self._known.get(member.id)
            if place is None or member.id == last[member.family] or place.offset >= member.size:
                continue
            with contextlib.suppress(FileNotFoundError), self._opened(member) as file:
                rest = os.pread(file, LONGEST, place.offset)
                return self._batch(member, [rest], replace(place, offset=place.offset + len(rest)))
        return None

    def _compressed(self) -> Batch | None:
        for role, root in self._roots:
            for path in packed(root):
                if path not in self._packed:
                    self._packed.add(path)
                    nowhere = Place(device=0, inode=0, offset=0)
                    return Batch(role=role, lines=(), path=str(path), place=nowhere, problems=(Problem.COMPRESSED,))
        return None


def _whole(raw: bytes, *, skipping: bool) -> tuple[list[bytes], int, bool]:
    """Whole lines, how many bytes they take, and whether one was too long."""
    end = raw.rfind(b"\n") + 1
    if not end:
        return ([raw[:HEAD]] if not skipping else [], len(raw), not skipping) if len(raw) > LONGEST else ([], 0, False)
    lines = raw[: end - 1].split(b"\n")
    return (lines[1:] if skipping else lines), end, False


def _within(raw: bytes, end: int) -> bool:
    """What was taken ends in the middle of a line that is too long."""
    return end > LONGEST and not raw[:end].endswith(b"\n")


def _time(lines: Sequence[bytes]) -> str:
    for line in reversed(lines[-3:]):
        found = _TIME.search(line)
        if found:
            return found[1].decode("ascii", "replace")
    return ""
