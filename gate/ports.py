"""What the outside must offer. Usecases know these, and nothing of what stands behind them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from gate.domain.market import Bars, DataSet
from gate.domain.observation import Loading, Observations, Reading, Repeat, RunObservation, TimedRun
from gate.domain.plan import RunRequest, TurnRequest
from gate.domain.settings import DataSettings, ModelSettings, VersionSettings
from gate.domain.suite import Turn
from gate.domain.version import Role, Version


class Progress(Protocol):
    """Shows a person that long work goes on. Silent when nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage of `total` steps (None: not known)."""

    def step(self, note: str = "") -> None:
        """One step of the stage is done."""


class MarketData(Protocol):
    """Where bars come from."""

    def load(self, settings: DataSettings, folder: Path) -> DataSet:
        """Read and check every source; paths are relative to `folder`. Raises DataError naming row and date."""

    def simulate(self, bars: int, seed: int) -> Bars:
        """Return `bars` bars of the three-state simulator with their true regimes."""


class Versions(Protocol):
    """Where versions come from."""

    def prepare(
        self,
        asked: Mapping[Role, tuple[VersionSettings, ModelSettings]],
        folder: Path,
        note: Callable[[str], None],
    ) -> AbstractContextManager[dict[Role, Version]]:
        """Export refs and build environments; nothing of the user's checkout is touched.

        What was exported is gone when the context closes. Raises VersionError.
        """


class RunFailedError(Exception):
    """A timed run did not come to its end; the message is the model's, one line."""


class Runner(Protocol):
    """Who runs the models. A context: no process is left when it closes."""

    def load(self, requests: Sequence[RunRequest]) -> dict[Role, Loading]:
        """Import each version once."""

    def observe(
        self, requests: Sequence[RunRequest], jobs: int, done: Callable[[RunObservation], None]
    ) -> list[tuple[RunObservation, TimedRun | None]]:
        """Run all requests, `jobs` at once (0: one a core); answers in the order of the requests."""

    def measure(self, request: RunRequest, calls: int) -> tuple[Reading, Repeat]:
        """Time one version on the last window of `request`, alone on the machine. Raises RunFailedError."""

    def readings(self) -> dict[str, str]:
        """How CPU and memory are read here."""


class BenchmarkSuite(Protocol):
    """Who runs the user's own pytest-benchmark suite. No process of a turn is left when it is over."""

    def lacking(self, version: Version) -> str:
        """Return what the version's interpreter lacks of pytest and pytest-benchmark, in words; "" where nothing."""

    def turn(self, request: TurnRequest) -> Turn:
        """Run the suite once; whatever goes wrong is the turn's ending."""

    def sources(self, version: Version, files: Sequence[str]) -> dict[str, str]:
        """SHA-256 of each file with every conftest.py over it; "" where there is no such file under the root."""


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
