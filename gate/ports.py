"""What the outside must offer. Usecases know these, and nothing of what stands behind them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from gate.domain.market import Bars, DataSet
from gate.domain.observation import Loading, Observations, RunObservation, TimedRun
from gate.domain.plan import RunRequest
from gate.domain.settings import CalibrationSettings, DataSettings, ModelSettings, VersionSettings
from gate.domain.verdict import VerdictRecord
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
