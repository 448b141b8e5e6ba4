"""uv, and what it says where it fails.

Building a package runs its author's code, and a candidate names its own packages. Only what installing needs goes
through: where programs and caches lie, indexes with their passwords, proxies, certificates, compilers. No token of the
CI job does.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

PASSED_ON = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|SHELL|XDG_\w+_(HOME|DIRS|DIR)|NETRC"
    r"|UV_\w+|PIP_\w+|PYTHON_KEYRING_BACKEND"
    r"|(HTTPS?|ALL|NO|FTP)_PROXY|(https?|all|no|ftp)_proxy|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|CC|CXX|FC|AR|LD|NM|RANLIB|\w*FLAGS|CMAKE_\w+|PKG_CONFIG\w*|LD_LIBRARY_PATH|LIBRARY_PATH|CPATH|SDKROOT"
    r"|MACOSX_DEPLOYMENT_TARGET|OPENBLAS\w*|CUDA_HOME|CUDA_PATH|CARGO_HOME|RUSTUP_HOME|SOURCE_DATE_EPOCH"
)
"""Whole names. A variable that a private build needs besides is not passed: name an interpreter in `python`."""
NOT_PASSED_ON = frozenset(
    {
        *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_PROJECT", "UV_WORKING_DIR"),
        *(
            "UV_PROJECT_ENVIRONMENT",
            "UV_PUBLISH_TOKEN",
            "UV_PUBLISH_PASSWORD",
            "UV_PUBLISH_USERNAME",
            "UV_GITHUB_TOKEN",
        ),
    }
)
"""Of those, what would make uv install somewhere else, and what publishes."""

LONGEST_LINE = 400


class InstallError(Exception):
    """uv failed; its message is the one line in which uv says why."""


def uv(arguments: Sequence[str], folder: Path, **variables: str) -> str:
    """Run uv in `folder` and return what it prints. Raises InstallError."""
    environment = {**clean_environment(), "NO_COLOR": "1", **variables}
    command = [_program(), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InstallError(culprit(done.stderr) or f"uv ended with {done.returncode}")
    return done.stdout


def clean_environment() -> dict[str, str]:
    """What a build gets to see of the gate's environment."""
    return {
        name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name) and name not in NOT_PASSED_ON
    }


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
