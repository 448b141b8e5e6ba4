"""Where the dashboard hears of the deployed strategy, and whether anything is new."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from gate.domain.live import Live


class LiveSource(Protocol):
    """The monitor's newest word."""

    def newest(self) -> Live | None:
        """Return it; None where no monitor has ever written one. Raises OutputError for one that is damaged."""


class Watch(Protocol):
    """Tells cheaply whether something may have changed."""

    def token(self) -> str:
        """Return another text than before if it may have. Raises OutputError where nobody can tell."""


class SiteFolder(Protocol):
    """Where the site is laid down."""

    def write(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write each file whole, in this order, then remove what an earlier site left. Raises OutputError.

        A folder that holds anything that no dashboard wrote is refused, and left as it is.
        """
