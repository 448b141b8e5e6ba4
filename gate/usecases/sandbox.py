"""How the code under test is held: what the policy asks for, against what the machine offers. Never quietly less."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.domain.sandbox import Containment, Level, Protection
from gate.domain.settings import SandboxSettings
from gate.errors import ConfigError, GateError
from gate.ports import Sandbox

SANDBOX = "sandbox"
"""Its name in an observation's environment."""
NONE = "none"
"""How that line begins where there was no sandbox."""
_LESS = "the code under test ran with a clean environment and resource limits only"


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """What is done, and the line that says so."""

    containment: Containment
    words: str

    @property
    def environment(self) -> dict[str, str]:
        """For the observations."""
        return {SANDBOX: self.words}


def agree(policy: SandboxSettings, sandbox: Sandbox, folder: Path) -> Agreed:
    """Decide how code is held. Raises GateError where the policy requires what the machine has not."""
    policy = msgspec.structs.replace(policy, read=tuple(whole(name, folder) for name in policy.read))
    if policy.level == "off":
        return Agreed(
            containment=Containment(level=Level.LIMITS, policy=policy), words=f"{NONE}: switched off by policy; {_LESS}"
        )
    offered = sandbox.available()
    if policy.level == "required" and offered.level is not Level.SANDBOX:
        raise GateError(f'[sandbox] level = "required", and there is none: {offered.reason}', offered.advice)
    return Agreed(containment=Containment(level=offered.level, policy=policy), words=words(policy, offered))


def words(policy: SandboxSettings, offered: Protection) -> str:
    """One line for the report."""
    if offered.level is not Level.SANDBOX:
        return f"{NONE}: {offered.reason}; {_LESS}"
    caps = f"{policy.memory:g} GiB, {policy.processes} processes, {policy.disk:g} GiB written"
    return f"{offered.reason}: own user, no network, read-only files, {caps}"


def whole(name: str, folder: Path) -> str:
    """A place that may be read, named from gate.toml's folder."""
    place = (folder / Path(name).expanduser()).resolve()
    if not place.exists():
        raise ConfigError(f"sandbox.read names {name}, which is not there", "it is relative to the folder of gate.toml")
    return str(place)
