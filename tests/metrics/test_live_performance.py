"""Returns bar by bar: late ones take their place, and only bars that are whole in both are compared."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import strategy
from gate.metrics.live_performance import (
    Portfolio,
    compared,
    performance,
    periods_of,
    returns_of,
    whole_bars,
)

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def after(bars):
    return BEGAN + timedelta(minutes=bars)


# ------------------------------------------------------------------ performance


def portfolio(*bars, size=10):
    made = Portfolio(size=size)
    for bar, earned in bars:
        made.add(after(bar), earned, traded=True)
    return made


def held(one):
    return [(time, earned, traded) for time, earned, traded in zip(one.times, one.earned, one.traded, strict=True)]


def test_returns_of_one_bar_are_summed_and_a_new_bar_is_said():
    one = Portfolio(size=10)
    assert one.newest is None
    assert one.add(after(2), 0.5, traded=False) is True
    assert one.add(after(2), 0.25, traded=True) is False
    assert one.add(after(2), 0.25, traded=False) is False
    assert one.add(after(4), 0.5, traded=False) is True
    assert one.add(after(2), 1.0, traded=False) is False
    assert one.add(after(4), 0.25, traded=False) is False
    assert held(one) == [(after(2), 2.0, True), (after(4), 0.75, False)]
    assert one.newest == after(4)


def test_a_bar_that_comes_late_takes_its_place_and_is_not_the_newest():
    one = portfolio((2, 0.1), (4, 0.2))
    assert one.add(after(3), 0.5, traded=False) is False
    assert one.add(after(1), 0.7, traded=False) is False
    assert [(time, earned) for time, earned, _ in held(one)] == [
        (after(1), 0.7),
        (after(2), 0.1),
        (after(3), 0.5),
        (after(4), 0.2),
    ]
    assert one.at == [time.timestamp() * 1e9 for time in one.times]


def test_at_most_so_many_bars_are_kept_and_none_before_them_is_taken():
    one = portfolio(*((bar, float(bar)) for bar in range(1, 5)), size=3)
    assert one.times == [after(2), after(3), after(4)]
    assert one.add(after(1), 1.0, traded=True) is False
    assert (one.earned, len(one.traded), len(one.at)) == ([2.0, 3.0, 4.0], 3, 3)
    assert one.add(after(2), 1.0, traded=True) is False
    assert one.earned == [3.0, 3.0, 4.0]
    assert one.at == [time.timestamp() * 1e9 for time in one.times]


def test_what_leaves_at_the_front_leaves_whole():
    one = Portfolio(size=2)
    for bar in range(3):
        one.add(after(bar), float(bar), traded=bar == 1)
    assert held(one) == [(after(1), 1.0, True), (after(2), 2.0, False)]


def test_the_newest_before_a_time_are_cut_out():
    one = portfolio(*((bar, float(bar)) for bar in range(6)))
    part = one.until(after(4), 3)
    assert (part.size, part.times) == (3, [after(1), after(2), after(3)])
    assert (part.earned, part.traded, part.at) == ([1.0, 2.0, 3.0], [True] * 3, one.at[1:4])
    assert one.until(after(2), 9).earned == [0.0, 1.0]
    assert one.until(after(0), 3).times == []


def test_on_anothers_bars_nothing_was_earned_where_there_is_no_record():
    one, axis = portfolio((1, 0.5), (3, 0.25)), portfolio((1, 9.0), (2, 9.0), (3, 9.0), size=7)
    laid = one.laid(axis)
    assert held(laid) == [(after(1), 0.5, True), (after(2), 0.0, False), (after(3), 0.25, True)]
    assert (laid.size, laid.at) == (7, axis.at)
    assert one.laid(portfolio((1, 9.0), (3, 9.0))) is one


def test_only_bars_before_the_newest_of_either_are_whole():
    live, shadow = portfolio(*((bar, 1.0) for bar in range(6))), portfolio(*((bar, 2.0) for bar in range(4)))
    ours, theirs = whole_bars(live, shadow, 2)
    assert ours.times == theirs.times == [after(1), after(2)]
    assert (ours.earned, theirs.earned) == ([1.0, 1.0], [2.0, 2.0])


def test_where_bars_differ_both_lie_on_all_of_them():
    live, shadow = portfolio((0, 1.0), (1, 1.0), (3, 1.0), (9, 1.0)), portfolio((1, 2.0), (2, 2.0), (9, 2.0))
    ours, theirs = whole_bars(live, shadow, 3)
    assert ours.times == theirs.times == [after(1), after(2), after(3)]
    assert (ours.earned, theirs.earned) == ([1.0, 0.0, 1.0], [2.0, 2.0, 0.0])
    assert ours.at == theirs.at == [after(bar).timestamp() * 1e9 for bar in (1, 2, 3)]
    assert (ours.size, theirs.size) == (3, 3)


def test_where_one_has_no_bars_the_other_lies_on_its_own():
    live, none = portfolio((0, 1.0), (1, 2.0), (2, 3.0)), Portfolio(size=10)
    assert whole_bars(none, none, 3) == (none, none)
    ours, theirs = whole_bars(live, none, 3)
    assert (ours.earned, theirs.earned) == ([1.0, 2.0], [0.0, 0.0])


def test_returns_are_the_mean_over_the_symbols_and_bars_a_year_as_they_lie():
    one = portfolio((0, 1.0), (1, 3.0))
    assert returns_of(one, 2).tolist() == [0.5, 1.5]
    assert returns_of(one, 0).tolist() == [1.0, 3.0]
    assert periods_of(one, StrategySettings(periods_per_year=9)) == 9
    assert periods_of(one, StrategySettings()) == pytest.approx(365.25 * 24 * 60)


RETURNS = [0.01, -0.02, 0.015, 0.02, -0.01, 0.03]


@pytest.mark.parametrize(("measure", "sign"), [("sharpe", 1), ("total_return", 1), ("max_drawdown", -1)])
def test_performance_is_the_measure_that_is_named_and_more_is_better(measure, sign):
    under = StrategySettings(measure=measure)
    one = portfolio(*enumerate(2 * each for each in RETURNS))
    found = performance(one, 2, under, Role.BASELINE)
    expected = sign * strategy.measure_of(measure, np.array(RETURNS), periods_of(one, under))
    assert found.value == pytest.approx(expected)
    assert (found.metric, found.role, found.n, found.note) == ("strategy_performance", Role.BASELINE, 6, "")


def test_what_never_traded_has_no_performance_and_says_so():
    one = Portfolio(size=5)
    empty = performance(one, 1, StrategySettings(), Role.CANDIDATE)
    assert (empty.value, empty.n, empty.note) == (None, 0, "")
    one.add(BEGAN, 0.5, traded=False)
    for measure in ("sharpe", "total_return"):
        never = performance(one, 1, StrategySettings(measure=measure), Role.CANDIDATE)
        assert (never.value, never.n, never.note) == (None, 1, strategy.NEVER_TRADED)


def both(count=60):
    random = np.random.default_rng(5)
    return [portfolio(*enumerate(random.normal(0, 0.01, count + 1)), size=200) for _ in range(2)]


def test_live_and_shadow_are_compared_on_the_same_bars_each_by_its_own_symbols():
    live, shadow = both()
    under = StrategySettings(measure="total_return")
    found = compared(live, shadow, 50, (1, 2), under)
    ours, theirs = whole_bars(live, shadow, 50)
    assert found.candidate == performance(ours, 1, under, Role.CANDIDATE)
    assert found.baseline == performance(theirs, 2, under, Role.BASELINE)
    assert found.comparison is None


def test_looked_at_closely_a_difference_of_sharpe_ratios_has_the_interval_of_the_gate():
    live, shadow = both()
    under = StrategySettings(measure="sharpe")
    found = compared(live, shadow, 50, (1, 2), under, closely=True)
    ours, theirs = whole_bars(live, shadow, 50)
    between = strategy.sharpe_interval(
        strategy.Performance(
            returns={Role.CANDIDATE: returns_of(ours, 1)[np.newaxis], Role.BASELINE: returns_of(theirs, 2)[np.newaxis]},
            traded={Role.CANDIDATE: (True,), Role.BASELINE: (True,)},
            periods=periods_of(ours, under),
        )
    )
    comparison = found.comparison
    assert (comparison.metric, comparison.kind, comparison.n) == ("strategy_performance", "difference", 50)
    assert comparison.change == found.baseline.value - found.candidate.value
    assert (comparison.low, comparison.high) == between
    assert comparison.low < comparison.change < comparison.high
    assert compared(live, shadow, 50, (1, 2), under).comparison is None


def test_without_an_interval_the_difference_still_stands():
    live, shadow = both(3)
    comparison = compared(live, shadow, 3, (1, 1), StrategySettings(), closely=True).comparison
    assert (comparison.low, comparison.high) == (None, None)


def test_a_difference_needs_both_sides_and_the_sharpe_ratio():
    live, shadow = both()
    idle = Portfolio(size=200)
    for bar in range(61):
        idle.add(after(bar), 0.0, traded=False)
    under = StrategySettings(measure="sharpe")
    assert compared(live, idle, 50, (1, 1), under, closely=True).comparison is None
    assert compared(idle, shadow, 50, (1, 1), under, closely=True).comparison is None
    other = StrategySettings(measure="total_return")
    assert compared(live, shadow, 50, (1, 1), other, closely=True).comparison is None
