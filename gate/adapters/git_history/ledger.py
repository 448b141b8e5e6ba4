"""The history as a branch of the repository, for a CI that has no database.

A file an entry, named by a hash of its uid: two who append at once change different files, and whoever comes second
fetches, begins again from what is there, and pushes again. Nothing is ever forced, and a push that failed is
not believed: the branch is read again. All of it happens in a private repository; the checkout is not touched, may be
shallow, and may be of another branch.
"""

import hashlib
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gate.adapters.git_history.command import Git, GitFailedError, complaint, objection
from gate.adapters.git_history.remote import HEADS, PUSH, Remote, connect, own
from gate.adapters.git_history.reverting import EMAIL, NAME
from gate.adapters.git_history.source import Source, open_source
from gate.adapters.git_history.workplace import workplace
from gate.domain.history import SCHEMA, Glance, Happened, Head, HistoryEntry, Shape, instant, newer, read, written
from gate.errors import BrokenQuestionError, GateError, OutputError

ABOUT = "gate-history.json"
"""At the branch's root: by it a history is known, and its schema."""
README = """\
# The gate's history

Every verdict, deployment and rollback, a file each; written by `gate`, read by `gate history` and `gate dashboard`.
Files are added, none is changed. Merge nothing into this branch, and this branch into nothing.
"""
NAMED = "[history] in gate.toml: url names the branch, remote where it lives (origin; . = this repository alone)"
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
            tip = place.fetched()
            if not tip:
                return []
            place.known(tip)
            return read(place.documents(), shape, self.named)

    def _appended(self, place: "Place", files: dict[str, bytes]) -> int:
        """Fetch, look, commit, push; from the beginning where somebody else was faster."""
        end, refused, wait = time.monotonic() + self.timeout, 0, 0.05
        before, added = "", 0
        while True:
            tip = place.fetched()
            missing = place.missing(tip, files)
            if not missing:
                return added
            refused = refused + 1 if added and tip == before else 0
            if refused >= REFUSED or time.monotonic() > end:
                raise self._failed(place.said or "others were always faster")
            before, added = tip, len(missing)
            if place.pushed(tip, missing):
                return added
            time.sleep(random.uniform(0, wait))  # noqa: S311  jitter
            wait = min(1.5 * wait, 0.5)

    @contextmanager
    def _place(self) -> Iterator["Place"]:
        source = self._source()
        with workplace(source, borrowing=False) as git:
            remote = self._connected(source, git)
            try:
                yield Place(git=git, remote=remote, branch=self.branch, named=self.named)
            except GitFailedError as error:
                raise self._failed(error.said) from None

    def _source(self) -> Source:
        try:
            return open_source(self.folder, shallow=True)
        except GateError as error:
            raise OutputError(f"no history on a branch: {error.message}", NAMED) from error

    def _connected(self, source: Source, git: Git) -> Remote:
        try:
            remote = own(source, git) if self.remote == "." else connect(source, git, self.remote)
        except BrokenQuestionError as error:
            raise OutputError(f"no history on a branch: {error.message}", NAMED) from error
        return replace(remote, git=replace(remote.git, seconds=self.timeout))

    def _failed(self, said: str) -> OutputError:
        return OutputError(
            f"the history on {self.named} cannot be used: {_anonymous(said)}",
            "may this job push there (contents: write)? [history] in gate.toml names branch and remote",
        )


@dataclass(kw_only=True, slots=True)
class Place:
    """A private repository with the branch's newest commit in it. Few commands: others are waiting to push."""

    git: Git
    remote: Remote
    branch: str
    named: str
    said: str = ""
    """Git's complaint about the last push; "" for none."""
    tries: int = 0

    def fetched(self) -> str:
        """Bring the branch's tip, and return its SHA; "" where there is no such branch yet."""
        words = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        spec = f"+{HEADS}{self.branch}:{OURS}"
        code, said = 0, ""
        for _ in range(3):  # it may be made, or moved on, between the two questions
            code, _, said = self.remote.git.tried(*words, "--end-of-options", self.remote.address, spec)
            if code == 0:
                return self.git("rev-parse", OURS)
            if not self._is_there():
                return ""
        raise GitFailedError(words, code, complaint(said))

    def _is_there(self) -> bool:
        """Whether the remote has the branch. Raises GitFailedError where it cannot be reached."""
        listed = self.remote.git("ls-remote", "--", self.remote.address, f"{HEADS}{self.branch}").splitlines()
        return any(line.partition("\t")[2] == f"{HEADS}{self.branch}" for line in listed)

    def missing(self, tip: str, files: dict[str, bytes]) -> dict[str, bytes]:
        """Return the files that the branch has not. Refuses a branch that is something else, or a newer gate's."""
        if not tip:
            return files
        asked = [f"{tip}:{path}" for path in (ABOUT, *files)]
        said = self.git("cat-file", "--batch-check=%(objecttype)", said="\n".join(asked).encode() + b"\n")
        about, *answers = said.splitlines()
        self.known(tip if about == "blob" else "")
        return {path: files[path] for path, answer in zip(files, answers, strict=True) if answer != "blob"}

    def known(self, tip: str) -> None:
        """Refuse a branch that is something else, or a newer gate's."""
        about = self.git.tried("cat-file", "blob", f"{tip}:{ABOUT}")[1] if tip else ""
        try:
            schema = msgspec.json.decode(about, type=Head).schema
        except msgspec.DecodeError as error:
            raise OutputError(
                f"{self.named} is no history: it has no {ABOUT}",
                "name a branch that nothing else uses: git:gate-history",
            ) from error
        if schema != SCHEMA:
            raise newer(self.named, schema)

    def pushed(self, tip: str, files: dict[str, bytes]) -> bool:
        """Make a commit on `tip` that adds these files, and push it; without force: who was faster has won."""
        self.tries += 1
        new = f"refs/gate/new{self.tries}"
        self.git("fast-import", "--quiet", "--date-format=raw", said=_stream(new, tip, files, int(time.time())))
        words = (*PUSH, *self.remote.receive, "--", self.remote.address, f"{new}:{HEADS}{self.branch}")
        code, _, said = self.remote.git.tried(*words)
        self.said = "" if code == 0 else objection(said)
        return code == 0

    def documents(self) -> list[bytes]:
        """Return every entry of the fetched commit."""
        listed = self.git("ls-tree", "-r", "--format=%(objectname) %(path)", OURS, "entries/")
        names = [sha for sha, _, path in (line.partition(" ") for line in listed.splitlines()) if FILE.fullmatch(path)]
        return list(_contents(self.git.bytes_of("cat-file", "--batch", said="\n".join(names).encode() + b"\n")))


def _stream(ref: str, tip: str, files: dict[str, bytes], now: int) -> bytes:
    """What `git fast-import` reads: one commit, by one process, however many files it adds."""
    many = len(files)
    message = f"gate: {many} {'entry' if many == 1 else 'entries'} of the history\n".encode()
    lines = [f"commit {ref}\ncommitter {NAME} <{EMAIL}> {now} +0000\n".encode(), _data(message)]
    if tip:
        lines.append(f"from {tip}\n".encode())
    else:
        files = {ABOUT: msgspec.json.encode(Head(uid="history")), "README.md": README.encode()} | files
    for path, content in files.items():
        lines += [f"M 100644 inline {path}\n".encode(), _data(content)]
    return b"".join(lines) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


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
    """One line that can be seen, without a name or token that an address carries."""
    return _CREDENTIALS.sub("//***@", "".join(one if one.isprintable() else " " for one in text))
