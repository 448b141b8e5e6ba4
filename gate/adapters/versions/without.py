"""A line of commits as it would be had some of them been taken back: the search for a second culprit.

Every commit at or after a reverted one gets a tree without its change, by `git merge-tree` and without a working tree,
in a private bare repository that borrows the user's objects. Where the change cannot be taken out of a commit, that one
cannot be tested.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.adapters.versions.refs import resolve
from gate.adapters.versions.repository import Repository, complaint, git_variables, open_repository
from gate.domain.culprit import Commit
from gate.errors import VersionError
from gate.ports.culprit import LineAsked

Names = Callable[[Repository, Sequence[str], str, tuple[str, ...]], list[str]]
WHO = {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in
       (("NAME", "gate"), ("EMAIL", "gate@localhost"), ("DATE", "2000-01-01T00:00:00Z"))}  # fmt: skip
OWN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1", **WHO}


@dataclass(slots=True)
class Without:
    """The commits of a line, and the private repository in which they are changed."""

    repository: Repository
    commits: list[Commit]
    folder: Path
    note: Callable[[str], None]

    def all(self, asked: LineAsked, names: Names) -> list[Commit]:
        """Return the whole line, without the reverted commits' changes. Raises VersionError."""
        reverted = self._positions(asked.reverted)
        self._make()
        with open_repository(self.folder) as private, git_variables(**OWN):
            if private is None:
                raise VersionError(f"cannot make a repository in {self.folder}")
            trees = [self._tree(private, position, reverted) for position in range(len(self.commits))]
            found = names(private, [tree or EMPTY for tree in trees], self.repository.prefix, asked.paths)
            changed = [
                self._changed(private, commit, tree, name)
                for commit, tree, name in zip(self.commits, trees, found, strict=True)
            ]
            if changed[-1].blocked:
                why = changed[-1].blocked
                raise VersionError(f"the bad end cannot be had so: {why}", "revert it by hand, on a branch")
            private.git("update-ref", "refs/heads/without", changed[-1].ref)
        return changed

    def _positions(self, refs: tuple[str, ...]) -> list[int]:
        """Newest first, as they are reverted."""
        places = {commit.sha: position for position, commit in enumerate(self.commits)}
        found = []
        for ref in refs:
            sha = resolve(self.repository, ref, self.note)
            if not places.get(sha):
                raise VersionError(f"'{ref}' is not between the good and the bad end", "name a commit of that line")
            found.append(places[sha])
        return sorted(set(found), reverse=True)

    def _make(self) -> None:
        from git import Git  # noqa: PLC0415  # costs 0.15 s

        objects = self.repository.folder / self.repository.git("rev-parse", "--git-path", "objects")
        kind = self.repository.git("rev-parse", "--show-object-format")
        lfs = self.repository.folder / self.repository.git("rev-parse", "--git-common-dir") / "lfs"
        self.folder.mkdir(parents=True)
        with git_variables(**OWN):
            git = ["git", "init", "--quiet", "--bare", f"--object-format={kind}", "--template=", str(self.folder)]
            Git(self.folder).execute(git)
        (self.folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (self.folder / "objects" / "info" / "alternates").write_text(f"{objects.resolve()}\n")
        if lfs.is_dir():
            (self.folder / "lfs").symlink_to(lfs.resolve())

    def _tree(self, private: Repository, position: int, reverted: list[int]) -> str:
        """Return the commit's tree without the reverted changes before it; "" where they cannot be taken out."""
        tree = private.git("rev-parse", f"{self.commits[position].sha}^{{tree}}")
        for one in reverted:
            if one <= position and tree:
                tree = taken_out(private, tree, self.commits[one].sha)
        return tree

    def _changed(self, private: Repository, commit: Commit, tree: str, name: str) -> Commit:
        """Make the commit that is exported; its root is the user's folder."""
        folder = self.repository.prefix.rstrip("/")
        root = private.tries("rev-parse", "--verify", "--quiet", f"{tree}:{folder}") if tree and folder else tree
        if not root or not name:
            why = "the reverted change cannot be taken out of it: conflict" if not tree else "its folder is not there"
            return msgspec.structs.replace(commit, tree=f"blocked {commit.sha}", blocked=why)
        ref = private.git("commit-tree", root, "-m", f"{commit.sha} without what was reverted")
        return msgspec.structs.replace(commit, tree=name, folder=str(self.folder), ref=ref)


EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def taken_out(private: Repository, tree: str, sha: str) -> str:
    """Merge the tree with the commit's first parent, the commit itself as their base; "" where they conflict."""
    from git import Git, GitCommandError  # noqa: PLC0415

    base = private.git("commit-tree", f"{sha}^{{tree}}", "-m", "base")
    ours = private.git("commit-tree", tree, "-p", base, "-m", "ours")
    theirs = private.git("commit-tree", f"{sha}^1^{{tree}}", "-p", base, "-m", "theirs")
    try:
        said = str(Git(private.folder).execute(["git", "merge-tree", "--write-tree", "-z", ours, theirs]))
    except GitCommandError as error:
        if error.status == 1:
            return ""
        raise VersionError(
            f"{sha[:12]} cannot be taken out: {complaint(error)}", "git 2.38 or newer is needed"
        ) from error
    return said.split("\0", 1)[0].strip()
