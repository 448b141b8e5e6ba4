"""Self-test: would this gate, with these limits, on this data, catch these defects in this very model?

The candidate is held against itself: identical code must pass, and with a defect planted in it, it must not. The side
without a defect is observed once; each size of a defect is a run of the candidate's side alone.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from gate.domain.market import DataSet
from gate.domain.observation import Ending, Loading, Observations, RunObservation
from gate.domain.plan import Plant, RunRequest
from gate.domain.selftest import Caught, PlantKind, PlantResult, SelfTest, Tried
from gate.domain.settings import BenchmarkSettings, Settings
from gate.domain.verdict import Judgement, Outcome, Verdict
from gate.domain.version import Role, Version
from gate.errors import VersionError
from gate.judging.judge import Answer, Circumstances, judge_all
from gate.metrics.evidence import Evidence, is_simulated
from gate.usecases.observe import Observer, Question, markets_of, policy_sha256
from gate.usecases.plan import Asking, Plan, plan, quickened
from gate.usecases.sandbox import agree
from gate.usecases.timing import Timed, time_pairs

BEFORE_THE_MERGE = Circumstances()
PATIENCE, LEAST_TIMEOUT = 4.0, 2.0
"""A planted window may take so many times what the longest took without a defect, and at least so many seconds."""
QUICK_WINDOWS = 8
"""Windows a symbol in a hurry: in fewer, regimes that come late cannot be told from regimes that changed seldom."""
FAILURES_END = 1
"""Windows in a row that may die: one shows what there is to see."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """The model without a defect, on both sides."""

    plan: Plan
    observations: Observations
    answer: Answer
    settings: Settings

    def judgement(self, metric: str) -> Judgement | None:
        """What the control says of a metric."""
        return next((j for j in self.answer.judgements if j.metric == metric), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfTester:
    """Plants, observes and judges, through the observer's ports."""

    observer: Observer

    def test(self, question: Question, kinds: Sequence[PlantKind]) -> SelfTest:
        """Try every kind of defect. Raises BrokenQuestionError before anything is run."""
        started = time.monotonic()
        settings = against_itself(question)
        data = self.observer.market_data.load(settings.data, question.folder)
        simulated = self.observer.simulated(settings)
        asked = dict.fromkeys(Role, (settings.candidate, settings.candidate_model))
        agreed = agree(settings.sandbox, self.observer.sandbox, question.folder)
        self.observer.progress.stage("Preparing the candidate")
        with self.observer.versions.prepare(asked, question.folder, self.observer.progress.step) as versions:
            ask = Asking(versions=versions, settings=settings, folder=question.folder, containment=agreed.containment)
            whole = plan(settings, data, simulated, ask, quick=True)
            must_load(self.observer.runner.load([requests[0] for requests in whole.timed.values()]))
            control = self._control(whole, settings, data, versions)
            results = tuple(self._try(control, kinds, quick=question.quick))
        return SelfTest(
            control=control.answer.verdict,
            control_reason=control.answer.reason,
            results=results,
            quick=question.quick,
            seconds=round(time.monotonic() - started, 1),
            data_sha256=data.sha256,
            policy_sha256=policy_sha256(settings),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _control(self, whole: Plan, settings: Settings, data: DataSet, versions: Mapping[Role, Version]) -> Control:
        """Identical code on both sides."""
        progress = self.observer.progress
        progress.stage("Without a defect", len(whole.requests))
        runs = self.observer.runner.observe(
            whole.requests, settings.run.jobs, lambda run: progress.step(run.key.symbol)
        )
        timed = time_pairs(self.observer.runner, whole.timed, settings, progress)
        observed = [run for run, _ in runs]
        observations = Observations(
            versions=dict(versions),
            loading={role: Loading(ending=Ending.OK) for role in Role},
            markets=markets_of(observed, data, tuple(r.bars for r in whole.requests if is_simulated(r.bars.symbol))),
            runs=tuple(observed),
            pairs=tuple(timed.pairs),
            repeats=tuple(timed.repeats),
            timing_error=timed.error,
            quick=True,
        )
        answer = judge_all(Evidence.of(observations, settings), BEFORE_THE_MERGE)
        return Control(plan=whole, observations=observations, answer=answer, settings=settings)

    def _try(self, control: Control, kinds: Sequence[PlantKind], *, quick: bool) -> Iterator[PlantResult]:
        """Every kind at its gross size, side by side where nothing is timed; those caught go on to smaller ones."""
        tried: dict[str, list[Tried]] = {kind.name: [] for kind in kinds}
        spent: dict[str, float] = {}
        told = {kind.name: cannot_tell(kind, control) for kind in kinds}
        going = [kind for kind in kinds if not told[kind.name]]
        for step in range(1 if quick else max((len(kind.sizes) for kind in kinds), default=0)):
            going = [kind for kind in going if step < len(kind.sizes) and caught_so_far(tried[kind.name])]
            for kind, found, seconds in self._step(control, going, step):
                tried[kind.name].append(found)
                spent.setdefault(kind.name, seconds)
        for kind in kinds:
            yield result_of(kind, tried[kind.name], told[kind.name], spent.get(kind.name, 0.0))

    def _step(
        self, control: Control, kinds: Sequence[PlantKind], step: int
    ) -> Iterator[tuple[PlantKind, Tried, float]]:
        """One size of each kind."""
        patient = patience(control)
        asked = {
            kind.name: [
                planted(request, Plant(name=kind.name, size=kind.sizes[step]), patient, cold=kind.cold)
                for request in control.plan.requests
                if concerns(kind, request)
            ]
            for kind in kinds
        }
        started = time.monotonic()
        observed = self._observe([request for requests in asked.values() for request in requests], control.settings)
        shared = time.monotonic() - started
        for kind in kinds:
            runs = [observed.pop(0) for _ in asked[kind.name]]
            started = time.monotonic()
            timed = self._time(control, Plant(name=kind.name, size=kind.sizes[step])) if kind.timed else None
            answer = judged(control, runs, timed)
            seconds = shared / max(len(kinds), 1) + time.monotonic() - started
            yield kind, tried_of(kind, kind.sizes[step], answer), round(seconds, 1)

    def _observe(self, requests: list[RunRequest], settings: Settings) -> list[RunObservation]:
        self.observer.progress.stage("With a defect", len(requests))
        step = self.observer.progress.step
        runs = self.observer.runner.observe(
            requests, settings.run.jobs, lambda run: step(f"{run.key.symbol} {len(run.windows)}")
        )
        return [run for run, _ in runs]

    def _time(self, control: Control, plant: Plant) -> Timed:
        """Timed pairs, the candidate's side with the defect."""
        with_defect = tuple(replace(request, plant=plant) for request in control.plan.timed[Role.CANDIDATE])
        requests = {**control.plan.timed, Role.CANDIDATE: with_defect}
        return time_pairs(self.observer.runner, requests, control.settings, self.observer.progress)


def against_itself(question: Question) -> Settings:
    """The candidate on both sides, one seed; fewer windows in a hurry, but calibration all the same."""
    settings = question.settings
    asked = quickened(settings)[0] if question.quick else settings
    windows = min(settings.run.windows, QUICK_WINDOWS) if question.quick else settings.run.windows
    run = msgspec.structs.replace(asked.run, seeds=1, windows=windows)
    draws = msgspec.structs.replace(settings.calibration, draws=1 if question.quick else settings.calibration.draws)
    return msgspec.structs.replace(
        asked,
        run=run,
        calibration=draws,
        benchmarks=BenchmarkSettings(),  # no defect is planted into the user's own suite
        baseline=settings.candidate,
        baseline_model=settings.candidate_model,
    )


def must_load(loading: Mapping[Role, Loading]) -> None:
    """A candidate that does not load can be tested for nothing."""
    for loaded in loading.values():
        if loaded.ending is not Ending.OK:
            raise VersionError(f"the candidate does not load: {loaded.error}", "mend it, then test the gate on it")


def patience(control: Control) -> float:
    """Seconds that a window with a defect may take."""
    longest = max(run.wall_seconds / max(len(run.windows), 1) for run in control.observations.runs)
    return min(max(PATIENCE * longest, LEAST_TIMEOUT), control.settings.run.timeout)


def concerns(kind: PlantKind, request: RunRequest) -> bool:
    """Whether a run of the control is to be made again with the defect."""
    if request.version.role is not Role.CANDIDATE or is_simulated(request.bars.symbol) is not kind.simulated:
        return False
    if kind.timed and kind.metrics == ("cpu",):
        return False
    return request.watch_memory if kind.cold else True


def planted(request: RunRequest, plant: Plant, patient: float, *, cold: bool) -> RunRequest:
    """The run with a defect. Memory is read where it is asked for; else a run takes a version that is loaded."""
    settings = msgspec.structs.replace(request.settings, timeout=patient, give_up=FAILURES_END)
    if plant.name not in ("endless_fit", "crash"):
        settings = request.settings
    return replace(request, plant=plant, settings=settings, watch_memory=cold)


def judged(control: Control, runs: list[RunObservation], timed: Timed | None) -> Answer:
    """The control's observations, with the candidate's runs (and pairs) that bear the defect in place of its own."""
    made = {run.key: run for run in runs}
    known = control.observations
    observations = replace(
        known,
        runs=tuple(made.get(run.key, run) for run in known.runs),
        pairs=known.pairs if timed is None else tuple(timed.pairs),
        repeats=tuple(r for r in known.repeats if r.key.role is Role.BASELINE)
        if timed is None
        else tuple(timed.repeats),
        timing_error=known.timing_error if timed is None else timed.error,
    )
    return judge_all(Evidence.of(observations, control.settings), BEFORE_THE_MERGE)


def cannot_tell(kind: PlantKind, control: Control) -> str:
    """Why this defect cannot be tried on this model; "" where it can."""
    if kind.needs == "live" and not control.settings.candidate_model.live:
        return "the model has no live method in gate.toml ([model] live)"
    confidence = control.judgement("confidence")
    if kind.needs == "certainty" and (confidence is None or confidence.candidate is None):
        return "the model gives no confidence"
    if kind.simulated and not control.settings.calibration.enabled:
        return "[calibration] is off"
    metric = control.judgement(kind.metrics[0])
    if metric is None:
        return f"{kind.metrics[0]} does not apply to this model"
    if metric.outcome not in (Outcome.PASS, Outcome.WARN):
        return f"without the defect: {metric.sentence}"
    return ""


def caught_so_far(tried: list[Tried]) -> bool:
    """Smaller sizes are tried only while the larger were caught."""
    return all(one.outcome is Outcome.FAIL for one in tried)


def tried_of(kind: PlantKind, size: float, answer: Answer) -> Tried:
    """What the gate said to one size of a defect."""
    blocked = tuple(j.metric for j in answer.judgements if j.blocking and j.outcome is Outcome.FAIL)
    made_for = [j.outcome for j in answer.judgements if j.metric in kind.metrics]
    caught = any(metric in kind.metrics for metric in blocked)
    outcome = Outcome.FAIL if caught else next(iter(made_for), Outcome.NO_DATA)
    return Tried(size=size, outcome=outcome, verdict=answer.verdict, caught_by=blocked)


def result_of(kind: PlantKind, tried: list[Tried], told: str, seconds: float) -> PlantResult:
    """One line of the table."""
    caught = [one.size for one in tried if one.outcome is Outcome.FAIL]
    missed = [one.size for one in tried if one.outcome is not Outcome.FAIL]
    size = caught[-1] if caught else kind.sizes[0]
    return PlantResult(
        name=kind.name,
        metric=kind.metrics[0],
        caught=Caught.CANNOT_TELL if told else Caught.CAUGHT if caught else Caught.MISSED,
        tried=tuple(tried),
        smallest_caught=caught[-1] if caught else None,
        largest_missed=missed[0] if missed else None,
        words=told or kind.means.format(size=size),
        seconds=seconds,
    )


def verdict_of(found: SelfTest) -> Verdict:
    """PASS where identical code passes and every defect that could be planted was caught."""
    if found.control is not Verdict.PASS:
        return Verdict.INCONCLUSIVE
    return Verdict.BLOCK if found.missed else Verdict.PASS
