"""What the regimes do, counted by hand."""

import numpy as np
import pytest

from gate.domain.observation import MISSING
from gate.domain.version import Role
from gate.metrics import regimes
from gate.metrics.bootstrap import Luck, interval
from tests.build import evidence, run

B, C = Role.BASELINE, Role.CANDIDATE


def told(*runs):
    return evidence([run(B), *runs])


def test_a_change_is_counted_at_the_bar_that_changed_and_never_across_a_refit():
    (graded,) = evidence([run(states=[0, 1, 1, 2, 2, 0], windows=2)]).runs(C)
    changed, counted = regimes.changes(graded)
    assert changed.tolist() == [0, 1, 0, 0, 0, 1]
    assert counted.tolist() == [0, 1, 1, 0, 1, 1]


def test_the_rate_and_the_confidence_are_measured_with_an_interval_and_a_value_a_seed():
    calm, wild = np.arange(400) // 40 % 3, np.arange(400) // 8 % 3
    found = told(run(seed=0, states=calm, certainty=0.9), run(seed=1, states=wild, certainty=0.8))
    rate = regimes.regime_change_rate(found, C)
    assert (rate.metric, rate.role, rate.n) == ("regime_change_rate", C, 798)
    assert rate.seeds == pytest.approx((9 / 399, 49 / 399))
    assert rate.value == pytest.approx(29 / 399)
    assert rate.low < rate.value < rate.high
    sure = regimes.confidence(found, C)
    assert (sure.metric, sure.role, sure.n) == ("confidence", C, 800)
    assert sure.seeds == pytest.approx((0.9, 0.8))
    assert sure.value == pytest.approx(0.85)
    luck = Luck(variance=np.var([0.9, 0.8], ddof=1) / 2, freedom=1.0)
    low, _ = interval(np.full(1000, 0.85), luck=[luck])
    assert (sure.low, sure.high) == (
        pytest.approx(low),
        1.0,
    )  # no bar makes a difference, the two seeds make a large one


def test_a_candidate_that_changes_more_or_is_less_sure_is_worse():
    calm, wild = np.arange(400) // 40 % 3, np.arange(400) // 8 % 3
    found = evidence([run(B, states=calm, certainty=0.9), run(C, states=wild, certainty=0.8)])
    more = regimes.regime_change_difference(found)
    assert (more.metric, more.kind, more.n) == ("regime_change_rate", "difference", 1)
    assert more.change == pytest.approx(40 / 399)
    assert 0.0 < more.low < more.change < more.high
    less = regimes.confidence_difference(found)
    assert (less.metric, less.kind, less.n) == ("confidence", "difference", 1)
    assert (less.change, less.low, less.high) == pytest.approx((0.1, 0.1, 0.1))


def test_a_bar_without_a_confidence_adds_nothing_to_it():
    (graded,) = evidence([run(states=[0, 0], posterior=None, confidence=np.array([0.75, np.nan]))]).runs(C)
    sure, counted = regimes.certain(graded)
    assert sure.tolist() == [0.75, 0.0]
    assert counted.tolist() == [1.0, 0.0]


def test_a_seed_that_gave_no_number_is_no_seed():
    nothing = run(seed=1, states=np.full(9, MISSING))
    found = regimes.regime_change_rate(told(run(seed=0, states=[0, 1, 1]), nothing), C)
    assert found.seeds == (0.5,)
    assert found.value == 0.5
    assert regimes.regime_change_rate(told(nothing), C).value is None


def test_counts_are_pooled_before_they_are_divided():
    counts = [(np.array([1.0, 0.0]), np.array([1.0, 1.0])), (np.array([0.0]), np.array([2.0]))]
    assert regimes.pooled(counts) == 0.25
    assert np.isnan(regimes.pooled([]))
    assert np.isnan(regimes.pooled([(np.ones(1), np.zeros(1))]))


def test_the_batch_path_is_pooled_over_symbols_and_skips_refits_and_missing_labels():
    batch = np.array([0, 1, 1, 2, 2, 0], dtype=np.int32)  # windows 0 1 1 | 2 2 0
    holes = np.array([0, MISSING, 1, 2, 2, MISSING], dtype=np.int32)  # one pair is left: 2 2
    found = regimes.batch_change_rate(
        told(
            run(symbol="A", bars=6, windows=2, batch_state=batch),
            run(symbol="B", bars=6, windows=2, batch_state=holes),
        ),
        C,
    )
    assert (found.metric, found.role, found.n) == ("batch_change_rate", C, 1)
    assert found.value == pytest.approx(2 / 5)


def test_the_batch_paths_seeds_take_the_median_and_one_without_bars_none():
    def seeded(seed, batch):
        return run(seed=seed, bars=3, batch_state=np.array(batch, dtype=np.int32))

    runs = [seeded(0, [0, 1, 0]), seeded(1, [0, 0, 0]), seeded(2, [0, 1, 1]), seeded(3, [MISSING] * 3)]
    assert regimes.batch_change_rate(told(*runs), C).value == 0.5
    assert regimes.batch_change_rate(told(*runs), C).n == 4
    assert regimes.batch_change_rate(told(runs[3]), C).value is None


def test_of_a_model_that_tells_states_alone_it_is_said_what_to_do_about_its_confidence():
    silent = regimes.confidence(evidence([run(states=[0, 1], posterior=None)]), C)
    assert (silent.value, silent.n) == (None, 0)
    assert "[limits.confidence]" in silent.note
    assert regimes.confidence(evidence([run(states=[0, 1])]), C).note == ""
    assert regimes.confidence(evidence([run(states=[MISSING, MISSING], posterior=None)]), C).note == ""


def test_the_batch_confidence_is_the_mean_of_what_is_known():
    first = run(symbol="A", bars=3, batch_confidence=np.array([0.5, np.nan, 1.0]))
    second = run(symbol="B", bars=2, batch_confidence=np.array([0.6, np.inf]))
    found = regimes.batch_confidence(told(first, second), C)
    assert (found.metric, found.role, found.n) == ("batch_confidence", C, 3)
    assert found.value == pytest.approx(0.7)
    nothing = regimes.batch_confidence(told(run(bars=2, batch_confidence=np.full(2, np.nan))), C)
    assert (nothing.value, nothing.n) == (None, 0)
    assert regimes.batch_confidence(told(), C).value is None


def test_the_occupancy_is_the_share_of_the_rarest_state_over_all_runs():
    found = regimes.occupancy(told(run(symbol="A", states=[0, 0, 1, MISSING]), run(symbol="B", states=[0, 2])), C)
    assert (found.metric, found.role, found.n) == ("occupancy", C, 5)
    assert found.value == pytest.approx(0.2)
    assert found.note == "calm to volatile: 60.0%, 20.0%, 20.0%"


def test_a_state_that_never_occurs_has_no_share_and_without_bars_or_states_there_is_no_occupancy():
    assert regimes.occupancy(told(run(states=[0, 1, 1])), C).value == 0.0
    for one in (run(states=[MISSING] * 3), run(states=[0, 1], volatility=[np.nan] * 3)):
        found = regimes.occupancy(told(one), C)
        assert (found.metric, found.role, found.value) == ("occupancy", C, None)
    assert regimes.occupancy(told(), C).value is None
    assert regimes.occupancy(told(run(states=[], windows=0)), C).value is None


def test_the_dwell_time_is_the_bars_a_change_over_all_runs():
    found = regimes.dwell_time(told(run(symbol="A", states=[0, 0, 0, 1]), run(symbol="B", states=[0, 0, 1])), C)
    assert (found.metric, found.role) == ("dwell_time", C)
    assert found.value == pytest.approx(5 / 2)
    assert regimes.dwell_time(told(run(states=[0, 0, 0])), C).value is None
    assert regimes.dwell_time(told(), C).value is None


def test_the_spread_over_seeds_is_from_the_calmest_to_the_jumpiest():
    paths = [[0, 0, 0, 0, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 1], [MISSING] * 5]
    found = regimes.seed_spread(told(*[run(seed=seed, states=path) for seed, path in enumerate(paths)]), C)
    assert (found.metric, found.role, found.value, found.n) == ("seed_spread", C, 1.0, 3)
    two = regimes.seed_spread(told(*[run(seed=seed, states=path) for seed, path in enumerate(paths[1:3])]), C)
    assert (two.value, two.n) == (0.75, 2)
    one = regimes.seed_spread(told(run(states=paths[1])), C)
    assert (one.value, one.n) == (None, 1)
