"""What a log of evaluations and pairs says of the commits on a line: certain answers and pairs by position."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gate.domain.culprit import Commit, Entry, Evaluation, Paired, Said, Told
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.judging.culprit import ALPHA, Answer
from gate.judging.judge import LOW_CONFIDENCE
from gate.judging.sequential import stand
from gate.metrics.suite import metric_of

CRASHES = "strategy_crashes"
"""Asked for this, what does not load is bad: it crashes at its start."""
CRASHING = frozenset({CRASHES, "training_failures", "prediction_errors"})
"""Asked for these, a time-out is bad; else it is unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The commits that change something of what is measured, the good end first."""

    steps: tuple[Commit, ...]

    @classmethod
    def of(cls, commits: Sequence[Commit]) -> "Line":
        """Commits that hold the same as the one before are one with it."""
        kept = [commit for before, commit in pairwise(commits) if commit.tree != before.tree]
        return cls(steps=(commits[0], *kept))

    @property
    def count(self) -> int:
        """The position of the bad end."""
        return len(self.steps) - 1

    def positions(self, tree: str) -> list[int]:
        """Everywhere where this content lies: what was reverted is there twice."""
        return [position for position, commit in enumerate(self.steps) if commit.tree == tree]

    def place(self, sha: str, tree: str) -> int | None:
        """Where a commit lies, or else one that holds the same."""
        exact = [p for p, commit in enumerate(self.steps) if commit.sha == sha and commit.tree == tree]
        return next(iter([*exact, *self.positions(tree)]), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of a line, before it is asked for one metric."""

    line: Line
    entries: Sequence[Entry]
    broken: Mapping[str, str]
    """Trees that could not be prepared, and why."""

    def evaluations(self) -> dict[str, Evaluation]:
        """The first evaluation of each tree on the line."""
        found: dict[str, Evaluation] = {}
        for entry in self.entries:
            if entry.evaluation is not None and not entry.metric and self.line.positions(entry.tree):
                found.setdefault(entry.tree, entry.evaluation)
        return found

    def untestable(self) -> dict[str, str]:
        """Trees that do not parse, import or install, and why."""
        told = {e.tree: e.evaluation.untestable for e in self.entries if e.evaluation and e.evaluation.untestable}
        return {**told, **self.broken}

    def answers(self, metric: str) -> list[Answer]:
        """What the evaluations say of a metric."""
        evaluations = self.evaluations()
        warned = warning_counts(evaluations.get(self.line.steps[-1].tree), metric)
        said = {tree: said_of(evaluation, metric, warned=warned) for tree, evaluation in evaluations.items()}
        said |= dict.fromkeys(self.untestable(), Said.BAD if metric == CRASHES else Said.UNTESTABLE)
        return [Told(position=p, said=what) for tree, what in said.items() for p in self.line.positions(tree)]

    def pairs(self, metric: str, parts: Sequence[str]) -> list[Answer]:
        """What the pairs say of a noisy metric. The good end's own content is good wherever it lies."""
        part = self.part(metric, parts)
        timed = [Paired(position=at, beside=by, log=logs[part]) for at, by, logs in self._timed(metric) if part in logs]
        return [*self._certain(metric), *timed]

    def part(self, metric: str, parts: Sequence[str]) -> str:
        """The part that moved most surely between the ends."""
        ends = [logs for at, beside, logs in self._timed(metric) if (at, beside) == (self.line.count, 0)]
        return max(parts, key=lambda part: stand([logs[part] for logs in ends], ALPHA).low)

    def _certain(self, metric: str) -> list[Answer]:
        good, bad = self.line.steps[0].tree, self.line.steps[-1].tree
        said = {e.tree: Said.UNKNOWN for e in self.entries if e.metric == metric and e.evaluation}
        said |= dict.fromkeys(self.untestable(), Said.UNTESTABLE)
        told: list[Answer] = [Told(position=p, said=w) for tree, w in said.items() for p in self.line.positions(tree)]
        told += [Told(position=p, said=Said.GOOD) for p in self.line.positions(good)[1:]]
        return told + [Told(position=p, said=Said.BAD) for p in self.line.positions(bad)[:-1]]

    def _timed(self, metric: str) -> Iterator[tuple[int, int, Mapping[str, float]]]:
        """Position, the one beside it, and the logs by part of each pair on the line."""
        for entry in self.entries:
            if entry.metric == metric and entry.logs:
                at, beside = self.line.place(entry.at, entry.tree), self.line.place(entry.at_beside, entry.beside)
                if at is not None and beside is not None and at > beside:
                    yield at, beside, entry.logs


def said_of(evaluation: Evaluation, metric: str, *, warned: bool = False) -> Said:
    """What an evaluation says for certain; `warned`: a warning is what is searched for."""
    judgement = evaluation.judgement(metric)
    if evaluation.untestable and metric != CRASHES:
        return Said.UNTESTABLE
    if judgement is None or (evaluation.timed_out and metric not in CRASHING):
        return Said.UNKNOWN
    return said_by(judgement, warned=warned)


def said_by(judgement: Judgement, *, warned: bool) -> Said:
    """A breach is bad, also one that the baseline has: then the good end is. Without a value nothing is known."""
    if judgement.reason is Reason.BASELINE_SICK:
        return Said.BAD
    if metric_of(judgement.metric) and judgement.certainty.startswith(LOW_CONFIDENCE):
        return Said.UNKNOWN  # the turns of a suite are timed: the next look may say otherwise
    match judgement.outcome:
        case Outcome.FAIL:
            return Said.BAD
        case Outcome.WARN:
            return Said.BAD if warned else Said.GOOD
        case Outcome.PASS:
            return Said.GOOD
        case Outcome.NO_DATA | Outcome.ERROR | Outcome.FLAKY:
            return Said.UNKNOWN


def warning_counts(bad_end: Evaluation | None, metric: str) -> bool:
    """At the bad end the metric warns and does not fail: then a warning is what is searched for."""
    judgement = bad_end.judgement(metric) if bad_end else None
    return judgement is not None and judgement.outcome is Outcome.WARN


def failing(bad_end: Evaluation) -> list[str]:
    """The metrics that block at the bad end."""
    if bad_end.untestable:
        return [CRASHES]
    return [j.metric for j in bad_end.judgements if j.blocking and j.outcome is Outcome.FAIL]
