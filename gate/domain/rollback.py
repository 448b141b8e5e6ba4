"""Taking back what was merged: the plan, why it has its level, what is lost by it, and how it ended."""

from enum import IntEnum, StrEnum

import msgspec

SCHEMA = 1


class Level(IntEnum):
    """How much goes back. The user's rollback strategy names them."""

    FEATURE = 1
    """The commits of one feature."""
    VERSION = 2
    """Everything that a version brought."""
    SYSTEM = 3
    """Everything since the last stable tag; only with a human's approval."""


class LevelReason(StrEnum):
    """Why a rollback has its level. Closed."""

    ASKED = "ASKED"
    """Somebody named the level."""
    PASSES_WITHOUT = "PASSES_WITHOUT"
    """The tree without these commits passes the gate."""
    NO_CULPRIT = "NO_CULPRIT"
    """Nobody knows which commits it was."""
    NO_VERSION = "NO_VERSION"
    """There is no merge that could be taken back whole."""
    NO_STABLE_TAG = "NO_STABLE_TAG"
    CONFLICTS = "CONFLICTS"
    """Later commits changed the same lines."""
    DOES_NOT_IMPORT = "DOES_NOT_IMPORT"
    """The reverted tree does not load: a later commit depends on what was taken out."""
    STILL_FAILS = "STILL_FAILS"
    NOT_SHOWN = "NOT_SHOWN"
    """The gate did not show that the reverted tree is well."""
    NOTHING_TO_DO = "NOTHING_TO_DO"
    """It is taken back already, and the gate still failed."""
    CULPRIT_IS_A_REVERT = "CULPRIT_IS_A_REVERT"
    UNTRIED = "UNTRIED"
    """Nothing was gated."""


class Ending(StrEnum):
    """How a rollback ended, and where it did not go ahead, why. Closed."""

    PLANNED = "PLANNED"
    """A dry run: nothing was written anywhere."""
    BRANCH_PUSHED = "BRANCH_PUSHED"
    KEPT_LOCALLY = "KEPT_LOCALLY"
    """The branch stands in the user's own repository, and was not pushed."""
    PULL_REQUEST_OPEN = "PULL_REQUEST_OPEN"
    ISSUE_OPENED = "ISSUE_OPENED"
    """Pull requests may not be opened here."""
    ALREADY_UNDONE = "ALREADY_UNDONE"
    ALREADY_MERGED = "ALREADY_MERGED"
    """Its pull request was merged before."""
    CLOSED_BY_HUMAN = "CLOSED_BY_HUMAN"
    """A person closed its pull request: that means no."""
    KILL_SWITCH = "KILL_SWITCH"
    OPTED_OUT = "OPTED_OUT"
    """A label on the culprit's pull request forbids it."""
    DAILY_CAP = "DAILY_CAP"
    TOO_OLD = "TOO_OLD"
    CULPRIT_IS_A_REVERT = "CULPRIT_IS_A_REVERT"
    CONFLICTS = "CONFLICTS"
    NO_EVIDENCE = "NO_EVIDENCE"
    """The verdict shows no breach that was confirmed in fresh processes."""
    NOTHING_PROPOSED = "NOTHING_PROPOSED"
    """No level can be applied."""
    NOT_APPROVED = "NOT_APPROVED"
    """Level 3 without a human's yes."""


DONE = frozenset(
    {
        Ending.PLANNED,
        Ending.BRANCH_PUSHED,
        Ending.KEPT_LOCALLY,
        Ending.PULL_REQUEST_OPEN,
        Ending.ISSUE_OPENED,
        Ending.ALREADY_UNDONE,
        Ending.ALREADY_MERGED,
    }
)
"""What was asked for stands, or stood already."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit as the plan needs it."""

    sha: str
    parents: tuple[str, ...]
    tree: str
    time: int
    """Of its committer, in seconds since 1970."""
    author: str
    message: str

    @property
    def subject(self) -> str:
        """The first line."""
        return self.message.partition("\n")[0]

    @property
    def named(self) -> str:
        """Short, for people."""
        return f'{self.sha[:12]} "{self.subject}"'


_MAIN = frozenset({"main", "master", "trunk"})


class Refs(msgspec.Struct, frozen=True, kw_only=True):
    """The branches and tags of a repository at one moment."""

    default: str | None
    """The branch that HEAD names."""
    branches: dict[str, str]
    tags: dict[str, str]
    """Name to commit; an annotated tag is followed."""
    where: str
    """For people: "origin", or "this clone (origin was not asked)"."""

    @property
    def main(self) -> str | None:
        """The branch that HEAD names; where that is not there (a new bare repository), the one it must be."""
        if self.default in self.branches:
            return self.default
        likely = [name for name in self.branches if name in _MAIN] or list(self.branches)
        return likely[0] if len(likely) == 1 else None

    @property
    def all(self) -> dict[str, str]:
        """Full name to commit."""
        branches = {f"refs/heads/{name}": sha for name, sha in self.branches.items()}
        return branches | {f"refs/tags/{name}": sha for name, sha in self.tags.items()}


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One commit that is taken back."""

    commit: Commit
    parent: str
    """What the tree goes back to: of a merge, the parent that is on the target branch."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rollback will do, before any of it is done."""

    schema: int = SCHEMA
    level: Level
    level_reason: LevelReason = LevelReason.ASKED
    target: str
    """The branch that is mended."""
    base: str
    """Its tip."""
    head: str
    """The tip of the branch that is pushed: base, with the commits taken back."""
    tree: str
    """What the files must be afterwards."""
    branch: str
    key: str
    """Names this rollback: two with the same key are one."""
    taken: tuple[Taken, ...] = ()
    """Newest first."""
    skipped: tuple[Commit, ...] = ()
    """Asked for, and undone already."""
    changed: tuple[str, ...] = ()
    """Paths that differ from the base."""
    lost: tuple[Commit, ...] = ()
    """Level 3: what the target had beyond the tag, hotfixes too."""
    tag: str = ""
    """Level 3: the stable tag."""
    tag_commit: str = ""
    deploy_branch: str = ""
    """Level 3: stands at the tag itself, the exact bits."""
    notes: tuple[str, ...] = ()

    @property
    def pushes(self) -> dict[str, str]:
        """Branch to commit: the only refs that may move."""
        deploy = {self.deploy_branch: self.tag_commit} if self.deploy_branch else {}
        return deploy | {self.branch: self.head}

    @property
    def is_empty(self) -> bool:
        """Everything is taken back already."""
        return self.head == self.base


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A label that somebody put on."""

    label: str
    place: str
    """For people: "issue #4", "pull request #12"."""
    by: str
    may_write: bool
    """Whoever put it on has write access: only then it is honoured."""


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request, or an issue, as the rollback needs it."""

    number: int
    url: str
    state: str
    """"open", "closed" or "merged"."""
    head: str = ""
    """The branch it comes from."""
    target: str = ""
    merge_commit: str = ""
    subjects: tuple[str, ...] = ()
    """First lines of its commits, oldest first."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a rollback is held back by."""

    daily_cap: int = 4
    """Rollbacks a day; more at once is a fault of something else."""
    max_age_days: int = 30
    """Older commits are no culprits of something new."""
    kill_switch_file: str = ".gate/no-rollback"
    """On the target branch: whoever may write there may switch off."""
    kill_switch_label: str = "gate:no-rollback"
    """On any open issue."""
    opt_out_label: str = "gate:keep"
    """On the culprit's pull request."""
    switched_off: str = ""
    """Where the environment says so: by which variable."""
    force: bool = False
    """A person decides against all of these; recorded."""


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """A data or state file at one moment."""

    path: str
    bytes: int | None
    """None: it is not there."""
    sha256: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or why it was not; kept as a file."""

    schema: int = SCHEMA
    at: str
    """UTC, ISO 8601."""
    ending: Ending
    sentence: str
    advice: str = ""
    plan: Plan | None = None
    reason: str = ""
    """Why, in the words of whoever asked."""
    incident: str = ""
    url: str = ""
    """Of the pull request, or of the issue."""
    adopted: bool = False
    """Somebody else's run had done it."""
    forced: bool = False
    refs_before: dict[str, str] = {}
    refs_after: dict[str, str] = {}
    fingerprints: tuple[Fingerprint, ...] = ()
    details: tuple[str, ...] = ()
    seconds: float = 0.0


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One level that was tried while looking for the smallest that helps."""

    level: Level
    reason: LevelReason
    sentence: str
    plan: Plan | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """The level that the gate proposes, and why not a smaller one."""

    schema: int = SCHEMA
    plan: Plan | None
    """None: no level can be proposed."""
    attempts: tuple[Attempt, ...]


class Shown(StrEnum):
    """What became of one question of a proof."""

    HOLDS = "HOLDS"
    BROKEN = "BROKEN"
    UNKNOWN = "UNKNOWN"
    """It was asked, and there is no answer: never a pass."""
    NOT_ASKED = "NOT_ASKED"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a proof, and its answer."""

    name: str
    shown: Shown
    sentence: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a rollback is what it must be."""

    schema: int = SCHEMA
    at: str = ""
    against: str
    """The commit that it is held against."""
    head: str
    """The rolled-back commit."""
    checks: tuple[Check, ...]

    @property
    def shown(self) -> Shown:
        """The worst of what was asked."""
        found = {check.shown for check in self.checks}
        return next((one for one in (Shown.BROKEN, Shown.UNKNOWN) if one in found), Shown.HOLDS)


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a drill."""

    level: Level
    target_minutes: tuple[int, int]
    """From the user's rollback strategy: from, to."""
    seconds: float
    """From the trigger to the verified branch."""
    shown: Shown
    sentence: str
    record: Record | None = None
    proof: Proof | None = None


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A dated rehearsal of all levels."""

    schema: int = SCHEMA
    at: str
    repository: str
    """Its folder's name."""
    target: str
    tip: str
    rehearsals: tuple[Rehearsal, ...]
    seconds: float
    untouched: bool
    """Refs and files of the user's repository are as they were."""

    @property
    def shown(self) -> Shown:
        """The worst of the levels; the strategy's thirty minutes hold for all of them together."""
        found = {one.shown for one in self.rehearsals}
        if Shown.BROKEN in found or not self.untouched or self.seconds > MOST_SECONDS:
            return Shown.BROKEN
        return Shown.UNKNOWN if Shown.UNKNOWN in found else Shown.HOLDS


MOST_SECONDS = 1800
"""Time to rollback: less than 30 minutes."""
TARGET_MINUTES = {Level.FEATURE: (5, 10), Level.VERSION: (15, 30), Level.SYSTEM: (30, 60)}
