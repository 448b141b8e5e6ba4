"""One commit measured against the good end: the gate's own observe and judge, or a pair of its own timed runs."""

import ast
import hashlib
import math
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from gate.domain.culprit import Commit, Evaluation, Said
from gate.domain.limit import Limit
from gate.domain.market import DataSet
from gate.domain.observation import Call, Ending, Loading, Observations, Pair, RunObservation
from gate.domain.plan import RunRequest
from gate.domain.settings import BenchmarkSettings, Settings
from gate.domain.version import Role
from gate.judging.judge import Circumstances, judge_all
from gate.metrics.evidence import Evidence
from gate.metrics.resources import CPU_PARTS, LEAST_SECONDS, WHOLE, log_ratios
from gate.metrics.suite import metric_of
from gate.ports import RunFailedError
from gate.ports.culprit import CommitHistory, Pairing
from gate.usecases.observe import Observer, Question
from gate.usecases.plan import Asking, quickened, symbols_of, windows_of
from gate.usecases.sandbox import agree

NOISY = {"cpu": CPU_PARTS, "import_cpu": ("imports",), "memory": ("model", WHOLE)}
"""Metrics that are decided by pairs, and the parts of which any may have moved."""
ORDER_SEED = 20_251_125
BEFORE_THE_MERGE = Circumstances()


class Silent:
    """Implements the port Progress for what goes on inside one evaluation."""

    def stage(self, name: str, total: int | None = None, seconds: float | None = None) -> None:
        """Say nothing."""

    def step(self, note: str = "") -> None:
        """Say nothing."""


@dataclass(kw_only=True, slots=True)
class GateEvaluator:
    """Implements `gate.ports.Evaluator` through the ports that `gate run` goes through."""

    observer: Observer
    history: CommitHistory
    asked: Question
    installed: Callable[[], str]
    """Names what this machine's interpreter has installed."""
    _data: list[DataSet] = field(default_factory=list)

    def question(self) -> str:
        """Name environment and data. The policy and the models are named by `policy`."""
        held = agree(self.asked.settings.sandbox, self.observer.sandbox, self.asked.folder)
        machine = {**self.observer.runner.readings(), **held.environment}
        return hashed([self.installed(), machine, self.data.sha256])

    def policy(self, metrics: Sequence[str] | None) -> str:
        """Name all the settings that are measured under, the two refs left out."""
        return hashed([without_refs(trimmed(self.asked.settings, metrics)), self.asked.quick])

    @property
    def data(self) -> DataSet:
        """The bars, read once."""
        if not self._data:
            self._data.append(self.observer.market_data.load(self.asked.settings.data, self.asked.folder))
        return self._data[0]

    def look(self, commit: Commit) -> str:
        """Why the commit does not parse, as far as this interpreter can say; "" where nothing shows."""
        if commit.blocked:
            return commit.blocked
        version = self.asked.settings.candidate
        if version.python is not None or version.environment == "isolated":
            return ""  # another interpreter may know another syntax
        names = files_named(self.asked.settings)
        folder = (self.asked.folder / (version.path or "")).resolve()
        problems = (problem(name, text) for name, text in self.history.sources(folder, commit, names).items())
        return next((said for said in problems if said), "")

    def evaluate(self, good: Commit, commit: Commit, metrics: Sequence[str] | None) -> Evaluation:
        """Observe and judge. Raises VersionError where a version cannot be prepared."""
        settings = at(trimmed(self.asked.settings, metrics), good, commit)
        question = Question(settings=settings, folder=self.asked.folder, quick=self.asked.quick)
        observations = self.observer.observe(question)
        judged = judge_all(Evidence.of(observations, settings), BEFORE_THE_MERGE)
        loaded = observations.loading[Role.CANDIDATE]
        return Evaluation(
            judgements=judged.judgements,
            untestable=loaded.error if loaded.ending in (Ending.RAISED, Ending.CRASHED) else "",
            timed_out=loaded.ending is Ending.TIMED_OUT or timed_out(observations),
        )

    def pair(self, commit: Commit, beside: Commit, metric: str, number: int) -> Pairing:
        """Load both anew, and time or weigh each once. Raises VersionError."""
        settings = at(trimmed(self.asked.settings, [metric]), beside, commit)
        if self.asked.quick:
            settings, _ = quickened(settings)
        asked = {
            Role.BASELINE: (settings.baseline, settings.baseline_model),
            Role.CANDIDATE: (settings.candidate, settings.candidate_model),
        }
        held = agree(settings.sandbox, self.observer.sandbox, self.asked.folder)
        symbols = symbols_of(self.data, quick=self.asked.quick)
        bars = symbols[number % len(symbols)]
        with self.observer.versions.prepare(asked, self.asked.folder, self.observer.progress.step) as versions:
            ask = Asking(versions=versions, settings=settings, folder=self.asked.folder, containment=held.containment)
            last = windows_of(bars, settings.run)[-1:]
            order = random.Random(ORDER_SEED + number).sample(list(asked), 2)  # noqa: S311 (which goes first)
            requests = {role: ask.for_run(role, bars, last, 0, watch=metric == "memory") for role in order}
            who = {Role.BASELINE: beside, Role.CANDIDATE: commit}
            for role, loaded in self.observer.runner.load(list(requests.values())).items():
                if loaded.ending is not Ending.OK:
                    return not_loaded(who[role], loaded)
            limit = settings.limits.get(metric, Limit())
            if metric == "memory":
                return self._weighed(requests, who, limit)
            return self._timed(requests, who, metric, limit)

    def _timed(
        self, requests: Mapping[Role, RunRequest], who: Mapping[Role, Commit], metric: str, limit: Limit
    ) -> Pairing:
        """CPU, by the port that the gate's own timing uses, in the order of the requests."""
        readings = {}
        for role, request in requests.items():
            try:
                readings[role] = self.observer.runner.measure(request, self.asked.settings.timing.calls)[0]
            except RunFailedError as error:
                return Pairing(failed=who[role], error=str(error))
        ours, theirs = readings[Role.BASELINE], readings[Role.CANDIDATE]
        if metric == "import_cpu":
            return Pairing(logs={"imports": log_ratio(theirs.imports, ours.imports, limit)})
        pair = Pair(symbol="", first=next(iter(requests)), baseline=ours, candidate=theirs)
        return Pairing(logs={part: float(log_ratios([pair], part, limit.floor or 0.0)[0]) for part in CPU_PARTS})

    def _weighed(self, requests: Mapping[Role, RunRequest], who: Mapping[Role, Commit], limit: Limit) -> Pairing:
        """Memory, each in a cold process, one after the other."""
        runs = self.observer.runner.observe(list(requests.values()), 1, lambda _: None)
        weights = {run.key.role: weight_of(run) for run, _ in runs}
        for role, weight in weights.items():
            if not weight:
                return Pairing(failed=who[role], error="its memory could not be read: the run did not end well")
        ours, theirs = weights[Role.BASELINE], weights[Role.CANDIDATE]
        return Pairing(logs={part: log_ratio(theirs[part], ours[part], limit) for part in NOISY["memory"]})


def log_ratio(theirs: float, ours: float, limit: Limit) -> float:
    """What is below the floor counts as the floor."""
    least = max(limit.floor or 0.0, LEAST_SECONDS)
    return math.log(max(theirs, least) / max(ours, least))


def weight_of(run: RunObservation) -> dict[str, float]:
    """The model's own peak and the whole process's; nothing where the run did not come to its end."""
    memory = run.memory
    if memory is None or any(window.fit.ending is not Ending.OK for window in run.windows):
        return {}
    peak = max(memory.fit_peak, memory.predict_peak)
    return {"model": float(peak - memory.rest), WHOLE: float(peak)}


def not_loaded(commit: Commit, loaded: Loading) -> Pairing:
    """A time-out is unknown; what does not import cannot be tested."""
    said = Said.UNKNOWN if loaded.ending is Ending.TIMED_OUT else Said.UNTESTABLE
    return Pairing(failed=commit, said=said, error=loaded.error)


def timed_out(observations: Observations) -> bool:
    """Something of the candidate ran out of time."""
    runs = [run for run in observations.runs if run.key.role is Role.CANDIDATE]
    phases = [(w.build, w.fit, w.batch, w.strategy) for run in runs for w in run.windows]
    if any(phase.ending is Ending.TIMED_OUT for four in phases for phase in four):
        return True
    return any((calls == Call.TIMED_OUT).any() for run in runs for calls in (run.call, run.live_call))


def at(settings: Settings, good: Commit, commit: Commit) -> Settings:
    """The candidate's settings on both sides, each at its commit."""
    replace = msgspec.structs.replace
    sides = {}
    for role, side in ((Role.BASELINE, good), (Role.CANDIDATE, commit)):
        version = replace(settings.candidate, ref=side.ref or side.sha)
        sides[role] = replace(version, path=side.folder) if side.folder else version
    return replace(
        settings,
        baseline=sides[Role.BASELINE],
        candidate=sides[Role.CANDIDATE],
        baseline_model=settings.candidate_model,
    )


def without_refs(settings: Settings) -> Settings:
    """What is measured, whoever it is and however many go on at once."""
    replace = msgspec.structs.replace
    version = replace(settings.candidate, ref=None)
    run, model = replace(settings.run, jobs=0), settings.candidate_model
    return replace(settings, baseline=version, candidate=version, baseline_model=model, run=run)


def trimmed(settings: Settings, metrics: Sequence[str] | None) -> Settings:
    """Leave out what these metrics do not need: the pairs of timing, calibration, the user's suite."""
    if metrics is None:
        return settings
    replace, limits = msgspec.structs.replace, dict(settings.limits)
    if "calibration" not in metrics:
        settings = replace(settings, calibration=replace(settings.calibration, enabled=False))
    if not any(metric_of(name) for name in metrics):
        settings = replace(settings, benchmarks=BenchmarkSettings())
    floor = limits["cpu"].floor if "cpu" in limits else None
    limits["cpu"] = Limit(blocking=False, floor=floor)  # nothing to decide: one pair shows whether answers repeat
    timing = replace(settings.timing, pairs_min=1, pairs_max=1, identical=0)
    return replace(settings, timing=timing, limits=limits)


def files_named(settings: Settings) -> list[str]:
    """The files that the model's module may lie in, with its packages' own."""
    model = settings.candidate_model
    modules = [name.partition(":")[0] for name in (model.factory, model.fit, model.predict) if ":" in name]
    files = []
    for module in (module for module in modules if not module.endswith(".py")):
        parts = module.split(".")
        files += ["/".join([*parts[:depth], "__init__.py"]) for depth in range(1, len(parts) + 1)]
        files.append("/".join(parts) + ".py")
    return list(dict.fromkeys(files))


def problem(name: str, text: bytes) -> str:
    """Why a file does not parse; "" where it does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, name, "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg} ({name}, line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {name} cannot be parsed"
    return ""


def hashed(told: object) -> str:
    """A name for values."""
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()
