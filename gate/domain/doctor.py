"""What is not right yet: findings, and what GitHub says of a repository's settings."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """How bad a finding is. Closed, from good to bad."""

    OK = "OK"
    WARNING = "WARNING"
    """The gate runs, but something that it relies on is not shown to be there."""
    BROKEN = "BROKEN"
    """The gate cannot answer anything like this."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the doctor's."""

    what: str
    """One or two words, the same in every run."""
    state: State
    sentence: str
    mend: str = ""
    """The command, or what to do where there is none; "" where nothing is to be mended."""


class RequiredCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check without which a branch does not move."""

    context: str
    app_id: int | None = None
    """The App that it must come from; None: anybody who may write a status."""


class Hosted(msgspec.Struct, frozen=True, kw_only=True):
    """A repository's settings at GitHub. None is what the token may not see."""

    repository: str
    branch: str
    page: str = ""
    """Where the repository is in a browser."""
    checks: tuple[RequiredCheck, ...] | None = None
    code_owner_review: bool | None = None
    """A pull request needs the approval of who owns what it touches."""
    may_open_pull_requests: bool | None = None
    """Workflows may, with the job's own token."""
    rollback_approved: bool | None = None
    """Somebody must say yes before a job of the environment `rollback` starts."""
    rollback_by_another: bool | None = None
    """And that is never who started it."""
