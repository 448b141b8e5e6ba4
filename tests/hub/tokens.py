"""Tokens: who one acts as, and what it may do. Held to it as GitHub does, with GitHub's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.hub.exchange import Refused

ACTIONS_APP = 15368
"""The App behind every job's own token; check runs and statuses of a job carry it."""
LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}


SUBJECTS = frozenset(
    (
        *("actions", "administration", "checks", "contents", "deployments", "discussions", "environments", "id_token"),
        *("issues", "metadata", "packages", "pages", "pull_requests", "secrets", "security_events", "statuses"),
        *("variables", "workflows"),
    )
)


def spelt(permissions: Mapping[str, str]) -> dict[str, str]:
    """As the API spells them; ``pull-requests``, as workflows do, is understood, too."""
    plain = {name.replace("-", "_"): level for name, level in permissions.items()}
    unknown = set(plain) - SUBJECTS or set(plain.values()) - set(LEVELS)
    if unknown:
        raise ValueError(f"GitHub knows no permission {', '.join(sorted(unknown))}")
    return plain


class Kind(StrEnum):
    USER = "user"
    """A person's personal access token."""
    APP = "app"
    """An installation of a GitHub App."""
    ACTIONS = "actions"
    """The job's own token, GITHUB_TOKEN."""


@dataclass(frozen=True, kw_only=True)
class Token:
    name: str
    """What the log calls it; the secret itself is never logged."""
    secret: str
    login: str
    kind: Kind
    permissions: Mapping[str, str] = field(default_factory=dict)
    repositories: frozenset[str] | None = None
    """Full names it can reach; None for all of them."""
    app_id: int | None = None

    @property
    def is_app(self) -> bool:
        return self.kind is not Kind.USER

    def reaches(self, full_name: str) -> bool:
        return self.repositories is None or full_name in self.repositories

    def may(self, need: str) -> bool:
        subject, level = need.split(": ")
        held = self.permissions.get(subject, "read" if subject == "metadata" else "none")
        return LEVELS[held] >= LEVELS[level]

    def refusal(self) -> Refused:
        holder = "integration" if self.is_app else "personal access token"
        return Refused(403, f"Resource not accessible by {holder}")
