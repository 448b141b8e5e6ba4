"""Which Python runs a version."""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gate.adapters.versions import installer
from gate.errors import VersionError

SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """A Python that was seen to run."""

    path: str
    version: str
    """`sys.version`: also the build, as a rebuilt Python may not load yesterday's packages."""


CURRENT = Interpreter(path=sys.executable, version=sys.version)


def chosen(python: str, folder: Path) -> Interpreter:
    """Return the interpreter that the user names: a path relative to `folder`, or a name on PATH."""
    beside = folder / Path(python).expanduser()
    found = str(beside) if beside.is_file() or "/" in python else shutil.which(python)
    if not found or not Path(found).is_file():
        raise VersionError(f"there is no interpreter {python}", "`python` is relative to the folder of gate.toml")
    # Not resolved: what a virtual environment's link points at does not know its packages.
    return _running(os.path.abspath(found))  # noqa: PTH100


def satisfying(requires_python: str, root: Path) -> Interpreter:
    """Return the current interpreter, or another installed one where it is too old or too new."""
    if _satisfies(requires_python, platform.python_version()):
        return CURRENT
    command = ["python", "find", "--no-project", "--no-python-downloads", requires_python]
    try:
        path = installer.uv(command, root).strip()
    except installer.InstallError as error:
        advice = "install one, or name it in `python`"
        raise VersionError(f"no installed Python satisfies requires-python {requires_python}", advice) from error
    return _running(path)


def _satisfies(requires_python: str, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415  # only where one is built

    try:
        return SpecifierSet(requires_python).contains(version, prereleases=True)
    except InvalidSpecifier as error:
        raise VersionError(f"requires-python '{requires_python}' is no version specifier") from error


def _running(path: str) -> Interpreter:
    command = [path, "-I", "-c", "import sys; sys.stdout.write(sys.version)"]
    try:
        environment = installer.clean_environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise VersionError(f"the interpreter {path} does not run: {error}") from error
    return Interpreter(path=path, version=done.stdout)
