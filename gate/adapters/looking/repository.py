"""The port Looking."""

import re
from pathlib import Path

from gate.adapters.looking import data, detectors
from gate.adapters.looking.files import files_of
from gate.adapters.looking.git import ask_git, default_branch, owner_and_name, stable_tag
from gate.domain.setup import Found

_DEPENDENCIES = {
    "uv.lock": "",
    "requirements.txt": "",
    "pyproject.toml": r"^\[(project|tool\.poetry)\b",
    "setup.py": "",
    "setup.cfg": r"^\[options\]",
}
"""From the most exact to the least, as the environments are built from them; and what must stand in the file."""


class RepositoryOnDisk:
    """Implements the port Looking."""

    def look(self, folder: Path) -> Found:
        """Detectors, data, tags and dependency file."""
        files = files_of(folder)
        code = detectors.detectors_of(folder, [name for name in files if name.endswith(".py")])
        return Found(
            detectors=code.detectors,
            others=code.others,
            unreadable=code.unreadable,
            data=data.sources_of(folder, files),
            data_ignored=data.sources_of(folder, files_of(folder, ignored=True)),
            dependency_file=next((name for name in _DEPENDENCIES if _says(folder / name)), ""),
            stable_tag=stable_tag(folder),
            prefix=ask_git(folder, "rev-parse", "--show-prefix") or "",
            in_git=ask_git(folder, "rev-parse", "--git-dir") is not None,
            shallow=ask_git(folder, "rev-parse", "--is-shallow-repository") == "true",
            default_branch=default_branch(folder),
            remote=owner_and_name(ask_git(folder, "remote", "get-url", "origin") or ""),
        )


def _says(file: Path) -> bool:
    """Whether a file names dependencies."""
    try:
        return re.search(_DEPENDENCIES[file.name], file.read_text(errors="replace"), re.MULTILINE) is not None
    except OSError:
        return False
