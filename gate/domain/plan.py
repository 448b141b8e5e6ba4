"""What the runner is asked to do: decided as data first, carried out after."""

from dataclasses import dataclass

from gate.domain.market import Bars
from gate.domain.sandbox import BY_LIMITS, Containment
from gate.domain.settings import BenchmarkSettings, ModelSettings, RunSettings
from gate.domain.version import Version


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowPlan:
    """Fit on train_start .. train_stop-1, predict train_stop .. test_stop-1; positions in the symbol's bars."""

    index: int
    train_start: int
    train_stop: int
    test_stop: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Plant:
    """A defect that a self-test puts into the model."""

    name: str
    size: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """One version x symbol x seed over its windows."""

    version: Version
    model: ModelSettings
    settings: RunSettings
    strategy: str | None
    bars: Bars
    seed: int
    windows: tuple[WindowPlan, ...]
    watch_memory: bool = False
    """Also sample memory over time, for the picture."""
    plant: Plant | None = None
    containment: Containment = BY_LIMITS


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnRequest:
    """One turn of the user's benchmark suite under one version."""

    version: Version
    settings: BenchmarkSettings
    only: tuple[str, ...] = ()
    """Node ids of the benchmarks that are still open; empty: the whole suite."""
    containment: Containment = BY_LIMITS
