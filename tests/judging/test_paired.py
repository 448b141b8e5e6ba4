"""A ratio of timings: the limit, the warning margin, and what is said where they cannot be decided."""

import math

import pytest

from gate.domain.limit import Limit
from gate.domain.metric import Direction, Measurement, Metric, Unit
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.domain.version import Role
from gate.judging.limits import Case
from gate.judging.paired import how_sure, interval, judge_paired, warned
from gate.judging.sequential import Stand

CPU = Metric(name="cpu", title="CPU (fit)", unit=Unit.SECONDS, direction=Direction.LOWER_IS_BETTER, explains="")


def asked(value=1.0, n=12, **limit):
    return Case(
        metric=CPU,
        limit=Limit(**({"max_ratio": 3.0, "warn_ratio": 1.25} | limit)),
        candidate=Measurement(metric="cpu", role=Role.CANDIDATE, value=value, n=n),
        baseline=Measurement(metric="cpu", role=Role.BASELINE, value=None if value is None else 1.0),
    )


def held(logs, *, cut_short="", **limit):
    return judge_paired(asked(1.0 if logs else None, len(logs), **limit), logs, cut_short=cut_short)


def logs_of(ratio, pairs=12, scatter=0.1):
    """Pairs whose mean is exact and whose spread is about `scatter`."""
    return [math.log(ratio) + scatter * (-1) ** pair for pair in range(pairs)]


def test_identical_code_passes_and_says_after_how_many_pairs_it_is_sure():
    judgement = held(logs_of(1.0))
    assert judgement.outcome is Outcome.PASS
    assert judgement.certainty == "sure after 12 pairs: the whole 95% interval is within the limit"


def test_five_times_the_work_fails_after_few_pairs():
    judgement = held(logs_of(5.0, pairs=4))
    assert judgement.outcome is Outcome.FAIL
    assert judgement.certainty == "sure after 4 pairs: the whole 95% interval is beyond the limit"


@pytest.mark.parametrize(("ratio", "outcome"), [(3.2, Outcome.FAIL), (2.9, Outcome.WARN)])
def test_undecided_at_the_cap_the_point_estimate_decides_and_is_called_so(ratio, outcome):
    judgement = held(logs_of(ratio))
    assert judgement.outcome is outcome
    assert judgement.certainty == "low confidence: undecided after 12 pairs, so the point estimate decides"


def test_undecided_on_a_noisy_machine_is_no_answer():
    judgement = held(logs_of(3.2, scatter=0.8))
    assert (judgement.outcome, judgement.reason) == (Outcome.NO_DATA, Reason.MACHINE_TOO_NOISY)
    assert "too noisy to tell" in judgement.sentence
    assert judgement.certainty == "undecided after 12 pairs, noisy machine: nothing is decided"


def test_two_pairs_of_a_noisy_machine_bound_nothing_and_decide_nothing():
    judgement = held(logs_of(1.0, pairs=2, scatter=0.5))
    assert judgement.interval is None
    assert judgement.reason is Reason.MACHINE_TOO_NOISY


def test_a_noisy_machine_still_tells_identical_code_from_a_limit_far_off():
    judgement = held(logs_of(1.0, scatter=0.5))
    assert judgement.outcome is Outcome.PASS
    assert judgement.certainty == "sure after 12 pairs, noisy machine: the whole 95% interval is within the limit"


def test_slower_beyond_doubt_within_the_limit_is_a_warning_with_its_size():
    judgement = held(logs_of(1.4))
    assert (judgement.outcome, judgement.reason) == (Outcome.WARN, Reason.DRIFT)
    assert judgement.sentence.startswith(
        "CPU (fit): 1.40x of the baseline's, beyond doubt (95% interval 1.17x to 1.67x)"
    )


def test_beyond_the_margin_by_the_point_estimate_alone_is_a_warning_of_low_confidence():
    judgement = held(logs_of(1.4, pairs=2))
    assert judgement.outcome is Outcome.WARN
    assert "by the point estimate" in judgement.sentence
    assert "low confidence" in judgement.sentence


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.1])
def test_what_is_no_slower_than_the_margin_is_not_warned_of(ratio):
    assert held(logs_of(ratio)).outcome is Outcome.PASS


def test_without_a_margin_nothing_is_warned_of():
    assert held(logs_of(2.0), warn_ratio=None).outcome is Outcome.PASS


def test_no_pairs_are_no_data():
    judgement = held([])
    assert (judgement.outcome, judgement.reason) == (Outcome.NO_DATA, Reason.NO_OBSERVATION)
    assert judgement.certainty == ""


def test_values_without_pairs_are_held_as_they_are():
    judgement = judge_paired(asked(5.0), [], cut_short="")
    assert (judgement.outcome, judgement.change, judgement.certainty) == (Outcome.FAIL, 5.0, "")


def test_pairs_without_a_limit_on_their_ratio_decide_nothing():
    judgement = held(logs_of(5.0), max_ratio=None, max=2.0)
    assert (judgement.outcome, judgement.certainty) == (Outcome.PASS, "")


def test_timing_that_broke_off_never_passes_and_still_fails():
    broken = held(logs_of(1.0), cut_short="exited with code 3")
    assert (broken.outcome, broken.reason) == (Outcome.NO_DATA, Reason.CRASHED)
    assert broken.sentence == "CPU (fit): a timed run ended early: exited with code 3"
    assert held(logs_of(5.0), cut_short="exited with code 3").outcome is Outcome.FAIL


def test_an_advisory_ratio_is_at_worst_a_warning():
    assert held(logs_of(5.0), blocking=False).outcome is Outcome.WARN
    assert held(logs_of(3.2, scatter=0.8), blocking=False).outcome is Outcome.WARN
    assert held(logs_of(1.0), blocking=False, cut_short="exited with code 3").outcome is Outcome.PASS


def test_evidence_is_asked_for_where_the_rule_asks():
    assert held(logs_of(3.2), rule="evidence").outcome is Outcome.WARN
    assert held(logs_of(5.0), rule="evidence").outcome is Outcome.FAIL
    noisy = held(logs_of(3.2, scatter=0.8), rule="evidence")
    assert (noisy.outcome, noisy.reason) == (Outcome.WARN, Reason.NOT_SHOWN_BY_EVIDENCE)


def test_exactly_at_the_limit_passes():
    judgement = held([math.log(3.0)] * 12, warn_ratio=None)
    assert judgement.outcome is Outcome.PASS


# ------------------------------------------------------------------ where a stand lies, and its words


def at(ratio, low, high, pairs=12, *, slower=False):
    return Stand(ratio=ratio, low=low, high=high, pairs=pairs, scatter=0.1, noisy=False, slower=slower)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (at(1.1, 1.0, 1.2), Outcome.PASS),  # it may be as fast
        (at(1.25, 0.9, 1.6), Outcome.PASS),  # exactly at the margin
        (at(1.26, 0.9, 1.6), Outcome.WARN),
        (at(1.1, 1.001, 1.2), Outcome.PASS),  # by SIGMA it is slower, by what these pairs scatter it may not be
        (at(1.1, 1.01, 1.2, slower=True), Outcome.WARN),
    ],
)
def test_exactly_at_no_change_or_at_the_margin_is_no_warning(found, outcome):
    passed = Judgement(metric="cpu", outcome=Outcome.PASS, reason=Reason.WITHIN_LIMIT, sentence="", blocking=True)
    assert warned(passed, found, asked()).outcome is outcome


def test_no_figure_of_a_warning_is_rounded_across_what_it_is_held_against():
    assert held([math.log(1.2503)] * 30).sentence.startswith("CPU (fit): 1.2503x of the baseline's")
    assert held([math.log(1.004)] * 60_000).sentence.startswith("CPU (fit): 1.004x of the baseline's, beyond doubt")
    assert interval(at(1.1, 1.004, 1.2)) == "95% interval 1.004x to 1.20x"
    assert interval(at(0.9, 0.8, 0.996)) == "95% interval 0.80x to 0.996x"


def test_one_pair_is_one_and_two_are_several():
    assert how_sure(at(1.0, 0.5, 2.0, 1), 3.0).startswith("sure after 1 pair:")
    assert how_sure(at(1.0, 0.5, 2.0, 2), 3.0).startswith("sure after 2 pairs:")
