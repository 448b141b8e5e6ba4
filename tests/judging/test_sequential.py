import math
from dataclasses import replace
from statistics import stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from gate.judging.sequential import (
    ALPHA,
    SIGMA,
    SMALL_EFFECT,
    Decision,
    Stand,
    evidence,
    middle,
    most_scatter,
    radius,
    radius_of_any,
    spread,
    stand,
)


def test_before_the_first_pair_nothing_is_known():
    nothing = stand([])
    assert nothing == Stand(ratio=1.0, low=0.0, high=math.inf, pairs=0, scatter=0.0, noisy=False, slower=False)
    assert (nothing.noisy, nothing.slower) == (False, False)
    assert radius(0) == math.inf
    assert nothing.against(3.0) is Decision.UNDECIDED
    assert not nothing.settled(3.0, 1.25)


def test_the_radius_is_the_normal_mixture_of_howard_et_al():
    for pairs in (1, 2, 8, 100):
        boundary = SIGMA * math.sqrt((pairs + 1.0) * math.log((pairs + 1.0) / (1.0 * 0.05**2)))
        assert radius(pairs) == pytest.approx(boundary / pairs)


def test_the_interval_covers_the_true_ratio_at_all_times_at_once():
    random = np.random.default_rng(1)
    paths, looks = 2000, 200
    means = random.normal(0.0, SIGMA, size=(paths, looks)).cumsum(axis=1) / np.arange(1, looks + 1)
    limits = np.array([radius(pairs) for pairs in range(1, looks + 1)])
    assert (np.abs(means) <= limits).all(axis=1).mean() >= 0.95


def test_identical_code_is_decided_in_about_two_pairs_and_five_times_the_work_in_two_or_three():
    for ratio, expected, most in ((1.0, Decision.UNDER, 2.0), (5.0, Decision.OVER, 3.0)):
        assert np.mean([stopped(ratio, seed, expected) for seed in range(300)]) <= most


def stopped(ratio, seed, expected, spread=0.15):
    logs = []
    for value in np.random.default_rng(seed).normal(math.log(ratio), spread, 50):
        logs.append(value)
        said = stand(logs).against(3.0)
        if said is not Decision.UNDECIDED:
            assert said is expected
            return len(logs)
    raise AssertionError


def test_at_the_limit_it_hardly_ever_says_over():
    random = np.random.default_rng(2)
    wrong = 0
    for _ in range(300):
        logs = random.normal(math.log(3.0), 0.2, 30).tolist()
        wrong += any(stand(logs[:pairs]).against(3.0) is Decision.OVER for pairs in range(1, 31))
    assert wrong / 300 <= 0.05


def test_without_a_variance_the_interval_covers_at_all_times_at_once_too():
    random = np.random.default_rng(3)
    for scatter in (0.05, 0.5, 2.0):
        outside = 0
        for _ in range(300):
            logs = random.normal(0.0, scatter, 60)
            outside += any(
                abs(logs[:pairs].mean()) > radius_of_any(pairs, logs[:pairs].std(ddof=1)) for pairs in range(2, 61)
            )
        assert outside / 300 <= ALPHA + 0.02


def test_the_evidence_at_the_edge_of_the_interval_without_a_variance_is_one_over_alpha():
    for pairs in (3, 5, 12, 40):
        r = 1.0 + 10.0 * pairs
        t_squared = pairs * radius_of_any(pairs, 1.0) ** 2
        grown = (1.0 + t_squared / (pairs - 1)) / (1.0 + t_squared / (pairs - 1) / r)
        assert r**-0.5 * grown ** (pairs / 2.0) == pytest.approx(1.0 / ALPHA)


def test_two_pairs_say_nothing_where_no_variance_is_assumed():
    assert radius_of_any(1, 0.5) == radius_of_any(2, 0.5) == math.inf
    assert radius_of_any(3, 0.5) < math.inf


def test_spread_beyond_what_was_assumed_widens_the_interval_and_is_called_noise():
    calm, wild = stand([0.1, -0.1, 0.1, -0.1]), stand([1.0, -1.0, 1.0, -1.0])
    assert wild.low < calm.low < 1.0 < calm.high < wild.high
    assert (calm.noisy, wild.noisy) == (False, True)
    assert (calm.pairs, wild.pairs) == (4, 4)


def test_the_spread_is_the_sample_standard_deviation_and_one_pair_has_none():
    for logs in ([0.1, 0.4], [0.1, 0.4, -0.3], [0.5] * 4):
        assert spread(logs) == pytest.approx(stdev(logs))
    assert spread([]) == spread([0.7]) == 0.0


@pytest.mark.parametrize("pairs", [4, 12, 80])
def test_a_noisy_interval_is_the_wider_of_the_two(pairs):
    logs = [1.0, -1.0] * (pairs // 2)
    scatter = spread(logs)
    wider = max(radius_of_any(pairs, scatter), radius(pairs) * scatter / SIGMA)
    assert stand(logs).high == pytest.approx(math.exp(wider))
    assert stand(logs).low == pytest.approx(math.exp(-wider))


def test_noise_is_what_chance_explains_in_one_of_twenty():
    random = np.random.default_rng(4)
    for pairs in (2, 3, 8, 12):
        scatters = random.normal(0.0, SIGMA, (4000, pairs)).std(axis=1, ddof=1)
        assert (scatters > most_scatter(pairs)).mean() == pytest.approx(0.05, abs=0.02)
    assert most_scatter(1) == math.inf
    assert most_scatter(10) == pytest.approx(SIGMA * math.sqrt(chi2.ppf(0.95, 9) / 9), rel=2e-3)


def test_the_middle_is_the_mean_of_what_is_near_the_median_and_of_what_is_drawn_in():
    assert middle([0.1, 0.2, 0.3]) == pytest.approx(0.2)
    assert middle([0.0, 0.0, 0.9]) == pytest.approx(SIGMA / 3)
    assert middle([0.0, 0.0, -0.9]) == pytest.approx(-SIGMA / 3)
    assert middle([5.0]) == 5.0
    even, uneven = stand([0.1, -0.1]), stand([0.25, -0.25])
    assert not uneven.noisy
    assert uneven == replace(even, scatter=uneven.scatter)


def test_a_machine_that_is_slow_by_half_now_and_then_makes_no_slowdown_up_and_hides_less_than_from_a_mean():
    random = np.random.default_rng(6)

    def pairs(ratio):
        slow = 0.4 * (random.random((400, 2, 12)) < 0.25)
        return math.log(ratio) + slow[:, 0] - slow[:, 1] + random.normal(0.0, 0.03, (400, 12))

    def found(logs):
        return np.mean([stand(row.tolist()).low > 1.0 for row in logs])

    assert found(pairs(1.0)) <= 0.01
    assert found(pairs(1.5)) >= 0.9
    some = pairs(1.25)
    by_the_mean = np.mean(some.mean(axis=1) > radius(12) * np.maximum(1.0, some.std(axis=1, ddof=1) / SIGMA))
    assert found(some) > by_the_mean


def test_exactly_at_the_limit_is_under():
    logs = [0.0, 0.0]
    assert stand(logs).against(stand(logs).high) is Decision.UNDER
    assert stand(logs).against(stand(logs).low) is Decision.UNDECIDED


def test_more_pairs_are_made_until_limit_and_margin_are_known():
    def pairs_needed(log):
        return next(n for n in range(1, 100) if stand([log] * n).settled(3.0, 1.25))

    assert pairs_needed(0.0) == 3  # identical code: below the margin
    assert pairs_needed(math.log(1.26)) == 7  # slower beyond doubt
    assert pairs_needed(math.log(5.0)) <= 3  # over the limit: the margin does not matter any more
    assert stand([0.0] * 2).settled(3.0, None)
    assert not stand([math.log(3.0)] * 50).settled(3.0, 1.25)
    assert stand([math.log(3.0)] * 50).settled(None, 1.25)


@pytest.mark.parametrize(("scatter", "most"), [(0.01, 3), (0.03, 4), (0.06, 5), (0.2, 9)])
def test_the_less_pairs_scatter_the_sooner_it_is_known_that_nothing_is_slower_by_the_margin(scatter, most):
    taken = [pairs_until_settled(0.0, scatter, seed) for seed in range(200)]
    assert np.median(taken) <= most


@pytest.mark.parametrize("scatter", [0.01, 0.03, 0.06, 0.12, 0.2])
def test_a_search_for_the_margin_itself_ends_too_early_in_one_of_ten_at_most(scatter):
    logs = math.log(1.25) + scatter * np.random.default_rng(5).normal(size=(400, 12))
    missed = 0
    for some in logs.tolist():
        found = stand(some[: settled_after(some)])
        missed += found.low <= 1.0 and found.ratio <= 1.25 and found.pairs < 12
    assert missed <= 40


def test_pairs_that_agree_accuse_nobody_sooner_than_sigma_allows():
    tight = stand([math.log(1.2)] * 4)
    assert tight.low < 1.0
    assert not tight.noisy


def pairs_until_settled(log, scatter, seed):
    return settled_after((log + scatter * np.random.default_rng(seed).normal(size=12)).tolist())


def settled_after(logs):
    return next((n for n in range(3, len(logs)) if stand(logs[:n]).settled(3.0, 1.25)), len(logs))


def test_at_the_margin_it_is_known_not_to_be_slower_and_at_no_change_it_is_not():
    within = Stand(ratio=1.1, low=0.9, high=1.25, pairs=9, scatter=0.5, noisy=False, slower=False)
    assert within.settled(3.0, 1.25)
    assert not within.settled(3.0, 1.2)
    at_one = Stand(ratio=1.2, low=1.0, high=1.5, pairs=9, scatter=0.5, noisy=False, slower=False)
    assert not at_one.settled(3.0, 1.25)
    assert replace(at_one, slower=True).settled(3.0, 1.25)


def shown_from(scatter, pairs=12):
    """The smallest mean log ratio that is slower beyond doubt, where the pairs scatter by so much."""
    logs = [scatter * (-1) ** pair for pair in range(pairs)]
    low, high = 0.0, 4.0
    while high - low > 1e-9:
        mean = (low + high) / 2
        low, high = (low, mean) if stand([mean + log for log in logs]).slower else (mean, high)
    return high


def test_to_accuse_takes_sigma_and_what_the_pairs_scatter_by():
    assert shown_from(0.01) == pytest.approx(radius(12)), "pairs that agree by chance accuse nobody sooner"
    own = radius_of_any(12, spread([0.19 * (-1) ** pair for pair in range(12)]), ALPHA, SMALL_EFFECT)
    assert shown_from(0.19) == pytest.approx(own)
    assert own > radius(12)
    assert not stand([5.0] * 4).slower, "four pairs do not show by their own scatter what a small effect is"


@pytest.mark.parametrize("scatter", [0.1, 0.2, 0.3])
def test_identical_code_is_hardly_ever_slower_beyond_doubt_in_either_part_whatever_it_scatters_by(scatter):
    random = np.random.default_rng(5)
    accused = 0
    for _ in range(600):
        parts = random.normal(0.0, scatter, (2, 16)).tolist()
        accused += any(stand(logs[:pairs]).slower for logs in parts for pairs in range(3, 17))
    assert accused / 600 <= ALPHA / 2


@given(logs=st.lists(st.floats(-5, 5), max_size=20), bound=st.floats(0.01, 100), more=st.floats(1.0, 10.0))
def test_a_looser_bound_is_never_over_where_a_tighter_one_is_not(logs, bound, more):
    found = stand(logs)
    if found.against(bound) is not Decision.OVER:
        assert found.against(bound * more) is not Decision.OVER


@given(logs=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20))
def test_the_ratio_lies_in_its_interval_and_turning_the_roles_around_turns_it_over(logs):
    found, turned = stand(logs), stand([-log for log in logs])
    assert found.low <= found.ratio <= found.high
    assert turned.noisy == found.noisy
    if found.low > 0 and found.high < math.inf:
        assert turned.high == pytest.approx(1 / found.low)


def test_a_stricter_interval_is_wider_whatever_the_pairs_scatter_by():
    for logs in ([0.1, 0.3, 0.2, 0.25, 0.15], [0.1, 1.9, -0.7, 0.8, -1.5, 2.2]):
        loose, strict = stand(logs), stand(logs, 0.01)
        assert strict.low < loose.low < loose.ratio == strict.ratio < loose.high < strict.high


def test_evidence_is_the_log_likelihood_ratio_of_two_normals():
    logs, moved = [0.1, 0.35, 0.2], 0.4
    exact = sum(((log**2) - (log - moved) ** 2) / (2.0 * SIGMA**2) for log in logs)
    assert evidence(logs, moved) == pytest.approx(exact)
    assert evidence([], moved) == 0.0
    assert evidence([moved / 2.0], moved) == pytest.approx(0.0)


def test_one_torn_pair_neither_accuses_nor_acquits_by_itself():
    moved = math.log(1.5)
    assert evidence([5.0], moved) == evidence([moved + SIGMA], moved) < math.log(99.0)
    assert evidence([-5.0], moved) == evidence([-SIGMA], moved) > -math.log(99.0)


@pytest.mark.parametrize("seed", range(3))
def test_evidence_rarely_reaches_99_to_1_where_nothing_moved(seed):
    random, moved = np.random.default_rng(seed), math.log(1.5)
    reached = 0
    for _ in range(400):
        logs = random.normal(0.0, 0.9 * SIGMA, 30)
        reached += any(evidence(logs[:count], moved) >= math.log(99.0) for count in range(1, 31))
    assert reached <= 8, "Ville: at most one in 99"
