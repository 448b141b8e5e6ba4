"""What a search knows: read from its log, and kept there as it is learned.

The log is keyed by what decides an answer (the content of the measured paths, environment, data, policy), never by a
SHA alone. A search that was killed is asked for again, and goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gate.domain.culprit import Commit, Entry, Evaluation, Said
from gate.errors import VersionError
from gate.judging.culprit import Answer, Ask
from gate.judging.known import Known, Line
from gate.ports.culprit import Evaluator, Journal
from gate.usecases.evaluating import NOISY, hashed


@dataclass(slots=True)
class Log:
    """What is known of a line, kept as it is learned."""

    journal: Journal
    evaluator: Evaluator
    line: Line
    asked_for: tuple[str, ...]
    """The metrics that were named; else all are measured until it is known which fail."""
    name: str = field(init=False)
    policies: tuple[str, ...] = field(init=False)
    """The policy that is measured under, and the one that covers it."""
    metrics: tuple[str, ...] | None = field(init=False)
    entries: list[Entry] = field(init=False)
    broken: dict[str, str] = field(default_factory=dict)
    """Trees that could not be prepared today, and why: not kept, tomorrow they may."""
    kept: int = 0
    """Answers that were added to the log."""
    evaluated: int = 0
    paired: int = 0

    def __post_init__(self) -> None:
        """Read what was learned before."""
        self.name = hashed([self.evaluator.question(), self.line.steps[0].tree])
        self.metrics, self.policies = None, (self.evaluator.policy(None),)
        if self.asked_for:
            self.measure_for(self.asked_for)
        self.entries = self.journal.read(self.name)

    def measure_for(self, metrics: Sequence[str]) -> None:
        """From now on only what these metrics need is measured."""
        self.metrics = tuple(metrics)
        self.policies = (self.evaluator.policy(self.metrics), self.evaluator.policy(None))

    @property
    def resumed(self) -> int:
        """Answers that were known before."""
        return sum(bool(self.line.positions(entry.tree)) for entry in self._ours()) - self.kept

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
        good, look = self.line.steps[0], self.evaluator.look
        why = commit.blocked or (look(commit) if commit is not good and not look(good) else "")
        if why:
            broken = Evaluation(untestable=why)
            self._keep(Entry(tree=commit.tree, under=self.policies[0], evaluation=broken, at=commit.sha))
        return bool(why)

    def _evaluate(self, commit: Commit) -> None:
        found = self.evaluator.evaluate(self.line.steps[0], commit, self.metrics)
        self._keep(Entry(tree=commit.tree, under=self.policies[0], evaluation=found, at=commit.sha))
        self.evaluated += 1

    def _pair(self, commit: Commit, beside: Commit, metric: str) -> None:
        number = sum(entry.metric == metric for entry in self.entries)
        found = self.evaluator.pair(commit, beside, metric, number)
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
        self.journal.add(self.name, entry)
        self.entries.append(entry)
        self.kept += 1

    def _ours(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.under in self.policies]
