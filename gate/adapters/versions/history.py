"""`gate.ports.CommitHistory` on git: the first-parent line between two commits, and what each of them holds.

First parents only, because a pull request is what is reverted. What a commit holds is named by the ids of its trees at
the measured paths, asked of one `git cat-file` for the whole line.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from gate.adapters.versions.folders import cache_folder, private_folder
from gate.adapters.versions.refs import resolve
from gate.adapters.versions.repository import Repository, open_repository
from gate.adapters.versions.without import Without
from gate.domain.culprit import Commit
from gate.errors import VersionError
from gate.ports.culprit import LineAsked

Note = Callable[[str], None]
FIELDS = "%H%x00%aN%x00%aI%x00%s%x00%b%x00%x00"
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{7,64})", re.MULTILINE)


class GitHistory:
    """Commits of the user's repository, read only."""

    @contextmanager
    def line(self, asked: LineAsked, note: Note) -> Iterator[tuple[Commit, ...]]:
        """Return the first-parent line from the good end (first) to the bad end (last). Raises VersionError."""
        with ExitStack() as stack:
            scratch = stack.enter_context(private_folder(cache_folder("exports"))) if asked.reverted else None
            with open_repository(asked.folder) as repository:
                if repository is None:
                    raise VersionError(f"{asked.folder} is not in a git repository: there is no history to search")
                commits = commits_between(repository, *ends(repository, asked, note))
                if scratch is None:
                    found = named_by_tree(repository, commits, asked.paths)
                else:
                    found = Without(repository, commits, scratch / "without", note).all(asked, named_by_objects)
            yield tuple(found)

    def sources(self, folder: Path, commit: Commit, names: Sequence[str]) -> dict[str, bytes]:
        """Return those of the files that the commit has, by name relative to `folder`."""
        with open_repository(Path(commit.folder or folder)) as repository:
            if repository is None or commit.blocked:
                return {}
            ref = commit.ref or commit.sha
            found = {name: blob(repository, f"{ref}:{repository.prefix}{name}") for name in names}
            return {name: content for name, content in found.items() if content is not None}


def ends(repository: Repository, asked: LineAsked, note: Note) -> tuple[str, str]:
    """Return both SHAs, the good one on the bad one's first-parent line."""
    if repository.shallow:
        advice = "run `git fetch --unshallow --tags` (actions/checkout: fetch-depth: 0)"
        raise VersionError(f"{repository.folder} is a shallow clone: its history is cut off", advice)
    good, bad = (resolve(repository, ref, note) for ref in (asked.good, asked.bad))
    if good == bad:
        raise VersionError(f"'{asked.good}' and '{asked.bad}' are the same commit {good[:12]}", "name two that differ")
    if repository.tries("merge-base", "--is-ancestor", good, bad) is None:
        raise not_an_ancestor(repository, asked, good, bad)
    below = repository.git("rev-list", "--first-parent", f"^{good}", bad).split()[-1]
    fork = repository.tries("rev-parse", "--verify", "--quiet", f"{below}^1") or below
    if fork != good:
        advice = f"name a commit of the line itself, e.g. --good {fork[:12]}"
        raise VersionError(f"'{asked.good}' lies on a branch that was merged into the line of '{asked.bad}'", advice)
    return good, bad


def not_an_ancestor(repository: Repository, asked: LineAsked, good: str, bad: str) -> VersionError:
    """Say whether the ends are the wrong way round, or where their histories part."""
    message = f"'{asked.good}' is no ancestor of '{asked.bad}'"
    if repository.tries("merge-base", "--is-ancestor", bad, good) is not None:
        return VersionError(f"{message}: it is the other way round", f"--good {asked.bad} --bad {asked.good}")
    base = repository.tries("merge-base", good, bad)
    advice = f"both have {base[:12]} in common: is that one good?" if base else "they have nothing in common"
    return VersionError(message, advice)


def commits_between(repository: Repository, good: str, bad: str) -> list[Commit]:
    """Describe the good end and everything after it up to the bad end, oldest first."""
    show = ["-c", "log.showSignature=false", "log", "--no-color", "--no-notes", f"--format=tformat:{FIELDS}"]
    first = repository.git(*show, "--max-count=1", good)
    rest = repository.git(*show, "--first-parent", "--reverse", f"^{good}", bad)
    return [described(record) for said in (first, rest) for record in f"{said}\n".split("\0\0\n") if record.strip()]


def described(record: str) -> Commit:
    """Read one commit; bytes that are no text are replaced."""
    whole = record.encode(errors="surrogateescape").decode(errors="replace")
    sha, author, date, subject, body = whole.split("\0", 4)
    reverts = _REVERTS.search(body)
    return Commit(sha=sha, tree="", author=author, date=date, subject=subject, reverts=reverts[1] if reverts else "")


def named_by_tree(repository: Repository, commits: list[Commit], paths: tuple[str, ...]) -> list[Commit]:
    """Name each commit by what it holds at the measured paths."""
    names = named_by_objects(repository, [commit.sha for commit in commits], repository.prefix, paths)
    refuse_missing(commits, names, repository.prefix, paths)
    return [
        msgspec.structs.replace(commit, tree=name, blocked="" if name else "the measured folder is not there")
        for commit, name in zip(commits, names, strict=True)
    ]


def refuse_missing(commits: list[Commit], names: list[str], prefix: str, paths: tuple[str, ...]) -> None:
    """A path that neither end has is a misspelt one."""
    if names[0] or names[-1]:
        return
    what = ", ".join(paths) or prefix
    raise VersionError(f"neither {commits[0].sha[:12]} nor {commits[-1].sha[:12]} has {what}", "is it spelt so?")


def named_by_objects(repository: Repository, trees: Sequence[str], prefix: str, paths: tuple[str, ...]) -> list[str]:
    """Return a name for what each tree holds at the paths; "" where it holds none of them."""
    places = ["" if place == "." else place for place in (posixpath.normpath(prefix + path) for path in paths or ("",))]
    asked = [f"{tree}:{place}" if place else f"{tree}^{{tree}}" for tree in trees for place in places]
    ids = object_ids(repository, asked)
    rows = [ids[start : start + len(places)] for start in range(0, len(ids), len(places))]
    return [hashed(row) if any(row) else "" for row in rows]


def hashed(ids: list[str]) -> str:
    """One id as it is, several by their hash."""
    return ids[0] if len(ids) == 1 else hashlib.sha256("\n".join(ids).encode()).hexdigest()


def object_ids(repository: Repository, names: Sequence[str]) -> list[str]:
    """Return the id of each object, "" where it is missing, by one process."""
    from git import Git  # noqa: PLC0415  # costs 0.15 s

    with TemporaryFile() as asked:
        asked.write("".join(f"{name}\n" for name in names).encode())
        asked.seek(0)
        said = str(Git(repository.folder).execute(["git", "cat-file", "--batch-check=%(objectname)"], istream=asked))
    return ["" if line.endswith((" missing", " ambiguous")) else line for line in said.split("\n")]


def blob(repository: Repository, name: str) -> bytes | None:
    """Return a file's bytes, None where there is no such file."""
    from git import Git, GitCommandError  # noqa: PLC0415

    command = ["git", "cat-file", "blob", name]
    try:
        said = Git(repository.folder).execute(command, stdout_as_string=False, strip_newline_in_stdout=False)
    except GitCommandError:
        return None
    return said if isinstance(said, bytes) else None
