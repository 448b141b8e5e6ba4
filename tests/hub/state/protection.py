"""What must hold before a branch moves."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RequiredCheck:
    context: str
    app_id: int | None = None
    """The App it must come from; None for anyone."""


@dataclass(frozen=True, kw_only=True)
class Protection:
    checks: tuple[RequiredCheck, ...] = ()
    strict: bool = False
    """The branch must be up to date with its base."""
    reviews: int | None = None
    """Approvals that a pull request needs; None where reviews are not asked for at all."""
    code_owners: bool = False
    dismiss_stale: bool = False
    enforce_admins: bool = True
    linear: bool = False
    force_pushes: bool = False
    deletions: bool = False


@dataclass(kw_only=True)
class Environment:
    id: int
    name: str
    reviewers: tuple[str, ...] = ()
    prevent_self_review: bool = False
