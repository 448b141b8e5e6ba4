"""What `gate publish` is asked."""

from dataclasses import dataclass
from pathlib import Path

from gate.domain.publication import Run

WORKFLOW = ".github/workflows/gate.yml"
ARTIFACT = "gate-observations"
AUTHOR = "github-actions[bot]"
"""As whom a job's own token comments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A run of the benchmark workflow; or, without one, a file and the pull request that it is said to be about."""

    run: Run | None = None
    file: Path | None = None
    number: int | None = None
    head: str = ""
    base: str = ""
    workflow: str = WORKFLOW
    """The only file whose runs count."""
    artifact: str = ARTIFACT
    config: str = ""
    """The policy's path in the repository; "" = gate.toml, else pyproject.toml."""
    author: str = AUTHOR
    context: str = "gate"
    """The status that the merge hangs on."""
    first_version: bool = False
    url: str = ""
    """Where the job that publishes is read."""

    @property
    def head_sha(self) -> str:
        """The commit that the status goes to."""
        return self.run.head_sha if self.run else self.head

    @property
    def link(self) -> str:
        """Where the details are."""
        return (self.run.url if self.run else "") or self.url
