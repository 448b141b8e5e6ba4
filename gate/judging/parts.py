"""Metrics that are held part by part: the worst part decides. CPU by its paired ratios, memory by its peaks."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from gate.domain.metric import Comparison, Measurement
from gate.domain.verdict import Judgement, Outcome, Part, Reason
from gate.judging.limits import Case, judge
from gate.judging.order import worst
from gate.judging.paired import judge_paired
from gate.metrics.evidence import Evidence
from gate.metrics.resources import CPU_PARTS, WHOLE, identical_code, log_ratios

MEMORY_PARTS = ("model", WHOLE)
Held = Callable[[Case], Judgement]
"""Judges one part, a case whose candidate names it."""


def judge_memory(
    case: Case, candidate: list[Measurement], baseline: list[Measurement], comparisons: Sequence[Comparison]
) -> Judgement:
    """The model's own peak, and the whole process's."""
    compared = {comparison.part: comparison for comparison in comparisons}

    def held(part: Case) -> Judgement:
        return judge(replace(part, comparison=compared.get(part.candidate.part)))

    return judge_parts(case, MEMORY_PARTS, candidate, baseline, held)


def judge_cpu(case: Case, candidate: list[Measurement], baseline: list[Measurement], evidence: Evidence) -> Judgement:
    """Fit, live calls and the whole process, each by its pairs; what identical code reads here stands beside it."""
    pairs, floor = evidence.observations.pairs, case.limit.floor or 0.0

    def held(part: Case) -> Judgement:
        name = part.candidate.part
        logs = log_ratios(pairs, name, floor).tolist()
        if name == WHOLE:  # imports are read once a version: too few to warn by
            part = replace(part, limit=msgspec.structs.replace(part.limit, warn_ratio=None))
        return judge_paired(part, logs, cut_short=evidence.observations.timing_error)

    case = replace(case, candidate=with_reason(case.candidate, evidence.observations.timing_error))
    judgement = judge_parts(case, CPU_PARTS, candidate, baseline, held)
    ends = identical_code(pairs)
    said = f"identical code read {ends[0]:.2f}x to {ends[1]:.2f}x here" if ends else ""
    sure = "; ".join(words for words in (judgement.certainty, said) if words)
    return msgspec.structs.replace(judgement, certainty=sure)


def with_reason(measurement: Measurement, why: str) -> Measurement:
    """Why there may be no value."""
    return msgspec.structs.replace(measurement, note=measurement.note or why)


def judge_parts(
    case: Case, names: Sequence[str], candidate: list[Measurement], baseline: list[Measurement], held: Held
) -> Judgement:
    """Judge each part by itself; the judgement of the worst, with all of them under it."""
    judged = [(name, held(one_part(case, name, candidate, baseline))) for name in names]
    worst_outcome = worst([judgement.outcome for _, judgement in judged])
    equally_bad = [judgement for _, judgement in judged if judgement.outcome is worst_outcome]
    # The part that changed most speaks for a breach, the first for all being well.
    speaks = (
        max(equally_bad, key=lambda j: j.change or -math.inf) if worst_outcome is not Outcome.PASS else equally_bad[0]
    )
    parts = tuple(part_of(name, judgement) for name, judgement in judged)
    imports = [part_line(m, baseline) for m in candidate if m.part == "imports"]
    return msgspec.structs.replace(speaks, parts=(*parts, *imports))


def one_part(case: Case, name: str, candidate: list[Measurement], baseline: list[Measurement]) -> Case:
    """The part as a case of its own."""
    ours = named(name, candidate)
    if ours is None:
        ours = Measurement(metric=case.metric.name, role=case.candidate.role, value=None, part=name)
    return replace(
        case,
        metric=msgspec.structs.replace(case.metric, title=f"{case.metric.title} ({name})"),
        candidate=msgspec.structs.replace(ours, note=ours.note or case.candidate.note),
        baseline=named(name, baseline),
    )


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
