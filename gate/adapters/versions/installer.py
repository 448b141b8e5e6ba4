"""uv, and what it says where it fails.

The user's environment goes through (indexes, proxies, certificates and UV_* are the user's business), except for what
would make uv install somewhere else or import something else.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

NOT_PASSED_ON = frozenset(
    {
        *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON"),
        *("UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_PROJECT", "UV_WORKING_DIR", "UV_PROJECT_ENVIRONMENT"),
        *("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"),
        "FORCE_COLOR",
    }
)

LONGEST_LINE = 400


class InstallError(Exception):
    """uv failed; its message is the one line in which uv says why."""


def uv(arguments: Sequence[str], folder: Path, **variables: str) -> str:
    """Run uv in `folder` and return what it prints. Raises InstallError."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    environment |= {"NO_COLOR": "1", **variables}
    command = [_program(), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InstallError(culprit(done.stderr) or f"uv ended with {done.returncode}")
    return done.stdout


def _program() -> str:
    import uv  # noqa: PLC0415  # only where an environment is built

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise InstallError("uv is not installed") from error


def culprit(stderr: str) -> str:
    """Return, in one line, what uv says is wrong: the package that cannot be had, where it names one.

    uv has told this as "x head / ╰─▶ cause" and as "error: head / cause: cause"; a build's own words end the text.
    """
    said: list[str] = []
    drawn = "╰─▶" in stderr
    for raw in stderr.splitlines():
        line = raw.strip()
        if head := re.match(r"(?:error:|cause:|Caused by:|×|[├╰]─▶)\s*(.+)", line):
            said.append(head[1])
        elif said and (drawn or raw.startswith(" ")) and "[stderr]" not in stderr:  # uv wraps long lines
            said[-1] += " " + line.strip("│ ")
    if "[stderr]" in stderr:
        built = stderr.rpartition("[stderr]")[2].partition("hint:")[0]
        said.append(built.strip(" │\n").rpartition("\n")[2])
    said = [part.partition(" hint:")[0] for part in said]
    line = ": ".join(part for part in said if not part.startswith("No solution found"))
    return _without_passwords(" ".join(line.split()))[:LONGEST_LINE]


def _without_passwords(text: str) -> str:
    return re.sub(r"(\w://)[^/@\s]+@", r"\1***@", text)
