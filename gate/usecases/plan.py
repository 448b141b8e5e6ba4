"""Which runs answer the question: decided before anything is run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.domain.market import Bars, DataSet
from gate.domain.plan import RunRequest, WindowPlan
from gate.domain.sandbox import BY_LIMITS, Containment
from gate.domain.settings import RunSettings, Settings
from gate.domain.shard import Shard
from gate.domain.version import Role, Version
from gate.errors import ConfigError, DataError
from gate.judging.tries import enough
from gate.metrics.registry import ENTRIES

WARM_UP = 22
"""Bars before the first training window, so that a 21-bar volatility has its past."""
MAX_SEEDS = 32
QUICK_WINDOWS, QUICK_PAIRS, QUICK_SYMBOLS = 4, 4, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The runs, in the order in which they are started."""

    requests: tuple[RunRequest, ...]
    timed: Mapping[Role, tuple[RunRequest, ...]]
    """One a symbol, their last window and first seed only."""
    seeds: int


def quickened(settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Settings for a first look, and what they leave out."""
    run = msgspec.structs.replace(settings.run, windows=min(settings.run.windows, QUICK_WINDOWS), seeds=1)
    timing = msgspec.structs.replace(settings.timing, pairs_min=2, pairs_max=QUICK_PAIRS)
    calibration = msgspec.structs.replace(settings.calibration, enabled=False)
    left_out = (
        f"quick: {run.windows} windows a symbol instead of {settings.run.windows}, one seed",
        f"quick: at most {QUICK_SYMBOLS} symbols",
        f"quick: at most {QUICK_PAIRS} timed pairs",
        "quick: no calibration on simulated bars",
    )
    settings = msgspec.structs.replace(settings, run=run, timing=timing, calibration=calibration)
    if not settings.benchmarks.paths:
        return settings, left_out
    suite = msgspec.structs.replace(settings.benchmarks, pairs_min=1, pairs_max=QUICK_PAIRS)
    turns = f"quick: at most {QUICK_PAIRS} turns of the benchmark suite"
    return msgspec.structs.replace(settings, benchmarks=suite), (*left_out, turns)


def windows_of(bars: Bars, run: RunSettings) -> tuple[WindowPlan, ...]:
    """The newest walk-forward windows, oldest first. Raises DataError where not even one fits."""
    room = len(bars) - WARM_UP - run.train
    count = min(run.windows, room // run.test) if room > 0 else 0
    if count < 1:
        raise DataError(
            f"{bars.symbol} has {len(bars)} bars; one window needs {WARM_UP + run.train + run.test} "
            f"({WARM_UP} warm-up + {run.train} train + {run.test} test)",
            "give more data, or make [run] train and test smaller",
        )
    first = len(bars) - count * run.test
    return tuple(
        WindowPlan(
            index=index,
            train_start=first + index * run.test - run.train,
            train_stop=first + index * run.test,
            test_stop=first + (index + 1) * run.test,
        )
        for index in range(count)
    )


def plan(
    settings: Settings,
    data: DataSet,
    simulated: tuple[Bars, ...],
    ask: "Asking",
    *,
    quick: bool,
    shard: Shard | None = None,
) -> Plan:
    """Every run of the question; roles alternate, so that neither always meets the busier machine.

    A shard runs what it has a share in, exactly as the whole would: seeds follow from all symbols, not from its own.
    """
    symbols = symbols_of(data, quick=quick)
    mine = shard.mine if shard else tuple(bars.symbol for bars in (*symbols, *simulated))
    windows, seeds = check_plan(settings, data, quick=quick)
    jobs = [(bars, windows[bars.symbol], seed) for seed in range(seeds) for bars in symbols]
    jobs += [(bars, simulated_windows(bars, settings), 0) for bars in simulated]
    requests = [
        ask.for_run(role, bars, plans, seed, watch=number == 0)
        for number, (bars, plans, seed) in enumerate(jobs)
        if bars.symbol in mine
        for role in ask.versions
    ]
    timed = {
        role: tuple(ask.for_run(role, bars, windows[bars.symbol][-1:], 0) for bars in symbols) for role in ask.versions
    }
    return Plan(requests=tuple(requests), timed=timed, seeds=seeds)


def share_of(shard: Shard, data: DataSet, simulated: tuple[Bars, ...], *, quick: bool) -> Shard:
    """The shard of this very question. Raises ConfigError where nothing is left for it."""
    symbols = tuple(bars.symbol for bars in (*symbols_of(data, quick=quick), *simulated))
    if shard.of > len(symbols):
        raise ConfigError(
            f"--shard {shard}: there are only {len(symbols)} symbols to share out, the simulated ones among them",
            f"share them out over at most {len(symbols)} jobs",
        )
    return msgspec.structs.replace(shard, symbols=symbols)


def symbols_of(data: DataSet, *, quick: bool) -> list[Bars]:
    """The symbols that are run."""
    return list(data.symbols.values())[: QUICK_SYMBOLS if quick else None]


def check_plan(settings: Settings, data: DataSet, *, quick: bool) -> tuple[dict[str, tuple[WindowPlan, ...]], int]:
    """Windows by symbol and the number of seeds. Raises BrokenQuestionError where the data can never answer."""
    windows = {bars.symbol: windows_of(bars, settings.run) for bars in symbols_of(data, quick=quick)}
    return windows, settings.run.seeds if quick else seeds_for(settings, windows)


def seeds_for(settings: Settings, windows: Mapping[str, tuple[WindowPlan, ...]]) -> int:
    """As many seeds as the limits' floors of tries ask for."""
    trainings = sum(len(plans) for plans in windows.values())
    return seeds_needed(settings, trainings, trainings * settings.run.test)


def seeds_needed(settings: Settings, windows: int, bars: int) -> int:
    """Seeds so that every floor of tries is met: `windows` trainings and `bars` predictions a seed. Raises ConfigError.

    59 trainings for 5%, 299 predictions for 1%: fewer could never pass, so it is answered before anything runs.
    """
    needed = settings.run.seeds
    for entry in ENTRIES:
        limit = settings.limits.get(entry.metric.name, entry.limit)
        if not entry.tries or limit.max is None or not limit.blocking:
            continue
        a_seed = windows if entry.metric.name == "training_failures" else bars
        seeds = math.ceil(enough(limit.max) / max(a_seed, 1))
        if seeds > MAX_SEEDS:
            raise ConfigError(
                f"{entry.metric.name} at most {limit.max:g} needs {enough(limit.max)} tries, "
                f"and a seed gives {a_seed}: more than {MAX_SEEDS} seeds",
                "give more data, more [run] windows, or a limit that so few tries can show",
            )
        needed = max(needed, seeds)
    return needed


def simulated_windows(bars: Bars, settings: Settings) -> tuple[WindowPlan, ...]:
    """One long window: calibration needs bars, not fits."""
    stop = len(bars)
    start = stop - settings.calibration.bars
    return (WindowPlan(index=0, train_start=start - settings.run.train, train_stop=start, test_stop=stop),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Makes the requests of one question."""

    versions: Mapping[Role, Version]
    settings: Settings
    folder: Path
    """Where gate.toml lies: files that the user names are found beside it."""
    containment: Containment = BY_LIMITS

    def for_run(
        self, role: Role, bars: Bars, windows: tuple[WindowPlan, ...], seed: int, *, watch: bool = False
    ) -> RunRequest:
        """One run."""
        settings = self.settings
        model = settings.baseline_model if role is Role.BASELINE else settings.candidate_model
        strategy = model.strategy or settings.strategy.function
        if model.adapter:
            model = msgspec.structs.replace(model, adapter=beside(model.adapter, self.folder))
        return RunRequest(
            version=self.versions[role],
            model=model,
            settings=settings.run,
            strategy=beside(strategy, self.folder) if strategy else None,
            bars=bars,
            seed=seed,
            windows=windows,
            watch_memory=watch,
            containment=self.containment,
        )


def beside(name: str, folder: Path) -> str:
    """`file.py:function` with the file's whole path; `module:function` as it is."""
    place, _, attribute = name.rpartition(":")
    return f"{(folder / place).resolve()}:{attribute}" if place.endswith(".py") else name
