"""The port Workspace: files are laid down whole, and all or none."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gate.errors import OutputError


class WorkspaceOnDisk:
    """Implements the port Workspace."""

    def read(self, folder: Path, name: str) -> str | None:
        """Return a file's text; None where there is none. Raises OutputError where it cannot be read."""
        try:
            return (folder / name).read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise OutputError(f"cannot read {name}: {error.strerror}", "is it a file that you may read?") from error

    def place(self, folder: Path, files: Mapping[str, str]) -> None:
        """Write all beside their places, then rename; where one fails, what stood before stands again."""
        before = {name: self._bytes(folder / name) for name in files}
        made: list[Path] = []
        beside: dict[str, Path] = {}
        try:
            for name, text in files.items():
                made += _made(folder, (folder / name).parent)
                beside[name] = _written(folder / name, text)
            for name in files:
                beside[name].replace(folder / name)
        except OSError as error:
            _undo(folder, before, made, beside)
            raise OutputError(
                f"cannot write {error.filename or folder}: {error.strerror}", "nothing was written"
            ) from error

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except OSError:
            return None


def _made(folder: Path, parent: Path) -> list[Path]:
    """Make the folders that are missing, the outermost first."""
    missing = [path for path in (parent, *parent.parents) if path != folder and not path.exists()]
    missing = [path for path in reversed(missing) if path.is_relative_to(folder)]
    for path in missing:
        path.mkdir()
    return missing


def _written(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    Path(name).chmod(0o755 if text.startswith("#!") else 0o644)
    return Path(name)


def _undo(folder: Path, before: Mapping[str, bytes | None], made: list[Path], beside: Mapping[str, Path]) -> None:
    for name, path in beside.items():
        with suppress(OSError):
            if not path.exists():  # it was renamed into place
                _restore(folder / name, before[name])
            path.unlink(missing_ok=True)
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir()


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)
