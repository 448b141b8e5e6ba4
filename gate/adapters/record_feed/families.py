"""Which files belong together: `records.jsonl` and what it was called after rotations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.ports.monitoring import Role

_MEMBER = re.compile(r"^(?P<base>[^.].*?\.jsonl)(?:[.-](?P<turn>.+))?$")
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file, at one moment."""

    role: Role
    family: str
    path: Path
    device: int
    inode: int
    size: int
    order: tuple[int, float, str]
    """Oldest first within its family; the one that is still written to is last."""

    @property
    def id(self) -> tuple[int, int]:
        """What stays when it is renamed."""
        return self.device, self.inode


def members(role: Role, root: Path) -> list[Member]:
    """The files below a folder, or one file with its rotated ones; oldest first in each family."""
    found = [member for path in _paths(root) if (member := _member(role, root, path)) is not None]
    return sorted(found, key=lambda member: (member.family, member.order))


def packed(root: Path) -> Sequence[Path]:
    """What a rotation has compressed: it is not read."""
    return [path for path in _paths(root) if path.suffix in COMPRESSED]


def _paths(root: Path) -> list[Path]:
    if root.is_dir():
        return [path for path in root.iterdir() if _MEMBER.match(path.name)]
    try:
        beside = list(root.parent.iterdir())
    except OSError:
        return []
    mine = (f"{root.name}.", f"{root.name}-")
    return [path for path in beside if path.name == root.name or path.name.startswith(mine)]


def _member(role: Role, root: Path, path: Path) -> Member | None:
    if path.suffix in COMPRESSED:
        return None
    try:
        seen = path.stat()
    except OSError:
        return None  # it was renamed meanwhile: the next look finds it
    if not path.is_file():
        return None
    matched = _MEMBER.match(path.name)
    base = matched["base"] if matched and root.is_dir() else root.name
    turn = path.name[len(base) + 1 :]
    return Member(
        role=role,
        family=f"{role}:{root if root.is_dir() else root.parent}/{base}",
        path=path,
        device=seen.st_dev,
        inode=seen.st_ino,
        size=seen.st_size,
        order=order_of(turn, seen.st_mtime),
    )


def order_of(turn: str, modified: float) -> tuple[int, float, str]:
    """`.2` is older than `.1`, which is older than the file itself; dates and other words by when they were written."""
    if not turn:
        return (1, 0.0, "")
    return (0, -float(turn), "") if turn.isdigit() and len(turn) < 6 else (0, modified, turn)
