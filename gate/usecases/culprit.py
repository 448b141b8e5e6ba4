"""Find the commit that moved a metric: ask what the step function asks for, and keep every answer in a log.

The log is keyed by what decides an answer (the content of the measured paths, environment, data, policy), never by a
SHA alone. A search that was killed is asked for again, and goes on where it was.
"""

import difflib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from gate.domain.culprit import (
    Commit,
    Culprits,
    Entry,
    Evaluation,
    Finding,
    Outcome,
    Reading,
    Said,
    Untestable,
    Why,
)
from gate.domain.numbers import RATIO, scaled
from gate.errors import BrokenQuestionError, VersionError
from gate.judging.culprit import ALPHA, Ambiguous, Answer, Ask, Found, Refused, Search, facts_of, step
from gate.judging.known import CRASHES, Known, Line, failing
from gate.judging.sequential import stand
from gate.metrics.registry import METRICS
from gate.metrics.suite import metric_of
from gate.ports import Progress
from gate.ports.culprit import CommitHistory, Evaluator, Journal, LineAsked
from gate.usecases.evaluating import NOISY, hashed

COMMAND = "gate rollback feature --commit {sha}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CulpritQuestion:
    """Between which commits, for which metrics (none: those that fail at the bad end), and what of the untestable."""

    line: LineAsked
    metrics: tuple[str, ...] = ()
    untestable: Untestable = Untestable.SKIP


@dataclass(frozen=True, kw_only=True, slots=True)
class CulpritFinder:
    """The ports that a search goes through."""

    history: CommitHistory
    journal: Journal
    evaluator: Evaluator
    progress: Progress

    def find(self, question: CulpritQuestion) -> Culprits:
        """Search, or go on searching. Raises BrokenQuestionError where the ends do not bear the question out."""
        check_metrics(question.metrics)
        started = time.monotonic()
        self.progress.stage("Reading the history")
        with self.history.line(question.line, self.progress.step) as commits:
            line = Line.of(commits)
            if commits[0].tree == commits[-1].tree:
                raise VersionError(
                    "nothing of what is measured differs between the good and the bad end",
                    "name other ends, or other measured files with --path",
                )
            log = Log(self, line, question)
            metrics = question.metrics or self._failing(log)
            log.measure_for(metrics)
            findings = tuple(self._search(log, metric, question) for metric in metrics)
        return Culprits(
            good=commits[0],
            bad=commits[-1],
            commits=len(commits) - 1,
            collapsed=len(commits) - 1 - line.count,
            after_revert=question.line.reverted,
            findings=findings,
            evaluated=log.evaluated,
            paired=log.paired,
            resumed=log.resumed,
            seconds=round(time.monotonic() - started, 1),
        )

    def _failing(self, log: "Log") -> tuple[str, ...]:
        """Both ends under every metric: those that fail at the bad end and not at the good one."""
        self.progress.stage("Evaluating both ends", 2)
        for position in (0, log.line.count):
            if not log.knows(position):
                log.ask(Ask(position=position), "")
            self.progress.step()
        known = log.known()
        evaluation = known.evaluations()[log.line.steps[-1].tree]
        metrics = tuple(failing(evaluation))
        if not metrics:
            raise BrokenQuestionError(
                "the bad end breaches no limit that the good end holds", "name the metric that moved with --metric"
            )
        return metrics

    def _search(self, log: "Log", metric: str, question: CulpritQuestion) -> Finding:
        """Ask until there is an answer for one metric."""
        search = Search(count=log.line.count, noisy=metric in NOISY, untestable=question.untestable)
        self.progress.stage(f"Searching: {metric}", None if search.noisy else most_evaluations(search.count))
        while isinstance(found := step(search, log.answers(metric)), Ask):
            commit = log.line.steps[found.position]
            log.ask(found, metric)
            self.progress.step(f"{commit.sha[:10]} {commit.subject[:40]}")
        match found:
            case Found():
                return found_finding(found, log, metric)
            case Ambiguous():
                return open_finding(log, metric, found.positions, found.why)
            case Refused(why=Why.ENDS_TOO_CLOSE):
                return open_finding(log, metric, tuple(range(1, log.line.count + 1)), found.why)
            case Refused():
                raise refusal(found, log, metric)
            case _:  # pragma: no cover
                assert_never(found)


def most_evaluations(count: int) -> int:
    """Halving, and both ends."""
    return math.ceil(math.log2(count)) + 2


@dataclass(slots=True)
class Log:
    """What is known of a line, kept as it is learned."""

    finder: CulpritFinder
    line: Line
    question: CulpritQuestion
    name: str = field(init=False)
    policies: tuple[str, ...] = field(init=False)
    """The policy that is measured under, and the one that covers it."""
    metrics: tuple[str, ...] | None = field(init=False)
    entries: list[Entry] = field(init=False)
    broken: dict[str, str] = field(default_factory=dict)
    """Trees that could not be prepared today, and why: not kept, tomorrow they may."""
    resumed: int = field(init=False)
    evaluated: int = 0
    paired: int = 0

    def __post_init__(self) -> None:
        """Read what was learned before."""
        evaluator = self.finder.evaluator
        self.name = hashed([evaluator.question(), self.line.steps[0].tree])
        self.metrics, self.policies = None, (evaluator.policy(None),)
        if self.question.metrics:
            self.measure_for(self.question.metrics)
        self.entries = self.finder.journal.read(self.name)
        self.resumed = sum(bool(self.line.positions(entry.tree)) for entry in self._ours())

    def measure_for(self, metrics: Sequence[str]) -> None:
        """From now on only what these metrics need is measured."""
        evaluator = self.finder.evaluator
        self.metrics = tuple(metrics)
        self.policies = (evaluator.policy(self.metrics), evaluator.policy(None))

    def known(self) -> Known:
        """All that is known so far."""
        return Known(line=self.line, entries=self._ours(), broken=self.broken)

    def answers(self, metric: str) -> Sequence[Answer]:
        """What is known so far of one metric."""
        known = self.known()
        return known.pairs(metric, NOISY[metric]) if metric in NOISY else known.answers(metric)

    def knows(self, position: int) -> bool:
        """It has been evaluated, or seen to be untestable."""
        tree = self.line.steps[position].tree
        return tree in self.known().evaluations()

    def ask(self, asked: Ask, metric: str) -> None:
        """Learn what is asked for: by a look if that is enough, else by measuring."""
        commit, beside = self.line.steps[asked.position], self.line.steps[asked.beside]
        if self._looks_broken(commit) or (metric in NOISY and self._looks_broken(beside)):
            return
        try:
            if metric in NOISY:
                self._pair(commit, beside, metric)
            else:
                self._evaluate(commit)
        except VersionError as error:
            if asked.position in (0, self.line.count):
                raise
            self.broken[commit.tree] = error.message

    def _looks_broken(self, commit: Commit) -> bool:
        """A look costs nothing. What it says of a commit counts where the good end parses here."""
        good, look = self.line.steps[0], self.finder.evaluator.look
        why = commit.blocked or (look(commit) if commit is not good and not look(good) else "")
        if why:
            broken = Evaluation(untestable=why)
            self._keep(Entry(tree=commit.tree, under=self.policies[0], evaluation=broken, at=commit.sha))
        return bool(why)

    def _evaluate(self, commit: Commit) -> None:
        found = self.finder.evaluator.evaluate(self.line.steps[0], commit, self.metrics)
        self._keep(Entry(tree=commit.tree, under=self.policies[0], evaluation=found, at=commit.sha))
        self.evaluated += 1

    def _pair(self, commit: Commit, beside: Commit, metric: str) -> None:
        number = sum(entry.metric == metric for entry in self.entries)
        found = self.finder.evaluator.pair(commit, beside, metric, number)
        who, trouble = commit, None
        if found.failed is not None:
            who = found.failed
            trouble = Evaluation(unknown=found.error)
            if found.said is Said.UNTESTABLE:
                trouble = Evaluation(untestable=found.error)
        self._keep(
            Entry(
                tree=who.tree,
                under=self.policies[0],
                beside=beside.tree,
                metric=metric,
                evaluation=trouble,
                logs=dict(found.logs),
                at=who.sha,
                at_beside=beside.sha,
            )
        )
        self.paired += 1

    def _keep(self, entry: Entry) -> None:
        self.finder.journal.add(self.name, entry)
        self.entries.append(entry)

    def _ours(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.under in self.policies]


# ------------------------------------------------------------------ what came of it


def found_finding(found: Found, log: Log, metric: str) -> Finding:
    """The culprit, with the metric before and after it."""
    culprit, parent = log.line.steps[found.position], log.line.steps[found.after]
    return Finding(
        metric=metric,
        outcome=Outcome.FOUND,
        culprit=culprit,
        pull_request=culprit.pull_request,
        parent=parent,
        notify_only=culprit.is_revert,
        reading=timed_reading(log, metric, found) if metric in NOISY else judged_reading(log, metric, culprit, parent),
        untestable=untestable(log),
        evaluations=compared(log, metric),
        pairs=pairs(log, metric),
        command="" if culprit.is_revert else COMMAND.format(sha=culprit.sha),
    )


def open_finding(log: Log, metric: str, positions: Sequence[int], why: Why) -> Finding:
    """What remains possible; nothing is reverted on it."""
    return Finding(
        metric=metric,
        outcome=Outcome.AMBIGUOUS,
        reason=why,
        remaining=tuple(log.line.steps[position] for position in positions),
        untestable=untestable(log),
        evaluations=compared(log, metric),
        pairs=pairs(log, metric),
    )


def judged_reading(log: Log, metric: str, culprit: Commit, parent: Commit) -> Reading:
    """The candidate's value at both, as the gate judged them."""
    known = log.known()
    evaluations = known.evaluations()
    after = evaluations.get(culprit.tree, Evaluation()).judgement(metric)
    before = evaluations.get(parent.tree, Evaluation()).judgement(metric)
    return Reading(
        before=before.candidate if before else None,
        after=after.candidate if after else None,
        sentence=known.untestable().get(culprit.tree, "") or (after.sentence if after else ""),
    )


def timed_reading(log: Log, metric: str, found: Found) -> Reading:
    """How many times as much as its parent it takes."""
    known = log.known()
    part = known.part(metric, NOISY[metric])
    seen = stand(facts_of(known.pairs(metric, NOISY[metric])).of(found.position, found.after), ALPHA)
    if not seen.pairs:
        why = known.untestable().get(log.line.steps[found.position].tree, "")
        return Reading(sentence=why)
    return Reading(before=1.0, after=seen.ratio, change=seen.ratio, interval=(seen.low, seen.high), sentence=part)


def untestable(log: Log) -> dict[str, str]:
    """By SHA."""
    why = log.known().untestable()
    return {commit.sha: why[commit.tree] for commit in log.line.steps if commit.tree in why}


def compared(log: Log, metric: str) -> int:
    """Comparisons that the answer rests on: what does not even load was not compared."""
    if metric in NOISY:
        return 0
    return sum(not evaluation.untestable for evaluation in log.known().evaluations().values())


def pairs(log: Log, metric: str) -> int:
    """Timed pairs that the answer rests on."""
    return facts_of(log.answers(metric)).pairs if metric in NOISY else 0


# ------------------------------------------------------------------ questions that cannot be answered


def check_metrics(names: Sequence[str]) -> None:
    """Refuse a metric that there is not, and name the nearest."""
    for name in names:
        if name not in METRICS and metric_of(name) is None:
            near = difflib.get_close_matches(name, METRICS, n=1, cutoff=0.5)
            meant = f" (did you mean {near[0]}?)" if near else ""
            raise BrokenQuestionError(f"there is no metric '{name}'{meant}", f"known are {', '.join(METRICS)}")


def refusal(found: Refused, log: Log, metric: str) -> BrokenQuestionError:
    """One line of which end is not what it is called, and one of what to do."""
    commit = log.line.steps[found.position]
    seen = log.known().untestable().get(commit.tree) or unknown(log, metric, commit) or measured(log, metric, commit)
    told = f"{commit.sha[:12]} {SAID[found.why].format(metric=metric)}" + (f" ({seen})" if seen else "")
    return BrokenQuestionError(told, ADVICE[found.why].format(crashes=CRASHES))


def measured(log: Log, metric: str, commit: Commit) -> str:
    """What was seen of the metric there."""
    if metric in NOISY:
        ends = stand(facts_of(log.answers(metric)).of(log.line.count), ALPHA)
        low, high = (scaled(end, RATIO, apart_from=[1.0]) for end in (ends.low, ends.high))
        return (
            f"{scaled(ends.ratio, RATIO)}, 99% interval {low} to {high} after {ends.pairs} pairs" if ends.pairs else ""
        )
    evaluation = log.known().evaluations().get(commit.tree, Evaluation())
    judged = evaluation.judgement(metric)
    return "it ran out of time" if evaluation.timed_out else judged.sentence if judged else ""


def unknown(log: Log, metric: str, commit: Commit) -> str:
    """Why a timed run of the commit gave no answer."""
    told = (e.evaluation.unknown for e in log.entries if e.evaluation and (e.tree, e.metric) == (commit.tree, metric))
    return next(told, "")


SAID = {
    Why.GOOD_END_IS_BAD: "is called good, and {metric} is bad there already",
    Why.GOOD_END_UNTESTABLE: "is called good, and {metric} cannot be measured there",
    Why.BAD_END_IS_GOOD: "is called bad, and {metric} is as good there as at the good end",
    Why.BAD_END_UNTESTABLE: "is called bad, and {metric} cannot be measured there",
}
ADVICE = {
    Why.GOOD_END_IS_BAD: "name an older commit with --good",
    Why.GOOD_END_UNTESTABLE: "name a commit with --good that runs; where it timed out, raise [run] timeout",
    Why.BAD_END_IS_GOOD: "name another commit with --bad, or the metric that moved with --metric",
    Why.BAD_END_UNTESTABLE: "search for what broke it with --metric {crashes}, or raise [run] timeout",
}
