import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.metric import Direction, Measurement, Metric, Unit
from gate.domain.version import Role
from gate.judging.limits import Case, bounds, breach_of
from gate.judging.luck import breaches, false_alarms

LOWER = Metric(name="m", title="M", unit=Unit.NUMBER, direction=Direction.LOWER_IS_BETTER, explains="")
HIGHER = Metric(name="m", title="M", unit=Unit.NUMBER, direction=Direction.HIGHER_IS_BETTER, explains="")
NUMBERS = st.floats(-5, 5).map(lambda value: round(value, 3))


def measured(value, *seeds, role=Role.BASELINE):
    return Measurement(metric="m", role=role, value=value, seeds=seeds)


def test_seeds_that_agree_never_breach_and_seeds_that_scatter_do_in_half_of_the_cases():
    limit = Limit(max_worse=0.05, floor=0.1)
    assert false_alarms(HIGHER, limit, measured(0.7, 0.7, 0.7, 0.7)) == 0.0
    scattered = false_alarms(HIGHER, limit, measured(0.7, *np.linspace(0.2, 1.2, 9)))
    assert 0.35 < scattered < 0.5


def test_the_share_is_that_of_all_ways_to_draw_the_seeds():
    two = measured(0.5, 0.25, 0.75)  # the median of two draws: 0.25, 0.5, 0.5, 0.75
    assert false_alarms(LOWER, Limit(max=0.5), two) == pytest.approx(1 / 4, abs=0.03)
    assert false_alarms(LOWER, Limit(min=0.5), two) == pytest.approx(1 / 4, abs=0.03)
    three = measured(0.0, 0.0, 0.0, 1.0)  # the median of three draws is 1 in 7 of 27
    rises = 7 / 27 * 20 / 27  # as often as it falls
    assert false_alarms(LOWER, Limit(max_increase=0.5), three) == pytest.approx(rises, abs=0.03)
    assert false_alarms(LOWER, Limit(max_worse=2.0, floor=0.1), three) == pytest.approx(rises, abs=0.03)
    assert false_alarms(HIGHER, Limit(max_worse=2.0, floor=0.1), three) == 0.0
    assert false_alarms(HIGHER, Limit(max_worse=0.9, floor=0.1), three) == pytest.approx(rises, abs=0.03)


def test_a_step_as_large_as_it_is_allowed_never_breaches():
    three = measured(0.0, 0.0, 0.0, 1.0)
    assert false_alarms(LOWER, Limit(max_increase=1.0), three) == 0.0
    assert false_alarms(HIGHER, Limit(max_increase=1.0), three) == 0.0


def test_the_same_seeds_give_the_same_share():
    limit, seeds = Limit(max_worse=0.05, floor=0.1), measured(0.7, *np.linspace(0.2, 1.2, 9))
    assert false_alarms(HIGHER, limit, seeds) == false_alarms(HIGHER, limit, seeds)


@pytest.mark.parametrize("later", [{"min": -9.0}, {"max_increase": 9.0}, {"max_worse": 9.0}, {"max_ratio": 9.0}])
def test_one_breached_bound_is_enough_whatever_the_others_say(later):
    assert breaches(Limit(max=1.5, **later), np.array([1.0, 1.0]), np.array([2.0, 1.0]), 1.0).tolist() == [True, False]


def test_exactly_at_a_bound_is_no_breach():
    ours, theirs = np.array([1.0]), np.array([1.5])
    for limit in (Limit(max=1.5), Limit(min=1.5), Limit(max_increase=0.5), Limit(max_worse=0.5), Limit(max_ratio=1.5)):
        assert not breaches(limit, ours, theirs, 1.0).any()


def test_something_is_endlessly_more_than_nothing_and_nothing_is_as_much():
    ours, theirs = np.zeros(3), np.array([0.0, 0.5, 2.0])
    assert breaches(Limit(max_ratio=9.0), ours, theirs, 1.0).tolist() == [False, True, True]


def test_one_seed_or_no_baseline_tells_nothing():
    assert false_alarms(LOWER, Limit(max=0.1), measured(0.2, 0.2)) is None
    assert false_alarms(LOWER, Limit(max=0.1), None) is None


def test_a_baseline_that_is_itself_beyond_the_limit_breaches_it_always():
    assert false_alarms(LOWER, Limit(max=0.15), measured(0.2, 0.19, 0.2, 0.22)) == 1.0


@settings(max_examples=200)
@given(
    NUMBERS,
    NUMBERS,
    st.sampled_from(["max", "min", "max_ratio", "max_worse", "max_increase"]),
    st.floats(0.01, 3).map(lambda value: round(value, 3)),
    st.sampled_from([None, 0.1, 1.0]),
    st.sampled_from([LOWER, HIGHER]),
)
def test_a_breach_is_what_the_judge_calls_one(ours, theirs, bound, allowed, floor, metric):
    limit = Limit(**{bound: allowed}, floor=floor)
    case = Case(
        metric=metric,
        limit=limit,
        candidate=measured(theirs, role=Role.CANDIDATE),
        baseline=measured(ours),
    )
    known = any(breach_of(case, name, theirs).breached for name in bounds(limit))
    worse = 1.0 if metric is LOWER else -1.0
    assert breaches(limit, np.array([ours]), np.array([theirs]), worse).tolist() == [known]


@pytest.mark.parametrize("limit", [Limit(), Limit(max=np.inf), Limit(max_ratio=np.inf)])
def test_a_limit_that_holds_nothing_never_fires(limit):
    assert false_alarms(LOWER, limit, measured(0.2, 0.1, 0.2, 0.3)) == 0.0
