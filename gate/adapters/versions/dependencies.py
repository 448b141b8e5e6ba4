"""What a version needs to run, read from the one file that it would be installed from.

Only that file counts. Two versions whose `requirements.txt` agree get the same environment whatever else changed, so
a new ruff setting in pyproject.toml builds nothing.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gate.adapters.versions import locks, requirements_txt
from gate.errors import VersionError


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependencies:
    """What is to be installed for one version."""

    file: str = ""
    """The file it is installed from, relative to the version's root; "" where it names none."""
    needs: Any = None
    """All that decides what is installed, as JSON has it."""
    requires_python: str = ""
    constraints: tuple[str, ...] = ()
    """Versions that another file pins."""
    installs_code: bool = False
    """Code under the root is installed too (`-e .`): other code is another environment."""
    builds: bool = False
    """A build backend is asked, and those write beside what they build."""

    def fingerprint(self, code: str) -> str:
        """Return the hash of all that decides what is installed; `code` is the hash of the version's files."""
        parts = [self.needs, self.requires_python, self.constraints, code if self.installs_code else ""]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


NOTHING = Dependencies()

Reader = Callable[[Path, str], Dependencies]


def find(root: Path, named: str | None) -> Dependencies:
    """Read the dependencies of the version under `root`: from the file `named`, else from the first that says any."""
    if named is not None:
        if not (root / named).is_file():
            raise VersionError(f"there is no {named} under {root}", "`requirements` is relative to the version's root")
        return _with_python(root, _reader_of(named)(root, named))
    for file, reader in READERS.items():
        if (root / file).is_file() and (found := reader(root, file)) is not NOTHING:
            return _with_python(root, found)
    return NOTHING


def _reader_of(named: str) -> Reader:
    return READERS.get(Path(named).name, _requirements_txt)


def _with_python(root: Path, found: Dependencies) -> Dependencies:
    project = _toml(root / "pyproject.toml").get("project", {}) if (root / "pyproject.toml").is_file() else {}
    return replace(found, requires_python=str(project.get("requires-python", "")))


def _uv_lock(root: Path, file: str) -> Dependencies:
    packages = locks.needed_of_uv_lock(_toml(root / file))
    return Dependencies(file=file, needs=packages, installs_code=any(map(locks.is_local, packages)))


def _requirements_txt(root: Path, file: str) -> Dependencies:
    lines = requirements_txt.lines_of(root / file)
    local = any(requirements_txt.is_local(line) for line in lines)
    return Dependencies(file=file, needs=lines, installs_code=local, builds=local)


def _pyproject(root: Path, file: str) -> Dependencies:
    content = _toml(root / file)
    project, tool = content.get("project", {}), content.get("tool", {})
    poetry = tool.get("poetry", {}).get("dependencies")
    dynamic = "dependencies" in project.get("dynamic", ())
    if poetry is None and not project:
        return NOTHING
    sources = tool.get("uv", {}).get("sources", {})
    local = any("path" in entry or "workspace" in entry for entry in _entries(sources))
    needs = [project.get("dependencies"), poetry, sources, _setup_files(root) if dynamic else None]
    pins = locks.pins_of_poetry_lock(_toml(root / "poetry.lock")) if (root / "poetry.lock").is_file() else ()
    built = local or dynamic or "dependencies" not in project
    return Dependencies(file=file, needs=needs, constraints=pins, installs_code=local, builds=built)


def _entries(sources: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for said in sources.values() for entry in (said if isinstance(said, list) else [said])]


def _setup(root: Path, file: str) -> Dependencies:
    return Dependencies(file=file, needs=_setup_files(root), builds=True)


def _setup_files(root: Path) -> list[str]:
    """Return what a setup script may take the dependencies from."""
    files = [root / "setup.py", root / "setup.cfg", *sorted(root.glob("requirements*.txt"))]
    return [file.read_text(errors="replace") for file in files if file.is_file()]


def _cannot(root: Path, file: str) -> Dependencies:
    message = f"{root / file}: the gate cannot build an environment from {file}"
    raise VersionError(message, "name a requirements.txt in `requirements`, or an interpreter in `python`")


READERS: dict[str, Reader] = {
    "uv.lock": _uv_lock,
    "requirements.txt": _requirements_txt,
    "pyproject.toml": _pyproject,
    "setup.py": _setup,
    "setup.cfg": _setup,
    "Pipfile": _cannot,
    "Pipfile.lock": _cannot,
    "environment.yml": _cannot,
    "environment.yaml": _cannot,
}
"""From the most exact to the least: the first that says anything is taken."""


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise VersionError(f"{file} cannot be read: {error}") from error
