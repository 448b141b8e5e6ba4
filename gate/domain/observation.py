"""The raw record of what the models did. Never a grade: the gate grades, and grades later.

Labels are kept as codes: `labels[code]` is what the model said, in the order in which a run first said it.
Code MISSING is no label. Nothing here is a Python object: arrays of numbers, and text that is only shown.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import msgspec
import numpy as np
import numpy.typing as npt

from gate.domain.market import Floats, Ints, Times
from gate.domain.origin import Origin
from gate.domain.shard import Shard
from gate.domain.suite import Suite
from gate.domain.version import Role, Version

SCHEMA = 1

MISSING = -1
"""The code of "no label"."""

TAIL = 10
"""Bars of the past whose labels are kept at each live call, to see whether they are repainted."""


class Call(IntEnum):
    """How one live call ended."""

    NOT_CALLED = 0
    OK = 1
    RAISED = 2
    TIMED_OUT = 3
    CRASHED = 4


class Ending(StrEnum):
    """How a phase (fit, batch prediction, strategy) of a window ended."""

    NOT_REACHED = "not reached"
    OK = "ok"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    NOT_OFFERED = "not offered"
    """The model has no such method, or none was asked for."""


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """One phase's ending, with the model's own words where it failed."""

    ending: Ending = Ending.NOT_REACHED
    error: str = ""
    """Exception and message, or signal; one line, capped, as hostile as the model."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What a fitted model shows of its fit; None = it does not show that."""

    finite: bool | None = None
    """Every fitted parameter is a number."""
    iterations: int | None = None
    max_iterations: int | None = None
    last_gain: float | None = None
    """Log-likelihood of the last iteration minus the one before; None when not a number."""
    tolerance: float | None = None
    restarts: int | None = None
    """How many starts the model chose from, where it says so (`n_init`, `n_restarts`, `restarts`)."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One walk-forward step. Bars are positions in the symbol's bars."""

    index: int
    train_start: int
    train_stop: int
    test_stop: int
    """Bars train_stop .. test_stop-1 are predicted out of sample."""
    build: Phase = Phase()
    fit: Phase = Phase()
    batch: Phase = Phase()
    strategy: Phase = Phase()
    diagnosis: Diagnosis = Diagnosis()
    call_errors: tuple[str, ...] = ()
    """The first few messages of live calls that raised."""
    mutated: bool = False
    """The model changed the bars it was given."""


class MemoryReading(msgspec.Struct, frozen=True, kw_only=True):
    """Resident memory of one cold process, in bytes, read from outside."""

    rest: int
    """After imports and data, before the model is built."""
    fit_peak: int
    predict_peak: int
    method: str
    """How it was read, e.g. "VmHWM, reset before each phase"."""


class RunKey(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Names one run."""

    role: Role
    symbol: str
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RunObservation:
    """One version x symbol x seed over its windows.

    T = out-of-sample bars, K = widest posterior, W = windows, C = labels, R = memory readings.
    """

    key: RunKey
    windows: tuple[Window, ...]
    labels: tuple[str, ...]
    numeric: bool
    """Every label is an integer (then `labels` are their decimal digits)."""
    bar: npt.NDArray[np.int32]
    """(T,) position in the symbol's bars."""
    window: npt.NDArray[np.int32]
    """(T,) index of the window that predicted this bar."""
    call: npt.NDArray[np.int8]
    """(T,) a `Call`."""
    rows: npt.NDArray[np.int32]
    """(T,) rows returned minus rows given at the live call; above 0 is a wrong length."""
    state: Ints
    """(T,) code of the causal label."""
    posterior: Floats
    """(T, K) causal posterior as handed out, padded with -inf to the right; K may be 0."""
    confidence: Floats
    """(T,) confidence as handed out where there is no posterior, else NaN."""
    tail: Ints
    """(T, TAIL) codes of the last TAIL labels of the same live call, newest last."""
    batch_state: Ints
    """(T,) code of the label that one batch call on the whole test window gave."""
    batch_confidence: Floats
    live_state: Ints
    """(T,) code of the model's own live method's label; all MISSING where none is configured."""
    live_call: npt.NDArray[np.int8]
    """(T,) a `Call` of the live method."""
    position: Floats
    """(T,) positions of the user's strategy; NaN where the default strategy is asked for."""
    train_count: npt.NDArray[np.int32]
    """(W, C) bars of the training window that the fitted model labels so."""
    train_volatility: Floats
    """(W, C) standard deviation of their log returns; NaN where there are none."""
    rss_calls: npt.NDArray[np.int32]
    """(R,) further calls made on the last fit when resident memory was read; one run a version does so."""
    rss_bytes: npt.NDArray[np.int64]
    """(R,) resident memory at that moment."""
    memory: MemoryReading | None = None
    cpu_seconds: float = 0.0
    """CPU of all its processes, imports included."""
    wall_seconds: float = 0.0
    unmeasured_live: str = ""
    """A public live method that the model has and nobody asked to be measured."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds of one timed process, read from outside at the borders between phases."""

    imports: float
    """Interpreter start and imports of this version; paid once where runs are forked."""
    fit: float
    predict: float
    calls: int


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Baseline and candidate timed one after the other on the same bars, in random order."""

    symbol: str
    first: Role
    baseline: Reading
    candidate: Reading
    again: Reading | None = None
    """The baseline once more: what identical code reads on this machine, in the same job."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat:
    """The first N live calls of one window, answered again in another process with the same seed."""

    key: RunKey
    window: int
    """Index of the window."""
    labels: tuple[str, ...]
    state: Ints
    """(N,) codes into `labels`."""
    confidence: Floats
    """(N,) largest posterior, or the confidence handed out."""


class TimedRun(msgspec.Struct, frozen=True, kw_only=True):
    """Memory over time of one run, for the picture."""

    role: Role
    seconds: tuple[float, ...]
    mebibytes: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """The part of a symbol's bars that the judge needs."""

    symbol: str
    time: Times
    close: Floats
    regimes: Ints | None = None


class Loading(msgspec.Struct, frozen=True, kw_only=True):
    """How importing and building a version went, before anything was run."""

    ending: Ending
    error: str = ""
    missing: bool = False
    """The factory's module or name does not exist (and nothing else went wrong)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observations:
    """All that was observed in one question: enough to judge again tomorrow without a model."""

    versions: dict[Role, Version]
    loading: dict[Role, Loading]
    markets: dict[str, Market]
    """By symbol; the simulated symbol carries its true regimes."""
    runs: tuple[RunObservation, ...]
    pairs: tuple[Pair, ...] = ()
    timing_error: str = ""
    """Why the paired measurement ended without pairs, or with fewer."""
    repeats: tuple[Repeat, ...] = ()
    memory_over_time: tuple[TimedRun, ...] = ()
    suite: Suite | None = None
    """The user's own benchmarks; None where none were asked for, or none could be compared."""
    data_sha256: str = ""
    data_sources: tuple[str, ...] = ()
    data_bars: int = 0
    settings_json: str = ""
    """The settings asked for, canonical JSON."""
    policy_sha256: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    quick: bool = False
    not_measured: tuple[str, ...] = ()
    wall_seconds: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""
    shard: Shard | None = None
    """The part of the question that this is; None: the whole. A part is never judged."""
    origin: Origin | None = None
    """The job that observed; None outside one."""
