"""Inside the limit, and worse beyond doubt: a drift that must not be silent, because the next one starts from there.

Where the interval of the paired difference lies wholly on the bad side, a metric that would pass gets a warning with
the size. It never blocks: that is what the limit is for.
"""

import msgspec

from gate.domain.metric import Comparison, Measurement, Metric, Unit
from gate.domain.numbers import show
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.judging import tries
from gate.judging.limits import changed

STRICTER = 0.37
"""Of an interval's half: by this much more it must keep off no change at all.

About seven metrics are looked at each time. At 95% each, one of ten comparisons of identical code moved somewhere
(`python -m benchmarks.error_rates.identical_code`); 2.69 standard errors in place of 1.96 leave 2.5% for all of them
together (Dunn 1961, Multiple comparisons among means, JASA 56).
"""
WORSE = "worse than the baseline beyond doubt, though within the limit"


def warned(
    judgement: Judgement,
    metric: Metric,
    measured: tuple[Measurement, Measurement],
    comparison: Comparison | None,
) -> Judgement:
    """The judgement as it is, or a warning; `measured` = (baseline, candidate)."""
    if judgement.outcome is not Outcome.PASS or not judgement.blocking or judgement.reason is Reason.ADVISORY:
        return judgement
    said = drift_of(metric, *measured, comparison)
    if not said:
        return judgement
    sentence = f"{metric.title}: {said}, {WORSE}"
    return msgspec.structs.replace(judgement, outcome=Outcome.WARN, reason=Reason.DRIFT, sentence=sentence)


def drift_of(metric: Metric, baseline: Measurement, candidate: Measurement, comparison: Comparison | None) -> str:
    """What moved and by how much, in words; "" where nothing did beyond doubt."""
    if baseline.value is None or candidate.value is None:
        return ""
    moved = f"{show(baseline.value, metric.unit)} → {show(candidate.value, metric.unit)}"
    if comparison is not None and comparison.kind != "ratio":
        return f"{moved} ({worsening(metric, comparison)})" if for_the_worse(comparison) else ""
    if metric.unit is Unit.SHARE and baseline.count is not None and candidate.count is not None:
        more = tries.more_often((baseline.count, baseline.n), (candidate.count, candidate.n))
        return f"{moved} ({baseline.count} of {baseline.n} → {candidate.count} of {candidate.n})" if more else ""
    return ""


def for_the_worse(comparison: Comparison) -> bool:
    """The value and its whole interval lie on the bad side, and would if it were as much wider as many metrics ask."""
    if comparison.low is None or comparison.high is None or (comparison.change or 0.0) <= 0.0:
        return False
    return comparison.low > STRICTER * (comparison.high - comparison.low) / 2.0


def worsening(metric: Metric, comparison: Comparison) -> str:
    """The interval in words."""
    ends = (changed(end or 0.0, "difference", metric.unit, 0.0) for end in (comparison.low, comparison.high))
    return f"95% interval of the change: {' to '.join(ends)} worse"
