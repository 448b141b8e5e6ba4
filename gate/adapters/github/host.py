"""The whole of it behind one port: what publishing reads and writes."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from gate.adapters.github import asking, writing
from gate.adapters.github.artifact import artifact
from gate.adapters.github.client import Client
from gate.domain.publication import (
    AddLabel,
    Applied,
    Changes,
    Check,
    Comment,
    DeleteComment,
    Pull,
    RemoveLabel,
    Run,
    SetStatus,
    WriteCheck,
    WriteComment,
)


class GitHubHost:
    """Implements the port CodeHost."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.repository = client.connection.repository

    def run(self, run_id: int) -> Run:
        """Return a run of a workflow."""
        return asking.run(self._client, run_id)

    def artifact(self, run_id: int, name: str, most: int) -> AbstractContextManager[BinaryIO | None]:
        """Fetch a run's artifact of this name."""
        return artifact(self._client, run_id, name, most)

    def pulls_of(self, owner: str, branch: str) -> Sequence[Pull]:
        """Find the open pull requests from a branch."""
        return asking.pulls_of(self._client, owner, branch)

    def pull(self, number: int) -> Pull:
        """Return a pull request."""
        return asking.pull(self._client, number)

    def changes(self, number: int) -> Changes:
        """List the files that a pull request touches."""
        return asking.changes(self._client, number)

    def changes_between(self, base: str, head: str) -> Changes:
        """List the files in which two commits differ."""
        return asking.changes_between(self._client, base, head)

    def file_at(self, sha: str, path: str) -> str | None:
        """Return a text file at a commit; None where it is not there."""
        return asking.file_at(self._client, sha, path)

    def comments(self, number: int) -> Sequence[Comment]:
        """List all comments, the oldest first."""
        return asking.comments(self._client, number)

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

    def add_label(self, action: AddLabel) -> None:
        """Put a label on."""
        writing.add_label(self._client, action)

    def remove_label(self, action: RemoveLabel) -> None:
        """Take a label off."""
        writing.remove_label(self._client, action)
