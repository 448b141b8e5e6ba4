"""A user's repository, opened for reading only.

Every git command runs without the GIT_* variables of whoever started the gate (inside a hook GIT_DIR and
GIT_INDEX_FILE point at somebody's work), without hooks, and without the locks by which `git status` renews the index.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from gate.errors import VersionError

if TYPE_CHECKING:
    from git import Repo

SETTINGS = {"core.hooksPath": "/dev/null", "core.fsmonitor": "false"}
"""core.fsmonitor may name a program, which a mere status would run."""

_one_at_a_time = RLock()

QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """An open repository, seen from one folder in it."""

    repo: "Repo"
    folder: Path
    prefix: str
    """The folder within the repository, "" or "models/regime/"."""
    bare: bool
    shallow: bool

    def git(self, *arguments: str) -> str:
        """Return what a git command prints; it runs in `folder`."""
        from git import Git  # noqa: PLC0415  # costs 0.15 s

        return str(Git(self.folder).execute(["git", *arguments]))

    def tries(self, *arguments: str) -> str | None:
        """Return what a git command prints, or None where it fails."""
        from git import GitCommandError  # noqa: PLC0415

        try:
            return self.git(*arguments)
        except GitCommandError:
            return None


@contextmanager
def open_repository(folder: Path) -> Iterator[Repository | None]:
    """Open the repository around `folder`; None where there is none. git's own complaints become VersionErrors."""
    with git_variables():
        try:
            import git  # noqa: PLC0415  # costs 0.15 s
        except ImportError as error:  # GitPython says so where it finds no git
            raise VersionError("git is not installed") from error
        try:
            repo = git.Repo(folder, search_parent_directories=True, expand_vars=False)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            yield None
            return
        with repo:
            try:
                yield _seen_from(folder, repo)
            except git.GitCommandError as error:
                raise _failed(folder, complaint(error)) from error


def _seen_from(folder: Path, repo: "Repo") -> Repository:
    from git import Git  # noqa: PLC0415

    command = ["git", "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--show-prefix"]
    bare, shallow, *prefix = str(Git(folder).execute(command)).split("\n", 2)
    return Repository(repo=repo, folder=folder, prefix="".join(prefix), bare=bare == "true", shallow=shallow == "true")


def _failed(folder: Path, said: str) -> VersionError:
    # Reported, never mended: whose files are trusted is the user's to say.
    advice = f"git config --global --add safe.directory {folder}" if "dubious ownership" in said else ""
    return VersionError(f"git failed in {folder}: {said}", advice)


def complaint(error: "Exception") -> str:
    """Return the line in which git says what is wrong."""
    stderr = str(getattr(error, "stderr", "")).strip().removeprefix("stderr:").strip(" '\n")
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or [type(error).__name__])[0]


@contextmanager
def git_variables(**chosen: str) -> Iterator[None]:
    """Replace every GIT_* variable by the gate's own for a while.

    GitPython can add variables for its children, not take them away: it has to be done in this process, by one thread
    at a time.
    """
    with _one_at_a_time:
        yield from _replaced(chosen)


def _replaced(chosen: dict[str, str]) -> Iterator[None]:
    before = {name: value for name, value in os.environ.items() if _is_gits(name)}
    _replace(QUIET | _settings() | chosen)
    try:
        yield
    finally:
        _replace(before)


def _is_gits(name: str) -> bool:
    return name.startswith("GIT_") and not name.startswith("GIT_PYTHON_")


def _replace(variables: dict[str, str]) -> None:
    for name in [name for name in os.environ if _is_gits(name)]:
        del os.environ[name]
    os.environ.update(variables)


def _settings() -> dict[str, str]:
    settings = {"GIT_CONFIG_COUNT": str(len(SETTINGS))}
    for number, (key, value) in enumerate(SETTINGS.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return settings
