"""What git says of a folder; read only, and without the GIT_* variables of whoever started the gate."""

import os
import re
import subprocess
from pathlib import Path

from gate.domain.tags import newest_release

_REMOTE = re.compile(r"(?:[\w.+-]+://)?(?:[^@/]+@)?[\w.-]+(?::\d+)?[:/](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?")
SECONDS = 30


def ask_git(folder: Path, *words: str) -> str | None:
    """Return what a git command prints; None where it fails, or there is no git."""
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | quiet
    command = ("git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *words)
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").rstrip("\n")


def stable_tag(folder: Path) -> str:
    """Return the newest release that HEAD has in its history; "" where there is none."""
    return newest_release((ask_git(folder, "tag", "--merged", "HEAD") or "").splitlines())


def owner_and_name(url: str) -> str:
    """Return `owner/name` out of a remote's URL; "" where it has another form."""
    found = _REMOTE.fullmatch(url.strip())
    return found["name"] if found else ""


def default_branch(folder: Path) -> str:
    """Return what origin calls its default branch, or the branch that is checked out."""
    said = ask_git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return said.removeprefix("origin/") if said else ask_git(folder, "branch", "--show-current") or ""
