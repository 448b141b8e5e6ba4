"""Which runs answer the question: decided before anything is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.config import seeds_needed
from gate.domain.market import Bars, DataSet
from gate.domain.plan import RunRequest, WindowPlan
from gate.domain.settings import ModelSettings, RunSettings, Settings
from gate.domain.version import Role, Version
from gate.errors import DataError

WARM_UP = 22
"""Bars before the first training window, so that a 21-bar volatility has its past."""
QUICK_WINDOWS, QUICK_PAIRS, QUICK_SYMBOLS = 4, 2, 2


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
    timing = msgspec.structs.replace(settings.timing, pairs_min=1, pairs_max=QUICK_PAIRS)
    calibration = msgspec.structs.replace(settings.calibration, enabled=False)
    left_out = (
        f"quick: {run.windows} windows a symbol instead of {settings.run.windows}, one seed, at most {QUICK_SYMBOLS} symbols",
        f"quick: at most {QUICK_PAIRS} timed pairs",
        "quick: no calibration on simulated bars",
    )
    return msgspec.structs.replace(settings, run=run, timing=timing, calibration=calibration), left_out


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
    settings: Settings, data: DataSet, simulated: Bars | None, versions: Mapping[Role, Version], folder: Path, *, quick: bool
) -> Plan:
    """Every run of the question; roles alternate, so that neither always meets the busier machine."""
    symbols = list(data.symbols.values())[: QUICK_SYMBOLS if quick else None]
    windows = {bars.symbol: windows_of(bars, settings.run) for bars in symbols}
    seeds = settings.run.seeds if quick else seeds_for(settings, windows)
    jobs = [(bars, windows[bars.symbol], seed) for seed in range(seeds) for bars in symbols]
    if simulated is not None:
        jobs.append((simulated, simulated_windows(simulated, settings), 0))
    requests = [
        request(versions[role], model_of(settings, role), settings, folder, *job, watch=number == 0)
        for number, job in enumerate(jobs)
        for role in versions
    ]
    timed = {
        role: tuple(
            request(versions[role], model_of(settings, role), settings, folder, bars, windows[bars.symbol][-1:], 0)
            for bars in symbols
        )
        for role in versions
    }
    return Plan(requests=tuple(requests), timed=timed, seeds=seeds)


def seeds_for(settings: Settings, windows: Mapping[str, tuple[WindowPlan, ...]]) -> int:
    """As many seeds as the limits' floors of tries ask for."""
    trainings = sum(len(plans) for plans in windows.values())
    return seeds_needed(settings, trainings, trainings * settings.run.test)


def simulated_windows(bars: Bars, settings: Settings) -> tuple[WindowPlan, ...]:
    """One long window: calibration needs bars, not fits."""
    stop = len(bars)
    start = stop - settings.calibration.bars
    return (WindowPlan(index=0, train_start=start - settings.run.train, train_stop=start, test_stop=stop),)


def model_of(settings: Settings, role: Role) -> ModelSettings:
    """The model of a role."""
    return settings.baseline_model if role is Role.BASELINE else settings.candidate_model


def request(
    version: Version,
    model: ModelSettings,
    settings: Settings,
    folder: Path,
    bars: Bars,
    windows: tuple[WindowPlan, ...],
    seed: int,
    *,
    watch: bool = False,
) -> RunRequest:
    """One run, with what the user named by file found beside gate.toml."""
    adapter = beside(model.adapter, folder) if model.adapter else None
    return RunRequest(
        version=version,
        model=msgspec.structs.replace(model, adapter=adapter),
        settings=settings.run,
        strategy=beside(settings.strategy.function, folder) if settings.strategy.function else None,
        bars=bars,
        seed=seed,
        windows=windows,
        watch_memory=watch,
    )


def beside(name: str, folder: Path) -> str:
    """`file.py:function` with the file's whole path; `module:function` as it is."""
    place, _, attribute = name.rpartition(":")
    return f"{(folder / place).resolve()}:{attribute}" if place.endswith(".py") else name
