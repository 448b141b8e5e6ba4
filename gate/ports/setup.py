"""What setting gate up in a repository needs of the world."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from gate.domain.doctor import Hosted
from gate.domain.setup import Found


class Looking(Protocol):
    """Who looks at a repository. Nothing in it is imported or run."""

    def look(self, folder: Path) -> Found:
        """Detectors, data, tags and dependency file."""


class Workspace(Protocol):
    """Where files are laid into a user's repository."""

    def read(self, folder: Path, name: str) -> str | None:
        """Return a file's text; None where there is none. Raises OutputError where it cannot be read."""

    def place(self, folder: Path, files: Mapping[str, str]) -> None:
        """Write all of them or none. Raises OutputError."""


class Hosting(Protocol):
    """Who knows a repository's settings at GitHub."""

    def hosted(self, branch: str) -> Hosted:
        """Read them; what may not be seen is None. No branch: the default one. Raises GitHubError."""
