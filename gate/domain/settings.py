"""What a user may set in gate.toml, as frozen values. `gate.config` reads them, nobody changes them.

A field's docstring is its documentation; unknown keys are refused when the file is read.
"""

from typing import Any, Literal

import msgspec

from gate.domain.limit import Limit


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of gate.toml."""


class DataSettings(Section, frozen=True):
    """[data]: which bars both versions are run on."""

    sources: tuple[str, ...] = ("arch:sp500", "arch:nasdaq")
    """`arch:sp500`, `arch:nasdaq`, `skfolio:AAPL`, `simulated:SEED`, or paths (globs too) of CSV, Parquet, Feather."""
    start: str | None = None
    """First date used, ISO 8601."""
    end: str | None = None
    """Last date used, ISO 8601."""


class ModelSettings(Section, frozen=True):
    """[model]: how to build and call the model. [baseline] and [candidate] override any key."""

    factory: str = ""
    """`package.module:Class` (or a function that returns the model), inside the version's checkout."""
    kwargs: dict[str, Any] = {}
    seed: str | None = None
    """The keyword that takes the seed. Unset: `random_state` or `seed` where the factory has it. "": none."""
    input: Literal["features", "bars"] = "features"
    """"bars" = OHLCV DataFrame, "features" = float array (T, number of `features`), scaled on the training window."""
    features: tuple[str, ...] = ("log_return", "log_volatility")
    fit: str = "fit"
    """A method's name, or `module:function` called as f(input)."""
    predict: str = "predict"
    """A method's name, or `module:function` called as f(fitted, input)."""
    predict_proba: str | None = None
    """Unset: `predict_proba` or `predict_state_proba` where the model has it. "": none."""
    filter_proba: str | None = None
    """A causal posterior. Unset: `filter_proba` or `predict_proba_online` where the model has it. "": none."""
    live: str | None = None
    """The method that production calls at each bar; held against the causal path (`live_parity`)."""
    live_input: Literal["row", "tail"] = "row"
    """What the live method is given: the newest bar alone, or the last `context` bars."""
    adapter: str | None = None
    """`file.py:function` beside gate.toml; called with the built model, returns what the gate then calls.

    Without a factory it is called with `kwargs` and the seed, and builds the model out of the version's code itself.
    """
    columns: dict[str, str] = {}
    """Renames the columns of "bars" on the way in, e.g. { close = "Close" }."""
    date_column: str | None = None
    """Puts the time into a column of this name and numbers the rows (freqtrade's layout)."""
    strategy: str | None = None
    """A strategy function for this version alone, over [strategy] function."""
    states: tuple[int | str, ...] = ()
    """The labels that are valid. Unset: what the posterior and the training window show."""


class VersionSettings(Section, frozen=True):
    """[baseline], [candidate]: where one version lives."""

    ref: str | None = None
    """A git branch, tag or SHA. Unset: the checkout as it lies there."""
    path: str | None = None
    """The checkout or repository, relative to gate.toml. Unset: the folder of gate.toml."""
    environment: Literal["auto", "current", "isolated"] = "auto"
    """"auto": one of its own when the two versions' dependency files differ."""
    python: str | None = None
    """An interpreter to use as it is."""
    requirements: str | None = None
    """The dependency file, relative to the version's root. Unset: looked for."""


class RunSettings(Section, frozen=True):
    """[run]: windows, seeds and time limits."""

    train: int = 1000
    """Bars a fit sees."""
    test: int = 63
    """Bars predicted out of sample before the next fit."""
    windows: int = 20
    """Walk-forward windows a symbol, the newest ones."""
    seeds: int = 5
    """Seeds 0 .. n-1; more are taken where the windows are too few for the limits' floors."""
    context: int = 250
    """Bars handed to the model at each live call, the newest last."""
    timeout: float = 120.0
    """Seconds a window may take."""
    call_timeout: float = 10.0
    """Seconds one predict call may take."""
    give_up: int = 3
    """Windows in a row that may die before the rest of a run is given up."""
    jobs: int = 0
    """Processes at once for what is not timed; 0 = one a core."""


class StrategySettings(Section, frozen=True):
    """[strategy]: what turns regimes into positions, and how its return is counted."""

    function: str | None = None
    """`module:function` or `file.py:function`, (bars, regimes) -> positions in [-1, 1].

    Unset: long, and flat in the most volatile state.
    """
    cost: float = 0.0005
    """Cost of turning over the whole position once, as a fraction."""
    periods_per_year: float | None = None
    """Unset: from the median distance of the bars."""
    measure: Literal["sharpe", "total_return", "max_drawdown"] = "sharpe"


class TimingSettings(Section, frozen=True):
    """[timing]: the paired CPU measurement."""

    pairs_min: int = 3
    pairs_max: int = 16
    """Where the limits are not decided by then, the point estimate decides."""
    calls: int = 60
    """Live calls timed after each fit."""
    identical: int = 3
    """Pairs in which the baseline is timed twice: what identical code reads here stands beside the verdict."""


class CalibrationSettings(Section, frozen=True):
    """[calibration]: runs on simulated bars whose states are known."""

    enabled: bool = True
    draws: int = 6
    """Independent draws of the simulator, one fit and one seed each; how far they lie apart gives the interval."""
    bars: int = 200
    """Out-of-sample bars of each draw."""


class SandboxSettings(Section, frozen=True):
    """[sandbox]: how the code under test is held. Its caps are one process's, at every level."""

    level: Literal["required", "preferred", "off"] = "preferred"
    """"required": without a sandbox nothing runs. "preferred": where there is none, the report says so."""
    memory: float = 3.0
    """GiB of data that a process may have."""
    processes: int = 256
    """Processes and threads at once."""
    disk: float = 1.0
    """GiB that may be written, into /tmp and into any one file; what is written is gone afterwards."""
    read: tuple[str, ...] = ()
    """Further files and folders that may be read, relative to gate.toml (an editable install elsewhere, weights)."""


EVERY_BENCHMARK = "*"
"""The pattern whose limit holds for what no other names."""


class BenchmarkSettings(Section, frozen=True):
    """[benchmarks]: the user's own pytest-benchmark suite, run under both versions."""

    paths: tuple[str, ...] = ()
    """Files and folders of the suite, relative to the version's root. Empty: there is none."""
    timer: Literal["process", "perf"] = "process"
    """"process" = CPU time (time.process_time), "perf" = wall time (time.perf_counter)."""
    statistic: Literal["min", "median"] = "min"
    """What is compared of a turn's rounds."""
    pairs_min: int = 3
    pairs_max: int = 12
    """Turns of each version. Where a benchmark is not decided by then, the point estimate decides."""
    timeout: float = 120.0
    """Seconds a turn may take."""
    max_time: float = 0.1
    """Seconds of rounds a benchmark and turn: short, so that the two versions really take turns."""
    min_rounds: int = 3
    """Rounds a benchmark and turn at least, however long they take."""
    args: tuple[str, ...] = ()
    """Further arguments for pytest; addopts of the repository's own settings are not taken over."""
    limits: dict[str, Limit] = msgspec.field(
        default_factory=lambda: {EVERY_BENCHMARK: Limit(max_ratio=3.0, warn_ratio=1.25)}
    )
    """By benchmark: its name, its node id, or a pattern with `*` and `?`. The most specific holds."""


class Settings(Section, frozen=True):
    """The whole of gate.toml."""

    data: DataSettings = DataSettings()
    baseline: VersionSettings = VersionSettings()
    candidate: VersionSettings = VersionSettings()
    baseline_model: ModelSettings = ModelSettings()
    candidate_model: ModelSettings = ModelSettings()
    run: RunSettings = RunSettings()
    strategy: StrategySettings = StrategySettings()
    timing: TimingSettings = TimingSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    benchmarks: BenchmarkSettings = BenchmarkSettings()
    sandbox: SandboxSettings = SandboxSettings()
    limits: dict[str, Limit] = {}
    """Every metric's limit, the defaults with the user's changes."""
