"""Resource limits, set by a program that goes before the one under test: nothing of it runs without them."""

import contextlib
import os
import shutil
import sys
from pathlib import Path

from gate.domain.settings import SandboxSettings

if sys.platform != "win32":
    import resource

GIB = 2**30
OPEN_FILES = 4096
_LEAST_WANTED = "1000"
"""oom_score_adj: where memory runs out, the kernel ends the code under test and not the gate."""


def limits(policy: SandboxSettings, *, own_user: bool) -> dict[str, int]:
    """What a process may use, by prlimit's names. Memory is data, not addresses: torch maps far more than it uses."""
    found = {
        "core": 0,
        "data": int(policy.memory * GIB),
        "fsize": int(policy.disk * GIB),
        "nofile": OPEN_FILES,
        "nproc": policy.processes + (0 if own_user else already_running()),
    }
    return {name: lowered(name, value) for name, value in found.items()}


def lowered(name: str, value: int) -> int:
    """No more than this process may have itself."""
    hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def already_running() -> int:
    """Tasks of this user: without a user of its own they count together with those under test."""
    if sys.platform != "linux":
        return 0
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            count += len(list((process / "task").iterdir())) if process.stat().st_uid == os.getuid() else 0
    return count


def limited(policy: SandboxSettings, *, own_user: bool) -> list[str]:
    """The words before a command that limit it."""
    found = limits(policy, own_user=own_user)
    prlimit = shutil.which("prlimit")
    if prlimit is not None:
        return [prlimit, *(f"--{name}={value}" for name, value in found.items()), "--"]
    return ["/bin/sh", "-c", f'{ulimits(found)}exec "$@"', "sh"]


def ulimits(found: dict[str, int]) -> str:
    """The same for a shell that is not Linux's; what it does not know it leaves out."""
    known = {
        "-c": found["core"],
        "-d": found["data"] // 1024,
        "-f": found["fsize"] // 512,
        "-n": found["nofile"],
    }
    return "".join(f"ulimit {option} {value} 2>/dev/null; " for option, value in known.items())


def first_to_go() -> list[str]:
    """The words before a command that offer it to the kernel when memory runs out."""
    choom = shutil.which("choom")
    return [choom, "-n", _LEAST_WANTED, "--"] if choom else []
