"""One model at one place: a factory, a git ref, an environment."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """Which side of the comparison a version stands on."""

    BASELINE = "baseline"
    """v1: trades today."""
    CANDIDATE = "candidate"
    """v2: wants to."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is ready to run: its files are on disk and its interpreter exists."""

    role: Role
    ref: str
    """As the user named it; "checkout" for the files as they lie there."""
    sha: str
    """The full commit SHA; "" outside git."""
    dirty: bool = False
    """The checkout differs from `sha`."""
    factory: str
    root: str
    """The folder that is first on the model's import path."""
    python: str
    """The interpreter that runs the model."""
    environment: str = "current interpreter"
    """Where that interpreter comes from, for the report."""
    tree_sha256: str = ""
    """Hash of the files under `root`: the same tree is the same code."""
