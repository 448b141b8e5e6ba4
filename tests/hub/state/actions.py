"""Workflows, their runs, and what those leave behind."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Workflow:
    id: int
    path: str
    name: str


@dataclass(kw_only=True)
class Artifact:
    id: int
    name: str
    content: bytes
    """The zip, byte for byte."""
    run_id: int
    created_at: str
    expired: bool = False
    size: int | None = None
    """What GitHub says it is; None: what it is."""


@dataclass(kw_only=True)
class Run:
    id: int
    number: int
    workflow: Workflow
    event: str
    head_branch: str
    head_sha: str
    head_repository: str
    actor: str
    created_at: str
    updated_at: str
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1
    path: str = ""
    pull_requests: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """A workflow that somebody asked to run."""

    workflow: str
    ref: str
    inputs: dict[str, Any]
    actor: str
