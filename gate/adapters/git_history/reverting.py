"""A commit taken back without any working tree.

A revert is a three-way merge whose base is the commit, and whose sides are the branch's tip and the commit's parent.
`merge-tree` of git 2.38 takes no base of our choosing, so the three trees get commits of their own: base B = the
commit's tree, ours = the tip's tree on B, theirs = the parent's tree on B.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gate.adapters.git_history.command import Git, GitFailedError, complaint
from gate.errors import GateError, VersionError

NAME = "gate"
EMAIL = "gate@regime-gate.invalid"
CONFLICT = 1
"""merge-tree's exit code; its tree then holds markers and is never committed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflicting:
    """The merge cannot be made by a machine."""

    paths: tuple[str, ...]


def reverted_tree(git: Git, tip_tree: str, tree: str, parent_tree: str, time: int) -> str | Conflicting:
    """Return the tip's tree without the change from `parent_tree` to `tree`."""
    who = signature(time)
    base = git("commit-tree", "-m", "base", tree, variables=who)
    ours = git("commit-tree", "-m", "ours", "-p", base, tip_tree, variables=who)
    theirs = git("commit-tree", "-m", "theirs", "-p", base, parent_tree, variables=who)
    words = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    code, out, said = git.tried(*words)
    if code not in (0, CONFLICT):
        raise _broken(GitFailedError(words, code, complaint(said)))
    merged, *paths = out.split("\0")
    return merged if code == 0 else Conflicting(paths=tuple(path for path in paths if path))


def commit(git: Git, tree: str, parent: str, message: str, time: int) -> str:
    """Make a commit. Equal inputs make an equal SHA: whoever tries again makes nothing new."""
    return git("commit-tree", "-p", parent, "-F", "-", tree, said=message.encode(), variables=signature(time))


def signature(time: int) -> Mapping[str, str]:
    """One identity, and the branch's own time instead of a clock."""
    found: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        found |= {f"GIT_{role}_NAME": NAME, f"GIT_{role}_EMAIL": EMAIL, f"GIT_{role}_DATE": f"@{time} +0000"}
    return found


def _broken(error: GitFailedError) -> GateError:
    if "usage:" in error.said or "unknown option" in error.said:
        return VersionError("this git cannot merge without a working tree", "install git 2.38 or newer")
    lacks = any(word in error.said for word in ("missing", "unable to read", "promisor"))
    return GateError(
        error.message, "a partial clone lacks files of other commits: clone without --filter" if lacks else ""
    )
