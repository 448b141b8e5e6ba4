from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from gate.judging.tries import above, enough, exact_interval, more_often


@pytest.mark.parametrize(
    ("limit", "tries"), [(0.05, 59), (0.01, 299), (0.10, 29), (0.0, 1), (1.0, 1)]
)  # at zero the count decides
def test_the_rule_of_three(limit, tries):
    assert enough(limit) == tries


def test_a_limit_too_small_to_be_shown_asks_for_more_tries_than_there_are():
    assert enough(5e-324) > 10**15


@given(st.integers(1, 900))
def test_enough_is_the_fewest_tries_that_show_the_limit(per_mille):
    limit = per_mille / 1000
    tries = enough(limit)
    assert (1 - limit) ** tries <= 0.05 + 1e-12
    assert tries == 1 or (1 - limit) ** (tries - 1) > 0.05 - 1e-12


@given(st.integers(1, 100_000), st.integers(0, 1000))
def test_a_count_is_above_a_limit_exactly_as_the_written_numbers_say(n, per_mille):
    limit = per_mille / 1000
    most = per_mille * n // 1000
    assert not above(most, n, limit)
    assert above(most + 1, n, limit)
    assert above(most + 1, n, limit) == (Fraction(most + 1, n) > Fraction(per_mille, 1000))


@settings(max_examples=60)
@given(st.integers(1, 5000), st.floats(0, 1))
def test_the_interval_of_a_rate_is_clopper_and_pearsons(n, share):
    count = round(share * n)
    low, high = exact_interval(count, n)
    known = binomtest(count, n).proportion_ci(0.95, method="exact")
    assert low == pytest.approx(known.low, rel=1e-5, abs=1e-12)
    assert high == pytest.approx(known.high, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("count", [0, 1, 300_000])
def test_the_interval_of_a_rate_of_very_many_tries(count):
    low, high = exact_interval(count, 300_000)
    assert low <= count / 300_000 <= high
    assert high - low < 1e-4


@settings(max_examples=60)
@given(st.integers(0, 30), st.integers(30, 400), st.integers(0, 30), st.integers(30, 400))
def test_more_often_is_fishers_exact_test(before, n_before, after, n_after):
    from scipy.stats import fisher_exact  # noqa: PLC0415

    known = fisher_exact([[after, n_after - after], [before, n_before - before]], alternative="greater").pvalue
    if abs(known - 0.025) > 1e-9:
        assert more_often((before, n_before), (after, n_after)) == (known < 0.025)


def test_without_tries_nothing_is_more_often():
    assert not more_often((0, 0), (5, 5))
    assert not more_often((0, 5), (0, 0))
