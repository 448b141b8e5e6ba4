"""Each formula against an independent way to the same number."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import f_oneway, theilslopes
from sklearn.metrics import adjusted_rand_score

from gate.domain.observation import MISSING, Call
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import meaning, regimes, resources, strategy
from gate.metrics.grading import grade
from tests.build import BOTH, FIRST, evidence, market, run, settings

C = Role.CANDIDATE


def test_the_regime_change_rate_by_hand():
    states = [0, 0, 1, 1, 1, 2, 0, 0]  # one window 0 0 1 1, the other 1 2 0 0: 1 of 3 and 2 of 3
    found = regimes.regime_change_rate(evidence([run(states=states, windows=2)]), C)
    assert (found.value, found.n) == (pytest.approx(3 / 6), 6)


def test_invalid_bars_are_no_changes_and_the_state_behind_them_counts():
    call = np.array([1, 1, 2, 1, 1], dtype=np.int8)
    found = regimes.regime_change_rate(evidence([run(states=[0, 0, 1, 0, 1], call=call)]), C)
    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)


def test_symbols_are_pooled_and_seeds_take_the_median():
    still, jumpy = np.zeros(101, dtype=int), np.arange(101) % 2
    runs = [run(symbol=s, seed=i, states=p) for i, (s, p) in enumerate([("A", still), ("A", jumpy), ("A", still)])]
    assert regimes.regime_change_rate(evidence(runs), C).value == 0.0
    both = [run(symbol="A", states=still), run(symbol="B", states=jumpy)]
    assert regimes.regime_change_rate(evidence(both), C).value == 0.5


def test_confidence_is_the_mean_of_the_largest_posterior():
    posterior = np.array([[0.7, 0.3, 0.0], [0.2, 0.2, 0.6], [0.5, 0.5, 0.5]])
    found = regimes.confidence(evidence([run(states=[0, 2, 1], posterior=posterior)]), C)
    assert (found.value, found.n) == (pytest.approx(0.65), 2)  # the last row is no distribution


def held(position, close, cost=0.001, **rest):
    count = len(position)
    one = run(states=np.zeros(count, dtype=int), position=np.asarray(position, dtype=float))
    under = settings(strategy=StrategySettings(function="m:f", cost=cost, periods_per_year=252, **rest))
    return evidence([one], markets={"A": market(close=close)}, under=under)


@examples(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 0.01))
def test_performance_is_that_of_a_plain_loop_with_next_bar_execution_and_costs(seed, cost):
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, FIRST + 61)))
    wanted = random.uniform(-1.5, 1.5, 60)
    equity, before, earned = [1.0], 0.0, []
    for t, position in enumerate(np.clip(wanted, -1, 1)):
        change = close[FIRST + t + 1] / close[FIRST + t] - 1
        earned.append(position * change - cost * abs(position - before))
        equity.append(equity[-1] * (1 + earned[-1]))
        before = position
    series, curve = pd.Series(earned), pd.Series(equity)
    known = {
        "sharpe": series.mean() / series.std() * np.sqrt(252),
        "total_return": curve.iloc[-1] - 1,
        "max_drawdown": (1 - curve / curve.cummax()).max(),
    }
    for name, value in known.items():
        found = strategy.measurement("m", name, held(wanted, close, cost), C)
        assert found.value == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_knowing_todays_return_earns_nothing_and_knowing_tomorrows_does():
    close = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, FIRST + 2001)))
    moves = np.diff(close)
    today, tomorrow = np.sign(moves[FIRST - 1 : FIRST + 1999]), np.sign(moves[FIRST : FIRST + 2000])
    assert abs(strategy.measurement("m", "sharpe", held(today, close, 0.0), C).value) < 1.5
    assert strategy.measurement("m", "sharpe", held(tomorrow, close, 0.0), C).value > 10


def test_by_default_the_most_volatile_state_is_flat_and_the_rest_long():
    one = grade(run(states=[0, 1, 2, 1], volatility=[2.0, 3.0, 1.0]))
    assert strategy.positions(one, StrategySettings()).tolist() == [1, 0, 1, 0]
    single = grade(run(states=[0, 0], labels=("0",)))
    assert strategy.positions(single, StrategySettings()).tolist() == [1, 1]
    broken = grade(run(states=[0, 1, 2], call=np.array([1, 2, 1], dtype=np.int8)))
    assert strategy.positions(broken, StrategySettings()).tolist() == [1, 0, 0]


def test_a_users_strategy_that_gave_no_positions_is_flat_and_not_replaced_by_the_default():
    one = grade(run(states=[0, 0, 0]))
    assert strategy.positions(one, StrategySettings(function="m:f")).tolist() == [0, 0, 0]


@pytest.mark.parametrize("measure", ["sharpe", "total_return", "max_drawdown"])
def test_a_strategy_that_never_trades_has_no_performance(measure):
    close = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, FIRST + 61)))
    found = strategy.strategy_performance(held(np.zeros(60), close, measure=measure), C)
    assert (found.value, found.note) == (None, "the strategy never traded")


def test_a_drawdown_is_given_as_minus_itself():
    close = np.concatenate([np.full(FIRST, 100.0), [100.0, 80.0, 90.0, 90.0]])
    found = strategy.strategy_performance(held(np.ones(3), close, 0.0, measure="max_drawdown"), C)
    assert found.value == pytest.approx(-0.2)


def test_returns_that_never_vary_have_no_sharpe_ratio():
    assert np.isnan(strategy.sharpe(np.full(50, 0.01), 252))
    assert np.isnan(strategy.sharpe(1.01 ** np.arange(1, 51) / 1.01 ** np.arange(50) - 1, 252))
    assert np.isnan(strategy.sharpe(np.zeros(0), 252))


def test_bars_a_year_are_counted_from_the_bars():
    days = np.arange(0, 3653).astype("datetime64[D]")
    weekdays = days[np.is_busday(days)].astype("datetime64[ns]").astype(np.int64).astype(float)
    assert strategy.periods_per_year(weekdays, StrategySettings()) == pytest.approx(260.9, abs=0.5)
    assert strategy.periods_per_year(weekdays, StrategySettings(periods_per_year=10)) == 10
    assert strategy.periods_per_year(weekdays[:1], StrategySettings()) == 252


@examples(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 5))
def test_explained_variance_is_the_f_tests(seed, groups):
    random = np.random.default_rng(seed)
    rank = np.concatenate([np.arange(groups), np.arange(groups), random.integers(0, groups, 80)]).astype(np.int32)
    target = random.normal(size=len(rank)) + rank
    means = np.array([target[rank == g].mean() for g in range(groups)])
    rank = means.argsort().argsort()[rank].astype(np.int32)  # as volatility ranks them
    f = f_oneway(*[target[rank == g] for g in range(groups)]).statistic
    between, within = groups - 1, len(rank) - groups
    assert meaning.explained(rank, target) == pytest.approx(f * between / (f * between + within))


def test_explained_variance_needs_variance():
    assert np.isnan(meaning.explained(np.zeros(5, dtype=np.int32), np.ones(5)))
    assert meaning.explained(np.zeros(5, dtype=np.int32), np.arange(5.0)) == pytest.approx(0.0)


def test_the_next_volatility_looks_at_the_next_five_bars_only():
    close = np.array([1.0, 2.0, 2.0, 1.0, 3.0, 3.0, 9.0])
    moves = np.diff(np.log(close))
    found = meaning.next_volatility(market(close=close))
    assert found[0] == pytest.approx(np.log(np.sqrt((moves[:5] ** 2).mean())))
    assert found[1] == pytest.approx(np.log(np.sqrt((moves[1:6] ** 2).mean())))
    assert np.isnan(found[2:]).all()


def test_the_calibration_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.55, 0.55, 1.0])
    right = np.array([True, False, True, True, True])
    # top bin: 2 of 3 right, 2.9 claimed; middle: 2 of 2 right, 1.1 claimed
    assert meaning.calibration_error(confidence, right) == pytest.approx((0.9 + 0.9) / 5)
    assert np.isnan(meaning.calibration_error(np.zeros(0), np.zeros(0, dtype=bool)))


@examples(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_the_rand_index_is_sklearns(labels):
    ours, theirs = np.array(labels).T
    table = np.zeros((4, 4), dtype=int)
    np.add.at(table, (ours, theirs), 1)
    found, known = meaning.rand_index(table), adjusted_rand_score(ours, theirs)
    assert found == pytest.approx(known) or (np.isnan(found) and known == 1.0)


@examples(max_examples=40)
@given(st.integers(1, 8), st.integers(0, 1000))
def test_the_best_match_is_the_hungarian_one(size, seed):
    table = np.random.default_rng(seed).integers(0, 50, (size, size))
    rows, columns = linear_sum_assignment(table, maximize=True)
    assert meaning.best_match(table) == table[rows, columns].sum()


def test_agreement_does_not_ask_what_states_are_called():
    path = np.array([0, 0, 1, 1, 2, 2, 0, 1])
    other = run(states=path, volatility=[3.0, 1.0, 2.0])
    found = evidence([run(Role.BASELINE, states=path), other])
    assert meaning.agreement(found, C).value == 1.0
    assert meaning.adjusted_rand_index(found, C).value == 1.0


def test_memory_growth_is_near_theil_and_sens_slope_and_not_moved_by_a_step():
    calls = np.arange(10, 810, 10)
    size = 2e8 + 5000.0 * calls + np.random.default_rng(0).normal(0, 50_000, len(calls))
    size[30] += 5e7
    one = run(rss_calls=calls.astype(np.int32), rss_bytes=size.astype(np.int64))
    settled = calls >= 200
    known = theilslopes(size[settled], calls[settled])
    assert resources.growth(one) == pytest.approx((known.low_slope, known.slope, known.high_slope), rel=1e-6)
    few = replace(one, rss_calls=one.rss_calls[:7], rss_bytes=one.rss_bytes[:7])
    assert resources.growth(few) is None


def test_states_are_ranked_by_how_volatile_their_training_bars_were():
    one = grade(run(states=[0, 1, 2, 0], volatility=[2.0, 3.0, 1.0]))
    assert one.rank.tolist() == [1, 2, 0, 1]
    assert one.states.tolist() == [3] * 4
    gone = grade(run(states=[0, MISSING, 2], call=np.array([1, 1, Call.RAISED], dtype=np.int8)))
    assert gone.rank.tolist() == [0, MISSING, MISSING]


def test_each_pair_is_on_the_same_symbol_and_seed():
    runs = [run(role, symbol, seed, bars=5) for role in BOTH for symbol in "AB" for seed in (0, 1)]
    found = [(a.run.key, b.run.key) for a, b in evidence([*runs, run(C, "Z", 9, bars=5)]).pairs()]
    assert len(found) == 4
    assert all((a.symbol, a.seed) == (b.symbol, b.seed) and a.role != b.role for a, b in found)
    assert len(list(combinations(found, 2))) == 6
