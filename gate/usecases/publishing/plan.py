"""What follows from an answer, as a list of actions: data, carried out afterwards, or printed by --dry-run.

The order is the safety: a success is the last thing that is written, and anything else the first. Wherever it dies, no
success stands without its evidence, and doing it again ends the same.
"""

import re
from collections.abc import Sequence
from typing import assert_never

from gate.domain.publication import (
    Action,
    Annotation,
    Answer,
    Cause,
    Check,
    Comment,
    Pull,
    Relabel,
    SetStatus,
    Stamp,
    WriteCheck,
    WriteComment,
    same_name,
)
from gate.domain.verdict import Verdict
from gate.report import comment as words

SUCCESS = "success"
LABELS = {
    Verdict.PASS: "gate:passed",
    Verdict.BLOCK: "gate:blocked",
    Verdict.ROLL_BACK: "gate:blocked",
    Verdict.INCONCLUSIVE: "gate:inconclusive",
    Verdict.GATE_ERROR: "gate:error",
}
_EXTERNAL = re.compile(r"gate:(\d{1,20})\.(\d{1,9})")


def state_of(verdict: Verdict) -> str:
    """The commit status. Only `success` opens the merge."""
    match verdict:
        case Verdict.PASS:
            return SUCCESS
        case Verdict.BLOCK | Verdict.ROLL_BACK | Verdict.INCONCLUSIVE:
            return "failure"
        case Verdict.GATE_ERROR:
            return "error"
        case _:
            assert_never(verdict)


def conclusion_of(verdict: Verdict) -> str:
    """The check run. `neutral` and `skipped` would open the merge too, so they are never said."""
    match verdict:
        case Verdict.PASS:
            return SUCCESS
        case Verdict.BLOCK | Verdict.ROLL_BACK | Verdict.GATE_ERROR:
            return "failure"
        case Verdict.INCONCLUSIVE:
            return "action_required"
        case _:
            assert_never(verdict)


def check_name(context: str) -> str:
    """Another name than the status has: one name for both would be two required checks in one."""
    return f"{context} verdict"


def external_id(stamp: Stamp) -> str:
    """Which run's answer a check run holds."""
    return f"gate:{stamp.run_id}.{stamp.attempt}"


def stamp_of(check: Check, author: str) -> Stamp | None:
    """The run whose answer a check run holds; None where it is none of ours: any App may write our `external_id`."""
    if check.app and author.endswith("[bot]") and not same_name(author, f"{check.app}[bot]"):
        return None
    found = _EXTERNAL.fullmatch(check.external_id)
    return Stamp(run_id=int(found[1]), attempt=int(found[2])) if found else None


def status(answer: Answer, judged: words.Judgement | None, sha: str, context: str, link: str) -> SetStatus:
    """The commit status."""
    return SetStatus(
        sha=sha,
        state=state_of(answer.verdict),
        context=context,
        description=words.status_line(answer, judged.record if judged else None),
        target_url=link,
    )


def check(
    answer: Answer, judged: words.Judgement | None, bound: words.Bound, context: str, files: Sequence[str]
) -> WriteCheck:
    """The check run."""
    record = judged.record if judged else None
    return WriteCheck(
        sha=bound.head,
        name=check_name(context),
        external_id=external_id(bound.stamp),
        conclusion=conclusion_of(answer.verdict),
        title=words.status_line(answer, record),
        summary=words.summary(answer, record),
        details_url=bound.link,
        annotations=annotations(judged, files),
    )


def annotations(judged: words.Judgement | None, files: Sequence[str]) -> tuple[Annotation, ...]:
    """Each breach beside the first line of the model's file, where the pull request touches it."""
    if judged is None:
        return ()
    path = model_file(judged.record.candidate.factory, files)
    if path is None:
        return ()
    told = words.breaches(judged.record, judged.metrics)
    return tuple(Annotation(path=path, line=1, level="failure", title=title, message=said) for title, said in told)


def model_file(factory: str, files: Sequence[str]) -> str | None:
    """The changed file that the factory's module is; the shortest path where several would do."""
    module = factory.partition(":")[0]
    if not re.fullmatch(r"\w+(\.\w+)*", module):
        return None
    stem = module.replace(".", "/")
    ends = (f"{stem}.py", f"{stem}/__init__.py")
    fitting = [path for path in files if path in ends or path.endswith(tuple(f"/{end}" for end in ends))]
    return min(fitting, key=len, default=None)


def labels(answer: Answer, pull: Pull) -> list[Action]:
    """Only what has to change."""
    wanted = LABELS[answer.verdict]
    ours = [label for label in pull.labels if label.casefold() in LABELS.values()]  # whoever made it chose the case
    others = tuple(label for label in ours if not same_name(wanted, label))
    add = () if len(others) < len(ours) else (wanted,)
    return [Relabel(number=pull.number, add=add, remove=others)] if add or others else []


def ordered(status: SetStatus, rest: Sequence[Action]) -> tuple[Action, ...]:
    """A success last, anything else first."""
    return (*rest, status) if status.state == SUCCESS else (status, *rest)


def made_stale(pull: Pull, ours: Comment | None) -> tuple[Action, ...]:
    """The head moved on: nothing is said about the new one, and the comment says that it is about an older one."""
    told = words.read_marker(ours.body) if ours else None
    if ours is None or told is None or told[0] == pull.head_sha:
        return ()
    body = words.stale(ours.body, pull.head_sha)
    return () if body == ours.body else (WriteComment(number=pull.number, body=body, edit=ours.id),)


def is_judged(answer: Answer) -> bool:
    """Whether the metrics are what the answer is about."""
    return answer.cause in {Cause.JUDGED, Cause.OVERRIDDEN, Cause.POLICY_CHANGED, Cause.TOO_MANY_FILES}
