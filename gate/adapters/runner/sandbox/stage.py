"""For root: places of root's own, laid where a user finds them who may enter none of root's folders.

The code under test runs under a user who owns nothing; /root and most temporary folders let such a user through
nowhere. One thread gets a mount namespace of its own (unshare(2): a thread can), lays the places there, and starts
every process from it. Nobody else sees the namespace, and it is gone with the gate.
"""

import ctypes
import os
import stat
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
"""unshare(2), mount(2)."""
_COVERED = ("/boot", "/media", "/srv", "/mnt")
"""Folders of every machine that no version lies in; the first that is there is covered by the stage."""
_OPEN = stat.S_IROTH | stat.S_IXOTH
_libc = ctypes.CDLL(None, use_errno=True)


class Stage:
    """Belongs to one thread: every call comes from there."""

    def __init__(self) -> None:
        self._base: Path | None = None
        self._laid: dict[str, str] = {}

    def lay(self, place: str) -> str:
        """Where a place can be found by anybody. Raises OSError."""
        if place not in self._laid:
            self._laid[place] = self._new(Path(place))
        return self._laid[place]

    def _new(self, place: Path) -> str:
        if self._base is None:
            self._base = opened()
        laid = self._base / str(len(self._laid))
        if not place.is_dir() or place.stat().st_mode & _OPEN == _OPEN:
            bind(place, laid)
            return str(laid)
        laid.mkdir(mode=0o755)  # closed to others (a temporary folder): what lies in it, one by one
        for entry in place.iterdir():
            if entry.is_symlink():
                (laid / entry.name).symlink_to(entry.readlink())
            elif entry.is_dir() or entry.is_file():
                bind(entry, laid / entry.name)
        return str(laid)


def opened() -> Path:
    """An empty folder in a mount namespace of this thread's own."""
    checked(_libc.unshare(_CLONE_NEWNS), "a mount namespace")
    mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    base = next((Path(folder) for folder in _COVERED if Path(folder).is_dir()), None)
    if base is None:
        raise FileNotFoundError(f"none of {', '.join(_COVERED)} is there")
    mount("tmpfs", str(base), "tmpfs", 0)
    base.chmod(0o755)
    return base


def bind(source: Path, target: Path) -> None:
    """Let `target` be another name of `source`."""
    if source.is_dir():
        target.mkdir(mode=0o755)
    else:
        target.touch()
    mount(str(source), str(target), "", _MS_BIND | _MS_REC)


def mount(source: str, target: str, kind: str, flags: int) -> None:
    """One call of the kernel. Raises OSError."""
    checked(_libc.mount(os.fsencode(source), os.fsencode(target), os.fsencode(kind), flags, None), target)


def checked(result: int, what: str) -> None:
    """Say in Python what C says by a number."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
