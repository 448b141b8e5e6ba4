import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import beta, binomtest

from gate.judging.tries import (
    above,
    continued_fraction,
    enough,
    exact_interval,
    incomplete_beta,
    log_choose,
    more_often,
    quantile,
)


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


@settings(max_examples=100)
@given(st.integers(1, 400), st.integers(1, 400), st.floats(1e-6, 1 - 1e-6))
def test_the_incomplete_beta_function_is_scipys(a, b, x):
    assert incomplete_beta(a, b, x) == pytest.approx(betainc(a, b, x), rel=1e-9, abs=1e-200)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (1, 2), (2, 1), (3, 7), (50, 51), (2, 4999), (4999, 2)])
@pytest.mark.parametrize("probability", [0.025, 0.5, 0.975])
def test_a_quantile_is_as_near_as_numbers_get(a, b, probability):
    assert quantile(a, b, probability) == pytest.approx(beta.ppf(probability, a, b), rel=1e-10)


def test_the_continued_fraction_where_its_value_is_known():
    # I_x(1, b) = 1 - (1 - x)^b and I_x(a, 1) = x^a
    assert continued_fraction(1, 3, 0.2) == pytest.approx(0.2 * 0.8**3 * 3 / (1 - 0.8**3), rel=1e-13)
    assert continued_fraction(4, 1, 0.3) == pytest.approx(0.7, rel=1e-13)


@pytest.mark.parametrize(("count", "n"), [(1, 2), (1, 300), (299, 300), (30, 59), (7, 5000)])
def test_the_interval_is_exact_to_the_last_digits(count, n):
    low, high = exact_interval(count, n)
    assert low == pytest.approx(beta.ppf(0.025, count, n - count + 1), rel=1e-10)
    assert high == pytest.approx(beta.ppf(0.975, count + 1, n - count), rel=1e-10)


@pytest.mark.parametrize("n", [1, 59, 5000])
def test_the_interval_of_nothing_and_of_everything_is_the_closed_form(n):
    assert exact_interval(0, n) == (0.0, pytest.approx(1 - 0.025 ** (1 / n), rel=1e-12))
    assert exact_interval(n, n) == (pytest.approx(0.025 ** (1 / n), rel=1e-12), 1.0)


@pytest.mark.parametrize(("n", "k"), [(0, 0), (1, 0), (5, 2), (5, 5), (60, 30), (1000, 3)])
def test_binomial_coefficients_are_those_of_integers(n, k):
    assert log_choose(n, k) == pytest.approx(math.log(math.comb(n, k)), rel=1e-12, abs=1e-9)


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
    assert not more_often((5, 5), (0, 0))
    assert not more_often((0, 0), (0, 0))


def test_one_failure_of_few_tries_is_chance_and_many_of_few_are_not():
    assert not more_often((0, 1), (1, 1))
    assert more_often((0, 5), (5, 5))  # one in 252
    assert more_often((0, 100), (6, 100))
    assert not more_often((0, 100), (5, 100))
    assert not more_often((6, 100), (0, 100))
    assert more_often((1, 1000), (3, 20))
