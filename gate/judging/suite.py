"""The user's own benchmarks, each held against its limit by its pairs; what is missing or failed is never a pass."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from gate.domain.limit import Limit
from gate.domain.metric import Measurement
from gate.domain.settings import EVERY_BENCHMARK, BenchmarkSettings
from gate.domain.suite import Sample, Suite, TurnEnding
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.domain.version import Role
from gate.judging.limits import Case, answer
from gate.judging.paired import judge_paired
from gate.judging.sequential import stand
from gate.metrics import suite as measured
from gate.metrics.evidence import Evidence

CHANGED = "its file or a conftest.py over it differs between the versions, so the question itself changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Without:
    """What else there may be to say where nothing was timed."""

    baseline: str
    """Why there is no baseline; "" where there is one."""
    excused: bool
    """It is the first version, and the user says so."""
    evidence_only: bool
    """After a merge a breach must be shown."""


def judge_suite(evidence: Evidence, without: Without) -> list[tuple[Limit, Judgement]]:
    """Each benchmark's judgement, with the limit as the policy has it; nothing where no suite is asked for."""
    settings = evidence.settings.benchmarks
    if not settings.paths:
        return []
    bench = _Bench(settings=settings, suite=evidence.observations.suite, without=without)
    return list(bench.judged())


def remarks(evidence: Evidence) -> list[str]:
    """What a reader should know of the suite that no benchmark says."""
    suite, settings = evidence.observations.suite, evidence.settings.benchmarks
    if suite is None:
        return []
    if not settings.paths:
        return ["Benchmarks: observed, but this policy asks for none"]
    idle = measured.idle_patterns(settings.limits, measured.known(suite))
    found = [f'Benchmarks: no benchmark is called "{pattern}" ([benchmarks.limits])' for pattern in idle]
    if files := sorted(measured.changed_sources(suite)):
        found.append(f"Benchmarks: asked otherwise than by the baseline, files differ ({', '.join(files)})")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bench:
    """One suite under one policy."""

    settings: BenchmarkSettings
    suite: Suite | None
    without: Without

    def judged(self) -> Iterator[tuple[Limit, Judgement]]:
        """The suite as a whole where it did not come to its end, then each benchmark."""
        suite = self.suite
        whole = self._not_run() if suite is None else self._whole(suite)
        if whole is not None:
            yield self._limit(), whole
        if suite is None or not any(measured.turns(suite, Role.BASELINE)):
            return
        names = measured.known(suite)
        labels = measured.labels(names)
        for fullname, name in names.items():
            limit = measured.limit_for(self.settings.limits, fullname, name)
            yield limit, self._one(suite, fullname, self._case(f"{measured.PREFIX}{labels[fullname]}", limit))
        for found, words in measured.other_failures(suite, names).items():
            limit = measured.limit_for(self.settings.limits, found, found.rpartition("::")[2])
            label = f"{found} (never timed)" if found in labels.values() else found
            yield limit, never_timed(self._case(f"{measured.PREFIX}{label}", limit), words)

    def _limit(self) -> Limit:
        """The limit of every benchmark: whether the suite as a whole blocks."""
        return self.settings.limits.get(EVERY_BENCHMARK, Limit(max_ratio=1.0))

    def _case(self, name: str, limit: Limit) -> Case:
        """A case without a value; `name` is the metric's."""
        return Case(
            metric=measured.named(name),
            limit=msgspec.structs.replace(limit, rule="evidence") if self.without.evidence_only else limit,
            candidate=Measurement(metric=name, role=Role.CANDIDATE, value=None),
            baseline=None,
        )

    def _not_run(self) -> Judgement:
        """No turn was taken at all."""
        case = self._case(measured.SUITE, self._limit())
        title = case.metric.title
        if self.without.excused:
            said = f"{title}: not compared, the candidate is the first version"
            return answer(case, Outcome.WARN, Reason.NO_BASELINE, said)
        if self.without.baseline:
            said = f"{title}: cannot be compared, {self.without.baseline}"
            return answer(case, Outcome.NO_DATA, Reason.NO_BASELINE, said)
        said = f"{title}: was not run"
        return answer(case, Outcome.NO_DATA, Reason.NO_OBSERVATION, said)

    def _whole(self, suite: Suite) -> Judgement | None:
        """The turn that broke the suite off, where one did: a death counts only where the baseline survives."""
        case, last = self._case(measured.SUITE, self._limit()), suite.pairs[-1] if suite.pairs else None
        if last is None:
            return answer(case, Outcome.NO_DATA, Reason.NO_OBSERVATION, f"{case.metric.title}: no turn was taken")
        ours, theirs = measured.trouble(last.baseline), measured.trouble(last.candidate)
        if ours:
            also = f"; under the candidate: {theirs}" if theirs else ""
            said = f"{case.metric.title}: broke off under the baseline: {ours}{also}"
            return answer(case, Outcome.NO_DATA, Reason.BASELINE_SICK, said)
        if last.candidate.ending in (TurnEnding.CRASHED, TurnEnding.NOT_STARTED):
            said = f"{case.metric.title}: breaks off under the candidate and not under the baseline: {theirs}"
            return answer(case, Outcome.FAIL, Reason.CRASHED, said)
        if theirs:
            said = f"{case.metric.title}: broke off under the candidate: {theirs}"
            return answer(case, Outcome.NO_DATA, Reason.NO_OBSERVATION, said)
        return None

    def _one(self, suite: Suite, fullname: str, case: Case) -> Judgement:
        """One benchmark that gave a time under either version."""
        old = fullname in measured.seen(suite, Role.BASELINE)
        failed = {role: words for role in Role if (words := measured.failed(suite, role, fullname)) is not None}
        if failed and (old or Role.BASELINE in failed):
            return failure(case, failed)
        if not old:
            return new(case, failed.get(Role.CANDIDATE))
        if lacking := incomparable(suite, fullname):
            return answer(case, Outcome.NO_DATA, Reason.NO_OBSERVATION, f"{case.metric.title}: {lacking}")
        judgement = self._timed(suite, case, measured.both(suite, fullname))
        if measured.source_of(fullname) in measured.changed_sources(suite):
            judgement = msgspec.structs.replace(judgement, sentence=f"{judgement.sentence}; {CHANGED}")
        return judgement

    def _timed(self, suite: Suite, case: Case, samples: list[tuple[Sample, Sample]]) -> Judgement:
        """By its pairs. One that was decided before the suite broke off lacks nothing."""
        which = self.settings.statistic
        values = [statistics.median(measured.seconds(pair[side], which) for pair in samples) for side in (0, 1)]
        baseline, candidate = (
            Measurement(metric=case.metric.name, role=role, value=value, n=len(samples))
            for role, value in zip(Role, values, strict=True)
        )
        logs = measured.log_ratios(samples, which, case.limit.floor)
        early = "" if decided(logs, case.limit, self.settings) else measured.ended_early(suite)
        return judge_paired(replace(case, baseline=baseline, candidate=candidate), logs, cut_short=early)


def decided(logs: Sequence[float], limit: Limit, settings: BenchmarkSettings) -> bool:
    """More turns could not change what is said; where both versions are below the floor there is nothing to say."""
    if len(logs) < settings.pairs_min:
        return False
    below = bool(limit.floor) and not any(logs)
    return below or stand(logs).settled(limit.max_ratio, limit.warn_ratio)


def incomparable(suite: Suite, fullname: str) -> str:
    """Why a benchmark of the baseline cannot be compared; "" where it can."""
    samples, gone = measured.both(suite, fullname), measured.lost(suite, fullname)
    if gone:
        where = "" if gone == len(suite.pairs) else f" in {gone} of {len(suite.pairs)} turns"
        return f"only in the baseline{where}; the candidate removed, renamed or skips it"
    if not samples:
        return f"no time to compare ({measured.ended_early(suite)})"
    clocks = measured.timers(samples)
    return f"timed with different clocks ({', '.join(sorted(clocks))})" if len(clocks) > 1 else ""


def failure(case: Case, failed: dict[Role, str]) -> Judgement:
    """A benchmark that failed; only the candidate's own failure is held against it."""
    title = case.metric.title
    words = next((said for said in reversed(failed.values()) if said), "no words")
    if Role.BASELINE not in failed:
        said = f"{title}: fails under the candidate and not under the baseline [{words}]"
        return answer(case, Outcome.FAIL, Reason.CRASHED, said)
    both = "both versions" if Role.CANDIDATE in failed else "the baseline"
    return answer(case, Outcome.NO_DATA, Reason.BASELINE_SICK, f"{title}: fails under {both} [{words}]")


def new(case: Case, failed: str | None) -> Judgement:
    """A benchmark that only the candidate has: for information."""
    advisory = replace(case, limit=Limit(blocking=False))
    if failed is None:
        said = f"{case.metric.title}: only in the candidate, not judged"
        return answer(advisory, Outcome.PASS, Reason.ADVISORY, said)
    said = f"{case.metric.title}: only in the candidate, not judged; it fails [{failed or 'no words'}]"
    return answer(advisory, Outcome.WARN, Reason.ADVISORY, said)


def never_timed(case: Case, words: dict[Role, str]) -> Judgement:
    """What fails and never gave a time: only the candidate's own is new."""
    return failure(case, words) if Role.BASELINE in words else new(case, words[Role.CANDIDATE])
