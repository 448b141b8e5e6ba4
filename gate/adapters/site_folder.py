"""The site's folder: every file whole, the first page last, nothing of anybody else touched."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from gate.disk import whole
from gate.errors import OutputError

MANIFEST = ".gate-dashboard.json"
"""Names what a dashboard wrote here: an interrupted build is known again, and finished by the next."""


class SiteOnDisk:
    """Implements the port SiteFolder."""

    def write(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write the manifest of old and new, the files, remove what is old, write the manifest of the new."""
        try:
            before = _known(folder)
            folder.mkdir(parents=True, exist_ok=True)
            whole(folder / MANIFEST, _written({*before, *files}))
            for name, content in files.items():
                _renew(folder / name, content)
            for name in before - set(files):
                (folder / name).unlink(missing_ok=True)
            whole(folder / MANIFEST, _written(files))
        except OSError as error:
            advice = "name a folder that can be written with --output"
            raise OutputError(f"cannot write into {folder}: {error.strerror}", advice) from error


def _known(folder: Path) -> set[str]:
    """What an earlier dashboard wrote. Raises OutputError for a folder that is somebody else's."""
    if not folder.exists() or not any(folder.iterdir()):
        return set()
    advice = "name an empty folder, or one that gate dashboard build wrote"
    try:
        names = json.loads((folder / MANIFEST).read_bytes())["files"]
    except FileNotFoundError:
        raise OutputError(f"{folder} holds files that no dashboard wrote", advice) from None
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{folder / MANIFEST} is damaged", advice) from error
    if not isinstance(names, list) or not all(isinstance(name, str) and _inside(folder, name) for name in names):
        raise OutputError(f"{folder / MANIFEST} names files outside {folder}", advice)
    return set(names)


def _inside(folder: Path, name: str) -> bool:
    return bool(name) and (folder / name).resolve().is_relative_to(folder.resolve())


def _written(names: Iterable[str]) -> bytes:
    return json.dumps({"schema": 1, "files": sorted(names)}, indent=1).encode() + b"\n"


def _renew(path: Path, content: bytes) -> None:
    """Leave alone what is the same: a deployment then moves only what changed."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    whole(path, content)
