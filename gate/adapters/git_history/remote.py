"""What a remote holds, and the one push.

A push is never believed by its messages: the remote is read again. A branch is only ever created: the lease says that
it must not be there yet, so of twenty who push at once one wins, and the others see that and adopt it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gate.adapters.git_history.command import Git, GitFailedError, objection
from gate.adapters.git_history.source import Source
from gate.domain.rollback import Refs
from gate.errors import GateError

PUSH = ("push", "--quiet", "--no-verify", "--no-follow-tags", "--no-signed", "--no-recurse-submodules")
QUIET_RECEIVER = "git -c core.hooksPath=/dev/null -c receive.autogc=false receive-pack"
"""A server's hooks are the server's; those of the user's own clone are not started."""
HEADS, TAGS, REMOTES = "refs/heads/", "refs/tags/", "refs/remotes/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """A remote, reached as the user reaches it."""

    git: Git
    """In the private repository, with the user's proxies and credentials."""
    name: str
    address: str
    receive: tuple[str, ...] = ()
    """How the other side is started."""

    def refs(self) -> Refs:
        """Read its branches and tags. Raises GateError where it cannot be reached."""
        try:
            said = self.git("ls-remote", "--symref", "--", self.address, "HEAD", f"{HEADS}*", f"{TAGS}*")
        except GitFailedError as error:
            advice = "is it reachable? --no-push keeps the branch here, without a remote"
            raise GateError(f"the remote '{self.name}' cannot be read: {error.said}", advice) from error
        return refs_of(said.splitlines(), self.name)

    def fetch(self, sha: str) -> None:
        """Bring what is missing of a commit's history into the private repository."""
        words = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        self.git(*words, "--end-of-options", self.address, f"+{sha}:refs/gate/{sha}")

    def create(self, branches: Mapping[str, str]) -> str:
        """Create branches: all of them or none, and none that is there. Return git's complaint, "" for none."""
        leases = [f"--force-with-lease={HEADS}{name}:" for name in branches]
        specs = [f"{sha}:{HEADS}{name}" for name, sha in branches.items()]
        atomic = ["--atomic"] if len(branches) > 1 else []
        return self._push(*atomic, *leases, "--", self.address, *specs)

    def delete(self, name: str, sha: str) -> str:
        """Delete a branch that still stands where it was put."""
        return self._push(f"--force-with-lease={HEADS}{name}:{sha}", "--", self.address, f":{HEADS}{name}")

    def _push(self, *words: str) -> str:
        code, _, said = self.git.tried(*PUSH, *self.receive, *words)
        return "" if code == 0 else objection(said)


def connect(source: Source, git: Git, name: str) -> Remote:
    """Reach a remote by its name or address, with the settings that the user reaches it by."""
    address = source.address(name)
    reaching = replace(git, settings=source.transport(), transport=True)
    return Remote(git=reaching, name=name, address=address)


def own(source: Source, git: Git) -> Remote:
    """The user's own repository, as if it were a remote: where a branch is kept that is not pushed."""
    receive = (f"--receive-pack={QUIET_RECEIVER}",)
    return Remote(git=git, name="this repository", address=str(source.common), receive=receive)


def local_refs(source: Source, remote: str) -> Refs:
    """Return what this clone knows of the remote's branches, its own branches where there is none, and its tags."""
    words = ("for-each-ref", "--format=%(objectname) %(refname) %(*objectname) %(symref)")
    lines = [line.split(" ") for line in source.git(*words).splitlines()]
    branches, tags, default = {}, {}, None
    theirs = f"{REMOTES}{remote}/"
    for sha, name, peeled, symref in lines:
        if name == f"{theirs}HEAD":
            default = symref.removeprefix(theirs) or None
        elif name.startswith(TAGS):
            tags[name.removeprefix(TAGS)] = peeled or sha
        elif name.startswith(theirs):
            branches[name.removeprefix(theirs)] = sha
    ours = {name.removeprefix(HEADS): sha for sha, name, *_ in lines if name.startswith(HEADS)}
    if default is None:
        code, head, _ = source.git.tried("symbolic-ref", "--quiet", "HEAD")
        default = head.removeprefix(HEADS) if code == 0 else None
    return Refs(default=default, branches=ours | branches, tags=tags, where=f"this clone ({remote} was not asked)")


def refs_of(lines: list[str], where: str) -> Refs:
    """Read what ls-remote prints."""
    default, branches, tags = None, {}, {}
    for line in lines:
        sha, _, name = line.partition("\t")
        if sha.startswith("ref: "):
            if name != "HEAD":
                continue
            default = sha.removeprefix("ref: ").removeprefix(HEADS)
        elif name.startswith(HEADS):
            branches[name.removeprefix(HEADS)] = sha
        elif name.startswith(TAGS):
            tags[name.removeprefix(TAGS).removesuffix("^{}")] = sha  # the followed line comes after the tag's own
    return Refs(default=default, branches=branches, tags=tags, where=where)
