"""Where a rollback is proposed to people."""

from collections.abc import Sequence
from typing import Protocol

from gate.domain.rollback import Applied, PullRequest


class PullRequests(Protocol):
    """A repository's pull requests, labels and issues. Every method raises GateError where it cannot be asked."""

    def refusal(self) -> str:
        """Why a pull request may not be opened here with these credentials; "" where it may."""

    def of_branch(self, branch: str) -> Sequence[PullRequest]:
        """Find the pull requests of a branch in every state, the newest first."""

    def numbered(self, number: int) -> PullRequest:
        """Return a pull request with its commits."""

    def labels_on_culprits(self, shas: Sequence[str], label: str) -> Sequence[Applied]:
        """Say who put this label on the pull requests of these commits."""

    def labels_on_issues(self, label: str) -> Sequence[Applied]:
        """Say who put this label on open issues."""

    def keys_since(self, since: str) -> Sequence[str]:
        """Return the keys of the rollbacks proposed since a time (ISO 8601)."""

    def open(self, branch: str, target: str, title: str, body: str) -> PullRequest:
        """Open a pull request. It may have come to be even where this raises: look before asking again."""

    def issue(self, key: str, title: str, body: str) -> PullRequest:
        """Open an issue, or return the open one of this key."""

    def compare_link(self, target: str, branch: str) -> str:
        """Return the address where a person opens the pull request by hand."""
