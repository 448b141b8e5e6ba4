"""Files that are there whole or not at all, whatever dies while they are written."""

import contextlib
import os
import tempfile
from pathlib import Path


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
