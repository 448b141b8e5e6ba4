from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.market import Bars, DataSet
from gate.domain.settings import RunSettings, StrategySettings
from gate.domain.version import Role
from gate.errors import ConfigError, DataError
from gate.usecases.plan import (
    MAX_SEEDS,
    WARM_UP,
    Asking,
    beside,
    check_plan,
    plan,
    quickened,
    seeds_needed,
    simulated_windows,
    windows_of,
)
from tests.build import BOTH, settings, version


def bars_of(count, symbol="A"):
    prices = np.ones(count)
    time = np.datetime64("2000-01-01", "ns") + np.arange(count) * np.timedelta64(1, "D")
    return Bars(symbol=symbol, time=time, open=prices, high=prices, low=prices, close=prices, volume=prices)


def data_of(*counts):
    symbols = {f"S{i}": bars_of(count, f"S{i}") for i, count in enumerate(counts)}
    return DataSet(symbols=symbols, sha256="", sources=())


RUNS = st.builds(
    RunSettings, train=st.integers(30, 300), test=st.integers(1, 80), windows=st.integers(1, 40), seeds=st.just(1)
)


@given(st.integers(1, 3000), RUNS)
def test_windows_are_the_newest_ones_contiguous_and_trained_directly_before_their_test(count, run):
    room = count - WARM_UP - run.train
    if room < run.test:
        with pytest.raises(DataError, match=f"S has {count} bars; one window needs {WARM_UP + run.train + run.test}"):
            windows_of(bars_of(count, "S"), run)
        return
    windows = windows_of(bars_of(count), run)
    assert len(windows) == min(run.windows, room // run.test)
    assert [w.index for w in windows] == list(range(len(windows)))
    assert windows[-1].test_stop == count
    assert windows[0].train_start >= WARM_UP
    assert all(w.train_stop - w.train_start == run.train for w in windows)
    assert all(w.test_stop - w.train_stop == run.test for w in windows)
    assert all(a.test_stop == b.train_stop for a, b in pairwise(windows))


def test_exactly_enough_bars_make_one_window():
    run = RunSettings(train=100, test=10, windows=5)
    assert len(windows_of(bars_of(WARM_UP + 110), run)) == 1
    with pytest.raises(DataError):
        windows_of(bars_of(WARM_UP + 109), run)


def run_of(**changes):
    return settings(run=RunSettings(train=100, test=10, **changes))


def test_seeds_are_raised_until_every_floor_is_met():
    # 59 trainings at 5%, 299 predictions at 1%: 20 windows of 10 bars need three seeds.
    assert seeds_needed(run_of(windows=20, seeds=1), 20, 200) == 3
    assert seeds_needed(run_of(windows=20, seeds=1), 59, 590) == 1
    assert seeds_needed(run_of(windows=20, seeds=1), 58, 580) == 2
    assert seeds_needed(run_of(windows=20, seeds=1), 59, 299) == 1
    assert seeds_needed(run_of(windows=20, seeds=1), 59, 298) == 2
    assert seeds_needed(run_of(windows=20, seeds=7), 20, 200) == 7


@given(st.integers(1, 200), st.integers(1, 5))
def test_the_seeds_that_are_planned_meet_the_floors(windows, seeds):
    try:
        found = seeds_needed(run_of(windows=windows, seeds=seeds), windows, windows * 63)
    except ConfigError:
        assert windows * MAX_SEEDS < 59
        return
    assert found >= seeds
    assert found * windows >= 59
    assert found * windows * 63 >= 299


def test_a_floor_that_no_seeds_can_meet_is_refused_before_anything_runs():
    with pytest.raises(
        ConfigError, match=r"training_failures at most 0.05 needs 59 tries, and a seed gives 1: more than"
    ):
        seeds_needed(run_of(), 1, 10_000)
    strict = settings({"prediction_errors": {"max": 0.0001}})
    with pytest.raises(ConfigError, match="prediction_errors"):
        check_plan(strict, data_of(1200, 1200), quick=False)


def test_exactly_the_most_seeds_are_still_run():
    assert seeds_needed(settings({"training_failures": {"max": 0.0894}}), 1, 10_000) == MAX_SEEDS


def test_a_floor_that_does_not_block_asks_for_nothing():
    relaxed = settings({"training_failures": {"blocking": False}}, run=RunSettings(seeds=1))
    assert seeds_needed(relaxed, 1, 10_000) == 1


def test_a_quick_look_is_smaller_and_says_what_it_leaves_out():
    quick, left_out = quickened(settings())
    assert (quick.run.windows, quick.run.seeds, quick.timing.pairs_max, quick.calibration.enabled) == (4, 1, 4, False)
    assert all(line.startswith("quick: ") for line in left_out)
    windows, seeds = check_plan(quick, data_of(1300, 1300, 1300), quick=True)
    assert (len(windows), seeds) == (2, 1)


def asking(roles=BOTH, **changes):
    return Asking(
        versions={role: version(role) for role in roles}, settings=changes.pop("under", run_of()), folder=Path("/there")
    )


def test_every_symbol_and_seed_is_run_by_both_roles_in_turn():
    under = run_of(windows=20, seeds=2)
    whole = plan(under, data_of(400, 400), (), asking(under=under), quick=False)
    asked = [(r.version.role, r.bars.symbol, r.seed) for r in whole.requests]
    assert asked == [(role, symbol, seed) for seed in range(2) for symbol in ("S0", "S1") for role in BOTH]
    assert [r.watch_memory for r in whole.requests] == [True, True] + [False] * 6
    assert {role: [r.windows[0].index for r in timed] for role, timed in whole.timed.items()} == {
        role: [19, 19] for role in BOTH
    }


def test_simulated_bars_are_run_once_by_each_role_each_draw_under_a_seed_of_its_own():
    under = run_of(windows=20)
    draws = tuple(bars_of(WARM_UP + 100 + under.calibration.bars, f"SIM{draw}") for draw in range(3))
    whole = plan(under, data_of(400, 400), draws, asking(under=under), quick=False)
    asked = [(r.bars.symbol, r.version.role, r.seed) for r in whole.requests if r.bars.symbol.startswith("SIM")]
    assert asked == [(f"SIM{draw}", role, draw) for draw in range(3) for role in BOTH]
    (window,) = simulated_windows(draws[0], under)
    assert (window.train_start, window.train_stop, window.test_stop) == (WARM_UP, WARM_UP + 100, len(draws[0]))


def test_each_role_gets_its_own_model_and_files_are_found_beside_the_settings():
    base = settings(strategy=StrategySettings(function="trade.py:positions"))
    model = msgspec.structs.replace(base.candidate_model, factory="b:New", adapter="fit.py:adapt")
    under = msgspec.structs.replace(base, candidate_model=model)
    requests = [asking(under=under).for_run(role, bars_of(9), (), 3) for role in BOTH]
    assert [r.model.factory for r in requests] == ["m:Model", "b:New"]
    assert [r.model.adapter for r in requests] == [None, "/there/fit.py:adapt"]
    assert [r.strategy for r in requests] == ["/there/trade.py:positions"] * 2
    assert [r.version.role for r in requests] == [Role.BASELINE, Role.CANDIDATE]
    assert beside("package.module:name", Path("/there")) == "package.module:name"
