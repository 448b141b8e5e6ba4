"""How the code under test is held: what a machine can do, and what was agreed for one question."""

from enum import StrEnum

import msgspec

from gate.domain.settings import SandboxSettings


class Level(StrEnum):
    """From the most to the least."""

    SANDBOX = "sandbox"
    """bubblewrap: own user and namespaces, no network, read-only files, nothing of the machine but what is needed."""
    LIMITS = "limits"
    """A clean environment, a process group of its own and resource limits; files and network are the gate's own."""


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine can do, seen by trying it."""

    level: Level
    reason: str
    """Why no more than that; at the highest level, what does it ("bubblewrap 0.8.0")."""
    advice: str = ""
    """What to do for the highest level; "" where it is there."""


class Containment(msgspec.Struct, frozen=True, kw_only=True):
    """How one process is to be held. Without a word from anybody: by limits."""

    level: Level = Level.LIMITS
    policy: SandboxSettings = SandboxSettings()


BY_LIMITS = Containment()
"""Where nothing was agreed."""
