"""The files of a repository that git knows or could know."""

import os
from collections.abc import Iterator
from pathlib import Path

from gate.adapters.looking.git import ask_git

MOST_FILES = 20_000
_TOOLS = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})


def files_of(folder: Path, *, ignored: bool = False) -> list[str]:
    """Name the files under a folder: tracked, or not ignored; with `ignored`, those that git ignores."""
    which = ("--others", "--ignored") if ignored else ("--cached", "--others")
    said = ask_git(folder, "ls-files", "-z", *which, "--exclude-standard")
    if said is None:
        return [] if ignored else sorted(_under(folder))[:MOST_FILES]
    return sorted({name for name in said.split("\0") if name and not _of_tools(Path(name))})[:MOST_FILES]


def _of_tools(name: Path) -> bool:
    return any(part in _TOOLS or part.startswith(".") for part in name.parts)


def _under(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if not _of_tools(Path(name)) and not Path(parent, name, "pyvenv.cfg").exists()
        ]
        for name in files:
            yield str(Path(parent, name).relative_to(folder))
