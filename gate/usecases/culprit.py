"""Find the commit that moved a metric: ask what the step function asks for, until it answers."""

import difflib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from gate.domain.culprit import (
    Culprits,
    Finding,
    Untestable,
    Why,
)
from gate.errors import BrokenQuestionError, VersionError
from gate.judging.culprit import Ambiguous, Ask, Found, Refused, Search, step
from gate.judging.known import Line, failing
from gate.metrics.registry import METRICS
from gate.metrics.suite import metric_of
from gate.ports import Progress
from gate.ports.culprit import CommitHistory, Evaluator, Journal, LineAsked
from gate.usecases.culprit_findings import found_finding, open_finding, refusal
from gate.usecases.culprit_log import Log
from gate.usecases.evaluating import NOISY


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
            log = Log(self.journal, self.evaluator, line, question.metrics)
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

    def _failing(self, log: Log) -> tuple[str, ...]:
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

    def _search(self, log: Log, metric: str, question: CulpritQuestion) -> Finding:
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


def check_metrics(names: Sequence[str]) -> None:
    """Refuse a metric that there is not, and name the nearest."""
    for name in names:
        if name not in METRICS and metric_of(name) is None:
            near = difflib.get_close_matches(name, METRICS, n=1, cutoff=0.5)
            meant = f" (did you mean {near[0]}?)" if near else ""
            raise BrokenQuestionError(f"there is no metric '{name}'{meant}", f"known are {', '.join(METRICS)}")
