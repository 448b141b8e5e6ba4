"""What observing two versions needs of the world: data, versions, processes."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from gate.domain.market import Bars, DataSet
from gate.domain.observation import Loading, Reading, Repeat, RunObservation, TimedRun
from gate.domain.plan import RunRequest, TurnRequest
from gate.domain.sandbox import BY_LIMITS, Containment
from gate.domain.settings import DataSettings, ModelSettings, VersionSettings
from gate.domain.suite import Turn
from gate.domain.version import Role, Version


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

    def lacking(self, version: Version, containment: Containment = BY_LIMITS) -> str:
        """Return what the version's interpreter lacks of pytest and pytest-benchmark, in words; "" where nothing."""

    def turn(self, request: TurnRequest) -> Turn:
        """Run the suite once; whatever goes wrong is the turn's ending."""

    def sources(self, version: Version, files: Sequence[str]) -> dict[str, str]:
        """SHA-256 of each file with every conftest.py over it; "" where there is no such file under the root."""
