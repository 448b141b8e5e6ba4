"""A bare git repository, asked and changed by plumbing alone; nothing of the machine's configuration reaches it."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.hub.hooks import PRE_RECEIVE

ZERO = "0" * 40
CONFIG = """[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	logAllRefUpdates = false
[receive]
	hideRefs = refs/pull
	autogc = false
[gc]
	auto = 0
[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
"""
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x01"


class GitRefused(Exception):  # noqa: N818
    """git ended with an error; the text is its own."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str, str]
    """Name, e-mail, time."""
    committer: tuple[str, str, str]
    message: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One file between two trees."""

    status: str
    path: str
    previous: str | None
    sha: str
    additions: int
    deletions: int
    patch: str


@dataclass(frozen=True, kw_only=True)
class Node:
    """One entry of a tree."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


class Bare:
    """One repository's objects and refs."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def made(cls, path: Path, branch: str) -> "Bare":
        """An empty one, laid down without asking git: it is what ``git init --bare`` leaves."""
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "hooks", "info"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (path / "config").write_text(CONFIG)
        hook = path / "hooks" / "pre-receive"
        hook.write_text(PRE_RECEIVE)
        hook.chmod(0o755)
        return cls(path)

    def raw(
        self, *words: str, given: bytes = b"", fine: tuple[int, ...] = (0,), env: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *words],
            input=given,
            capture_output=True,
            check=False,
            env={**ENVIRONMENT, **(env or {})},
        )
        if done.returncode not in fine:
            raise GitRefused(
                done.stderr.decode(errors="replace").strip() or f"git {words[0]} ended with {done.returncode}"
            )
        return done.returncode, done.stdout

    def git(self, *words: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        return self.raw(*words, given=given, env=env)[1].decode(errors="surrogateescape").strip()

    # ------------------------------------------------------------------ refs

    def refs(self, *prefixes: str) -> dict[str, str]:
        """Full names to the objects they point at (a tag object, not its commit)."""
        lines = self.git("for-each-ref", "--format=%(objectname) %(refname)", *prefixes).splitlines()
        return {name: sha for sha, name in (line.split(" ", 1) for line in lines)}

    def sha_of(self, name: str) -> str | None:
        """The commit that a ref, tag or SHA means; None where there is none."""
        code, out = self.raw("rev-parse", "--verify", "-q", "--end-of-options", f"{name}^{{commit}}", fine=(0, 1, 128))
        lines = out.decode().split()
        return lines[-1] if code == 0 and lines else None

    def head(self, branch: str) -> str | None:
        return self.sha_of(f"refs/heads/{branch}")

    def kind_of(self, sha: str) -> str | None:
        code, out = self.raw("cat-file", "-t", sha, fine=(0, 1, 128))
        return out.decode().strip() if code == 0 else None

    def set_ref(self, name: str, new: str, old: str | None = None) -> None:
        """Atomic; ``old`` is what must be there (:data:`ZERO`: nothing), and GitRefused says it is not."""
        self.git("update-ref", name, new, *([old] if old is not None else []))

    def drop_ref(self, name: str) -> None:
        self.git("update-ref", "-d", name)

    # ------------------------------------------------------------------ commits

    def commits(self, *words: str) -> list[Commit]:
        """``git log`` with these words, parsed."""
        text = self.git("log", f"--format={COMMIT_FORMAT}", *words)
        return [_commit(part) for part in text.split("\x01") if part.strip()]

    def commit(self, sha: str) -> Commit:
        return self.commits("-1", "--no-walk", sha)[0]

    def merge_base(self, one: str, other: str) -> str | None:
        code, out = self.raw("merge-base", one, other, fine=(0, 1))
        return out.decode().split()[0] if code == 0 else None

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.raw("merge-base", "--is-ancestor", old, new, fine=(0, 1))[0] == 0

    def changes(self, old: str, new: str) -> list[Change]:
        """Files between two trees, with their patches."""
        raw = self.git("diff", "--raw", "-z", "--no-abbrev", "-M", old, new)
        counts = self.git("diff", "--numstat", "-z", "-M", old, new)
        patches = self.git("diff", "-M", "--no-ext-diff", old, new)
        return _changes(raw, counts, patches)

    # ------------------------------------------------------------------ trees and blobs

    def tree(self, treeish: str, *, recursive: bool = False) -> list[Node]:
        out = self.git("ls-tree", "-z", "-l", *(["-r", "-t"] if recursive else []), treeish)
        return [_node(part) for part in out.split("\0") if part]

    def at(self, treeish: str, path: str) -> Node | None:
        out = self.git("ls-tree", "-z", "-l", treeish, "--", path) if path else ""
        return _node(out.split("\0")[0]) if out else None

    def blob(self, sha: str) -> bytes:
        return self.raw("cat-file", "blob", sha)[1]

    def read(self, treeish: str, path: str) -> bytes | None:
        node = self.at(treeish, path)
        return self.blob(node.sha) if node and node.kind == "blob" else None

    # ------------------------------------------------------------------ making

    def merged_tree(self, ours: str, theirs: str) -> str | None:
        """Tree of a merge; None where it conflicts."""
        code, out = self.raw("merge-tree", "--write-tree", ours, theirs, fine=(0, 1))
        return out.decode().split()[0] if code == 0 else None

    def picked_tree(self, commit: Commit, onto: str) -> str | None:
        """Tree of ``commit`` replayed on ``onto``."""
        return self.carried_tree(self.tree_of(commit.parents[0]), commit.tree, onto)

    def carried_tree(self, old: str, new: str, onto: str) -> str | None:
        """The way from one tree to another, gone on ``onto``: a three-way merge; None where it conflicts."""
        base = self.commit_tree(old, (), "base")
        ours = self.commit_tree(self.tree_of(onto), (base,), "ours")
        theirs = self.commit_tree(new, (base,), "theirs")
        return self.merged_tree(ours, theirs)

    def tree_of(self, sha: str) -> str:
        return self.git("rev-parse", f"{sha}^{{tree}}")

    def written_tree(self, lines: Mapping[str, str]) -> str:
        """A tree of ``path -> "mode sha"``, through an index of its own."""
        given = "".join(f"{line}\t{path}\n" for path, line in lines.items()).encode()
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.git("update-index", "--add", "--index-info", given=given, env=env)
            return self.git("write-tree", env=env)

    def commit_tree(
        self,
        tree: str,
        parents: tuple[str, ...],
        message: str,
        author: tuple[str, str, str] | None = None,
        committer: tuple[str, str, str] | None = None,
    ) -> str:
        flags = [word for parent in parents for word in ("-p", parent)]
        return self.git(
            "commit-tree", tree, *flags, given=message.encode(), env=_identity(author or MAKER, committer or MAKER)
        )

    def write(
        self,
        ref: str,
        files: Mapping[str, str | bytes | None],
        message: str,
        parents: tuple[str, ...],
        who: tuple[str, str, int],
    ) -> str:
        """A commit on ``ref``: its first parent's files with these ones changed (None: removed)."""
        self.raw("fast-import", "--quiet", "--force", given=_stream(ref, files, message, parents, who))
        return self.git("rev-parse", ref)

    def take(self, other: "Bare", sha: str) -> None:
        """Have ``sha`` and what it needs here too."""
        if self.kind_of(sha) is None:
            self.git("fetch", "--quiet", "--no-tags", str(other.path), sha)


MAKER = ("GitHub", "noreply@github.com", "2026-01-01T00:00:00+00:00")


def _identity(author: tuple[str, str, str], committer: tuple[str, str, str]) -> dict[str, str]:
    return {
        f"GIT_{role}_{word}": value
        for role, who in (("AUTHOR", author), ("COMMITTER", committer))
        for word, value in zip(("NAME", "EMAIL", "DATE"), who, strict=True)
    }


def _stream(
    ref: str, files: Mapping[str, str | bytes | None], message: str, parents: tuple[str, ...], who: tuple[str, str, int]
) -> bytes:
    name, mail, when = who
    parts = [f"commit {ref}\ncommitter {name} <{mail}> {when} +0000\n".encode()]
    parts.append(b"data %d\n%s\n" % (len(message.encode()), message.encode()))
    parts += [f"{'merge' if place else 'from'} {parent}\n".encode() for place, parent in enumerate(parents)]
    for path, content in files.items():
        if content is None:
            parts.append(f"D {path}\n".encode())
            continue
        data = content.encode() if isinstance(content, str) else content
        parts.append(f"M 100644 inline {path}\n".encode() + b"data %d\n%s\n" % (len(data), data))
    return b"".join(parts)


def _commit(text: str) -> Commit:
    sha, tree, parents, *people, message = text.lstrip("\n").split("\0")
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=(people[0], people[1], people[2]),
        committer=(people[3], people[4], people[5]),
        message=message.strip("\n"),
    )


def _node(text: str) -> Node:
    described, path = text.split("\t", 1)
    mode, kind, sha, size = described.split()
    return Node(mode=mode, kind=kind, sha=sha, size=None if size == "-" else int(size), path=path)


WORDS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}


def _changes(raw: str, counts: str, patches: str) -> list[Change]:
    found, words, numbers = [], iter(raw.split("\0")), iter(counts.split("\0"))
    bodies = iter(patches.split("\ndiff --git ")) if patches else iter(())
    for head in words:
        if not head:
            break
        _, _, old, new, letter = head.split(" ")
        previous = next(words) if letter[0] in "RC" else None
        path = next(words)
        added, removed = _counted(numbers)
        body = next(bodies, "")
        found.append(
            Change(
                status=WORDS[letter[0]],
                path=path,
                previous=previous,
                sha=new if letter[0] != "D" else old,
                additions=added,
                deletions=removed,
                patch=body[body.index("\n@@") + 1 :] if "\n@@" in body else "",
            )
        )
    return found


def _counted(numbers: "object") -> tuple[int, int]:
    added, removed, path = next(numbers).split("\t")  # type: ignore[call-overload]
    if not path:  # a rename: its two names follow
        next(numbers), next(numbers)  # type: ignore[call-overload]
    return (0, 0) if added == "-" else (int(added), int(removed))
