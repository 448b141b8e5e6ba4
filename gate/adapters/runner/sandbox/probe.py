"""Can this machine hold code in a sandbox? Tried once, and where not: why, and what to do."""

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gate.adapters.runner.sandbox import bubblewrap
from gate.adapters.runner.sandbox.start import start
from gate.adapters.runner.sandbox.task import Task
from gate.domain.sandbox import Containment, Level, Protection

OLDEST = (0, 8)
"""bubblewrap that knows --disable-userns (its release notes, v0.8.0)."""
TIMEOUT = 30.0
_RESTRICTED = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
_ALLOWED = "/proc/sys/kernel/unprivileged_userns_clone"
_MOST = "/proc/sys/user/max_user_namespaces"
_DOCS = "docs/sandbox.md"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What decides why it does not work."""

    root: bool
    restricted: bool = False
    """AppArmor holds back users' own namespaces (Ubuntu since 23.10)."""
    forbidden: bool = False
    """A sysctl forbids them."""
    container: bool = False
    said: str = ""
    """bubblewrap's last words."""


class LocalSandbox:
    """`gate.ports.Sandbox` on this machine."""

    def available(self) -> Protection:
        """Try it once; never raises."""
        return tried()


@cache
def tried() -> Protection:
    """What is there, by trying: a sandbox is started and has to say a word."""
    missing = lacking()
    if missing is not None:
        return missing
    said = trial()
    if said is None:
        return Protection(level=Level.SANDBOX, reason=f"bubblewrap {version()}")
    return why(facts(said))


def lacking() -> Protection | None:
    """A program that is not there."""
    if sys.platform != "linux":
        system = {"darwin": "macOS"}.get(sys.platform, platform.system())
        return none(f"bubblewrap needs Linux, and this is {system}", "run it in CI on Linux, or in a virtual machine")
    if shutil.which(bubblewrap.NAME) is None:
        return none("bubblewrap is not installed", "install it: apt-get install bubblewrap, or dnf install bubblewrap")
    if numbers(version()) < OLDEST:
        return none(f"bubblewrap {version()} is too old", "install 0.8 or newer (Debian 12, Ubuntu 24.04)")
    for program in ("prlimit", *(("setpriv",) if os.geteuid() == 0 else ())):
        if shutil.which(program) is None:
            return none(f"{program} is not installed", "install it: apt-get install util-linux")
    return None


def version() -> str:
    """What it says of itself; "" where it does not say."""
    try:
        said = subprocess.run([bubblewrap.NAME, "--version"], capture_output=True, timeout=TIMEOUT, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.decode(errors="replace").strip().removeprefix("bubblewrap ")[:20]


def numbers(words: str) -> tuple[int, ...]:
    """Of a version."""
    return tuple(map(int, re.findall(r"\d+", words)[:2]))


def trial() -> str | None:
    """None where a sandbox starts; else what is said instead."""
    task = Task(
        command=("/bin/sh", "-c", "echo held"),
        python=sys.executable,
        root="/usr",
        environment={"PATH": os.defpath},
        containment=Containment(level=Level.SANDBOX),
    )
    held = None
    try:
        held = start(task, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = held.popen.communicate(timeout=TIMEOUT)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    finally:
        if held is not None and held.popen.poll() is None:
            held.end()
            held.popen.wait(timeout=TIMEOUT)
    if out == b"held\n":
        return None
    return " ".join(err.decode(errors="replace").split())[-200:] or "it says nothing"


def facts(said: str) -> Facts:
    """What this machine is like."""
    return Facts(
        root=os.geteuid() == 0,
        restricted=content(_RESTRICTED) == "1",
        forbidden=content(_ALLOWED) == "0" or content(_MOST) == "0",
        container=any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
        or "KUBERNETES_SERVICE_HOST" in os.environ,
        said=said,
    )


def content(file: str) -> str:
    """Of a file in /proc; "" where it is not there."""
    try:
        return Path(file).read_text().strip()
    except OSError:
        return ""


def why(known: Facts) -> Protection:
    """The reason that can be mended, the most probable first."""
    if known.restricted and not known.root:
        return none(
            "AppArmor keeps users from making namespaces (Ubuntu 23.10 and newer)",
            f"sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or a profile for bwrap: {_DOCS}",
        )
    if known.forbidden:
        return none(
            "this machine forbids user namespaces",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000",
        )
    if known.container:
        return none(
            f"this container may make no namespaces ({known.said})",
            f"run gate on the runner itself, or start the container with the rights that {_DOCS} names",
        )
    return none(f"bubblewrap fails: {known.said}", f"see {_DOCS}")


def none(reason: str, advice: str) -> Protection:
    """No sandbox here."""
    return Protection(level=Level.LIMITS, reason=reason, advice=advice)
