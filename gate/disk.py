"""Files that are there whole or not at all, whatever dies while they are written."""

import contextlib
import os
import tempfile
from pathlib import Path

OWN = ".gate"
"""The folder beside gate.toml in which gate keeps what is this machine's alone."""
UNSEEN = b"# Written by gate: but for the switch, nothing in here belongs into a commit.\n*\n!/no-rollback\n"


def unseen(folder: Path) -> None:
    """Make a folder of gate's own, and let git not look into it, whoever was there first. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    there = ignore.read_bytes() if ignore.exists() else b""
    if b"*" not in there.splitlines():
        whole(ignore, (there if there.endswith(b"\n") or not there else there + b"\n") + UNSEEN)


def whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file in one step: it is on the disk before its name is. Makes its folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(mode)
        Path(beside).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(beside).unlink()
