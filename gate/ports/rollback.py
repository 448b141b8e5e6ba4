"""What taking something back needs of the world: history, pull requests, a folder for records."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from gate.domain.rollback import Commit, Refs


class History(Protocol):
    """The history of a repository. The user's own files and refs are only ever read."""

    def refs(self) -> Refs:
        """Read branches and tags, again at each call. Raises GateError where a remote cannot be reached."""

    def resolve(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the full SHA of the commit that each name means. Raises BrokenQuestionError."""

    def bring(self, sha: str) -> None:
        """Make sure that a commit of the remote is at hand."""

    def commits(self, shas: Sequence[str]) -> tuple[Commit, ...]:
        """Read commits, in the order asked for."""

    def between(self, since: str, until: str) -> tuple[Commit, ...]:
        """Read what `until` has beyond `since` along its first parents, newest first."""

    def newest_merge(self, tip: str) -> Commit | None:
        """Return the newest merge commit along the first parents."""

    def titled(self, tip: str, words: str) -> Commit | None:
        """Return the newest commit along the first parents whose message holds these words."""

    def is_ancestor(self, sha: str, tip: str) -> bool:
        """Whether a branch that ends at `tip` has this commit."""

    def newest_first(self, shas: Sequence[str]) -> tuple[str, ...]:
        """Sort commits of one branch, children before their parents."""

    def on_first_parents(self, shas: Sequence[str], tip: str) -> frozenset[str]:
        """Return those that lie on the branch itself, not on what was merged into it."""

    def reverts(self, sha: str, tip: str) -> tuple[Commit, ...]:
        """Return the commits since `sha` whose message says that they revert it, newest first."""

    def revert(self, tip: str, taken: Commit, parent: str, message: str) -> str | tuple[str, ...]:
        """Take one commit back on `tip`: the new commit, `tip` itself where nothing is left to do, or the conflicts."""

    def restore(self, tip: str, tree: str, message: str) -> str:
        """Make a commit on `tip` whose files are those of `tree`."""

    def changed(self, old: str, new: str) -> tuple[str, ...]:
        """Return the paths that differ."""

    def touched_since(self, sha: str, tip: str, paths: Sequence[str]) -> tuple[Commit, ...]:
        """Return the commits since `sha` that changed one of these paths, newest first."""

    def diff(self, old: str, new: str) -> str:
        """Return what `git diff` shows."""

    def has_file(self, commit_sha: str, path: str) -> bool:
        """Whether a commit has this file."""

    def create(self, branches: Mapping[str, str]) -> str:
        """Create branches where this history is written to; all or none. Returns a complaint, "" for none.

        The complaint is for people: what happened is what `refs` says afterwards.
        """

    def delete(self, branch: str, sha: str) -> str:
        """Delete a branch that stands where it was put."""

    def view(self, sha: str) -> Path:
        """Return a folder through which `sha` is exported, where gate.toml's folder is in the user's repository."""
