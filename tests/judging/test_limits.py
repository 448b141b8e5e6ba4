import itertools
import math

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.metric import Comparison, Direction, Measurement, Metric, Unit
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.domain.version import Role
from gate.judging.limits import Case, bounds, breach_of, broken, judge, number, outside

BOUNDS = ("max", "min", "max_ratio", "max_worse", "max_increase")
FINITE = st.floats(-1e6, 1e6)
MAYBE = st.none() | st.just(math.nan) | st.just(math.inf) | FINITE


def metric(unit=Unit.NUMBER, *, higher=False):
    direction = Direction.HIGHER_IS_BETTER if higher else Direction.LOWER_IS_BETTER
    return Metric(name="m", title="M", unit=unit, direction=direction, explains="")


def measured(value, role=Role.CANDIDATE, **rest):
    return Measurement(metric="m", role=role, value=value, **({"n": 100} | rest))


def case(candidate, baseline=None, *, unit=Unit.NUMBER, higher=False, comparison=None, bounds=None, **limit):
    names = {name: limit.pop(name) for name in ("tries", "no_baseline", "excused") if name in limit}
    ours = candidate if isinstance(candidate, Measurement) else measured(candidate)
    theirs = baseline
    if baseline is not None and not isinstance(baseline, Measurement):
        theirs = measured(baseline, Role.BASELINE)
    return Case(
        metric=metric(unit, higher=higher),
        limit=Limit(**limit, **(bounds or {})),
        candidate=ours,
        baseline=theirs,
        comparison=comparison,
        **names,
    )


def rate(count, n, role=Role.CANDIDATE):
    return measured(count / n if n else None, role, count=count, n=n)


def outcome(*args, **kwargs):
    return judge(case(*args, **kwargs)).outcome


# ------------------------------------------------------------------ not a number


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("bound", BOUNDS)
def test_not_a_number_is_no_data_before_any_comparison(value, bound):
    judged = judge(case(value, 1.0, bounds={bound: 0.5}))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.NOT_A_NUMBER)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
@pytest.mark.parametrize("bound", BOUNDS[2:])
def test_a_baseline_that_is_not_a_number_cannot_be_compared_with(value, bound):
    judged = judge(case(1.0, value, bounds={bound: 9.0}))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.NO_BASELINE)


def test_nothing_observed_is_no_observation():
    judged = judge(case(measured(None, n=0), max=1.0))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.NO_OBSERVATION)
    assert judged.sentence == "M: there is no value for the candidate (nothing was observed)"
    noted = judge(case(measured(None, n=0, note="no fork"), max=1.0))
    assert noted.sentence == "M: there is no value for the candidate (no fork)"


def test_a_death_that_both_share_is_the_baselines_sickness():
    judged = judge(case(measured(None, shared=2, note="boom"), max=0.0))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.BASELINE_SICK)
    assert "2 windows [boom]" in judged.sentence


# ------------------------------------------------------------------ absolute bounds


def test_five_of_a_hundred_is_not_above_five_percent():
    assert outcome(rate(5, 100), unit=Unit.SHARE, max=0.05) is Outcome.PASS
    assert outcome(rate(6, 100), unit=Unit.SHARE, max=0.05) is Outcome.FAIL


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_exactly_at_a_rate_limit_passes_and_one_more_fails(count, per_mille):
    n = 1000
    limit = per_mille / n
    assert outcome(rate(per_mille, n), unit=Unit.SHARE, max=limit) is Outcome.PASS
    assert (outcome(rate(count, n), unit=Unit.SHARE, max=limit) is Outcome.FAIL) == (count > per_mille)


@pytest.mark.parametrize(("bound", "worse"), [("max", 1), ("min", -1)])
def test_exactly_at_an_absolute_limit_passes_and_the_next_float_fails(bound, worse):
    assert outcome(0.9, bounds={bound: 0.9}) is Outcome.PASS
    assert outcome(math.nextafter(0.9, worse * math.inf), bounds={bound: 0.9}) is Outcome.FAIL
    assert outcome(math.nextafter(0.9, -worse * math.inf), bounds={bound: 0.9}) is Outcome.PASS


@pytest.mark.parametrize(("bound", "reason"), [("max", Reason.ABOVE_LIMIT), ("min", Reason.BELOW_LIMIT)])
def test_a_breach_says_which_way(bound, reason):
    value = 2.0 if bound == "max" else 0.0
    judged = judge(case(value, bounds={bound: 1.0}))
    assert judged.reason is reason
    assert f"{'at most' if bound == 'max' else 'at least'} 1.00 is allowed" in judged.sentence


def test_the_display_never_rounds_a_breach_away():
    assert "15.0%," not in judge(case(0.1500001, unit=Unit.SHARE, max=0.15)).sentence


def test_a_note_stands_with_a_breach_and_a_count_with_a_rate():
    ours = measured(0.06, count=6, n=100, note="6 x boom")
    assert (
        "6.0% (6 of 100) [6 x boom], at most 5.0% is allowed" in judge(case(ours, unit=Unit.SHARE, max=0.05)).sentence
    )
    assert "boom" not in judge(case(ours, unit=Unit.SHARE, max=0.5)).sentence
    assert " of " not in judge(case(measured(2.0, count=2, n=100), unit=Unit.COUNT, max=5.0)).sentence


def test_the_change_in_points_is_positive_where_worse():
    assert judge(case(0.3, 0.2, max=1.0)).change == pytest.approx(0.1)
    assert judge(case(0.3, 0.2, higher=True, min=0.0)).change == pytest.approx(-0.1)
    assert judge(case(0.3, max=1.0)).change is None


# ------------------------------------------------------------------ relative bounds


@pytest.mark.parametrize(
    ("baseline", "candidate", "expected"),
    [
        (1.0, 0.95, Outcome.PASS),
        (1.0, 0.94, Outcome.FAIL),
        (1.0, 1.5, Outcome.PASS),
        (-1.0, -1.05, Outcome.PASS),
        (-1.0, -1.06, Outcome.FAIL),
        (-1.0, -0.5, Outcome.PASS),
        (-1.0, 1.0, Outcome.PASS),
        (1.0, -1.0, Outcome.FAIL),
        (0.0, 0.0, Outcome.PASS),
        (0.0, -0.004, Outcome.PASS),
        (0.0, -0.006, Outcome.FAIL),
        (0.001, -0.004, Outcome.PASS),
        (-0.001, 0.5, Outcome.PASS),
    ],
)
def test_five_percent_worse_keeps_its_sign_for_negative_and_near_zero_baselines(baseline, candidate, expected):
    assert outcome(candidate, baseline, higher=True, max_worse=0.05 + 1e-12, floor=0.1) is expected


@given(FINITE, FINITE, st.booleans(), st.floats(0, 10), st.sampled_from(["max_worse", "max_increase"]))
def test_what_is_better_never_fails_a_relative_bound(baseline, candidate, higher, limit, bound):
    assume((candidate >= baseline) if higher else (candidate <= baseline))
    assert outcome(candidate, baseline, higher=higher, bounds={bound: limit}) is Outcome.PASS


def test_a_relative_change_without_a_floor_of_a_baseline_of_zero_is_endless():
    assert outcome(1e-9, 0.0, max_worse=5.0) is Outcome.FAIL
    assert outcome(0.0, 0.0, max_worse=0.0) is Outcome.PASS
    assert outcome(-1.0, 0.0, max_worse=0.0) is Outcome.PASS


def test_a_ratio_counts_values_below_the_floor_as_the_floor():
    assert outcome(31.0, 1.0, max_ratio=2.0, floor=16.0) is Outcome.PASS
    assert outcome(33.0, 1.0, max_ratio=2.0, floor=16.0) is Outcome.FAIL
    assert outcome(40.0, 20.0, max_ratio=2.0, floor=16.0) is Outcome.PASS
    assert outcome(40.1, 20.0, max_ratio=2.0, floor=16.0) is Outcome.FAIL
    assert judge(case(1.0, 2.0, max_ratio=2.0, floor=16.0)).change == 1.0


def test_a_ratio_without_a_floor_survives_a_baseline_of_zero():
    assert outcome(0.0, 0.0, max_ratio=2.0) is Outcome.PASS
    assert outcome(1.0, 0.0, max_ratio=2.0) is Outcome.FAIL
    assert outcome(-1.0, -2.0, max_ratio=2.0) is Outcome.PASS
    assert judge(case(0.0, 0.0, max_ratio=2.0)).change == 1.0


@pytest.mark.parametrize(("low", "found"), [(2.8, Outcome.WARN), (3.0, Outcome.WARN), (3.1, Outcome.FAIL)])
def test_a_ratio_beyond_its_limit_is_shown_where_its_interval_lies_beyond_the_limit_and_not_beyond_nothing(low, found):
    paired = Comparison(metric="m", change=3.5, kind="ratio", low=low, high=4.0)
    assert outcome(3.5, 1.0, max_ratio=3.0, rule="evidence", comparison=paired) is found


def test_a_paired_ratio_decides_over_the_ratio_of_medians():
    paired = Comparison(metric="m", change=3.5, kind="ratio", low=3.1, high=4.0)
    judged = judge(case(1.0, 1.0, max_ratio=3.0, comparison=paired))
    assert (judged.outcome, judged.change, judged.interval) == (Outcome.FAIL, 3.5, (3.1, 4.0))
    assert outcome(1.0, 1.0, max_ratio=3.5, comparison=paired) is Outcome.PASS
    assert outcome(9.0, 1.0, max_ratio=3.5, comparison=msgspec.structs.replace(paired, change=None)) is Outcome.FAIL


def test_more_than_the_increase_allowed_fails_and_exactly_that_passes():
    assert outcome(0.75, 0.25, max_increase=0.5) is Outcome.PASS
    assert outcome(0.76, 0.25, max_increase=0.5) is Outcome.FAIL
    assert outcome(0.25, 0.75, higher=True, max_increase=0.5) is Outcome.PASS
    assert outcome(0.24, 0.75, higher=True, max_increase=0.5) is Outcome.FAIL


@pytest.mark.parametrize(
    ("candidate", "baseline", "limit", "words"),
    [
        (1.2, 1.0, {"max_worse": 0.05}, "20.0% worse than the baseline, at most 5.0% worse is allowed"),
        (0.8, 1.0, {"max_worse": 0.05}, "20.0% better than the baseline"),
        (1.0, 1.0, {"max_worse": 0.05}, "the same as the baseline"),
        (1.5, 1.0, {"max_increase": 0.25}, "0.50 more than the baseline, at most 0.25 more is allowed"),
        (0.5, 1.0, {"max_increase": 0.25}, "0.50 less than the baseline"),
        (5.0, 2.0, {"max_ratio": 2.0}, "2.50x of the baseline's, at most 2.00x is allowed"),
    ],
)
def test_changes_are_said_in_words(candidate, baseline, limit, words):
    assert f" {words}" in judge(case(candidate, baseline, bounds=limit)).sentence


@pytest.mark.parametrize(
    ("candidate", "limit", "words"),
    [
        (2.0, {"max_ratio": 1.999}, "M: 2.00x of the baseline's, at most 1.999x is allowed"),
        (2.0004, {"max_ratio": 2.0}, "M: 2.0004x of the baseline's, at most 2.00x is allowed"),
        (1.05004, {"max_worse": 0.05}, "M: 5.004% worse than the baseline, at most 5.0% worse is allowed"),
        (1.2503, {"max_increase": 0.25}, "M: 0.2503 more than the baseline, at most 0.25 more is allowed"),
        (1.0, {"max_increase": 0.25}, "M: the same as the baseline, at most 0.25 more is allowed"),
    ],
)
def test_no_change_is_rounded_across_what_is_allowed(candidate, limit, words):
    assert judge(case(candidate, 1.0, bounds=limit)).sentence == words


def test_the_record_says_of_which_kind_a_change_is():
    changed = {"max_ratio": "ratio", "max_worse": "relative", "max_increase": "difference", "max": "difference"}
    for bound, kind in changed.items():
        assert judge(case(0.9, 0.5, bounds={bound: 9.0})).change_kind == kind


def test_a_ratio_of_values_below_one_is_one():
    assert judge(case(0.5, 0.25, max_ratio=3.0)).change == 2.0


# ------------------------------------------------------------------ sick, missing and first baselines


def test_where_the_baseline_breaches_too_there_is_no_data():
    judged = judge(case(0.3, 0.2, max=0.15))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.BASELINE_SICK)


def test_where_only_the_baseline_breaches_the_candidate_passes():
    assert outcome(0.1, 0.2, max=0.15) is Outcome.PASS


def test_a_baseline_exactly_at_the_limit_is_not_sick():
    assert outcome(0.2, 0.15, max=0.15) is Outcome.FAIL
    assert outcome(0.8, 0.9, min=0.9) is Outcome.FAIL
    assert outcome(rate(6, 100), rate(5, 100, Role.BASELINE), unit=Unit.SHARE, max=0.05) is Outcome.FAIL
    assert outcome(rate(7, 100), rate(6, 100, Role.BASELINE), unit=Unit.SHARE, max=0.05) is Outcome.NO_DATA


def test_a_sick_baseline_does_not_hide_what_else_got_worse():
    judged = judge(case(0.9, 0.2, max=0.15, max_increase=0.1))
    assert (judged.outcome, judged.reason) == (Outcome.FAIL, Reason.WORSE_THAN_BASELINE)


def test_a_baseline_that_is_not_a_number_is_not_sick():
    assert outcome(0.3, math.nan, max=0.15) is Outcome.FAIL


def test_a_rate_may_have_a_least_value_too():
    assert outcome(rate(5, 100), unit=Unit.SHARE, min=0.05) is Outcome.PASS
    assert outcome(rate(4, 100), unit=Unit.SHARE, min=0.05) is Outcome.FAIL
    assert outcome(rate(6, 100), unit=Unit.SHARE, min=0.05) is Outcome.PASS


def test_counts_are_never_sick():
    assert (
        outcome(measured(2.0, count=2), measured(1.0, Role.BASELINE, count=1), unit=Unit.COUNT, max=0.0) is Outcome.FAIL
    )


def test_relative_breaches_are_never_sick():
    assert outcome(9.0, 1.0, max_ratio=2.0) is Outcome.FAIL


def test_without_a_baseline_a_relative_bound_has_no_answer_and_says_why():
    judged = judge(case(1.0, max_worse=0.05, no_baseline="there is no baseline"))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.NO_BASELINE)
    assert "there is no baseline" in judged.sentence


def test_the_first_version_is_warned_about_and_says_so():
    judged = judge(case(1.0, max_worse=0.05, no_baseline="there is no baseline", excused=True))
    assert (judged.outcome, judged.reason) == (Outcome.WARN, Reason.NO_BASELINE)
    assert "first version" in judged.sentence


def test_a_first_version_without_a_value_is_excused_from_being_compared_alone():
    judged = judge(case(None, max_worse=0.05, no_baseline="none", excused=True))
    assert (judged.outcome, judged.reason) == (Outcome.WARN, Reason.NO_BASELINE)
    assert judged.sentence == "M: not compared, the candidate is the first version"


def test_what_cannot_be_compared_says_why():
    silent = judge(case(1.0, measured(None, Role.BASELINE), max_worse=0.05))
    assert silent.sentence == "M: cannot be compared, the baseline gave no value"
    absent = judge(case(1.0, max_worse=0.05, no_baseline="there is no baseline"))
    assert absent.sentence == "M: cannot be compared, there is no baseline"


def test_too_few_tries_say_what_they_cannot_show_and_how_many_could():
    judged = judge(case(rate(0, 58), unit=Unit.SHARE, max=0.05, tries=True))
    assert judged.sentence == "M: 58 tries cannot show 5.0%; 59 are needed"


def test_the_first_version_is_not_excused_from_absolute_limits():
    assert outcome(2.0, max=1.0, max_worse=0.05, no_baseline="none", excused=True) is Outcome.FAIL
    assert outcome(None, max=1.0, no_baseline="none", excused=True) is Outcome.NO_DATA


def test_an_absolute_breach_beats_a_missing_baseline():
    assert outcome(2.0, max=1.0, max_worse=0.05) is Outcome.FAIL
    assert outcome(0.5, max=1.0, max_worse=0.05) is Outcome.NO_DATA


# ------------------------------------------------------------------ floors


@pytest.mark.parametrize(("limit", "needed"), [(0.05, 59), (0.01, 299), (0.10, 29)])
def test_the_rule_of_three_sets_the_floor(limit, needed):
    enough, too_few = rate(0, needed), rate(0, needed - 1)
    assert outcome(enough, unit=Unit.SHARE, max=limit, tries=True) is Outcome.PASS
    judged = judge(case(too_few, unit=Unit.SHARE, max=limit, tries=True))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.TOO_FEW_TRIES)
    assert f"{needed - 1} tries" in judged.sentence
    assert f"{needed} are needed" in judged.sentence


def test_what_is_breached_already_needs_no_more_tries():
    assert outcome(rate(1, 10), unit=Unit.SHARE, max=0.05, tries=True) is Outcome.FAIL


def test_a_rate_that_is_not_of_tries_has_no_floor():
    assert outcome(rate(0, 3), unit=Unit.SHARE, max=0.05) is Outcome.PASS


def test_under_the_evidence_rule_more_failures_are_not_better_than_too_few_tries():
    for failures in range(3):
        asked = case(rate(failures, 5), unit=Unit.SHARE, max=0.05, tries=True, rule="evidence")
        assert judge(asked).outcome is not Outcome.PASS
        assert judge(asked).outcome is not Outcome.WARN


# ------------------------------------------------------------------ evidence


def differing(low, high):
    return Comparison(metric="m", change=0.5, kind="difference", low=low, high=high)


def test_the_evidence_rule_fails_what_is_shown_and_warns_of_what_is_not():
    bounds = {"higher": True, "max_worse": 0.05, "rule": "evidence"}
    assert outcome(0.5, 1.0, comparison=differing(0.1, 0.9), **bounds) is Outcome.FAIL
    judged = judge(case(0.5, 1.0, comparison=differing(-0.1, 0.9), **bounds))
    assert (judged.outcome, judged.reason) == (Outcome.WARN, Reason.NOT_SHOWN_BY_EVIDENCE)
    assert (judged.change, judged.change_kind, judged.interval) == (0.5, "relative", (-0.1, 0.9))
    assert judged.certainty == "low confidence: the 95% interval reaches back"
    assert outcome(0.5, 1.0, comparison=differing(0.0, 0.9), **bounds) is Outcome.WARN


def test_the_evidence_rule_without_an_interval_excuses_nothing():
    judged = judge(case(0.5, 1.0, higher=True, max_worse=0.05, rule="evidence"))
    assert (judged.outcome, judged.reason) == (Outcome.NO_DATA, Reason.NOT_SHOWN_BY_EVIDENCE)
    assert (judged.change, judged.change_kind, judged.certainty) == (0.5, "relative", "")


def test_the_literal_limit_decides_whatever_the_interval_says():
    judged = judge(case(0.5, 1.0, higher=True, max_worse=0.05, comparison=differing(-0.1, 0.9)))
    assert judged.outcome is Outcome.FAIL
    assert judged.certainty == "low confidence: the 95% interval reaches back"


def test_a_difference_is_held_in_the_direction_in_which_more_is_worse():
    for low, high, expected in ((0.1, 0.2, Outcome.FAIL), (-0.1, 0.2, Outcome.WARN), (-0.2, -0.1, Outcome.WARN)):
        asked = case(0.5, 1.0, higher=True, max_worse=0.25, rule="evidence", comparison=differing(low, high))
        assert judge(asked).outcome is expected


@pytest.mark.parametrize(
    ("value", "low", "high", "limit", "sure"),
    [
        (0.2, 0.16, 0.3, {"max": 0.15}, "sure: the whole 95% interval is beyond the limit"),
        (0.2, 0.15, 0.3, {"max": 0.15}, "low confidence: the 95% interval reaches back"),
        (0.1, 0.05, 0.15, {"max": 0.15}, "sure: the whole 95% interval is within the limit"),
        (0.1, 0.05, 0.16, {"max": 0.15}, "low confidence: the 95% interval reaches beyond"),
        (0.8, 0.7, 0.89, {"min": 0.9}, "sure: the whole 95% interval is beyond the limit"),
        (0.8, 0.7, 0.9, {"min": 0.9}, "low confidence: the 95% interval reaches back"),
        (0.95, 0.9, 0.99, {"min": 0.9}, "sure: the whole 95% interval is within the limit"),
        (0.95, 0.89, 0.99, {"min": 0.9}, "low confidence: the 95% interval reaches beyond"),
    ],
)
def test_how_sure_a_decision_is_follows_from_the_interval(value, low, high, limit, sure):
    judged = judge(case(measured(value, low=low, high=high), bounds=limit))
    assert judged.certainty == sure
    assert judged.interval == (low, high)


def test_a_rates_certainty_comes_from_its_exact_interval():
    assert judge(case(rate(0, 1000), unit=Unit.SHARE, max=0.05)).certainty.startswith("sure")
    assert judge(case(rate(4, 100), unit=Unit.SHARE, max=0.05)).certainty.startswith("low")
    assert judge(case(rate(0, 80), unit=Unit.SHARE, max=0.0)).certainty == ""
    assert judge(case(rate(1, 80), unit=Unit.SHARE, max=0.0)).certainty.startswith("sure")


def test_the_interval_that_is_shown_is_the_rates_else_the_measurements_own():
    assert judge(case(measured(0.2, low=0.1, high=0.3))).interval == (0.1, 0.3)
    assert judge(case(measured(0.2, low=0.1, high=0.3), 0.2, max_worse=1.0)).interval == (0.1, 0.3)
    assert judge(case(measured(0.2))).interval is None
    assert judge(case(rate(0, 50), unit=Unit.SHARE)).interval[1] == pytest.approx(0.0711, abs=1e-4)
    assert judge(case(measured(2.0, count=2), unit=Unit.COUNT, max=5.0)).interval == (2.0, 2.0)
    assert judge(case(measured(None, count=0, n=0), unit=Unit.SHARE, max=0.5)).interval is None


def test_a_ratios_interval_is_held_against_the_limit_itself():
    for low, high, sure in ((2.0, 2.9, "sure"), (2.0, 3.1, "low"), (2.0, 3.0, "sure")):
        paired = Comparison(metric="m", change=2.5, kind="ratio", low=low, high=high)
        assert judge(case(1.0, 1.0, max_ratio=3.0, comparison=paired)).certainty.startswith(sure)


def test_an_interval_of_a_comparison_says_nothing_about_an_absolute_bound():
    paired = Comparison(metric="m", change=1.0, kind="ratio", low=0.9, high=1.1)
    judged = judge(case(50.0, 1.0, max=40.0, comparison=paired))
    assert (judged.outcome, judged.certainty, judged.interval) == (Outcome.FAIL, "", None)
    apart = judge(case(0.5, 1.0, higher=True, min=0.9, comparison=differing(-0.1, 0.3)))
    assert (apart.certainty, apart.interval) == ("", None)
    other_kind = judge(case(50.0, 1.0, max_worse=40.0, comparison=paired))
    assert (other_kind.certainty, other_kind.interval) == ("", None)


SURE_WITHIN, BEYOND = (
    "sure: the whole 95% interval is within the limit",
    "low confidence: the 95% interval reaches beyond",
)
SURE_BEYOND = "sure: the whole 95% interval is beyond the limit"
WORSE_AT_ALL = "worse beyond doubt, but the 95% interval reaches back across the limit"


@pytest.mark.parametrize(
    ("baseline", "candidate", "interval", "limit", "sure"),
    [
        (2.0, 2.6, (0.2, 0.9), {"max_worse": 0.5}, SURE_WITHIN),
        (2.0, 2.6, (0.2, 1.1), {"max_worse": 0.5}, BEYOND),
        (2.0, 4.0, (1.2, 2.8), {"max_worse": 0.5}, SURE_BEYOND),
        (2.0, 4.0, (0.8, 2.8), {"max_worse": 0.5}, WORSE_AT_ALL),
        (0.5, 0.6, (0.0, 0.3), {"max_worse": 0.5}, BEYOND),
        (0.5, 0.6, (0.0, 0.2), {"max_worse": 0.5}, SURE_WITHIN),
        (2.0, 2.4, (0.2, 0.6), {"max_increase": 0.5}, BEYOND),
        (2.0, 2.4, (0.2, 0.5), {"max_increase": 0.5}, SURE_WITHIN),
        (2.0, 3.0, (0.6, 1.5), {"max_increase": 0.5}, SURE_BEYOND),
        (2.0, 3.0, (0.4, 1.5), {"max_increase": 0.5}, WORSE_AT_ALL),
        (0.0, 1.0, (0.6, 1.5), {"max_worse": 0.5}, SURE_BEYOND),
        (0.0, 1.0, (-0.6, 1.5), {"max_worse": 0.5}, "low confidence: the 95% interval reaches back"),
    ],
)
def test_the_interval_of_a_difference_is_held_against_what_is_allowed(baseline, candidate, interval, limit, sure):
    judged = judge(case(candidate, baseline, comparison=differing(*interval), bounds=limit))
    assert judged.certainty == sure


@pytest.mark.parametrize(("low", "high"), [(None, 0.3), (0.1, None), (None, None)])
def test_half_an_interval_is_none(low, high):
    bare = judge(case(measured(0.5, low=low, high=high), 0.4, max=1.0))
    assert (bare.certainty, bare.interval) == ("", None)
    compared = judge(case(0.5, 0.4, max_increase=1.0, comparison=differing(low, high)))
    assert (compared.certainty, compared.interval) == ("", None)
    advisory = judge(case(measured(0.5, low=low, high=high), 0.4))
    assert advisory.interval is None


def test_the_interval_that_is_shown_is_of_the_change_in_the_terms_of_the_change():
    relative = judge(case(0.5, 2.0, higher=True, max_worse=5.0, comparison=differing(0.2, 1.0)))
    assert (relative.interval, relative.change_kind) == ((0.1, 0.5), "relative")
    points = judge(case(0.5, 2.0, higher=True, max_increase=5.0, comparison=differing(0.2, 1.0)))
    assert (points.interval, points.change_kind) == ((0.2, 1.0), "difference")
    endless = judge(case(0.5, 0.0, max_worse=5.0, comparison=differing(0.2, 1.0)))
    assert endless.interval is None
    for_information = judge(case(measured(0.5, low=0.4, high=0.6), 2.0, comparison=differing(0.2, 1.0)))
    assert for_information.interval == (0.2, 1.0)


def test_a_count_that_nobody_made_has_no_exact_interval():
    judged = judge(case(measured(3.0), unit=Unit.COUNT, max=5.0))
    assert (judged.interval, judged.certainty) == (None, "")


def test_a_rate_is_held_by_its_count_and_not_by_what_floats_make_of_it():
    ours = measured(0.1 + 0.2, count=3, n=10)
    assert ours.value > 0.3
    assert outcome(ours, unit=Unit.SHARE, max=0.3) is Outcome.PASS
    assert outcome(ours, unit=Unit.NUMBER, max=0.3) is Outcome.FAIL
    assert outcome(measured(0.3, count=4, n=10), unit=Unit.SHARE, max=0.3) is Outcome.FAIL


# ------------------------------------------------------------------ the whole record


def test_everything_that_is_known_stands_in_the_judgement():
    ours = measured(0.2, count=20, n=100, note="why")
    judged = judge(case(ours, measured(0.1, Role.BASELINE), unit=Unit.SHARE, max=0.15))
    low, high = judged.interval
    assert (low, high) == (pytest.approx(0.1267, abs=1e-4), pytest.approx(0.2918, abs=1e-4))
    assert judged == Judgement(
        metric="m",
        outcome=Outcome.FAIL,
        reason=Reason.ABOVE_LIMIT,
        sentence="M: 20.0% (20 of 100) [why], at most 15.0% is allowed",
        blocking=True,
        baseline=0.1,
        candidate=0.2,
        change=0.1,
        change_kind="difference",
        limit=Limit(max=0.15),
        interval=(low, high),
        n=100,
        certainty="low confidence: the 95% interval reaches back",
    )


def test_what_passes_says_that_it_is_within_the_first_of_its_limits():
    judged = judge(case(1.0, 0.8, max=2.0, max_worse=0.5))
    assert (judged.outcome, judged.reason) == (Outcome.PASS, Reason.WITHIN_LIMIT)
    assert judged.sentence == "M: 1.00, at most 2.00 is allowed"
    assert (judged.change, judged.change_kind) == (pytest.approx(0.2), "difference")


def test_a_sickness_of_both_says_what_it_is_and_how_far_they_lie_apart():
    judged = judge(case(measured(0.3, low=0.2, high=0.4), 0.2, max=0.15))
    assert judged.sentence == (
        "M: 0.30, at most 0.15 is allowed; the baseline breaches this limit too, so keeping it cures nothing"
    )
    assert (judged.change, judged.interval, judged.certainty) == (pytest.approx(0.1), (0.2, 0.4), "")


def test_what_evidence_holds_back_says_what_it_would_have_said():
    bounds = {"higher": True, "max_worse": 0.05, "rule": "evidence"}
    said = "M: 50.0% worse than the baseline, at most 5.0% worse is allowed"
    held_back = judge(case(0.5, 1.0, comparison=differing(-0.1, 0.9), **bounds))
    assert held_back.sentence == f"{said}; the 95% interval reaches back, so it is not shown"
    unknown = judge(case(0.5, 1.0, **bounds))
    assert unknown.sentence == f"{said}; no interval is known, so it is neither shown nor excused"


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (0.33, "M: 8.0 pp more than the baseline, at most 5.0 pp more is allowed"),
        (0.21, "M: 4.0 pp less than the baseline, at most 5.0 pp more is allowed"),
        (0.30004, "M: 5.004 pp more than the baseline, at most 5.0 pp more is allowed"),
    ],
)
def test_a_share_changes_by_percentage_points(candidate, words):
    assert judge(case(candidate, 0.25, unit=Unit.SHARE, max_increase=0.05)).sentence == words


def test_a_models_words_stand_on_one_line():
    noted = measured(0.06, count=6, n=100, note="a\n\n b\tc")
    assert "[a b c]" in judge(case(noted, unit=Unit.SHARE, max=0.05)).sentence


# ------------------------------------------------------------------ what does not block


def test_a_breach_that_does_not_block_warns_with_its_reason_and_crashes_of_both_too():
    judged = judge(case(2.0, 3.0, max=1.0, blocking=False))
    assert (judged.outcome, judged.reason, judged.blocking) == (Outcome.WARN, Reason.BASELINE_SICK, False)
    alone = judge(case(2.0, 0.5, max=1.0, blocking=False))
    assert (alone.outcome, alone.reason) == (Outcome.WARN, Reason.ABOVE_LIMIT)


def test_what_does_not_block_never_fails():
    assert outcome(2.0, max=1.0, blocking=False) is Outcome.WARN
    assert outcome(None, max=1.0, blocking=False) is Outcome.WARN
    assert outcome(measured(None, n=0), max=1.0, blocking=False) is Outcome.PASS
    assert outcome(1.0, max_ratio=1.0, blocking=False) is Outcome.WARN


def test_a_metric_without_bounds_is_for_information():
    judged = judge(case(1.0))
    assert (judged.outcome, judged.reason) == (Outcome.PASS, Reason.ADVISORY)
    assert (judged.change, judged.change_kind) == (None, "")


# ------------------------------------------------------------------ laws


@st.composite
def cases(draw):
    count = draw(st.none() | st.integers(0, 50))
    unit = draw(st.sampled_from(Unit))
    n = draw(st.integers(0, 400)) if count is None else draw(st.integers(count, 400))
    value = draw(MAYBE) if count is None else (count / n if n else None)
    low, high = sorted((draw(FINITE), draw(FINITE)))
    known = draw(st.booleans())
    comparison = Comparison(
        metric="m",
        change=draw(st.none() | FINITE),
        kind=draw(st.sampled_from(["ratio", "difference", "relative"])),
        low=low if known else None,
        high=high if known else None,
    )
    limit = {name: draw(st.none() | st.floats(0, 10)) for name in BOUNDS}
    return case(
        measured(value, count=count, n=n, note=draw(st.text(max_size=8))),
        draw(st.none() | st.builds(measured, MAYBE, st.just(Role.BASELINE))),
        unit=unit,
        higher=draw(st.booleans()),
        comparison=draw(st.none() | st.just(comparison)),
        tries=draw(st.booleans()),
        excused=draw(st.booleans()),
        floor=draw(st.none() | st.floats(0, 2)),
        rule=draw(st.sampled_from(["point", "evidence"])),
        blocking=draw(st.booleans()),
        **limit,
    )


def under(asked, limit):
    return Case(**({name: getattr(asked, name) for name in asked.__slots__} | {"limit": limit}))


@given(cases(), st.data(), st.floats(0, 10))
def test_tightening_a_limit_never_turns_a_failure_into_a_pass(asked, data, by):
    there = [name for name in BOUNDS if getattr(asked.limit, name) is not None]
    assume(there)
    bound = data.draw(st.sampled_from(there))
    now = getattr(asked.limit, bound)
    tighter = now + by if bound == "min" else max(now - by, 0.0)
    stricter = under(asked, msgspec.structs.replace(asked.limit, **{bound: tighter}))
    if judge(asked).outcome is Outcome.FAIL:
        assert judge(stricter).outcome in (Outcome.FAIL, Outcome.NO_DATA)


@given(cases(), st.sampled_from(BOUNDS), st.floats(0, 10))
def test_one_more_bound_never_turns_a_failure_into_anything_else(asked, bound, allowed):
    assume(getattr(asked.limit, bound) is None)
    more = under(asked, msgspec.structs.replace(asked.limit, **{bound: allowed}))
    if judge(asked).outcome is Outcome.FAIL:
        assert judge(more).outcome is Outcome.FAIL


@given(cases())
def test_the_same_case_has_the_same_judgement_in_one_line(asked):
    judged = judge(asked)
    assert judged == judge(asked)
    assert judged.sentence
    assert len(judged.sentence.splitlines()) == 1


@given(cases())
def test_only_numbers_pass_and_only_what_blocks_fails(asked):
    judged = judge(asked)
    value = asked.candidate.value
    missing = value is None or not math.isfinite(value)
    if missing and asked.limit.blocking:
        assert judged.outcome is not Outcome.PASS
        assert judged.outcome is not Outcome.FAIL
    if judged.outcome is Outcome.FAIL:
        assert asked.limit.blocking


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0, 5), st.floats(0.001, 100))
def test_worse_by_a_share_does_not_depend_on_the_unit(baseline, candidate, limit, scale):
    one = outcome(candidate, baseline, higher=True, max_worse=limit)
    assume(abs(abs(baseline - candidate) - limit * abs(baseline)) > 1e-6)
    assume(abs(baseline) > 1e-3)
    assert outcome(candidate * scale, baseline * scale, higher=True, max_worse=limit) is one


def test_several_bounds_must_all_hold():
    for candidate, baseline in itertools.product((0.5, 1.5, 2.5), repeat=2):
        holds = candidate <= 2.0 and candidate - baseline <= 0.5
        sick = candidate > 2.0 and baseline > 2.0
        found = outcome(candidate, baseline, max=2.0, max_increase=0.5)
        assert found is (Outcome.NO_DATA if sick else Outcome.PASS if holds else Outcome.FAIL)


# ------------------------------------------------------------------ the decision alone, as the monitor asks it


@given(MAYBE, MAYBE, st.dictionaries(st.sampled_from(BOUNDS), st.floats(0, 10), max_size=3), st.booleans())
def test_the_decision_alone_is_what_the_sentences_say(candidate, baseline, limit, higher):
    asked = case(candidate, baseline, higher=higher, bounds=limit)
    value = number(asked.candidate)
    held = [] if value is None else [breach_of(asked, bound, value) for bound in bounds(asked.limit)]
    said = [breach.breached for breach in held if breach is not None]
    assert broken(asked) is (any(said) if said else None)


def test_a_bound_that_cannot_be_held_hides_no_bound_that_is_broken():
    assert broken(case(0.3, bounds={"max": 0.2, "max_worse": 0.1})) is True
    assert broken(case(0.1, bounds={"max": 0.2, "max_worse": 0.1})) is False
    assert broken(case(0.1, bounds={"max_worse": 0.1})) is None
    assert broken(case(0.3, 0.1, bounds={"max": 0.4, "max_worse": 0.1})) is True


def test_the_decision_alone_holds_each_bound_by_its_own_measure():
    assert broken(case(2.5, 1.0, max_ratio=2.0)) is True
    assert broken(case(2.5, 1.0, max_worse=2.0)) is False
    assert broken(case(25.0, 10.0, max_increase=2.0)) is True
    assert broken(case(rate(5 * 10**16 + 1, 10**18), unit=Unit.SHARE, max=0.05)) is True


def test_a_rate_is_outside_by_its_two_integers_and_what_is_no_number_never():
    assert not outside(rate(5, 100), Unit.SHARE, "max", 0.05)
    assert outside(rate(6, 100), Unit.SHARE, "max", 0.05)
    assert outside(rate(4, 100), Unit.SHARE, "min", 0.05)
    for bound in ("max", "min"):
        assert outside(measured(None), Unit.NUMBER, bound, 0.0) is False
        assert outside(measured(0.5), Unit.NUMBER, bound, 0.5) is False


def test_a_baseline_is_sick_by_its_two_integers():
    beyond = rate(5 * 10**16 + 1, 10**18, Role.BASELINE)
    assert judge(case(rate(6, 100), beyond, unit=Unit.SHARE, max=0.05)).reason is Reason.BASELINE_SICK
