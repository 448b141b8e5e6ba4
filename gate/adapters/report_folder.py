"""The output folder: every file whole or not at all, the verdict last."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from gate.disk import whole
from gate.errors import OutputError

IGNORED = "*\n"
"""In a folder that gate made: what it writes is no change of the checkout that it judges."""


class FolderOnDisk:
    """Implements the port ReportFolder."""

    def prepare(self, folder: Path) -> None:
        """Fail now if the folder cannot be written; take away an older verdict: it must not be read as this one.

        A folder that is made here is ignored by git.
        """
        try:
            if not folder.exists():
                folder.mkdir(parents=True)
                (folder / ".gitignore").write_text(IGNORED)
            with tempfile.TemporaryFile(dir=folder):
                pass
            for name in ("verdict.json", "report.md"):
                (folder / name).unlink(missing_ok=True)
        except OSError as error:
            advice = "name a folder that can be written with --output"
            raise OutputError(f"cannot write into {folder}: {error.strerror}", advice) from error

    def write(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write the files in the order given: each into a file beside it, synced, then renamed over."""
        try:
            for name, content in files.items():
                whole(folder / name, content)
        except OSError as error:
            raise OutputError(f"cannot write into {folder}: {error.strerror}", "is the disk full?") from error
