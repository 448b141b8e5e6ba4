"""The whole of it behind one port: what publishing reads and writes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import BinaryIO

from gate.adapters.github import asking, writing
from gate.adapters.github.artifact import artifact
from gate.adapters.github.at_once import Standing, standing, swapped
from gate.adapters.github.client import Client
from gate.domain.publication import (
    Applied,
    Changes,
    Check,
    Comment,
    DeleteComment,
    Pull,
    Relabel,
    Run,
    SetStatus,
    WriteCheck,
    WriteComment,
)

Nearby = Callable[[str, str], str | None]
"""A file at a commit out of a clone at hand; None: it is not in that commit. LookupError: the commit is not there."""


class GitHubHost:
    """Implements the port CodeHost."""

    def __init__(self, client: Client, nearby: Nearby | None = None) -> None:
        self._client = client
        self._nearby = nearby
        self.repository = client.connection.repository
        self._came_along: dict[int, Standing] = {}
        """What was answered together with a pull request; each part is handed out once, because the next may differ."""

    def run(self, run_id: int) -> Run:
        """Return a run of a workflow."""
        return asking.run(self._client, run_id)

    def artifact(self, run: Run, name: str, most: int) -> AbstractContextManager[BinaryIO | None]:
        """Fetch a run's artifact of this name."""
        return artifact(self._client, run, name, most)

    def pulls_of(self, owner: str, branch: str) -> Sequence[Pull]:
        """Find the open pull requests from a branch."""
        found = standing(self._client, owner, branch)
        if found is None:
            return asking.pulls_of(self._client, owner, branch)
        self._came_along = {one.pull.number: one for one in found}
        return [one.pull for one in found]

    def pull(self, number: int) -> Pull:
        """Return a pull request."""
        return asking.pull(self._client, number)

    def changes(self, number: int) -> Changes:
        """List the files that a pull request touches."""
        known = self._came_along.get(number)
        if known is None or known.changes is None:
            return asking.changes(self._client, number)
        self._came_along[number] = replace(known, changes=None)
        return known.changes

    def changes_between(self, base: str, head: str) -> Changes:
        """List the files in which two commits differ."""
        return asking.changes_between(self._client, base, head)

    def file_at(self, sha: str, path: str) -> str | None:
        """Return a text file at a commit; None where it is not there."""
        if self._nearby is not None:
            with suppress(LookupError):
                return self._nearby(sha, path)
        return asking.file_at(self._client, sha, path)

    def comments(self, number: int) -> Sequence[Comment]:
        """List all comments, the oldest first."""
        known = self._came_along.get(number)
        if known is None or known.comments is None:
            return asking.comments(self._client, number)
        self._came_along[number] = replace(known, comments=None)
        return known.comments

    def checks(self, sha: str, name: str) -> Sequence[Check]:
        """List the check runs of this name on a commit, the oldest first."""
        return asking.checks(self._client, sha, name)

    def applied(self, number: int, label: str) -> Applied | None:
        """Say who put a label on last."""
        return asking.applied(self._client, number, label)

    def permission(self, login: str) -> str:
        """Say what somebody may do here."""
        return asking.permission(self._client, login)

    def set_status(self, action: SetStatus) -> None:
        """Set the commit status."""
        writing.set_status(self._client, action)

    def write_check(self, action: WriteCheck) -> int:
        """Make or take over the check run; its id."""
        return writing.write_check(self._client, action)

    def write_comment(self, action: WriteComment, author: str, mark: str) -> int:
        """Make or edit the comment; its id."""
        return writing.write_comment(self._client, action, author, mark)

    def delete_comment(self, action: DeleteComment) -> None:
        """Delete a comment."""
        writing.delete_comment(self._client, action)

    def relabel(self, action: Relabel) -> None:
        """Put labels on and take others off."""
        known = self._came_along.get(action.number)
        if known is None or not swapped(self._client, known, action):
            writing.relabel(self._client, action)
