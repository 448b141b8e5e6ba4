from hypothesis import given
from hypothesis import strategies as st

from gate.domain.verdict import Outcome
from gate.judging.order import FROM_WORST, worst

OUTCOMES = st.sampled_from(Outcome)


def test_every_outcome_has_its_place():
    assert sorted(FROM_WORST) == sorted(Outcome)


@given(OUTCOMES, OUTCOMES, OUTCOMES)
def test_the_worst_is_associative_commutative_and_idempotent(a, b, c):
    assert worst([worst([a, b]), c]) is worst([a, worst([b, c])]) is worst([a, b, c])
    assert worst([a, b]) is worst([b, a])
    assert worst([a, a]) is a


@given(OUTCOMES)
def test_a_failure_is_worst_and_a_pass_changes_nothing(a):
    assert worst([a, Outcome.FAIL]) is Outcome.FAIL
    assert worst([a, Outcome.PASS]) is a


def test_the_worst_of_none_is_a_pass():
    assert worst([]) is Outcome.PASS
