"""One metric held against its limit: the line that decides is `breach_of`."""

import math
from dataclasses import dataclass

from gate.domain.limit import Limit
from gate.domain.metric import Comparison, Direction, Measurement, Metric, Unit
from gate.domain.numbers import PERCENT, POINTS, RATIO, scaled, show
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.judging import tries
from gate.judging.order import FROM_WORST


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is known of one metric when it is judged."""

    metric: Metric
    limit: Limit
    candidate: Measurement
    baseline: Measurement | None
    comparison: Comparison | None = None
    tries: bool = False
    no_baseline: str = ""
    """Why there is no baseline to compare with; "" where there is one."""
    excused: bool = False
    """There is no baseline, and the user said that this is the first version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """One bound, held: by how much, and in which words."""

    bound: str
    change: float | None
    kind: str
    breached: bool
    sentence: str
    interval: tuple[float, float] | None = None
    """95% interval of the value that is held against the bound."""
    allowed: float = math.nan


def number(measurement: Measurement | None) -> float | None:
    """The value, where it is a number."""
    if measurement is None or measurement.value is None or not math.isfinite(measurement.value):
        return None
    return measurement.value


def sign(metric: Metric) -> float:
    """+1 where more is worse, -1 where less is."""
    return 1.0 if metric.direction is Direction.LOWER_IS_BETTER else -1.0


def judge(case: Case) -> Judgement:
    """Decide one metric. Not a number comes first: nothing that is not there is ever compared."""
    candidate, lacking = number(case.candidate), compared_without(case)
    if candidate is None:
        return lacking if case.excused and lacking is not None else without_value(case)
    held = [breach for breach in (breach_of(case, bound, candidate) for bound in bounds(case.limit)) if breach]
    breached = [decided(case, breach) for breach in held if breach.breached]
    found = [*breached, *(doubt for doubt in (lacking, floor(case)) if doubt is not None)]
    return min(found, key=badness) if found else within(case, held)


def badness(judgement: Judgement) -> int:
    """0 for the worst outcome; of equals the first bound speaks."""
    return FROM_WORST.index(judgement.outcome)


def bounds(limit: Limit) -> tuple[str, ...]:
    """The bounds that are set, absolute ones first."""
    return tuple(
        name for name in ("max", "min", "max_ratio", "max_worse", "max_increase") if getattr(limit, name) is not None
    )


def relative(bound: str) -> bool:
    """The bound needs a baseline."""
    return bound not in ("max", "min")


def breach_of(case: Case, bound: str, candidate: float) -> Breach | None:
    """Hold the candidate against one bound; None where the bound needs a baseline and there is none.

    Exactly at the limit passes.
    """
    allowed = float(getattr(case.limit, bound))
    baseline = number(case.baseline)
    if not relative(bound):
        return absolute(case, bound, candidate, allowed)
    if baseline is None:
        return None
    change, kind = change_of(case, bound, baseline, candidate)
    sentence = compared_words(change, kind, case.metric.unit, allowed)
    return Breach(
        bound=bound,
        change=change,
        kind=kind,
        breached=beyond(change, allowed),
        sentence=sentence,
        allowed=allowed,
    )


def beyond(change: float, allowed: float) -> bool:
    """Whether a change against the baseline is more than a bound allows: the decision alone."""
    return change > allowed


def broken(case: Case) -> bool | None:
    """Whether some bound is breached, without a word of it; None where no bound can be held."""
    candidate, baseline = number(case.candidate), number(case.baseline)
    if candidate is None:
        return None
    found: list[bool] = []
    for bound in bounds(case.limit):
        allowed = float(getattr(case.limit, bound))
        if not relative(bound):
            found.append(outside(case.candidate, case.metric.unit, bound, allowed))
        elif baseline is not None:
            found.append(beyond(change_of(case, bound, baseline, candidate)[0], allowed))
    return any(found) if found else None


def compared_words(change: float, kind: str, unit: Unit, allowed: float) -> str:
    """A change against the baseline in words that a person would use."""
    most = changed(allowed, kind, unit, change)
    if kind == "ratio":
        return f"{changed(change, kind, unit, allowed)} of the baseline's, at most {most} is allowed"
    better, worse = ("better", "worse") if kind == "relative" else ("less", "more")
    size = changed(abs(change), kind, unit, allowed)
    said = f"{size} {worse if change > 0 else better} than the baseline" if change else "the same as the baseline"
    return f"{said}, at most {most} {worse} is allowed"


def absolute(case: Case, bound: str, candidate: float, allowed: float) -> Breach:
    """A bound on the candidate alone. Rates are compared as integers."""
    measured, unit = case.candidate, case.metric.unit
    breached = outside(measured, unit, bound, allowed)
    word = "at most" if bound == "max" else "at least"
    between = (measured.low, measured.high) if measured.low is not None and measured.high is not None else None
    counted = f" ({measured.count} of {measured.n})" if measured.count is not None and unit is Unit.SHARE else ""
    counted += f" [{measured.note}]" if measured.note and breached else ""
    return Breach(
        bound=bound,
        change=change_in_points(case, candidate),
        kind="difference",
        breached=breached,
        sentence=f"{show(candidate, unit, apart_from=[allowed])}{counted}, {word} {show(allowed, unit)} is allowed",
        interval=between,
        allowed=allowed,
    )


def outside(measured: Measurement, unit: Unit, bound: str, allowed: float) -> bool:
    """Whether a value lies beyond an absolute bound: the decision alone, asked before the merge and at every bar."""
    if measured.count is not None and measured.n and bound == "max" and unit is Unit.SHARE:
        return tries.above(measured.count, measured.n, allowed)
    value = number(measured)
    return value is not None and (value > allowed if bound == "max" else value < allowed)


def change_in_points(case: Case, candidate: float) -> float | None:
    """Candidate minus baseline, positive where worse."""
    baseline = number(case.baseline)
    return None if baseline is None else sign(case.metric) * (candidate - baseline)


def change_of(case: Case, bound: str, baseline: float, candidate: float) -> tuple[float, str]:
    """The change that a relative bound speaks of, positive where worse.

    Near zero a ratio means nothing, so values below the floor count as the floor; a negative baseline keeps its sign
    out of the denominator: worse is (baseline - candidate) / |baseline|.
    """
    least = case.limit.floor or 0.0
    if bound == "max_ratio":
        if case.comparison is not None and case.comparison.kind == "ratio" and case.comparison.change is not None:
            return case.comparison.change, "ratio"
        above, below = max(candidate, least), max(baseline, least)
        return (above / below if below > 0 else (1.0 if above <= 0 else math.inf)), "ratio"
    worse = sign(case.metric) * (candidate - baseline)
    if bound == "max_increase":
        return worse, "difference"
    scale = scale_of(case)
    return (worse / scale if scale > 0 else (0.0 if worse <= 0 else math.inf)), "relative"


def scale_of(case: Case) -> float:
    """What a relative change is relative to."""
    return max(abs(number(case.baseline) or 0.0), case.limit.floor or 0.0)


def changed(value: float, kind: str, unit: Unit, apart: float) -> str:
    """A change in words of its kind."""
    if kind == "ratio":
        return scaled(value, RATIO, apart_from=[apart])
    if kind == "relative":
        return scaled(value, PERCENT, apart_from=[apart])
    if unit is Unit.SHARE:
        return scaled(value, POINTS, apart_from=[apart])
    return show(value, unit, apart_from=[apart])


# ------------------------------------------------------------------ outcomes


def without_value(case: Case) -> Judgement:
    """The candidate gave no number."""
    title, note = case.metric.title, case.candidate.note
    if case.candidate.shared:
        said = f"{title}: both versions died on the same {case.candidate.shared} windows [{note}]"
        return answer(case, Outcome.NO_DATA, Reason.BASELINE_SICK, said)
    reason = Reason.NO_OBSERVATION if case.candidate.n == 0 else Reason.NOT_A_NUMBER
    said = f"{title}: there is no value for the candidate ({note or 'nothing was observed'})"
    return answer(case, Outcome.NO_DATA, reason, said)


def compared_without(case: Case) -> Judgement | None:
    """A relative bound, and no baseline to hold it against."""
    if not any(map(relative, bounds(case.limit))) or number(case.baseline) is not None:
        return None
    title = case.metric.title
    if case.excused:
        return answer(
            case, Outcome.WARN, Reason.NO_BASELINE, f"{title}: not compared, the candidate is the first version"
        )
    why = case.no_baseline or "the baseline gave no value"
    return answer(case, Outcome.NO_DATA, Reason.NO_BASELINE, f"{title}: cannot be compared, {why}")


def floor(case: Case) -> Judgement | None:
    """Too few tries to show that a rate is within its limit."""
    if not case.tries or case.limit.max is None:
        return None
    needed = tries.enough(case.limit.max)
    if case.candidate.n >= needed:
        return None
    allowed = show(case.limit.max, case.metric.unit)
    sentence = f"{case.metric.title}: {case.candidate.n} tries cannot show {allowed}; {needed} are needed"
    return answer(case, Outcome.NO_DATA, Reason.TOO_FEW_TRIES, sentence)


def within(case: Case, held: list[Breach]) -> Judgement:
    """Every bound holds."""
    if not held:
        return answer(case, Outcome.PASS, Reason.ADVISORY, f"{case.metric.title}: for information")
    closest = held[0]
    sentence = f"{case.metric.title}: {closest.sentence}"
    return answer(case, Outcome.PASS, Reason.WITHIN_LIMIT, sentence, closest, certainty(case, closest))


def decided(case: Case, breach: Breach) -> Judgement:
    """A bound is breached: a failure, unless the baseline is as sick or the rule asks for evidence that is missing."""
    sentence = f"{case.metric.title}: {breach.sentence}"
    if sick(case, breach.bound):
        return answer(
            case,
            Outcome.NO_DATA,
            Reason.BASELINE_SICK,
            f"{sentence}; the baseline breaches this limit too, so keeping it cures nothing",
            breach,
        )
    sure = certainty(case, breach)
    if case.limit.rule == "evidence" and not shown(case, breach):
        return not_shown(case, breach, sentence, sure)
    reason = {"max": Reason.ABOVE_LIMIT, "min": Reason.BELOW_LIMIT}.get(breach.bound, Reason.WORSE_THAN_BASELINE)
    return answer(case, Outcome.FAIL, reason, sentence, breach, sure)


def not_shown(case: Case, breach: Breach, sentence: str, sure: str) -> Judgement:
    """The rule asks for evidence. An interval that reaches back clears the candidate; having no interval does not."""
    if evidence(case, breach) is None:
        said = f"{sentence}; no interval is known, so it is neither shown nor excused"
        return answer(case, Outcome.NO_DATA, Reason.NOT_SHOWN_BY_EVIDENCE, said, breach)
    said = f"{sentence}; the 95% interval reaches back, so it is not shown"
    return answer(case, Outcome.WARN, Reason.NOT_SHOWN_BY_EVIDENCE, said, breach, sure)


def sick(case: Case, bound: str) -> bool:
    """The baseline breaches the same absolute bound. Crashes count only where the baseline survives: never sick."""
    if relative(bound) or case.baseline is None or case.metric.unit is Unit.COUNT:
        return False
    return outside(case.baseline, case.metric.unit, bound, float(getattr(case.limit, bound)))


def evidence(case: Case, breach: Breach) -> tuple[float, float, float] | None:
    """(low, high, limit) of what the breach is about; None where no interval is known. Higher is worse."""
    if not relative(breach.bound):
        low_high = breach.interval or rate_interval(case)
        if low_high is None or (breach.allowed == 0.0 and not breach.breached):  # no tries show a rate of zero
            return None
        low, high = low_high
        return (low, high, breach.allowed) if breach.bound == "max" else (-high, -low, -breach.allowed)
    compared = comparison_of(case, breach)
    if compared is None or compared.low is None or compared.high is None:
        return None
    if compared.kind == "ratio":
        return compared.low, compared.high, breach.allowed
    # Differences are held against no difference: that the candidate is worse at all must be beyond doubt.
    return compared.low, compared.high, 0.0


def comparison_of(case: Case, breach: Breach) -> Comparison | None:
    """The paired comparison that speaks of this bound: a ratio of ratios, a difference of everything else relative."""
    compared = case.comparison
    if compared is None or not relative(breach.bound):
        return None
    return compared if (compared.kind == "ratio") == (breach.kind == "ratio") else None


def rate_interval(case: Case) -> tuple[float, float] | None:
    """The exact interval of a rate; None of anything else."""
    measured = case.candidate
    if measured.count is not None and case.metric.unit is Unit.COUNT:
        return float(measured.count), float(measured.count)  # counted where the baseline survived: no chance in it
    if measured.count is None or not measured.n or case.metric.unit is not Unit.SHARE:
        return None
    return tries.exact_interval(measured.count, measured.n)


def shown(case: Case, breach: Breach) -> bool:
    """The whole 95% interval lies beyond."""
    found = evidence(case, breach)
    return found is not None and found[0] > found[2]


def certainty(case: Case, breach: Breach) -> str:
    """How sure the decision is, in words: where the interval lies of what is held against the limit."""
    found = evidence(case, breach)
    if found is None:
        return ""
    worse_at_all = found[0] > found[2]
    low, high, limit = against_limit(case, breach, found)
    if not breach.breached:
        return (
            "sure: the whole 95% interval is within the limit"
            if high <= limit
            else "low confidence: the 95% interval reaches beyond"
        )
    if low > limit:
        return "sure: the whole 95% interval is beyond the limit"
    return (
        "worse beyond doubt, but the 95% interval reaches back across the limit"
        if worse_at_all
        else "low confidence: the 95% interval reaches back"
    )


def against_limit(case: Case, breach: Breach, found: tuple[float, float, float]) -> tuple[float, float, float]:
    """The interval in the terms of the limit, and the limit: a difference is held against none by the rule."""
    if not relative(breach.bound):
        return found
    scale = scale_of(case) if breach.kind == "relative" else 1.0
    return (found[0] / scale, found[1] / scale, breach.allowed) if scale > 0 else found


def shown_interval(case: Case, breach: Breach | None) -> tuple[float, float] | None:
    """The interval for the record, in the direction of the value it belongs to."""
    if breach is not None and breach.interval is not None:
        return breach.interval
    compared = comparison_of(case, breach) if breach else case.comparison
    if compared is not None and compared.low is not None and compared.high is not None:
        scale = scale_of(case) if breach is not None and breach.kind == "relative" else 1.0
        return (compared.low / scale, compared.high / scale) if scale > 0 else None
    measured = case.candidate
    own = (measured.low, measured.high) if measured.low is not None and measured.high is not None else None
    return rate_interval(case) or own


def answer(
    case: Case, outcome: Outcome, reason: Reason, sentence: str, breach: Breach | None = None, sure: str = ""
) -> Judgement:
    """Put it into its final form. What does not block can at worst warn."""
    if not case.limit.blocking and outcome in (Outcome.FAIL, Outcome.NO_DATA, Outcome.ERROR):
        outcome = Outcome.PASS if reason is Reason.NO_OBSERVATION else Outcome.WARN
    return Judgement(
        metric=case.metric.name,
        outcome=outcome,
        reason=reason,
        sentence=" ".join(sentence.split()),  # a model's own words may hold anything
        blocking=case.limit.blocking,
        baseline=number(case.baseline),
        candidate=number(case.candidate),
        change=breach.change if breach else None,
        change_kind=breach.kind if breach else "",
        limit=case.limit,
        interval=shown_interval(case, breach),
        n=case.candidate.n,
        certainty=sure,
    )
