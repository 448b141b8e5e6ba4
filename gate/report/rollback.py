"""A rollback in words: for the terminal, and as the text of its pull request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gate.domain.metric import Metric
from gate.domain.rollback import Commit, Level, LevelReason, Plan, Record
from gate.domain.verdict import Judgement, Outcome, VerdictRecord
from gate.report.text import code, plain, prose
from gate.report.wording import LEVELS, in_short

if TYPE_CHECKING:
    from jinja2 import Template

LISTED = 50
"""Commits and files that are listed; the rest is counted."""

WHY_LEVEL = {
    LevelReason.ASKED: "somebody asked for this level",
    LevelReason.PASSES_WITHOUT: "without these commits the gate passes",
    LevelReason.NO_CULPRIT: "nobody knows which commits it was",
    LevelReason.NO_VERSION: "there is no merge that could be taken back whole",
    LevelReason.NO_STABLE_TAG: "there is no stable tag to go back to",
    LevelReason.CONFLICTS: "later commits changed the same lines",
    LevelReason.DOES_NOT_IMPORT: "the reverted tree does not load",
    LevelReason.STILL_FAILS: "the reverted tree fails the gate, too",
    LevelReason.NOT_SHOWN: "the gate did not show that the reverted tree is well",
    LevelReason.NOTHING_TO_DO: "it is taken back already",
    LevelReason.CULPRIT_IS_A_REVERT: "the culprit is itself a revert",
    LevelReason.UNTRIED: "nothing was gated",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What the pull request tells beside the plan."""

    reason: str = ""
    incident: str = ""
    verdict: VerdictRecord | None = None
    metrics: Mapping[str, Metric]
    proof: VerdictRecord | None = None
    """The gate's verdict on the reverted tree, where it was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """Every string of the pull request's text, harmless."""

    level: str
    because: str
    what: Sequence[str]
    why: Sequence[str]
    verified: Sequence[str]
    lost: Sequence[str]
    files: Sequence[str]
    back: Sequence[str]
    """Commands, newest commit first."""
    merge_back: str
    target: str
    key: str


def title_of(plan: Plan) -> str:
    """The pull request's title, at most a line."""
    if plan.level is Level.SYSTEM:
        return f"Restore {plain(plan.tag, 60)} on {plain(plan.target, 60)}"
    if len(plan.taken) == 1:
        return f'Revert "{plain(plan.taken[0].commit.subject, 80)}"'
    return f"Revert {len(plan.taken)} commits on {plain(plan.target, 60)}"


def pull_request_text(plan: Plan, story: Story) -> str:
    """What is taken back, why, how it was verified, and how to bring it back."""
    return _template().render(view=_view(plan, story)).strip() + "\n"


def _view(plan: Plan, story: Story) -> View:
    level = LEVELS[int(plan.level)]
    return View(
        level=f"{level.title}: {level.means}",
        because=WHY_LEVEL[plan.level_reason],
        what=_what(plan),
        why=_why(story),
        verified=_verified(plan, story),
        lost=[] if plan.level is not Level.SYSTEM else _cut([_commit(one) for one in plan.lost], len(plan.lost)),
        files=_cut([code(path) for path in plan.changed[:LISTED]], len(plan.changed)),
        back=_commands(plan),
        merge_back="" if plan.level is Level.SYSTEM else _merge_back(plan),
        target=code(plan.target),
        key=plan.key,
    )


def _what(plan: Plan) -> list[str]:
    if plan.level is Level.SYSTEM:
        return [
            f"every file of {code(plan.target)} as in {code(plan.tag)} ({code(plan.tag_commit[:12])})",
            f"to deploy at once: branch {code(plan.deploy_branch)}, the exact bits of the tag",
        ]
    lines = [_commit(one.commit) for one in plan.taken[:LISTED]]
    return _cut(lines, len(plan.taken)) + [prose(note) for note in plan.notes]


def _why(story: Story) -> list[str]:
    lines = [prose(story.reason, 1000)] if story.reason else []
    if story.incident:
        lines.append(f"incident: {prose(story.incident)}")
    if story.verdict is not None:
        lines.append(f"the gate said {story.verdict.verdict.value}: {prose(story.verdict.reason, 600)}")
        lines += [f"**{prose(line)}**" for line in breaches(story.verdict, story.metrics)]
    return lines or ["no reason was given (`--reason`, `--verdict`)"]


def breaches(record: VerdictRecord, metrics: Mapping[str, Metric]) -> list[str]:
    """Each breach with its numbers."""
    failed = [one for one in record.judgements if one.outcome is Outcome.FAIL and one.blocking]
    return [_breach(one, metrics.get(one.metric)) for one in failed[:LISTED]]


def _breach(judgement: Judgement, metric: Metric | None) -> str:
    return in_short(judgement, metric, metric.title if metric else judgement.metric)


def _verified(plan: Plan, story: Story) -> list[str]:
    expected = (
        f"the tree is the tag's: {code(plan.tree)}"
        if plan.level is Level.SYSTEM
        else f"the tree is what a revert gives, made without a working tree: {code(plan.tree)}"
    )
    check = (
        f"gate verify --against {plan.tag} --rolled-back {plan.head[:12]}" if plan.tag else "gate verify --record FILE"
    )
    lines = [
        f"{expected}; all files but {len(plan.changed)} are those of {code(plan.base[:12])}, byte for byte",
        f"check it: {code(check, 200)}{'' if plan.tag else ', with the record of this rollback'}",
    ]
    if story.proof is None:
        return [*lines, "the models were not run on the reverted tree: the pull request's own gate does that"]
    return [*lines, f"the gate on the reverted tree: {story.proof.verdict.value}. {prose(story.proof.reason, 600)}"]


def _commands(plan: Plan) -> list[str]:
    return (
        [f"git revert {plan.head[:12]}"] if len(plan.taken) < 2 else [f"git revert {plan.base[:12]}..{plan.head[:12]}"]
    )


def _merge_back(plan: Plan) -> str:
    """After a merge is reverted, merging its branch again brings nothing: git believes that it is there."""
    if any(len(one.commit.parents) > 1 for one in plan.taken):
        return "Merging the same branch again will say “Already up to date” and silently lack these commits."
    return "Mend it on top of that, in a pull request of its own."


def _commit(commit: Commit) -> str:
    return f"{code(commit.sha[:12])} {prose(commit.subject)} ({prose(commit.author, 60)})"


def _cut(lines: Sequence[str], count: int) -> list[str]:
    shown = list(lines[:LISTED])
    return shown if count <= len(shown) else [*shown, f"and {count - len(shown)} more"]


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  40 ms

    environment = Environment(
        loader=PackageLoader("gate.report"),
        autoescape=select_autoescape(()),  # Markdown: text.py escaped every value on its way into the view
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("pull_request.md.j2")


# ------------------------------------------------------------------ the terminal


def plan_lines(plan: Plan) -> list[str]:
    """The plan for a person, line by line."""
    level = LEVELS[int(plan.level)]
    lines = [
        f"{level.title} ({level.means}, {level.takes}): {WHY_LEVEL[plan.level_reason]}",
        f"  on      {plain(plan.target)} at {plan.base[:12]}",
    ]
    lines += [f"  revert  {plain(one.commit.named)}" for one in plan.taken]
    if plan.tag:
        lines.append(f"  restore {plain(plan.tag)} ({plan.tag_commit[:12]}), {len(plan.lost)} commits are lost by it:")
        lines += [f"          {plain(one.named)}" for one in plan.lost[:LISTED]]
        lines += [f"          and {len(plan.lost) - LISTED} more"] if len(plan.lost) > LISTED else []
    if not plan.is_empty:
        lines += [f"  branch  {plain(name)} at {sha[:12]}" for name, sha in plan.pushes.items()]
        lines.append(f"  files   {len(plan.changed)} differ from {plan.base[:12]}; tree {plan.tree[:12]}")
    return lines + [f"  note    {plain(note, 300)}" for note in plan.notes]


def record_lines(record: Record) -> list[str]:
    """How it ended."""
    lines = [*plan_lines(record.plan)] if record.plan else []
    lines.append(f"{record.ending.value}: {plain(record.sentence, 600)}")
    lines += [f"  {plain(detail, 300)}" for detail in record.details]
    return lines + ([f"  {plain(record.advice, 300)}"] if record.advice else [])
