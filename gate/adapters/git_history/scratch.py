"""A remote and a clone to rehearse on: the user's objects are borrowed, everything else is thrown away."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.adapters.git_history.command import HOME_FREE, Git
from gate.adapters.git_history.remote import HEADS, TAGS, local_refs
from gate.adapters.git_history.source import Source, open_source
from gate.adapters.git_history.workplace import borrow, private_folder
from gate.errors import BrokenQuestionError


@contextmanager
def scratch(folder: Path, target: str | None) -> Iterator[tuple[Path, str]]:
    """Yield a clone of the repository around `folder` whose origin is a local remote, and the branch to mend."""
    source = open_source(folder)
    refs = local_refs(source, "origin")
    name = target or refs.main
    if name is None or name not in refs.branches:
        message = (
            f"there is no branch '{name}' here" if name else "this clone does not say which branch is the main one"
        )
        raise BrokenQuestionError(message, "name it with --branch")
    moves = {f"{HEADS}{name}": refs.branches[name]} | {f"{TAGS}{tag}": sha for tag, sha in refs.tags.items()}
    with private_folder() as place:
        for part, bare in (("remote.git", True), ("clone", False)):
            _repository(source, place / part, moves, name, bare=bare)
        _git(place / "clone")("remote", "add", "origin", str(place / "remote.git"))
        yield place / "clone", name


def _repository(source: Source, folder: Path, moves: dict[str, str], head: str, *, bare: bool) -> None:
    folder.mkdir()
    git = _git(folder)
    kind = (f"--object-format={source.format}", "--template=", f"--initial-branch={head}")
    git("init", "--quiet", *kind, *(("--bare",) if bare else ()))
    borrow(source, folder if bare else folder / ".git")
    given = "".join(f"create {name} {sha}\n" for name, sha in moves.items())
    git("update-ref", "--stdin", said=given.encode())


def _git(folder: Path) -> Git:
    return Git(folder=folder, variables=HOME_FREE)


def state_of(folder: Path) -> str:
    """Return a hash of what a rehearsal must leave alone: refs, HEAD, index and working tree."""
    source = open_source(folder)
    asked = (
        ("for-each-ref",),
        ("rev-parse", "--verify", "--quiet", "HEAD"),
        ("ls-files", "--stage", "-z"),
        ("status", "--porcelain=v2", "-z", "--untracked-files=all"),
    )
    found = hashlib.sha256()
    for words in asked:
        found.update(source.git.tried(*words)[1].encode())
    return found.hexdigest()
