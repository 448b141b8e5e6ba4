"""Where observations, verdicts and their pictures are laid down, and who draws them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self

from gate.domain.observation import Observations
from gate.domain.series import Series


class ObservationStore(Protocol):
    """Where observations are kept between observing and judging."""

    def write(self, observations: Observations, folder: Path) -> None:
        """Write all or nothing."""

    def read(self, folder: Path) -> Observations:
        """Read and check. Raises ObservationError."""

    def remove(self, folder: Path) -> None:
        """Remove stored observations; a folder that is not there, or holds anything else, is left alone."""


class ReportFolder(Protocol):
    """Where a verdict and its report are laid down."""

    def prepare(self, folder: Path) -> None:
        """Make sure now, before anything is run, that the folder can be written. Raises OutputError."""

    def write(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write each file whole or not at all; a verdict comes last."""


class Painters(Protocol):
    """Who draws the pictures. A context: no process is left when it closes."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(self, *_: object) -> None:
        """End what was started."""

    def get_ready(self) -> None:
        """A core has nothing to do: get ready to draw."""

    def draw(self, series: Series) -> dict[str, bytes]:
        """Every picture, by file name. Raises GateError."""
