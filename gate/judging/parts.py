"""Metrics that are held part by part: the worst part decides. CPU by its paired ratios, memory by its peaks."""

import math

import msgspec

from gate.domain.metric import Comparison, Measurement
from gate.domain.verdict import Judgement, Outcome, Part, Reason
from gate.judging.limits import Case, judge
from gate.judging.order import worst
from gate.metrics.resources import CPU_PARTS

MEMORY_PARTS = ("model", "whole process")


def judge_parts(
    case: Case, candidate: list[Measurement], baseline: list[Measurement], comparisons: list[Comparison]
) -> Judgement:
    """Judge each part by itself; the judgement of the worst, with all of them under it."""
    names = CPU_PARTS if case.metric.name == "cpu" else MEMORY_PARTS
    judged = [(name, one_part(case, name, candidate, baseline, comparisons)) for name in names]
    worst_outcome = worst([judgement.outcome for _, judgement in judged])
    equally_bad = [judgement for _, judgement in judged if judgement.outcome is worst_outcome]
    # The part that changed most speaks for a breach, the first for all being well.
    speaks = (
        max(equally_bad, key=lambda j: j.change or -math.inf) if worst_outcome is not Outcome.PASS else equally_bad[0]
    )
    parts = tuple(part_of(name, judgement) for name, judgement in judged)
    imports = [part_line(m, baseline) for m in candidate if m.part == "imports"]
    return msgspec.structs.replace(speaks, parts=(*parts, *imports))


def one_part(
    case: Case, name: str, candidate: list[Measurement], baseline: list[Measurement], comparisons: list[Comparison]
) -> Judgement:
    """The part as a case of its own. A part that neither version spends anything on has nothing to compare."""
    ours, theirs = named(name, candidate), named(name, baseline)
    compared = next((c for c in comparisons if c.part == name), None)
    if trifling(case, ours, theirs):
        compared = Comparison(
            metric=case.metric.name, part=name, change=1.0, kind="ratio", n=compared.n if compared else 0
        )
    alone = msgspec.structs.replace(case.metric, title=f"{case.metric.title} ({name})")
    if ours is None:
        ours = Measurement(metric=case.metric.name, role=case.candidate.role, value=None, part=name)
    ours = msgspec.structs.replace(ours, note=ours.note or case.candidate.note)
    return judge(
        Case(
            metric=alone,
            limit=case.limit,
            candidate=ours,
            baseline=theirs,
            comparison=compared,
            no_baseline=case.no_baseline,
            excused=case.excused,
        )
    )


def trifling(case: Case, ours: Measurement | None, theirs: Measurement | None) -> bool:
    """Both are below the floor under which a CPU ratio says nothing."""
    least = case.limit.floor
    if case.metric.name != "cpu" or least is None or ours is None or theirs is None:
        return False
    return (ours.value or 0.0) < least and (theirs.value or 0.0) < least


def named(name: str, measurements: list[Measurement]) -> Measurement | None:
    """The measurement of one part."""
    return next((m for m in measurements if m.part == name), None)


def part_of(name: str, judgement: Judgement) -> Part:
    """A line under the judgement."""
    return Part(
        name=name,
        baseline=judgement.baseline,
        candidate=judgement.candidate,
        change=judgement.change,
        interval=judgement.interval if judgement.change_kind == "ratio" else None,
        outcome=judgement.outcome,
        sentence=judgement.sentence,
    )


def part_line(candidate: Measurement, baseline: list[Measurement]) -> Part:
    """A part that is shown and not held."""
    other = named(candidate.part, baseline)
    ratio = None
    if other is not None and other.value and candidate.value is not None:
        ratio = candidate.value / other.value
    return Part(
        name=candidate.part,
        baseline=other.value if other else None,
        candidate=candidate.value,
        change=ratio,
        outcome=Outcome.PASS,
        sentence=str(Reason.ADVISORY.value),
    )
