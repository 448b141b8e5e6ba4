"""The files of one version, wherever they were found."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """A folder with one version's code in it."""

    root: Path
    """The folder that is first on the model's import path."""
    ref: str
    sha: str
    dirty: bool = False
    sha256: str
    """Hash of the files under `root`."""
