import numpy as np
import pytest
from arch.covariance.kernel import QuadraticSpectral
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import t

from gate.metrics.sharpe import (
    LONGEST_MEMORY,
    freedom,
    influence,
    long_run_variance,
    quadratic_spectral,
    standard_error,
    variance_apart,
)
from gate.metrics.strategy import performance, strategy_difference
from tests.build import BOTH, evidence, regimes, run


def error_of(*both):
    return standard_error(*(one[None, :] for one in both))


def returns(count, seed, memory=0.0, mean=0.0005):
    noise = np.random.default_rng(seed).normal(mean, 0.01, size=count + 50)
    out = np.zeros(count + 50)
    for at in range(1, count + 50):
        out[at] = memory * out[at - 1] + noise[at]
    return out[50:]


@settings(max_examples=20)
@example(900, 1, 0.999)  # both beyond the longest memory
@example(900, 1, -0.999)
@given(st.integers(30, 800), st.integers(0, 1000), st.floats(-0.5, 0.8))
def test_the_long_run_variance_is_archs_at_the_same_bandwidth(count, seed, memory):
    values = returns(count, seed, memory)
    centred = values - values.mean()
    rho = np.clip(centred[1:] @ centred[:-1] / (centred @ centred), -LONGEST_MEMORY, LONGEST_MEMORY)
    width = 1.3221 * (4 * rho**2 / (1 - rho) ** 4 * count) ** 0.2
    known = QuadraticSpectral(values, bandwidth=width, center=True, force_int=False).cov.long_run[0, 0]
    assert long_run_variance(values) == pytest.approx(known, rel=1e-6)


def test_the_standard_error_of_independent_returns_is_the_textbooks():
    # Lo 2002, FAJ 58(4): the variance of one Sharpe ratio of independent normal returns is (1 + SR^2 / 2) / T.
    errors = [error_of(returns(4000, seed), returns(4000, seed + 500)) for seed in range(20)]
    assert np.mean(errors) == pytest.approx(np.sqrt(2 / 4000), rel=0.05)


@pytest.mark.parametrize("count", [5, 60, 400])
def test_the_standard_error_is_the_delta_methods_with_a_gradient_by_differences(count):
    ours, theirs = returns(count, 1, 0.3, mean=0.004), 2.0 * returns(count, 2, -0.2, mean=-0.003)
    seen = np.column_stack([ours, theirs, ours**2, theirs**2])

    def gap(moments):
        mine, other, square_mine, square_other = moments
        return mine / np.sqrt(square_mine - mine**2) - other / np.sqrt(square_other - other**2)

    at = seen.mean(axis=0)
    steps = np.diag(np.abs(at) * 1e-5)
    gradient = np.array([(gap(at + step) - gap(at - step)) / (2.0 * step.sum()) for step in steps])
    known = np.sqrt(long_run_variance((seen - at) @ gradient) / (count - 4))
    assert error_of(ours, theirs) == pytest.approx(known, rel=1e-5)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    inside = 0
    for seed in range(400):
        market = returns(500, seed, 0.1)
        ours, theirs = market + returns(500, seed + 1000), market + returns(500, seed + 2000)
        gap = ours.mean() / ours.std() - theirs.mean() / theirs.std()
        inside += abs(gap) < 1.96 * error_of(ours, theirs)
    assert 0.91 <= inside / 400 <= 0.985


def test_the_same_returns_differ_by_nothing_and_what_never_varies_has_no_error():
    same = returns(300, 1)
    assert error_of(same, same) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(error_of(same, np.zeros(300)))
    assert np.isnan(error_of(np.array([0.1, 0.2]), np.array([0.2, 0.1])))


def test_the_interval_of_the_difference_is_students_for_as_many_blocks_as_the_bars_have():
    found = evidence([run(role, "A", states=regimes(900, seed)) for seed, role in enumerate(BOTH)])
    made = performance(found)
    low, high = strategy_difference(found).low, strategy_difference(found).high
    error = error_of(*(made.returns[role][0] for role in BOTH)) * np.sqrt(made.periods)
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 900 / 45) * error, rel=1e-3)


def test_what_the_bars_add_to_a_ratio_sums_to_nothing():
    added = influence(np.array([returns(300, 1, mean=0.005), returns(300, 2, mean=-0.02), np.zeros(300)]))
    assert np.abs(added[:2]).max() > 1.0
    assert added[:2].mean(axis=1) == pytest.approx([0.0, 0.0], abs=1e-10)
    assert np.isnan(added[2]).all()


def test_the_error_of_several_seeds_is_that_of_the_mean_of_their_ratios():
    ours = np.array([returns(300, seed, 0.2) for seed in range(3)])
    theirs = np.array([returns(300, seed, 0.2) for seed in range(3, 5)])

    def ratio(rows, weights):
        mean, square = rows @ weights, rows**2 @ weights
        return (mean / np.sqrt(square - mean**2)).mean()

    even, step = np.full(300, 1 / 300), 1e-6
    bars = np.eye(300)
    gap = [ratio(ours, even * (1 - step) + step * bar) - ratio(theirs, even * (1 - step) + step * bar) for bar in bars]
    slopes = (np.array(gap) - ratio(ours, even) + ratio(theirs, even)) / step
    assert standard_error(ours, theirs) == pytest.approx(np.sqrt(long_run_variance(slopes) / 296), rel=1e-3)
    assert standard_error(ours, ours) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(standard_error(ours, np.vstack([theirs, np.zeros(300)])))


@pytest.mark.parametrize("count", [0, 1, 4])
def test_four_bars_or_fewer_have_no_error(count):
    assert np.isnan(error_of(returns(count, 1), returns(count, 2)))


def test_without_memory_no_lag_has_any_weight_and_with_it_near_lags_have_most():
    assert quadratic_spectral(np.arange(1.0, 5.0), 0.0).tolist() == [0.0] * 4
    weights = quadratic_spectral(np.array([1e-3, 1.0, 2.0]), 4.0)
    assert weights[0] == pytest.approx(1.0, abs=1e-6)
    assert weights[0] > weights[1] > weights[2] > 0.0


def test_what_bars_make_seeds_differ_by_is_the_variance_of_what_each_has_alone():
    random = np.random.default_rng(4)
    common = random.normal(0.02, 1.0, size=4000)
    seeds = common + 0.5 * random.normal(size=(5, 4000))
    # Lo 2002: (1 + SR² / 2) / T of a ratio, of which the seeds share what the common part is of their variance.
    assert variance_apart(seeds) == pytest.approx(0.25 / 1.25 / 4000, rel=0.1)
    assert variance_apart(np.array([common, 2.0 * common, 5.0 * common])) == pytest.approx(0.0, abs=1e-12)
    assert variance_apart(seeds[:1]) == 0.0


def test_two_seeds_differ_by_the_influence_that_is_apart():
    pair = np.array([returns(300, 1), returns(300, 2)])
    apart = np.diff(influence(pair), axis=0)[0]
    assert variance_apart(pair) == pytest.approx(long_run_variance(apart) / 2 / 296)


def test_a_difference_that_a_few_bars_make_has_few_degrees_of_freedom():
    even = np.array([returns(1000, 1)])
    same = even + 0.001 * np.random.default_rng(2).standard_t(100, size=1000)
    assert 150 < freedom(even, same) < 250, "of normal values as many as there are pieces of five bars"
    stormy = even.copy()
    stormy[0, 500:505] += 0.5
    assert freedom(even, stormy) < 5.0, "as if there were no more than two or three pieces"


def test_the_freedom_is_oneills_of_sums_over_five_bars_around_the_end():
    ours, theirs = (np.array([returns(60, seed)]) for seed in (1, 2))
    moved = influence(ours)[0] - influence(theirs)[0]
    moved = moved - moved.mean()
    sums = np.array([np.roll(moved, -at)[:5].sum() for at in range(60)])
    kurtosis = np.mean(sums**4) / np.mean(sums**2) ** 2
    assert freedom(ours, theirs) == pytest.approx(2 * 12 / (kurtosis - 9 / 11))


def test_few_bars_count_as_four_pieces_and_identical_returns_leave_nothing_uncertain():
    ours, theirs = (np.array([returns(10, seed)]) for seed in (1, 2))
    moved = influence(ours)[0] - influence(theirs)[0]
    moved = moved - moved.mean()
    sums = np.array([np.roll(moved, -at)[:5].sum() for at in range(10)])
    assert freedom(ours, theirs) == pytest.approx(8 / (np.mean(sums**4) / np.mean(sums**2) ** 2 - 1 / 3))
    assert freedom(ours, ours) == np.inf
