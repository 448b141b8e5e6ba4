"""The user's repository, which is only ever read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from gate.adapters.git_history.command import Git, GitFailedError
from gate.errors import BrokenQuestionError, VersionError

CARRIED = re.compile(r"(http|credential|ssh|protocol)\..*|core\.(sshcommand|askpass|gitproxy)", re.IGNORECASE)
"""What decides how a remote is reached."""
ADDRESS = re.compile(r"[/.~]|\w+://|\w+@[\w.-]+:")
"""So begins a remote that is no name: a path, a URL, user@host:path."""
SAFE = re.compile(r"[^\s\\*?\[\x00-\x20\x7f]+")
"""What a ref can be written with; git itself forbids the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What is known of the user's repository before anything is asked of it."""

    git: Git
    folder: Path
    prefix: str
    """The folder within the repository, "" or "models/regime/"."""
    objects: Path
    common: Path
    """The git directory that all worktrees share."""
    format: str
    """sha1 or sha256."""

    @property
    def top(self) -> Path:
        """The repository's own folder."""
        return self.folder.resolve().parents[self.prefix.count("/") - 1] if self.prefix else self.folder.resolve()

    def address(self, remote: str) -> str:
        """Return where a remote's name leads to; an address leads to itself."""
        if remote.startswith("-") or not remote.isprintable() or not remote:
            raise BrokenQuestionError(f"{remote!r} is not a remote", "name one with --remote (`git remote -v`)")
        code, said, _ = self.git.tried("remote", "get-url", "--push", "--", remote)
        if code == 0:
            return _absolute(said.splitlines()[0], self.top)
        if ADDRESS.match(remote):
            return _absolute(remote, self.folder)
        known = ", ".join(self.git("remote").split()) or "none"
        advice = f"known here: {known}; name one with --remote, or keep the branch here with --no-push"
        raise BrokenQuestionError(f"there is no remote '{remote}'", advice)

    def transport(self) -> list[tuple[str, str]]:
        """Return the settings by which the user reaches remotes: proxies, credential programs, a job's token."""
        listed = self.git("config", "--includes", "--null", "--list")
        entries = (entry.partition("\n") for entry in listed.split("\0") if entry)
        return [(key, value) for key, _, value in entries if CARRIED.fullmatch(key)]


def _absolute(address: str, start: Path) -> str:
    """Git reads a path that is no whole one from where it runs, and it will run elsewhere."""
    return address if re.match(r"[\w.@+-]+:", address) else str((start / Path(address).expanduser()).resolve())


def resolved(git: Git, names: Sequence[str]) -> tuple[str, ...]:
    """Return the full SHA of the commit that each name means. Raises BrokenQuestionError naming the first other."""
    for name in names:
        if not name or name[0] in "-^" or not SAFE.fullmatch(name) or ".." in name:
            raise BrokenQuestionError(f"{name!r} is not a commit", "name a SHA, a branch or a tag")
    if not names:
        return ()
    asked = "\n".join(f"{name}^{{commit}}" for name in names) + "\n"
    answers = git("cat-file", "--batch-check=%(objectname)", said=asked.encode()).splitlines()
    for name, answer in zip(names, answers, strict=True):
        if not re.fullmatch(r"[0-9a-f]{40,64}", answer):
            raise _unknown(git, name, answer)
    return tuple(answers)


def _unknown(git: Git, name: str, answer: str) -> BrokenQuestionError:
    if answer.endswith("ambiguous"):
        return BrokenQuestionError(f"'{name}' names several commits", "write more of the SHA")
    known = git("for-each-ref", "--format=%(refname:short)").splitlines()
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    meant = f" (did you mean {', '.join(near)}?)" if near else ""
    return BrokenQuestionError(f"there is no commit '{name}' here{meant}", "run `git fetch --tags`, or name another")


def open_source(folder: Path, *, shallow: bool = False) -> Source:
    """Open the repository around `folder`.

    Raises VersionError in git's own words where it cannot be, BrokenQuestionError for a shallow clone.
    """
    git = Git(folder=folder)
    words = (
        "--show-object-format",
        "--git-path",
        "objects",
        "--git-common-dir",
        "--is-shallow-repository",
        "--show-prefix",
    )
    try:
        kind, objects, common, is_shallow, *prefix = git("rev-parse", *words).split("\n")
    except GitFailedError as error:
        raise _cannot_open(folder, error.said) from error
    if is_shallow == "true" and not shallow:
        # There a revert of the oldest commit deletes every file, and says that all went well.
        raise BrokenQuestionError(
            "this is a shallow clone: the commits to go back to are not here",
            "run `git fetch --unshallow --tags` (actions/checkout: fetch-depth: 0)",
        )
    return Source(
        git=git,
        folder=folder,
        prefix="".join(prefix),
        objects=(folder / objects).resolve(),
        common=(folder / common).resolve(),
        format=kind,
    )


def _cannot_open(folder: Path, said: str) -> VersionError:
    # Reported, never mended: whose files are trusted is the user's to say.
    if "dubious ownership" in said:
        return VersionError(
            f"git does not trust {folder}: {said}", f"git config --global --add safe.directory {folder}"
        )
    return VersionError(f"{folder} is not in a git repository", "run gate where the repository lies, or name it: -C")
