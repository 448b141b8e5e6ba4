from dataclasses import replace

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap

from gate.domain.version import Role
from gate.metrics.bootstrap import block_of, blocks_of, draw, interval, luck_of, scatter_of_bars
from gate.metrics.evidence import SIMULATED
from gate.metrics.meaning import informativeness_difference
from gate.metrics.panel import SEED, Panel, Ratios, difference, ratios
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
    library = StationaryBootstrap(block_of(900), above, below, seed=7).apply(
        lambda a, b: np.array([a.sum() / b.sum()]), reps=3000
    )
    known = interval(library.ravel(), blocks_of(900))
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


def test_every_time_that_some_run_met_stands_once_on_the_axis():
    found = evidence([run(B, "A", bars=5), run(C, "A", bars=7), run(C, "B", bars=3)])
    panel = Panel.of(found, found.graded)
    (longest,) = (g for g in found.graded if len(g.run.bar) == 7)
    assert panel.times.tolist() == found.market(longest).time[longest.run.bar].tolist()
    nothing = Panel.of(found, ())
    assert (len(nothing.times), nothing.times.dtype) == (0, panel.times.dtype)


def test_values_lie_at_their_bars_and_elsewhere_nothing():
    found = evidence([run(B, "A", bars=2), run(C, "A", bars=4)])
    short, _ = found.graded
    laid = Panel.of(found, found.graded).laid(found, short, np.array([0.5, 0.25]))
    assert laid.tolist() == [0.5, 0.25, 0.0, 0.0]


def test_a_version_against_itself_differs_by_the_luck_of_its_seeds():
    paths = [regimes(400, seed=seed, stay=stay) for seed, stay in enumerate((0.98, 0.9, 0.8, 0.7, 0.5))]
    found = evidence([run(role, "A", seed, states=path) for role in BOTH for seed, path in enumerate(paths)])
    change, (low, high) = change_ratios(found).change(1.0)
    assert change == 0.0
    assert low < -0.02
    assert high > 0.02


def test_seeds_that_differ_by_what_the_bars_alone_make_of_them_add_no_luck():
    drawn = tuple(np.random.default_rng(1).normal(0.5, 2.0, size=(2, 1000)))
    found = Ratios(value={C: (0.0, 1.0)}, drawn={C: drawn}, paired={}, n={C: 9}, bars=1260)
    luck = luck_of((0.0, 1.0), scatter_of_bars(drawn))
    assert found.interval(C) == interval(np.median(drawn, axis=0), blocks_of(1260), [luck])
    assert luck.variance < luck.of_bars


def test_a_difference_is_resampled_in_blocks_half_as_long_and_so_in_twice_as_many():
    ours, theirs = np.random.default_rng(1).normal(0.5, 2.0, size=(2, 1000))
    value, alone = {B: (1.0,), C: (3.0,)}, {B: (ours,), C: (theirs,)}
    found = Ratios(value=value, drawn={}, paired=alone, n=dict.fromkeys(BOTH, 9), bars=1260)
    assert found.change(-1.0) == (-2.0, interval(ours - theirs, 2 * blocks_of(1260)))
    path = regimes(900, seed=5, stay=0.9)
    two_evidence = two(path, path)
    two_of_it = change_ratios(two_evidence)
    for drawn, block in ((two_of_it.drawn, block_of(900)), (two_of_it.paired, block_of(900) / 2)):
        sums = draw(900, block, SEED).sums(np.column_stack(changes(*two_evidence.runs(B))))
        assert drawn[B][0] == pytest.approx(sums[:, 0] / sums[:, 1])


def test_simulated_runs_are_not_counted():
    sure = np.column_stack([np.linspace(0.5, 1.0, 200), np.linspace(0.5, 0.0, 200)])
    one = run(C, SIMULATED, states=np.zeros(200, dtype=int), labels=("0", "1"), posterior=sure)
    assert ratios(evidence([one, run(B, "A", bars=3)]), changes).n == {B: 2, C: 0}


def test_a_difference_has_the_sign_that_is_asked_for_and_as_many_seeds_as_both_have():
    calm, wild = regimes(300, seed=1, stay=0.98), regimes(300, seed=1, stay=0.6)
    runs = [run(B, seed=seed, states=calm) for seed in range(3)] + [run(C, seed=seed, states=wild) for seed in range(2)]
    found = change_ratios(evidence(runs))
    more, less = difference("m", found, 1.0), difference("m", found, -1.0)
    assert (more.metric, more.kind, more.n) == ("m", "difference", 2)
    assert more.change == pytest.approx(found.median(C) - found.median(B))
    assert 0.0 < more.low < more.change < more.high
    assert (less.change, less.low, less.high) == pytest.approx((-more.change, -more.high, -more.low))


@pytest.mark.parametrize("role", BOTH)
def test_one_version_alone_differs_from_nothing(role):
    found = difference("m", change_ratios(evidence([run(role)])), 1.0)
    assert (found.change, found.low, found.high, found.n) == (None, None, None, 0)


def test_what_has_nothing_to_divide_by_is_no_number():
    found = ratios(evidence([run(C, bars=50)]), lambda g: (np.ones(len(g.run.bar)), np.zeros(len(g.run.bar))))
    assert (found.median(C), found.interval(C), found.n[C]) == (None, None, 0)


def test_the_same_is_drawn_again_when_nothing_is_remembered():
    found = two(regimes(200, seed=1, stay=0.8), regimes(200, seed=2, stay=0.8))
    once = ratios(found, changes).change(1.0)
    draw.cache_clear()
    assert ratios(found, changes).change(1.0) == once
