"""What the regimes are worth, by hand and against plain loops."""

from dataclasses import replace

import numpy as np
import pytest

from gate.domain.observation import MISSING, Ending, Phase
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import bootstrap, strategy
from gate.metrics.sharpe import freedom, standard_error, variance_apart
from tests.build import BOTH, FIRST, evidence, market, run, settings

B, C = Role.BASELINE, Role.CANDIDATE
FREE = StrategySettings(cost=0.0)
DAY = 86_400e9


def moving(*moves, start=100.0):
    """A market whose first out-of-sample bar earns the first of these moves."""
    return market(close=start * np.cumprod(np.concatenate([np.ones(FIRST + 1), 1.0 + np.array(moves)])))


def noisy(count=120, seed=0, spread=0.01):
    return market(close=100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(5e-4, spread, FIRST + count + 1))))


def holding(role, position, **changes):
    """A run whose own strategy took these positions."""
    wanted = np.asarray(position, dtype=float)
    return run(
        role,
        states=np.zeros(len(wanted), dtype=int),
        position=wanted,
        phases={0: {"strategy": Phase(ending=Ending.OK)}},
        **changes,
    )


def random_positions(seed, count=120):
    return np.random.default_rng(seed).uniform(-1.0, 1.0, count)


def judged(*runs, markets=None, **strategies):
    under = settings(strategy=StrategySettings(**({"cost": 0.0, "periods_per_year": 252} | strategies)))
    return evidence(runs, markets={"A": noisy()} if markets is None else markets, under=under)


# ------------------------------------------------------------------ what is held, and what it earns


def test_positions_are_clipped_and_flat_where_they_are_no_numbers_or_the_bar_is_invalid():
    one = run(states=[0, 0, 0, 0, MISSING], position=np.array([0.5, 2.0, -3.0, np.nan, 1.0]))
    (graded,) = evidence([one]).graded
    assert strategy.positions(graded, StrategySettings(function="m:f")).tolist() == [0.5, 1.0, -1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("ending", "own"),
    [(Ending.NOT_OFFERED, False), (Ending.NOT_REACHED, False), (Ending.OK, True), (Ending.RAISED, True)],
)
def test_a_version_has_a_strategy_of_its_own_where_one_of_its_windows_reached_it(ending, own):
    one = run(states=[0, 0], windows=2, position=np.array([-1.0, -1.0]), phases={1: {"strategy": Phase(ending=ending)}})
    (graded,) = evidence([one]).graded
    assert strategy.own_strategy(graded) is own
    assert strategy.positions(graded, StrategySettings()).tolist() == ([-1.0] * 2 if own else [1.0] * 2)


def test_of_two_states_the_more_volatile_is_flat_and_a_single_one_is_long():
    two = evidence([run(states=[0, 1], labels=("0", "1"))]).graded[0]
    assert strategy.positions(two, FREE).tolist() == [1.0, 0.0]
    one = evidence([run(states=[0, 0], labels=("0",))]).graded[0]
    assert strategy.positions(one, FREE).tolist() == [1.0, 1.0]


def test_a_position_earns_the_next_bar_and_pays_for_its_change_and_the_last_bar_earns_nothing():
    found = evidence([run(states=[0, 2, 0, 0])], markets={"A": moving(0.1, 0.2, -0.5)})
    (graded,) = found.graded
    returns, times = strategy.net_returns(graded, found.market(graded), StrategySettings(cost=0.01))
    assert returns == pytest.approx([0.1 - 0.01, -0.01, -0.5 - 0.01, 0.0])
    assert times.dtype == np.float64
    assert (np.diff(times) / DAY).tolist() == [1.0, 1.0, 0.0]
    assert times[0] == float(found.market(graded).time[FIRST + 1].astype(np.int64))


def test_times_are_nanoseconds_in_whatever_unit_the_bars_came():
    found = evidence([run(states=[0, 2, 0])])
    (graded,) = found.graded
    prices = found.market(graded)
    seconds = replace(prices, time=prices.time.astype("datetime64[s]"))
    known, times = (strategy.net_returns(graded, given, FREE)[1].tolist() for given in (prices, seconds))
    assert times == known


def test_a_portfolio_weighs_its_symbols_equally_and_one_that_ended_earns_nothing():
    markets = {"A": moving(0.1, 0.2, 0.0), "B": moving(0.3, 0.0)}
    runs = (run(symbol="A", states=[0, 0]), run(symbol="B", states=[0]))
    found = evidence(runs, markets=markets, under=settings(strategy=FREE))
    returns, times = strategy.portfolio(found.graded, found)
    assert returns == pytest.approx([0.2, 0.1])
    assert (np.diff(times) / DAY).tolist() == [1.0]
    nothing = strategy.portfolio((), found)
    assert [len(part) for part in nothing] == [0, 0]


def test_bars_without_a_span_of_time_are_taken_for_trading_days():
    settings_ = StrategySettings()
    assert strategy.periods_per_year(np.zeros(0), settings_) == 252.0
    assert strategy.periods_per_year(np.array([5.0, 5.0]), settings_) == 252.0
    assert strategy.periods_per_year(np.array([DAY, 2 * DAY]), settings_) == pytest.approx(365.25)


# ------------------------------------------------------------------ the measures


def test_the_measures_by_hand():
    returns = np.array([0.1, -0.5, 0.2])
    assert strategy.total_return(returns) == pytest.approx(1.1 * 0.5 * 1.2 - 1.0)
    assert strategy.max_drawdown(returns) == pytest.approx(0.5)
    assert strategy.max_drawdown(np.array([-0.2, 0.1])) == pytest.approx(0.2)  # from the start on
    assert strategy.max_drawdown(np.array([0.1, 0.1])) == 0.0
    assert strategy.sharpe(returns, 4.0) == pytest.approx(2.0 * returns.mean() / returns.std(ddof=1))
    assert np.isnan([strategy.total_return(np.zeros(0)), strategy.max_drawdown(np.zeros(0))]).all()


def test_two_returns_have_a_sharpe_ratio_and_one_has_none():
    assert strategy.sharpe(np.array([0.0, 0.02]), 1.0) == pytest.approx(0.01 / np.std([0.0, 0.02], ddof=1))
    assert np.isnan([strategy.sharpe(np.array(still), 1.0) for still in ([], [0.02], [0.0, 0.0], [0.02, 0.02])]).all()
    assert np.isfinite(strategy.sharpe(np.array([0.01, 0.01 + 1e-8]), 1.0))
    assert np.isnan(strategy.sharpe(np.array([0.01, 0.01 + 1e-10]), 1.0))


def test_a_measure_goes_by_its_name():
    returns = np.array([0.1, -0.5, 0.2])
    assert strategy.measure_of("total_return", returns, 4.0) == strategy.total_return(returns)
    assert strategy.measure_of("max_drawdown", returns, 4.0) == strategy.max_drawdown(returns)
    assert strategy.measure_of("sharpe", returns, 4.0) == strategy.sharpe(returns, 4.0)


def test_seeds_lie_on_one_axis_of_time_whenever_they_ended():
    found = judged(
        run(B, seed=0, states=[0, 0, 0]),
        run(C, seed=0, states=[0]),
        run(C, seed=1, states=[2, 2]),
        markets={"A": moving(0.1, 0.2, 0.3)},
        periods_per_year=None,
    )
    made = strategy.performance(found)
    assert made.returns[B] == pytest.approx(np.array([[0.1, 0.2, 0.3]]))
    assert made.returns[C] == pytest.approx(np.array([[0.1, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert made.traded == {B: (True,), C: (True, False)}
    assert made.periods == pytest.approx(365.25)


def test_without_runs_there_is_no_performance():
    made = strategy.performance(judged())
    assert {role: returns.shape for role, returns in made.returns.items()} == {B: (0, 0), C: (0, 0)}
    found = strategy.strategy_performance(judged(run(B, bars=120)), C)
    assert (found.value, found.n, found.low, found.high, found.note) == (None, 0, None, None, "")


def test_a_seed_that_never_traded_gives_no_number_and_the_others_stand():
    found = judged(holding(C, np.ones(120), seed=0), holding(C, np.zeros(120), seed=1))
    one = strategy.strategy_performance(found, C)
    assert (one.metric, one.role, one.n, one.note) == ("strategy_performance", C, 120, "")
    assert one.seeds == (one.value,)
    alone = strategy.strategy_performance(judged(holding(C, np.zeros(120))), C)
    assert (alone.value, alone.seeds, alone.note) == (None, (), strategy.NEVER_TRADED)


# ------------------------------------------------------------------ intervals


def drawn_by_hand(measure, series, periods=252.0, paired=False):
    """The measure of each resample, one at a time, of one seed or several (S, T)."""
    found = np.atleast_2d(series)
    drawn = bootstrap.draw(found.shape[1], bootstrap.block_of(found.shape[1], paired=paired), strategy.SEED)
    bars = drawn.bars(0, bootstrap.RESAMPLES)
    return [np.array([measure(row[at], periods) for at in bars]) for row in found]


def plain_sharpe(returns, periods):
    return returns.mean() / returns.std() * np.sqrt(periods)


@pytest.mark.parametrize(
    ("name", "measure", "sign", "to", "back"),
    [
        ("sharpe", plain_sharpe, 1.0, np.array, np.array),
        ("total_return", lambda returns, _: strategy.total_return(returns), 1.0, np.log1p, np.expm1),
        ("max_drawdown", lambda returns, _: strategy.max_drawdown(returns), -1.0, np.array, np.array),
    ],
)
def test_the_interval_of_a_measure_is_that_of_plain_resamples(name, measure, sign, to, back):
    found = judged(holding(C, random_positions(1)), measure=name)
    one = strategy.strategy_performance(found, C)
    (drawn,) = drawn_by_hand(measure, strategy.performance(found).returns[C])
    known = bootstrap.interval(sign * to(drawn), bootstrap.blocks_of(120))
    assert (one.low, one.high) == pytest.approx(back(np.array(known)))
    assert one.value == pytest.approx(sign * strategy.measure_of(name, strategy.performance(found).returns[C][0], 252))
    assert one.low < one.value < one.high


def test_resamples_that_never_vary_have_no_sharpe_ratio():
    drawn = bootstrap.draw(40, 3.0, 1, resamples=5)
    still, varying = np.full(40, 0.01), np.random.default_rng(0).normal(0, 0.01, 40)
    ratios = strategy.sharpes_of(drawn, np.array([still, varying]), 252.0)
    assert np.isnan(ratios[0]).all()
    assert np.isfinite(ratios[1]).all()
    tiny, same = strategy.sharpes_of(drawn, np.array([varying * 1e-9, varying]), 252.0)
    assert tiny == pytest.approx(same)  # each seed is measured by its own returns


def test_the_deepest_fall_of_a_row_starts_at_one_and_is_never_below_nothing():
    rows = np.array([[0.1, 0.1, 0.1], [-0.2, 0.1, 0.1], [0.5, -0.5, 0.1]])
    assert strategy.fallen(rows) == pytest.approx([0.0, 0.2, 0.5])


def test_a_total_loss_is_resampled_as_one():
    drawn = bootstrap.draw(3, 1.0, 1, resamples=50)
    (found,) = strategy.resampled("total_return", drawn, np.array([[0.0, 0.0, -1.0]]), 252.0)
    lost = (drawn.bars(0, 50) == 2).any(axis=1)
    assert found[lost] == pytest.approx(-1.0)
    assert found[~lost] == pytest.approx(0.0)


def test_only_measures_that_are_judged_have_an_interval():
    found = judged(holding(C, random_positions(1)))
    assert strategy.measurement("m", "sharpe", found, C).low is not None
    assert strategy.measurement("m", "total_return", found, C).low is not None
    assert strategy.measurement("m", "max_drawdown", found, C).low is None
    assert (
        strategy.measurement("m", "sharpe", judged(*found.observations.runs, measure="max_drawdown"), C).low is not None
    )


# ------------------------------------------------------------------ the difference


def rising():
    return market(close=100.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.01, 0.01, FIRST + 121))))


def test_the_difference_of_sharpe_ratios_is_ledoits_and_wolfs():
    found = judged(holding(B, random_positions(1)), holding(C, random_positions(2)))
    ours, theirs = (strategy.performance(found).returns[role][0] for role in BOTH)
    difference = strategy.strategy_difference(found)
    gap = strategy.sharpe(ours, 252) - strategy.sharpe(theirs, 252)
    error = standard_error(ours[None], theirs[None]) * np.sqrt(252)
    assert (difference.metric, difference.kind, difference.n) == ("strategy_performance", "difference", 1)
    assert difference.note == "interval of baseline - candidate, sharpe"
    assert difference.change == pytest.approx(gap)
    half = bootstrap.student(bootstrap.blocks_of(120, paired=True)) * error
    assert (difference.low, difference.high) == pytest.approx((gap - half, gap + half))


def test_the_seeds_add_what_they_leave_open_to_the_interval():
    # Of the baseline's seeds the bars explain the scatter; of the candidate's one is short, and wins what others lose.
    held = {
        B: (random_positions(seed) for seed in range(3)),
        C: (np.ones(120), np.full(120, 0.9), np.ones(120), -np.ones(120)),
    }
    found = judged(
        *[holding(role, path, seed=seed) for role in BOTH for seed, path in enumerate(held[role])],
        markets={"A": rising()},
    )
    made = strategy.performance(found).returns
    values = [[strategy.sharpe(row, 252) for row in made[role]] for role in BOTH]
    # of the mean, and of what a median of 3 and of 4 makes more of it
    apart = [252 * variance_apart(made[role]) for role in BOTH]
    of_bars = 252 * standard_error(made[B], made[C]) ** 2
    more = [bootstrap.share_of_median(len(of)) - 1 / len(of) for of in values]
    of_bars += np.dot(more, apart)
    both = [bootstrap.luck_of(of, one) for of, one in zip(values, apart, strict=True)]
    assert [one.variance > one.of_bars for one in both] == [False, True]
    rest = of_bars - sum(one.of_bars for one in both)  # what bars do to all seeds alike
    blocks = bootstrap.blocks_of(120, paired=True)
    bars = bootstrap.student(min(blocks, freedom(made[B], made[C])))
    seeds = bootstrap.student(bootstrap.freedom_of(0.0, blocks, both))
    half = np.sqrt(bars**2 * rest + seeds**2 * sum(one.variance for one in both))
    middle = np.median(values[0]) - np.median(values[1])
    difference = strategy.strategy_difference(found)
    assert difference.n == 3
    assert (difference.low, difference.high) == pytest.approx((middle - half, middle + half))


def test_a_seed_that_never_varied_does_not_take_the_interval_away():
    found = judged(
        *[holding(role, random_positions(seed), seed=seed) for role in BOTH for seed in (0, 1, 2)],
        *[holding(role, np.zeros(120), seed=3) for role in BOTH],
    )
    difference = strategy.strategy_difference(found)
    assert difference.change == 0.0
    assert difference.low < 0.0 < difference.high


@pytest.mark.parametrize(
    ("name", "measure", "sign"),
    [
        ("total_return", lambda returns, _: strategy.total_return(returns), 1.0),
        ("max_drawdown", lambda returns, _: strategy.max_drawdown(returns), -1.0),
    ],
)
def test_the_difference_of_another_measure_is_resampled_in_pairs(name, measure, sign):
    found = judged(holding(B, random_positions(1)), holding(C, random_positions(2)), measure=name)
    series = np.vstack([strategy.performance(found).returns[role] for role in BOTH])
    ours, theirs = drawn_by_hand(measure, series, paired=True)
    difference = strategy.strategy_difference(found)
    known = bootstrap.interval(sign * (ours - theirs), bootstrap.blocks_of(120, paired=True))
    assert (difference.low, difference.high) == pytest.approx(known)
    values = [sign * strategy.measure_of(name, row, 252) for row in series]
    assert difference.change == pytest.approx(values[0] - values[1])
    assert difference.note == f"interval of baseline - candidate, {name}"


@pytest.mark.parametrize("name", ["sharpe", "total_return", "max_drawdown"])
@pytest.mark.parametrize("role", BOTH)
def test_a_version_that_did_not_trade_is_compared_with_none(name, role):
    positions = {r: np.zeros(120) if r is role else np.ones(120) for r in BOTH}
    difference = strategy.strategy_difference(judged(*[holding(r, positions[r]) for r in BOTH], measure=name))
    assert (difference.change, difference.low, difference.high) == (None, None, None)


@pytest.mark.parametrize("name", ["total_return", "max_drawdown"])
def test_seeds_that_disagree_widen_what_is_known_of_a_measure(name):
    runs = [
        holding(role, np.full(120, held), seed=seed)
        for role in BOTH
        for seed, held in enumerate((1.0, 0.5, -0.25, -0.5))
    ]
    found = judged(*runs, measure=name, markets={"A": rising()})
    drawn = {role: strategy.drawn_values(name, found, role, paired=True) for role in BOTH}
    values = {role: strategy.values_of(name, strategy.performance(found), role) for role in BOTH}
    luck = [bootstrap.luck_of(values[role], bootstrap.scatter_of_bars(drawn[role])) for role in BOTH]
    sign = -1.0 if name == "max_drawdown" else 1.0
    apart = sign * (np.median(drawn[B], axis=0) - np.median(drawn[C], axis=0))
    difference = strategy.strategy_difference(found)
    blocks = bootstrap.blocks_of(120, paired=True)
    known = bootstrap.interval(apart, blocks, luck)
    assert (difference.low, difference.high) == pytest.approx(known)
    alone = bootstrap.interval(apart, blocks)
    assert luck[0].variance > 0.0
    assert known[1] - known[0] > alone[1] - alone[0]


def test_both_roles_meet_the_same_bars():
    one = judged(*[holding(role, random_positions(1)) for role in BOTH], measure="total_return")
    ours, theirs = (strategy.drawn_values("total_return", one, role, paired=True) for role in BOTH)
    assert (ours[0] == theirs[0]).all()


def test_a_drawdown_is_told_between_nothing_and_everything_where_seeds_leave_more_open():
    runs = [holding(C, np.full(120, held), seed=seed) for seed, held in enumerate((0.01, 1.0))]
    found = judged(*runs, measure="max_drawdown", markets={"A": noisy(spread=0.2)})
    one = strategy.strategy_performance(found, C)
    assert (one.low, one.high) == (-1.0, 0.0)
    positive = strategy.measurement("max_drawdown", "max_drawdown", found, C)
    assert (positive.low, positive.high) == (0.0, 1.0)


def test_no_interval_tells_of_losing_more_than_everything():
    wild = judged(
        *[holding(C, random_positions(seed), seed=seed) for seed in (1, 2)],
        measure="max_drawdown",
        markets={"A": noisy(spread=0.1)},
    )
    grown = strategy.measurement("total_return", "total_return", wild, C)
    assert -1.0 < grown.low < grown.value < grown.high
    fallen = strategy.strategy_performance(wild, C)
    assert -1.0 <= fallen.low < fallen.value < fallen.high <= 0.0
    positive = strategy.measurement("max_drawdown", "max_drawdown", wild, C)
    assert 0.0 <= positive.low < positive.value < positive.high <= 1.0
