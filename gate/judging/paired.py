"""A ratio of paired timings held against its limit and its warning margin, with how it was decided in words.

The confidence sequence decides where it can. Where it cannot at the cap on pairs, the point estimate does, and is
labelled so; on a machine too noisy for that, nothing is decided.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from gate.domain.metric import Comparison
from gate.domain.numbers import RATIO, scaled
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.judging.limits import Case, judge
from gate.judging.sequential import Decision, Stand, stand

WITHOUT_LIMIT = float("inf")


def judge_paired(case: Case, logs: Sequence[float], *, cut_short: str) -> Judgement:
    """Judge a part by its log ratios, one a pair; `cut_short` = why timing ended before it was decided."""
    found = stand(logs)
    bounded = math.isfinite(found.high)  # two pairs of a noisy machine bound nothing
    low, high = (found.low, found.high) if bounded else (None, None)
    change = found.ratio if logs else None
    known = Comparison(metric=case.metric.name, change=change, kind="ratio", low=low, high=high)
    judgement = judge(replace(case, comparison=known))
    if not logs or case.limit.max_ratio is None:
        return judgement
    judgement = msgspec.structs.replace(judgement, certainty=how_sure(found, case.limit.max_ratio))
    return warned(unsure(judgement, found, case, cut_short), found, case)


def unsure(judgement: Judgement, found: Stand, case: Case, cut_short: str) -> Judgement:
    """No answer where timing broke off, or where the limit is undecided on a machine too noisy for a point estimate."""
    if not case.limit.blocking or judgement.outcome not in (Outcome.PASS, Outcome.FAIL):
        return judgement
    limit = case.limit.max_ratio or WITHOUT_LIMIT
    if cut_short and judgement.outcome is Outcome.PASS:
        said = f"{case.metric.title}: a timed run ended early: {cut_short}"
        return msgspec.structs.replace(judgement, outcome=Outcome.NO_DATA, reason=Reason.CRASHED, sentence=said)
    if found.noisy and found.against(limit) is Decision.UNDECIDED:
        said = f"{judgement.sentence}; the machine is too noisy to tell ({interval(found)} after {found.pairs} pairs)"
        return msgspec.structs.replace(
            judgement,
            outcome=Outcome.NO_DATA,
            reason=Reason.MACHINE_TOO_NOISY,
            sentence=said,
            certainty=f"undecided after {found.pairs} pairs, noisy machine: nothing is decided",
        )
    return judgement


def warned(judgement: Judgement, found: Stand, case: Case) -> Judgement:
    """Within the limit, and slower beyond doubt, or beyond the warning margin by the point estimate."""
    margin = case.limit.warn_ratio
    if judgement.outcome is not Outcome.PASS or margin is None:
        return judgement
    ratio = scaled(found.ratio, RATIO, apart_from=[1.0, margin, case.limit.max_ratio])
    if found.slower:
        how = f"beyond doubt ({interval(found)}), though within the limit"
    elif found.ratio > margin:
        how = f"by the point estimate ({interval(found)}), low confidence"
    else:
        return judgement
    said = f"{case.metric.title}: {ratio} of the baseline's, {how}"
    return msgspec.structs.replace(judgement, outcome=Outcome.WARN, reason=Reason.DRIFT, sentence=said)


def how_sure(found: Stand, limit: float) -> str:
    """How the limit was decided."""
    noisy = ", noisy machine" if found.noisy else ""
    after = f"after {found.pairs} pair{'s' if found.pairs > 1 else ''}{noisy}"
    match found.against(limit):
        case Decision.OVER:
            return f"sure {after}: the whole 95% interval is beyond the limit"
        case Decision.UNDER:
            return f"sure {after}: the whole 95% interval is within the limit"
        case Decision.UNDECIDED:
            return f"low confidence: undecided {after}, so the point estimate decides"


def interval(found: Stand) -> str:
    """The interval in words."""
    low, high = (scaled(end, RATIO, apart_from=[1.0]) for end in (found.low, found.high))
    return f"95% interval {low} to {high}"
