"""A private, throw-away repository that borrows the user's objects: whatever is made is made here.

Hooks, filters, merge drivers, replace refs, attributes, locks and signatures of the user's repository neither run nor
change a result, and a dirty checkout is no obstacle. What a killed process leaves is removed by the next one.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gate.adapters.git_history.command import HOME_FREE, Git
from gate.adapters.git_history.source import Source

A_MINUTE = 60
PREFIX = "gate-rollback-"
CONFIG = """\
[core]
    repositoryformatversion = 1
    attributesFile = /dev/null
    logAllRefUpdates = false
[extensions]
    objectFormat = {format}
"""
"""No core.bare: git finds it bare by itself, and gate may look at it through a folder, too."""


@contextmanager
def workplace(source: Source, *, borrowing: bool = True) -> Iterator[Git]:
    """Yield git in a new private repository, over the user's objects or with none; it is removed at the end."""
    with private_folder() as folder:
        place = folder / "private.git"
        for name in ("refs", "objects/info"):
            (place / name).mkdir(parents=True)
        (place / "HEAD").write_text("ref: refs/heads/none\n")
        (place / "config").write_text(CONFIG.format(format=source.format))
        if borrowing:
            borrow(source, place)
        yield Git(folder=place, variables={**HOME_FREE, "GIT_DIR": str(place)})


def borrow(source: Source, place: Path) -> None:
    """Let a git directory read the user's objects; what it makes are its own."""
    (place / "objects/info").mkdir(exist_ok=True)
    (place / "objects/info/alternates").write_bytes(_quoted(source.objects))


def _quoted(path: Path) -> bytes:
    """As C does where the line would else be read otherwise."""
    text = os.fsencode(path)
    if b"\n" not in text and not text.startswith(b'"'):
        return text + b"\n"
    escaped = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"\n'


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a folder of our own. Its lock dies with the process: what is not locked is left over."""
    parent = Path(tempfile.gettempdir())
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                _remove_if_left_over(folder)


def _remove_if_left_over(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # An empty one may have been made this moment, and its maker is about to lock it.
        if any(folder.iterdir()) or time.time() - folder.stat().st_mtime > A_MINUTE:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
