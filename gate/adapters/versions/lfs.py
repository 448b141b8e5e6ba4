"""Files that Git LFS keeps beside git: a pointer in the commit, the content in the clone's own store.

https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

LONGEST_POINTER = 1024
POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*oid sha256:([0-9a-f]{64})\n")


def fill_in(files: Iterable[Path], store: Path, note: Callable[[str], None]) -> None:
    """Replace pointers by their contents, as far as these were fetched; say which were not."""
    missing = [file.name for file in files if (oid := _pointer(file)) and not _copied(store, oid, file)]
    if missing:
        named = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        note(f"{len(missing)} Git LFS files are pointers without content ({named}): run `git lfs fetch --all`")


def _pointer(file: Path) -> str | None:
    if file.stat().st_size > LONGEST_POINTER:
        return None
    found = POINTER.match(file.read_bytes())
    return found[1].decode() if found else None


def _copied(store: Path, oid: str, file: Path) -> bool:
    content = store / oid[:2] / oid[2:4] / oid
    if not content.is_file():
        return False
    shutil.copyfile(content, file)
    return True
