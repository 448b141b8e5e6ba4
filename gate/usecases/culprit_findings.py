"""What came of a search, as data: who did it, what it did, what remains open, or why the question is refused."""

from collections.abc import Sequence

from gate.domain.culprit import Commit, Evaluation, Finding, Outcome, Reading, Said, Told, Why
from gate.domain.numbers import RATIO, scaled
from gate.errors import BrokenQuestionError
from gate.judging.culprit import ALPHA, Answer, Found, Refused, facts_of
from gate.judging.known import CRASHES
from gate.judging.sequential import stand
from gate.usecases.culprit_log import Log
from gate.usecases.evaluating import NOISY

COMMAND = "gate rollback feature --commit {sha}"


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
        untestable=blind(log, metric),
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
        untestable=blind(log, metric),
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


def blind(log: Log, metric: str) -> dict[str, str]:
    """Commits without an answer, of those that were asked, and why; by SHA."""
    why = log.known().untestable()
    steps = log.line.steps
    told = {p for p in map(unanswered, log.answers(metric)) if p is not None}
    return {steps[p].sha: why.get(steps[p].tree) or measured(log, metric, steps[p]) for p in sorted(told)}


def unanswered(answer: Answer) -> int | None:
    """The position of a commit that gave no answer."""
    without = isinstance(answer, Told) and answer.said in (Said.UNTESTABLE, Said.UNKNOWN)
    return answer.position if without else None


def compared(log: Log, metric: str) -> int:
    """Comparisons that the answer rests on: what does not even load was not compared."""
    if metric in NOISY:
        return 0
    return sum(not evaluation.untestable for evaluation in log.known().evaluations().values())


def pairs(log: Log, metric: str) -> int:
    """Timed pairs that the answer rests on."""
    return facts_of(log.answers(metric)).pairs if metric in NOISY else 0


def refusal(found: Refused, log: Log, metric: str) -> BrokenQuestionError:
    """One line of which end is not what it is called, and one of what to do."""
    commit = log.line.steps[found.position]
    seen = log.known().untestable().get(commit.tree) or measured(log, metric, commit)
    told = f"{commit.sha[:12]} {SAID[found.why].format(metric=metric)}" + (f" ({seen})" if seen else "")
    return BrokenQuestionError(told, ADVICE[found.why].format(crashes=CRASHES))


def measured(log: Log, metric: str, commit: Commit) -> str:
    """What was seen of the metric there."""
    if metric in NOISY:
        told = (
            e.evaluation.unknown for e in log.entries if e.evaluation and (e.tree, e.metric) == (commit.tree, metric)
        )
        return next(told, "") or between_ends(log, metric)
    evaluation = log.known().evaluations().get(commit.tree, Evaluation())
    judged = evaluation.judgement(metric)
    return "it ran out of time" if evaluation.timed_out else judged.sentence if judged else ""


def between_ends(log: Log, metric: str) -> str:
    """What the pairs of both ends say."""
    ends = stand(facts_of(log.answers(metric)).of(log.line.count), ALPHA)
    low, high = (scaled(end, RATIO, apart_from=[1.0]) for end in (ends.low, ends.high))
    return f"{scaled(ends.ratio, RATIO)}, 99% interval {low} to {high} after {ends.pairs} pairs" if ends.pairs else ""


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
