"""What publishing needs of the world: GitHub to read and to write, observations in an archive, the job around."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from gate.domain.observation import Observations
from gate.domain.origin import Origin
from gate.domain.publication import (
    Annotation,
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


class CodeHost(Protocol):
    """A repository at GitHub. Every method raises GitHubError where it gets no answer in time."""

    repository: str
    """owner/name"""

    def run(self, run_id: int) -> Run:
        """Return a run of a workflow."""

    def artifact(self, run: Run, name: str, most: int) -> AbstractContextManager[BinaryIO | None]:
        """Fetch a run's artifact of this name, a zip; None where there is none. Larger than `most` raises."""

    def pulls_of(self, owner: str, branch: str) -> Sequence[Pull]:
        """Find the open pull requests from a branch."""

    def pull(self, number: int) -> Pull:
        """Return a pull request."""

    def changes(self, number: int) -> Changes:
        """List the files that a pull request touches."""

    def changes_between(self, base: str, head: str) -> Changes:
        """List the files in which two commits differ."""

    def file_at(self, sha: str, path: str) -> str | None:
        """Return a text file at a commit; None where it is not there."""

    def comments(self, number: int) -> Sequence[Comment]:
        """List all comments, the oldest first."""

    def checks(self, sha: str, name: str) -> Sequence[Check]:
        """List the check runs of this name on a commit, the oldest first."""

    def applied(self, number: int, label: str) -> Applied | None:
        """Say who put a label on last."""

    def permission(self, login: str) -> str:
        """Say what somebody may do here: "admin", "write", "read" or "none"."""

    def set_status(self, action: SetStatus) -> None:
        """Set the commit status."""

    def write_check(self, action: WriteCheck) -> int:
        """Make or take over the check run; its id."""

    def write_comment(self, action: WriteComment, author: str, mark: str) -> int:
        """Make or edit the comment; its id. One that `author` made beside, beginning with `mark`, is edited instead."""

    def delete_comment(self, action: DeleteComment) -> None:
        """Delete a comment; one that is gone already is gone."""

    def relabel(self, action: Relabel) -> None:
        """Put labels on and take others off; what is on or off already stays so."""


class Archive(Protocol):
    """Reads observations out of an archive that a stranger packed."""

    def largest(self) -> int:
        """Bytes of archive that are read at most."""

    def unpacked(self, file: BinaryIO) -> Observations:
        """Read and check. Raises ObservationError."""

    def packed(self, path: Path) -> Observations:
        """Read a zip, or a folder that holds what one holds. Raises ObservationError."""


class Job(Protocol):
    """The job that this runs in, if it is one."""

    def event(self) -> tuple[str, dict[str, object]]:
        """Name and payload of what started the job; empty outside one."""

    def started_by(self) -> Run | None:
        """The run whose end started this job; None where the job was started by something else."""

    def origin(self) -> Origin | None:
        """What this job observes, for the record; None where it is no job of a pull request or merge group."""

    def url(self) -> str:
        """Where this job's log is read; "" outside a job."""

    def summary(self, markdown: str) -> None:
        """Show Markdown on the run's page."""

    def outputs(self, values: dict[str, str]) -> None:
        """Hand values to the job's later steps."""

    def annotate(self, annotations: Sequence[Annotation]) -> None:
        """Show lines with a breach beside them in the log."""
