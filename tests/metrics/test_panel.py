from dataclasses import replace

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap

from gate.domain.version import Role
from gate.metrics.bootstrap import block_of, stretch_of
from gate.metrics.meaning import informativeness_difference
from gate.metrics.panel import ratios
from gate.metrics.regimes import change_ratios, changes, regime_change_difference
from tests.build import BOTH, FIRST, evidence, market, regimes, run

B, C = Role.BASELINE, Role.CANDIDATE


def two(ours, theirs, symbols=("A",), seeds=1, **changes):
    paths = {B: ours, C: theirs}
    return evidence(
        [run(role, symbol, seed, states=paths[role]) for role in BOTH for symbol in symbols for seed in range(seeds)],
        **changes,
    )


def test_the_same_states_differ_by_nothing_at_all():
    path = regimes(400, seed=1, stay=0.9)
    found = regime_change_difference(two(path, path))
    assert (found.change, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_paired_difference_is_known_better_than_the_rates_are():
    path = regimes(1500, seed=2, stay=0.85)
    often = path.copy()
    often[::50] = (often[::50] + 1) % 3
    found = change_ratios(two(path, often))
    low, high = found.interval(C)
    _, between = found.change(1.0)
    assert between[0] > 0.0
    assert between[1] - between[0] < 0.7 * (high - low)


def test_two_symbols_that_are_one_tell_no_more_than_one():
    ours, theirs = regimes(800, seed=3, stay=0.85), regimes(800, seed=4, stay=0.85)
    one, twice = (change_ratios(two(ours, theirs, symbols)).interval(C) for symbols in (("A",), ("A", "B")))
    assert twice == pytest.approx(one)


def test_two_symbols_that_are_one_tell_no_more_of_what_the_states_mean():
    path = regimes(800, seed=3, stay=0.95)
    ours, theirs = path.copy(), path.copy()
    theirs[::3] = 0
    bars = market("A", bars=810, states=np.concatenate([np.zeros(FIRST), path, path[:10]]).astype(int))
    both = {"A": bars, "B": replace(bars, symbol="B")}
    one, twice = (
        informativeness_difference(two(ours, theirs, symbols, markets={name: both[name] for name in symbols}))
        for symbols in (("A",), ("A", "B"))
    )
    assert one.low < one.high
    assert (twice.low, twice.high) == pytest.approx((one.low, one.high))


def test_the_interval_is_archs_but_for_luck():
    found = two(regimes(900, seed=5, stay=0.9), regimes(900, seed=6, stay=0.9))
    (graded,) = found.runs(C)
    above, below = changes(graded)
    library = StationaryBootstrap(block_of(900), above, below, seed=7).conf_int(
        lambda a, b: np.array([a.sum() / b.sum()]), reps=3000, method="percentile"
    )
    middle = change_ratios(found).median(C)
    known = middle + stretch_of(900) * (library.ravel() - middle)
    assert np.abs(np.array(change_ratios(found).interval(C)) - known).max() < 0.12 * np.ptp(known)


def test_a_run_that_ended_early_counts_the_bars_it_has():
    path = regimes(300, seed=8)
    short = run(C, states=path[:100])
    found = ratios(evidence([run(B, states=path), short]), changes)
    assert found.n[C] < found.n[B]
    assert found.median(C) == pytest.approx(np.mean(path[1:100] != path[:99]))


def test_more_seeds_that_disagree_widen_the_interval():
    calm, wild = regimes(600, seed=9, stay=0.97), regimes(600, seed=9, stay=0.7)
    agreeing = evidence([run(C, "A", seed, states=calm) for seed in range(4)])
    disagreeing = evidence([run(C, "A", seed, states=(calm, wild)[seed % 2]) for seed in range(4)])
    widths = [np.diff(change_ratios(found).interval(C))[0] for found in (agreeing, disagreeing)]
    assert widths[1] > 2 * widths[0]


def test_nothing_observed_has_no_ratio_and_no_interval():
    found = ratios(evidence([]), changes)
    assert found.median(C) is None
    assert found.interval(C) is None
    assert np.isnan(found.change(1.0)[0])
