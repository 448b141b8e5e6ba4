"""Observe: load data and versions, run the models, and bring home what they did."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from gate.domain.market import Bars, DataSet
from gate.domain.observation import (
    Ending,
    Loading,
    Market,
    Observations,
    RunObservation,
    TimedRun,
)
from gate.domain.origin import Origin
from gate.domain.settings import ModelSettings, SandboxSettings, Settings, VersionSettings
from gate.domain.shard import Shard
from gate.domain.suite import Suite
from gate.domain.version import Role, Version
from gate.errors import VersionError
from gate.metrics.evidence import SIMULATED
from gate.ports import BenchmarkSuite, MarketData, Progress, Runner, Sandbox, Versions
from gate.usecases.expected import expected_seconds
from gate.usecases.plan import WARM_UP, Asking, Plan, check_plan, plan, quickened, share_of
from gate.usecases.sandbox import Agreed, agree
from gate.usecases.suite import time_suite
from gate.usecases.timing import Timed, repeat_alone, time_pairs

SIMULATOR_SEED = 20_251_022
LAST_RUNS = 2
"""One that goes on, and one that waits for the same version: it cannot be shared out over the cores any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked: settings, where paths in them start, and how thorough."""

    settings: Settings
    folder: Path
    quick: bool = False
    first_version: bool = False
    shard: Shard | None = None
    """Observe this part only; the parts are merged before they are judged."""
    origin: Origin | None = None
    """The job that asks."""


@dataclass(slots=True)
class Clock:
    """Wall seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - started, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Observer:
    """The ports that observing goes through."""

    market_data: MarketData
    versions: Versions
    runner: Runner
    suite: BenchmarkSuite
    sandbox: Sandbox
    progress: Progress
    when_idle: Callable[[], None] = lambda: None
    """Called when so few runs are left that a core is about to have nothing to do."""

    def observe(self, question: Question) -> Observations:
        """Answer a question with observations. Raises BrokenQuestionError before anything is run."""
        clock = Clock()
        settings, left_out = quickened(question.settings) if question.quick else (question.settings, ())
        with clock.stage("data"):
            self.progress.stage("Reading market data")
            data = self.market_data.load(settings.data, question.folder)
            simulated = self.simulated(settings)
            check_plan(settings, data, quick=question.quick)
            shard = question.shard and share_of(question.shard, data, simulated, quick=question.quick)
        agreed = agree(settings.sandbox, self.sandbox, question.folder)
        self.progress.stage("Preparing the versions")
        started = time.monotonic()
        with self.versions.prepare(asked_for(question, settings), question.folder, self.progress.step) as versions:
            ask = Asking(versions=versions, settings=settings, folder=question.folder, containment=agreed.containment)
            whole = plan(settings, data, simulated, ask, quick=question.quick, shard=shard)
            loading = self.runner.load([requests[0] for requests in whole.timed.values()])
            refuse_missing(loading, settings)
            clock.seconds["versions"] = round(time.monotonic() - started, 3)
            timing = shard is None or shard.first  # on one machine, or no two pairs are alike
            suite = self._suite(versions, loading, settings, agreed, clock) if timing else None
            observed = self._run(whole, loading, settings, clock, timing=timing)
        return Observations(
            # Where a version lay on this machine is nobody's business tomorrow.
            versions={role: msgspec.structs.replace(version, root="", python="") for role, version in versions.items()},
            loading=observed.loading,
            markets=markets_of([run for run, _ in observed.runs], data, simulated),
            runs=tuple(run for run, _ in observed.runs),
            pairs=tuple(observed.timed.pairs),
            timing_error=observed.timed.error,
            repeats=tuple(observed.timed.repeats),
            memory_over_time=tuple(picture for _, picture in observed.runs if picture is not None),
            suite=suite,
            data_sha256=data.sha256,
            data_sources=data.sources,
            data_bars=data.bars,
            settings_json=msgspec.json.encode(settings, order="deterministic").decode(),
            policy_sha256=policy_sha256(settings),
            environment={**self.runner.readings(), **agreed.environment},
            quick=question.quick,
            not_measured=left_out,
            wall_seconds=clock.seconds,
            shard=shard,
            origin=question.origin,
        )

    def simulated(self, settings: Settings) -> tuple[Bars, ...]:
        """Draws of the simulator, on which it is known how often a model is right."""
        if not settings.calibration.enabled:
            return ()
        length = WARM_UP + settings.run.train + settings.calibration.bars
        return tuple(
            replace(self.market_data.simulate(length, SIMULATOR_SEED + draw), symbol=f"{SIMULATED}:{draw}")
            for draw in range(settings.calibration.draws)
        )

    def _suite(
        self,
        versions: Mapping[Role, Version],
        loading: Mapping[Role, Loading],
        settings: Settings,
        agreed: Agreed,
        clock: Clock,
    ) -> Suite | None:
        """The user's own benchmarks, alone on the machine and before the models: a broken suite is said at once."""
        loads = [role for role, loaded in loading.items() if loaded.ending is Ending.OK]
        if not settings.benchmarks.paths or len(loads) < len(Role):
            return None
        with clock.stage("benchmarks"):
            return time_suite(self.suite, versions, settings.benchmarks, self.progress, agreed.containment)

    def _run(
        self, whole: Plan, loading: Mapping[Role, Loading], settings: Settings, clock: Clock, *, timing: bool
    ) -> "Observed":
        """Run what loads: first the timed pairs alone, then everything side by side."""
        able = {role for role, loaded in loading.items() if loaded.ending is Ending.OK}
        if Role.CANDIDATE not in able:
            return Observed(loading=dict(loading))
        requests = [request for request in whole.requests if request.version.role in able]
        observed = Observed(loading=dict(loading))
        if timing:
            with clock.stage("timing"):
                observed.timed = self._time(whole, able, settings)
        with clock.stage("runs"):
            at_once = settings.run.jobs or int(self.runner.readings().get("cores", 1))
            seconds = expected_seconds(requests, observed.timed.pairs, at_once)
            self.progress.stage("Running the models", len(requests), seconds)
            observed.runs = self.runner.observe(requests, settings.run.jobs, self._counted(len(requests)))
        return observed

    def _counted(self, left: int) -> Callable[[RunObservation], None]:
        """Shows each run that is done, and counts down."""

        def done(run: RunObservation) -> None:
            nonlocal left
            left -= 1
            self.progress.step(run.key.symbol)
            if left == LAST_RUNS:
                self.when_idle()

        return done

    def _time(self, whole: Plan, able: set[Role], settings: Settings) -> Timed:
        """Pairs, where there are two to pair."""
        if len(able) == len(Role):
            return time_pairs(self.runner, whole.timed, settings, self.progress)
        return repeat_alone(self.runner, whole.timed[Role.CANDIDATE][0], settings)


def asked_for(question: Question, settings: Settings) -> dict[Role, tuple[VersionSettings, ModelSettings]]:
    """The versions that the question is about; the first version of all has no baseline."""
    asked = {
        Role.BASELINE: (settings.baseline, settings.baseline_model),
        Role.CANDIDATE: (settings.candidate, settings.candidate_model),
    }
    if question.first_version:
        del asked[Role.BASELINE]
    return asked


@dataclass(slots=True)
class Observed:
    """What has been brought home so far."""

    loading: dict[Role, Loading]
    runs: list[tuple[RunObservation, TimedRun | None]] = field(default_factory=list)
    timed: Timed = field(default_factory=Timed)


def refuse_missing(loading: Mapping[Role, Loading], settings: Settings) -> None:
    """A factory that is not there is a misspelt name, unless the other version has it: then it was taken out."""
    missing = {role: loaded for role, loaded in loading.items() if loaded.missing}
    named = {Role.BASELINE: settings.baseline_model, Role.CANDIDATE: settings.candidate_model}
    factories = {role: model.factory or model.adapter for role, model in named.items()}
    same = len(set(factories.values())) == 1
    if not missing or (same and len(missing) < len(loading)):
        return
    role, loaded = next(iter(missing.items()))
    if named[role].factory:
        kind, mend = (
            "factory",
            'name it as factory = "package.module:Class", as it is imported from the repository\'s root',
        )
    else:
        kind, mend = (
            "adapter",
            "it lies beside gate.toml; `gate init --factory package.module:Class` writes a draft of it",
        )
    raise VersionError(f"the {role}'s {kind} '{factories[role]}' is not there: {loaded.error}", mend)


def policy_sha256(settings: Settings) -> str:
    """Names the policy: limits and everything that decides how they are held, not the versions or the data."""
    decisive: dict[str, object] = {
        "limits": settings.limits,
        "run": settings.run,
        "strategy": settings.strategy,
        "timing": settings.timing,
        "calibration": settings.calibration,
    }
    if settings.benchmarks.paths:  # a suite that is not asked for is no policy
        decisive["benchmarks"] = settings.benchmarks
    if settings.sandbox != SandboxSettings():
        decisive["sandbox"] = settings.sandbox
    return hashlib.sha256(msgspec.json.encode(decisive, order="deterministic")).hexdigest()


def markets_of(runs: list[RunObservation], data: DataSet, simulated: tuple[Bars, ...]) -> dict[str, Market]:
    """The bars that some run saw, as the judge needs them."""
    used = {run.key.symbol for run in runs}
    seen = [*data.symbols.values(), *simulated]
    return {
        bars.symbol: Market(symbol=bars.symbol, time=bars.time, close=bars.close, regimes=bars.regimes)
        for bars in seen
        if bars.symbol in used
    }
