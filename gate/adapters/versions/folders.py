"""The cache folder, and locks that die with their process.

`flock` and not a file with a pid in it: the kernel lets go of it when its holder is killed, pids are used again.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from gate.errors import VersionError


def cache_folder(name: str) -> Path:
    """Return a folder of this machine's cache, made if it is not there. GATE_CACHE_DIR moves the cache."""
    folder = _cache_root() / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"the cache folder {folder} cannot be made: {error.strerror}"
        raise VersionError(message, "name a folder that can be written in GATE_CACHE_DIR") from error
    return folder


def _cache_root() -> Path:
    if chosen := os.environ.get("GATE_CACHE_DIR"):
        return Path(chosen).absolute()
    import platformdirs  # noqa: PLC0415  # only where something is cached

    return Path(platformdirs.user_cache_dir("gate"))


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path`; say so once by `waiting()` where another process has it. It is gone afterwards."""
    lock = _lock(path, 0, waiting)
    try:
        yield
    finally:
        _unlock(lock, path)


@contextmanager
def locked_at_once(path: Path) -> Iterator[bool]:
    """Hold the lock file `path`, or yield False where another process has it."""
    try:
        lock = _lock(path, fcntl.LOCK_NB, lambda: None)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        _unlock(lock, path)


def _lock(path: Path, flags: int, waiting: Callable[[], None]) -> int:
    while True:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            _flock(lock, flags, waiting)
            if _is_still(lock, path):
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


def _flock(lock: int, flags: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if flags & fcntl.LOCK_NB:
            raise
        waiting()
        fcntl.flock(lock, fcntl.LOCK_EX)


def _is_still(lock: int, path: Path) -> bool:
    """Say whether `path` is the file that was locked: its last holder may have removed it meanwhile."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(lock), path.stat())
    return False


def _unlock(lock: int, path: Path) -> None:
    # Removed before it is let go: who waits for it sees that the name is gone and locks a new file.
    path.unlink(missing_ok=True)
    os.close(lock)


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder that is removed at the end; after a SIGKILL the next call removes it."""
    sweep(parent)
    folder = Path(mkdtemp(prefix="export-", dir=parent))
    try:
        with locked(_lock_of(folder), lambda: None):
            # A sweep between mkdtemp and the lock takes an empty folder away: it is made again.
            folder.mkdir(mode=0o700, exist_ok=True)
            try:
                yield folder
            finally:
                remove(folder)
    finally:
        remove(folder)


def sweep(parent: Path) -> None:
    """Remove the folders whose process is dead."""
    names = {entry.name.removesuffix(".lock") for entry in parent.iterdir()}
    for folder in (parent / name for name in names):
        with locked_at_once(_lock_of(folder)) as dead:
            if dead:
                remove(folder)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def remove(folder: Path) -> None:
    """Remove a folder, also one in which a model has taken away write permissions."""
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except OSError:
        for parent, _, _ in os.walk(folder):
            with suppress(OSError):
                Path(parent).chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
