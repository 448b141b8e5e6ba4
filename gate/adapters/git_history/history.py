"""`gate.ports.History` on git: reads the user's repository, works in a private one, writes to the remote alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gate.adapters.git_history.command import Git, GitFailedError
from gate.adapters.git_history.remote import Remote, connect, local_refs, own
from gate.adapters.git_history.reverting import Conflicting, commit, reverted_tree
from gate.adapters.git_history.source import Source, open_source, resolved
from gate.adapters.git_history.workplace import workplace
from gate.domain.rollback import Commit, Refs

FIELDS = "%H%x00%P%x00%T%x00%ct%x00%an%x00%B%x00"
HEX = re.compile(r"[0-9a-f]{4,64}")
MENTION = "This reverts commit "
"""What git writes into a revert's message; titles differ between versions of git and between people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHistory:
    """The history of one repository."""

    source: Source
    git: Git
    """In the private repository."""
    remote_name: str
    remote: Remote | None
    """None: no remote is talked to."""
    known: dict[str, Commit] = field(default_factory=dict)
    """A commit never changes: it is read once."""

    def refs(self) -> Refs:
        """Read branches and tags, again at each call."""
        return local_refs(self.source, self.remote_name) if self.remote is None else self.remote.refs()

    def resolve(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the full SHA of each name. What was only just fetched is known in the private repository alone."""
        return resolved(self.git if all(map(HEX.fullmatch, names)) else self.source.git, names)

    def bring(self, sha: str) -> None:
        """Make sure that a commit of the remote is at hand."""
        code, _, _ = self.git.tried("cat-file", "-e", f"{sha}^{{commit}}")
        if code != 0 and self.remote is not None:
            self.remote.fetch(sha)

    def commits(self, shas: Sequence[str]) -> tuple[Commit, ...]:
        """Read commits, in the order asked for."""
        unknown = [sha for sha in dict.fromkeys(shas) if sha not in self.known]
        if unknown:
            self.known.update((one.sha, one) for one in self._log("--no-walk=unsorted", *unknown))
        return tuple(self.known[sha] for sha in shas)

    def between(self, since: str, until: str) -> tuple[Commit, ...]:
        """Read what `until` has beyond `since` along its first parents, newest first."""
        return self._log("--first-parent", f"{since}..{until}")

    def newest_merge(self, tip: str) -> Commit | None:
        """Return the newest merge commit along the first parents."""
        found = self._log("--first-parent", "--merges", "--max-count=1", tip)
        return found[0] if found else None

    def titled(self, tip: str, words: str) -> Commit | None:
        """Return the newest commit along the first parents whose message holds these words."""
        found = self._log("--first-parent", "--fixed-strings", f"--grep={words}", "--max-count=1", tip)
        return found[0] if found else None

    def is_ancestor(self, sha: str, tip: str) -> bool:
        """Whether a branch that ends at `tip` has this commit."""
        code, _, said = self.git.tried("merge-base", "--is-ancestor", sha, tip)
        if code not in (0, 1):
            raise GitFailedError(("merge-base",), code, said)
        return code == 0

    def newest_first(self, shas: Sequence[str]) -> tuple[str, ...]:
        """Sort commits of one branch, children before their parents."""
        if len(shas) < 2:
            return tuple(shas)
        base = self.git("merge-base", "--octopus", *shas)
        walked = self.git("rev-list", "--topo-order", *shas, "--not", f"{base}^@").split()
        wanted = set(shas)
        return tuple(sha for sha in walked if sha in wanted)

    def on_first_parents(self, shas: Sequence[str], tip: str) -> frozenset[str]:
        """Return those that lie on the branch itself, not on what was merged into it."""
        oldest = self.git("merge-base", "--octopus", *shas)
        walked = self.git("rev-list", "--first-parent", tip, "--not", f"{oldest}^@").split()
        return frozenset(shas) & frozenset(walked)

    def reverts(self, sha: str, tip: str) -> tuple[Commit, ...]:
        """Return the commits since `sha` whose message says that they revert it, newest first."""
        return self._log("--fixed-strings", f"--grep={MENTION}{sha}", f"{sha}..{tip}")

    def revert(self, tip: str, taken: Commit, parent: str, message: str) -> str | tuple[str, ...]:
        """Take one commit back on `tip`: the new commit, `tip` itself where nothing is left to do, or the conflicts."""
        ours, theirs = self.commits((tip, parent))
        merged = reverted_tree(self.git, ours.tree, taken.tree, theirs.tree, ours.time)
        if isinstance(merged, Conflicting):
            return merged.paths
        return tip if merged == ours.tree else commit(self.git, merged, tip, message, ours.time)

    def restore(self, tip: str, tree: str, message: str) -> str:
        """Make a commit on `tip` whose files are those of `tree`."""
        (ours,) = self.commits((tip,))
        return commit(self.git, tree, tip, message, ours.time)

    def changed(self, old: str, new: str) -> tuple[str, ...]:
        """Return the paths that differ."""
        said = self.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
        return tuple(path for path in said.split("\0") if path)

    def touched_since(self, sha: str, tip: str, paths: Sequence[str]) -> tuple[Commit, ...]:
        """Return the commits since `sha` that changed one of these paths, newest first."""
        return self._log("--no-merges", "--max-count=20", f"{sha}..{tip}", paths=paths)

    def diff(self, old: str, new: str) -> str:
        """Return what `git diff` shows."""
        return self.git("diff", "--no-ext-diff", "--no-textconv", "--no-color", old, new)

    def has_file(self, commit_sha: str, path: str) -> bool:
        """Whether a commit has this file."""
        return self.git.tried("cat-file", "-e", f"{commit_sha}:{path}")[0] == 0

    def create(self, branches: Mapping[str, str]) -> str:
        """Create branches where this history is written to; all or none. Returns git's complaint, "" for none."""
        return (self.remote or own(self.source, self.git)).create(branches)

    def delete(self, branch: str, sha: str) -> str:
        """Delete a branch that stands where it was put."""
        return (self.remote or own(self.source, self.git)).delete(branch, sha)

    def view(self, sha: str) -> Path:
        """Return a folder through which `sha` is exported, where gate.toml's folder is in the user's repository."""
        self.git("update-ref", f"refs/gate/{sha}", sha)
        root = self.git.folder.parent / "view"
        (root / self.source.prefix).mkdir(parents=True, exist_ok=True)
        (root / ".git").write_text(f"gitdir: {self.git.folder}\n")
        return root / self.source.prefix

    def _log(self, *words: str, paths: Sequence[str] = ()) -> tuple[Commit, ...]:
        said = self.git("log", "--no-show-signature", "--no-mailmap", f"--format={FIELDS}", *words, "--", *paths)
        fields = said.split("\0")
        return tuple(_commit(fields[start : start + 6]) for start in range(0, len(fields) - 6, 6))


def _commit(fields: Sequence[str]) -> Commit:
    sha, parents, tree, time, author, message = fields
    return Commit(
        sha=sha.strip(),
        parents=tuple(parents.split()),
        tree=tree,
        time=int(time),
        author=author,
        message=message.strip(),
    )


@contextmanager
def open_history(folder: Path, remote: str, *, push: bool) -> Iterator[GitHistory]:
    """Open the repository around `folder`. Raises VersionError, BrokenQuestionError."""
    source = open_source(folder)
    with workplace(source) as git:
        yield GitHistory(
            source=source,
            git=git,
            remote_name=remote,
            remote=connect(source, git, remote) if push else None,
        )


def address_of(folder: Path, remote: str) -> str:
    """Where a remote's name leads to."""
    return open_source(folder).address(remote)
