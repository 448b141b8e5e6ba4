"""Environments built for a version, and kept for the next one that needs the same.

An environment is built where it will stay, since the scripts in it name their own path. It counts only with the stamp
that is written last, so what a killed build left is never taken for complete.
"""

import hashlib
import json
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory

from gate.adapters.versions import installer
from gate.adapters.versions.checkout import REF, files_of
from gate.adapters.versions.dependencies import Dependencies
from gate.adapters.versions.folders import cache_folder, locked, locked_at_once, remove
from gate.adapters.versions.interpreters import Interpreter, satisfying
from gate.adapters.versions.repository import open_repository
from gate.adapters.versions.tree import Tree
from gate.errors import VersionError

STAMP = ".complete"
KEPT_SECONDS = 60 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """What one version is to be run with."""

    tree: Tree
    dependencies: Dependencies
    extras: tuple[str, ...]
    """What the worker needs, whatever the version says."""
    interpreter: Interpreter

    @property
    def key(self) -> str:
        """Hash of all that decides what is in the environment."""
        needs = self.dependencies.fingerprint(self.tree.sha256)
        python = (self.interpreter.path, self.interpreter.version, sysconfig.get_platform())
        return hashlib.sha256(json.dumps([needs, python, self.extras]).encode()).hexdigest()


def environment_for(
    tree: Tree, dependencies: Dependencies, extras: tuple[str, ...], role: str, note: Callable[[str], None]
) -> tuple[str, str]:
    """Return the interpreter and the description of an environment of the version's own, built where it must be."""
    interpreter = satisfying(dependencies.requires_python, tree.root)
    asked = Environment(tree=tree, dependencies=dependencies, extras=extras, interpreter=interpreter)
    home = cache_folder("environments") / asked.key
    file = dependencies.file or "no dependency file"
    with locked(_lock_of(home), lambda: note(f"another gate builds the environment of {role}: waiting for it")):
        if not _is_complete(home):
            note(f"building environment for {role} ({file})")
            _build_or_remove(asked, home, role)
        (home / STAMP).touch()  # when it was used last
    _forget_old_ones(home.parent)
    return str(_python_of(home)), f"own environment {asked.key[:8]} ({file})"


def _lock_of(home: Path) -> Path:
    return home.with_name(f"{home.name}.lock")


def _python_of(home: Path) -> Path:
    return home / "bin" / "python"


def _is_complete(home: Path) -> bool:
    """Say whether the environment is whole, and the Python it was made from still there."""
    return (home / STAMP).exists() and _python_of(home).exists()


def _build_or_remove(asked: Environment, home: Path, role: str) -> None:
    remove(home)
    try:
        _build(asked, home)
    except BaseException as error:
        remove(home)
        if isinstance(error, installer.InstallError):
            file = asked.dependencies.file or "the worker's packages"
            advice = "mend it there, or name an interpreter in `python`"
            raise VersionError(f"{role}: {file} cannot be installed: {error}", advice) from error
        raise


def _build(asked: Environment, home: Path) -> None:
    with TemporaryDirectory(prefix="gate-install-") as scratch, _source(asked, Path(scratch) / "source") as source:
        python = ["--no-python-downloads", "--python", asked.interpreter.path]
        installer.uv(["venv", "--no-project", *python, str(home)], source)
        wanted = _wanted(asked.dependencies, source, Path(scratch), asked.interpreter.path)
        into = ["--compile-bytecode", "--python", str(_python_of(home))]
        installer.uv(["pip", "install", *into, *wanted, *asked.extras], source)


def _wanted(dependencies: Dependencies, source: Path, scratch: Path, python: str) -> list[str]:
    """Return what `uv pip install` is told."""
    # An editable install would point into a folder that is gone tomorrow.
    editable = ["--no-editable"] if dependencies.installs_code else []
    if not dependencies.file:
        return []
    if Path(dependencies.file).name == "uv.lock":
        export = ["export", "--frozen", "--no-emit-project", "--no-dev", "--no-header", *editable, "--python", python]
        (scratch / "uv-lock.txt").write_text(installer.uv(export, (source / dependencies.file).parent))
        return [*editable, "-r", str(scratch / "uv-lock.txt")]
    (scratch / "pins.txt").write_text("\n".join(dependencies.constraints))
    return [*editable, "-r", str(source / dependencies.file), "-c", str(scratch / "pins.txt")]


@contextmanager
def _source(asked: Environment, copy: Path) -> Iterator[Path]:
    """Yield where uv runs: the version's root, or a copy where a build would write into the user's checkout."""
    root, needed = asked.tree.root, asked.dependencies
    if asked.tree.ref == REF and (needed.builds or needed.installs_code):
        _copy(root, copy)
        root = copy
    yield root


def _copy(root: Path, copy: Path) -> None:
    with open_repository(root) as repository:
        names = files_of(root, repository)
    for name in names:
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(root / name, copy / name, follow_symlinks=False)


def _forget_old_ones(folder: Path) -> None:
    """Remove what no gate has used for two months."""
    for stamp in folder.glob(f"*/{STAMP}"):
        if _is_old(stamp):
            with locked_at_once(_lock_of(stamp.parent)) as free:
                # Asked again: another gate may have taken it up before it was locked.
                if free and _is_old(stamp):
                    remove(stamp.parent)


def _is_old(stamp: Path) -> bool:
    with suppress(FileNotFoundError):
        return stamp.stat().st_mtime < time.time() - KEPT_SECONDS
    return False
