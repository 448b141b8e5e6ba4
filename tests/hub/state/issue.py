"""Issues, and everything that hangs on their numbers; a pull request is an issue too."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Comment:
    id: int
    issue: int
    user: str
    body: str
    created_at: str
    updated_at: str
    app_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to an issue, and who did it."""

    id: int
    issue: int
    event: str
    actor: str
    created_at: str
    label: str | None = None
    commit_id: str | None = None


@dataclass(kw_only=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(kw_only=True)
class Issue:
    id: int
    number: int
    title: str
    user: str
    created_at: str
    updated_at: str
    body: str | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    locked: bool = False
    app_id: int | None = None
