import math

import numpy as np
import pytest

from gate.judging.sequential import Decision, decide, interval, radius


def test_before_the_first_pair_nothing_is_known():
    assert interval([]) == (0.0, math.inf)
    assert radius(0) == math.inf
    assert decide([], 3.0) is Decision.UNDECIDED


def test_the_radius_is_the_normal_mixture_of_howard_et_al():
    for pairs in (1, 2, 8, 100):
        boundary = math.sqrt((pairs + 1.0) * math.log((pairs + 1.0) / (1.0 * 0.05**2)))
        assert radius(pairs, 1.0) == pytest.approx(boundary / pairs)


def test_the_interval_covers_the_true_ratio_at_all_times_at_once():
    random = np.random.default_rng(1)
    paths, looks = 2000, 200
    means = random.normal(0.0, 0.2, size=(paths, looks)).cumsum(axis=1) / np.arange(1, looks + 1)
    limits = np.array([radius(pairs) for pairs in range(1, looks + 1)])
    assert (np.abs(means) <= limits).all(axis=1).mean() >= 0.95


def test_identical_code_is_decided_in_about_two_pairs_and_five_times_the_work_in_two_or_three():
    for ratio, expected, most in ((1.0, Decision.UNDER, 2.0), (5.0, Decision.OVER, 3.0)):
        assert np.mean([stopped(ratio, seed, expected) for seed in range(300)]) <= most


def stopped(ratio, seed, expected, spread=0.15):
    logs = []
    for value in np.random.default_rng(seed).normal(math.log(ratio), spread, 50):
        logs.append(value)
        said = decide(logs, 3.0)
        if said is not Decision.UNDECIDED:
            assert said is expected
            return len(logs)
    raise AssertionError


def test_at_the_limit_it_hardly_ever_says_over():
    random = np.random.default_rng(2)
    wrong = 0
    for _ in range(300):
        logs = random.normal(math.log(3.0), 0.2, 30).tolist()
        wrong += any(decide(logs[:pairs], 3.0) is Decision.OVER for pairs in range(1, 31))
    assert wrong / 300 <= 0.05


def test_spread_beyond_what_was_assumed_widens_the_interval():
    calm, wild = interval([0.1, -0.1, 0.1, -0.1]), interval([1.0, -1.0, 1.0, -1.0])
    assert wild[0] < calm[0] < 1.0 < calm[1] < wild[1]


def test_exactly_at_the_limit_is_under():
    logs = [0.0, 0.0]
    assert decide(logs, interval(logs)[1]) is Decision.UNDER
    assert decide(logs, interval(logs)[0]) is Decision.UNDECIDED
