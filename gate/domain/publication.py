"""What is published about a pull request: the answer as data, and what GitHub knows that it hangs on."""

from datetime import datetime
from enum import StrEnum

import msgspec

from gate.domain.limit import Limit
from gate.domain.verdict import Verdict


class Cause(StrEnum):
    """Why the published verdict is what it is. Closed: a new cause is a new member."""

    JUDGED = "JUDGED"
    """The observations, judged under the base commit's policy."""
    OVERRIDDEN = "OVERRIDDEN"
    """Somebody with write access lets it pass."""
    POLICY_CHANGED = "POLICY_CHANGED"
    """The pull request touches what it is judged by."""
    TOO_MANY_FILES = "TOO_MANY_FILES"
    """GitHub lists no more files, so nobody knows whether the policy is touched."""
    NO_POLICY = "NO_POLICY"
    """The base commit has no policy that can be read."""
    QUICK = "QUICK"
    STALE = "STALE"
    """The pull request's head moved on."""
    NO_PULL_REQUEST = "NO_PULL_REQUEST"
    WRONG_RUN = "WRONG_RUN"
    """Not the workflow, the event or the repository whose word counts."""
    CANCELLED = "CANCELLED"
    RUN_FAILED = "RUN_FAILED"
    """The benchmark job died, whatever it left."""
    NO_ARTIFACT = "NO_ARTIFACT"
    DAMAGED_ARTIFACT = "DAMAGED_ARTIFACT"
    OTHER_RUN = "OTHER_RUN"
    """Observations of another run or repository."""
    OTHER_HEAD = "OTHER_HEAD"
    OTHER_BASE = "OTHER_BASE"
    OTHER_QUESTION = "OTHER_QUESTION"
    """Observed with other settings than the base commit's."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a workflow, as GitHub describes it."""

    id: int
    attempt: int
    path: str
    """The workflow's file."""
    event: str
    repository: str
    head_sha: str
    head_branch: str
    head_owner: str
    """Whose repository the head lies in: somebody else's where it is a fork."""
    status: str = "completed"
    conclusion: str = ""
    created_at: datetime
    url: str = ""


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """An open pull request."""

    number: int
    head_sha: str
    base_sha: str
    labels: tuple[str, ...] = ()


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a pull request touches."""

    paths: tuple[str, ...]
    """New and old names both, where a file is renamed."""
    complete: bool = True
    """False: there are more than GitHub lists."""


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment on a pull request."""

    id: int
    author: str
    body: str
    created_at: datetime


def same_name(one: str, other: str) -> bool:
    """Logins, labels and repositories: GitHub takes two spellings that differ in their case for one name."""
    return one.casefold() == other.casefold()


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check run of ours on a commit."""

    id: int
    external_id: str
    conclusion: str
    title: str
    summary: str = ""
    app: str = ""
    """The name of the App that wrote it; as a commenter it is called `NAME[bot]`."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """Who put a label on, and when."""

    label: str
    by: str
    at: datetime


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with write access lets this head pass."""

    by: str
    at: datetime
    why: str
    permission: str


class LimitChange(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of the policy, as it is and as the pull request would have it."""

    metric: str
    base: Limit | None
    head: Limit | None


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of its own rules a pull request touches."""

    touched: tuple[str, ...] = ()
    """Paths."""
    limits: tuple[LimitChange, ...] = ()
    others: tuple[str, ...] = ()
    """Other tables of the policy that would differ."""
    unreadable: str = ""
    """Why the pull request's own policy cannot be shown."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The published verdict, and why."""

    verdict: Verdict
    cause: Cause
    sentence: str
    """One sentence: what happened. May hold a stranger's words: escaped where it is shown."""
    advice: str
    override: Override | None = None
    policy: PolicyChange | None = None


class Stamp(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Which run of which attempt an answer is of: a later one is never overwritten by an earlier one."""

    run_id: int
    attempt: int


# ------------------------------------------------------------------ what is then done


class SetStatus(msgspec.Struct, frozen=True, kw_only=True, tag="set_status"):
    """The commit status: what the merge hangs on."""

    sha: str
    state: str
    context: str
    description: str
    target_url: str


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the model's file with a breach beside it."""

    path: str
    line: int
    level: str
    title: str
    message: str


class WriteCheck(msgspec.Struct, frozen=True, kw_only=True, tag="write_check"):
    """The check run: made, or taken over where there is one of ours."""

    sha: str
    name: str
    external_id: str
    conclusion: str
    title: str
    summary: str
    details_url: str
    annotations: tuple[Annotation, ...] = ()
    adopt: int | None = None
    """The id of ours that is there already."""


class WriteComment(msgspec.Struct, frozen=True, kw_only=True, tag="write_comment"):
    """The one comment: made, or edited in place."""

    number: int
    body: str
    edit: int | None = None


class DeleteComment(msgspec.Struct, frozen=True, kw_only=True, tag="delete_comment"):
    """A second comment of ours."""

    id: int


class Relabel(msgspec.Struct, frozen=True, kw_only=True, tag="relabel"):
    """The label that says the verdict on, those that say another off."""

    number: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


Action = SetStatus | WriteCheck | WriteComment | DeleteComment | Relabel
