"""What is to be started and held: plain data, before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gate.domain.sandbox import Containment


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One command under test."""

    command: tuple[str, ...]
    python: str
    """The interpreter that the command uses; its packages are made readable."""
    root: str
    """The version's folder: where the command starts."""
    environment: Mapping[str, str]
    readable: tuple[str, ...] = ()
    """Files and folders that it needs besides."""
    handed_on: tuple[int, ...] = ()
    """File descriptors that it inherits."""
    counted: bool = False
    """Its CPU is asked for when it is over, with its children's: each process waits for the one it started."""
    containment: Containment = field(default_factory=Containment)
