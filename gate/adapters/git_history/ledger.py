"""The history as a branch of the repository, for a CI that has no database.

A file an entry, named by a hash of its uid: two who append at once change different files, and whoever comes second
fetches, begins again from what is there, and pushes again. Nothing is ever forced, and a push is not believed by its
messages: the branch is read again. All of it happens in a private repository; the checkout is not touched, may be
shallow, and may be of another branch.
"""

import hashlib
import random
import re
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gate.adapters.git_history.command import Git, GitFailedError
from gate.adapters.git_history.remote import HEADS, PUSH, Remote, connect, own
from gate.adapters.git_history.reverting import signature
from gate.adapters.git_history.source import open_source
from gate.adapters.git_history.workplace import workplace
from gate.domain.history import SCHEMA, Glance, Happened, Head, HistoryEntry, Shape, instant, newer, read, written
from gate.errors import OutputError

ABOUT = "gate-history.json"
"""At the branch's root: by it a history is known, and its schema."""
README = """\
# The gate's history

Every verdict, deployment and rollback, a file each; written by `gate`, read by `gate history` and `gate dashboard`.
Files are added, none is changed. Merge nothing into this branch, and this branch into nothing.
"""
OURS = "refs/gate/history"
REFUSED = 5
"""Pushes that fail though nobody else pushed: then the remote does not want it."""
FILE = re.compile(r"entries/[0-9a-f]{2}/[0-9a-f]{38}\.json")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True, kw_only=True, slots=True)
class BranchLedger:
    """Implements the port Ledger."""

    folder: Path
    """In the user's repository."""
    branch: str = "gate-history"
    remote: str = "origin"
    """"." = this repository alone."""
    timeout: float = 60.0
    """Seconds after which an append that others always overtake is given up."""

    def append(self, entries: Iterable[HistoryEntry]) -> int:
        """Add what is not there yet, in one commit."""
        files = {path_of(one.uid): written(one) for one in entries}
        if not files:
            return 0
        with self._place() as place:
            return self._appended(place, files)

    def entries(
        self, *, kind: Happened | None = None, since: str = "", newest: int | None = None
    ) -> Sequence[HistoryEntry]:
        """Return what happened, the oldest first."""
        return _chosen(self._read(HistoryEntry), kind, since, newest)

    def glances(self, *, kind: Happened | None = None, since: str = "", newest: int | None = None) -> Sequence[Glance]:
        """Return the same without sentences and parts."""
        return _chosen(self._read(Glance), kind, since, newest)

    @property
    def named(self) -> str:
        """For people."""
        return f"branch '{self.branch}' of {'this repository' if self.remote == '.' else _anonymous(self.remote)}"

    def _read(self, shape: type[Shape]) -> list[Shape]:
        with self._place() as place:
            return read(place.documents(), shape, self.named) if place.fetched() else []

    def _appended(self, place: "Place", files: dict[str, bytes]) -> int:
        """Fetch, look, commit, push; from the beginning where somebody else was faster."""
        end, refused, waited = time.monotonic() + self.timeout, 0, 0.05
        before: str | None = None
        added: int | None = None
        while True:
            tip = place.fetched()
            missing = place.missing(tip, files)
            if not missing:
                return 0 if added is None else added
            refused = refused + 1 if added is not None and tip == before else 0
            added = len(missing) if added is None else added
            if refused >= REFUSED or time.monotonic() > end:
                raise self._failed(place.said or "others were always faster")
            before = tip
            place.push(place.committed(tip, missing))
            if place.said:
                time.sleep(random.uniform(0, waited))  # noqa: S311  jitter
                waited = min(waited * 1.5, 1.0)

    @contextmanager
    def _place(self) -> Iterator["Place"]:
        source = open_source(self.folder, shallow=True)
        with workplace(source, borrowing=False) as git:
            remote = own(source, git) if self.remote == "." else connect(source, git, self.remote)
            remote = replace(remote, git=replace(remote.git, seconds=self.timeout))
            try:
                yield Place(git=git, remote=remote, branch=self.branch, named=self.named)
            except GitFailedError as error:
                raise self._failed(error.said) from None

    def _failed(self, said: str) -> OutputError:
        return OutputError(
            f"the history on {self.named} cannot be used: {_anonymous(said)}",
            "may this job push there (contents: write)? [history] in gate.toml names branch and remote",
        )


@dataclass(kw_only=True, slots=True)
class Place:
    """A private repository with the branch's newest commit in it."""

    git: Git
    remote: Remote
    branch: str
    named: str
    said: str = ""
    """Git's complaint about the last push; "" for none."""

    def fetched(self) -> str | None:
        """Bring the branch's tip, and return it; None where there is no such branch yet."""
        name = f"{HEADS}{self.branch}"
        listed = self.remote.git("ls-remote", "--", self.remote.address, name)
        if not any(line.partition("\t")[2] == name for line in listed.splitlines()):
            return None
        words = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        self.remote.git(*words, "--end-of-options", self.remote.address, f"+{name}:{OURS}")
        tip = self.git("rev-parse", OURS)
        self._known(tip)
        return tip

    def _known(self, tip: str) -> None:
        """Refuse a branch that is something else, or a newer gate's."""
        code, about, _ = self.git.tried("cat-file", "blob", f"{tip}:{ABOUT}")
        try:
            schema = msgspec.json.decode(about, type=Head).schema if code == 0 else None
        except msgspec.DecodeError:
            schema = None
        if schema is None:
            raise OutputError(
                f"{self.named} is no history: it has no {ABOUT}",
                "name a branch that nothing else uses: git:gate-history",
            )
        if schema != SCHEMA:
            raise newer(self.named, schema)

    def missing(self, tip: str | None, files: dict[str, bytes]) -> dict[str, bytes]:
        """Return the files that the branch has not."""
        if tip is None:
            return files
        asked = "".join(f"{tip}:{path}\n" for path in files)
        answers = self.git("cat-file", "--batch-check=%(objecttype)", said=asked.encode()).splitlines()
        return {path: files[path] for path, answer in zip(files, answers, strict=True) if answer != "blob"}

    def committed(self, tip: str | None, files: dict[str, bytes]) -> str:
        """Make a commit on `tip` that adds these files, through an index of its own."""
        index = {"GIT_INDEX_FILE": str(self.git.folder / "gate-index")}
        self.git("read-tree", *([tip] if tip else ["--empty"]), variables=index)
        if tip is None:
            files = {ABOUT: msgspec.json.encode(Head(uid="history")), "README.md": README.encode()} | files
        lines = [f"100644 {sha}\t{path}" for path, sha in zip(files, self._blobs(files.values()), strict=True)]
        self.git("update-index", "--add", "--index-info", said="\n".join(lines).encode() + b"\n", variables=index)
        tree = self.git("write-tree", variables=index)
        parents = ["-p", tip] if tip else []
        many = len([path for path in files if FILE.fullmatch(path)])
        message = f"gate: {many} {'entry' if many == 1 else 'entries'} of the history\n"
        return self.git("commit-tree", *parents, "-F", "-", tree, said=message.encode(), variables=signature(_now()))

    def _blobs(self, contents: Collection[bytes]) -> list[str]:
        """Put contents into the private repository, all with one command."""
        folder = self.git.folder / "gate-new"
        folder.mkdir(exist_ok=True)
        paths = [folder / str(number) for number, _ in enumerate(contents)]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        said = "".join(f"{path}\n" for path in paths).encode()
        return self.git("hash-object", "-w", "--no-filters", "--stdin-paths", said=said).splitlines()

    def push(self, sha: str) -> None:
        """Push, without force: where somebody else was faster, git refuses."""
        words = (*PUSH, *self.remote.receive, "--", self.remote.address, f"{sha}:{HEADS}{self.branch}")
        code, _, said = self.remote.git.tried(*words)
        self.said = "" if code == 0 else (said.strip().splitlines() or ["git push failed"])[0]

    def documents(self) -> list[bytes]:
        """Return every entry of the fetched commit."""
        listed = self.git("ls-tree", "-r", "--format=%(objectname) %(path)", OURS, "entries/")
        names = [sha for sha, _, path in (line.partition(" ") for line in listed.splitlines()) if FILE.fullmatch(path)]
        return list(_contents(self.git.bytes_of("cat-file", "--batch", said="\n".join(names).encode() + b"\n")))


def _contents(batch: bytes) -> Iterator[bytes]:
    """Yield the contents out of `git cat-file --batch`: a line that ends with the size, so many bytes, a line's end."""
    start = 0
    while start < len(batch):
        end = batch.index(b"\n", start)
        size = int(batch[start:end].rsplit(b" ", 1)[1])
        yield batch[end + 1 : end + 1 + size]
        start = end + 2 + size


def path_of(uid: str) -> str:
    """Where an entry lies: by its name alone, so that it is found without reading."""
    found = hashlib.sha256(uid.encode()).hexdigest()[:40]
    return f"entries/{found[:2]}/{found[2:]}.json"


def _chosen(found: list[Shape], kind: Happened | None, since: str, newest: int | None) -> list[Shape]:
    """By time, and at the same time by name."""
    start = instant(since) if since else ""
    wanted = [(instant(one.at), one.uid, one) for one in found if kind is None or one.kind is kind]
    ordered = [one for at, _, one in sorted(wanted, key=lambda row: row[:2]) if at >= start]
    return ordered if newest is None else ordered[len(ordered) - min(newest, len(ordered)) :]


def _anonymous(text: str) -> str:
    return _CREDENTIALS.sub("//***@", text)


def _now() -> int:
    return int(time.time())
