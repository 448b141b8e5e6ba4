"""A trigger rings where both windows are beyond the limit for long enough, and is quiet once one of them is well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.metric import Unit
from gate.judging import live
from gate.judging.limits import outside
from gate.judging.live import Frontier, Rule, Trigger, Turn, frontier_of, last_where, split, tightened, within
from gate.metrics.live import UNIT, Windows, measurement
from gate.metrics.registry import METRICS

RATE, CONFIDENCE = METRICS["invalid_predictions"], METRICS["confidence"]
RULE = Rule(long=60, short=10, minimum=20, bars=2, clear=0.5, pooled=True, each=False)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


# ------------------------------------------------------------------ limits


def test_what_holds_alone_and_what_holds_against_the_baseline_are_parted():
    both = Limit(max=0.1, max_worse=0.2, max_ratio=3.0, floor=0.01)
    assert split(both) == (Limit(max=0.1, floor=0.01), Limit(max_worse=0.2, max_ratio=3.0, floor=0.01))
    assert split(Limit(min=0.1)) == (Limit(min=0.1), None)
    assert split(Limit(max_increase=0.1)) == (None, Limit(max_increase=0.1))


@pytest.mark.parametrize(
    ("limit", "unit", "well"),
    [
        (Limit(max=0.2), Unit.SHARE, Limit(max=0.05)),
        (Limit(max_worse=0.2), Unit.NUMBER, Limit(max_worse=0.05)),
        (Limit(max_increase=0.4), Unit.SHARE, Limit(max_increase=0.1)),
        (Limit(max_ratio=3.0), Unit.NUMBER, Limit(max_ratio=1.5)),
        (Limit(max_ratio=1.5), Unit.NUMBER, Limit(max_ratio=1.125)),
        (Limit(max_ratio=1.0), Unit.NUMBER, Limit(max_ratio=0.25)),
        (Limit(max_ratio=0.5), Unit.NUMBER, Limit(max_ratio=0.125)),
        (Limit(min=0.75), Unit.SHARE, Limit(min=0.9375)),
        (Limit(min=2.0), Unit.NUMBER, Limit(min=3.5)),
        (Limit(min=-2.0), Unit.NUMBER, Limit(min=-0.5)),
        (Limit(max=0.2, max_ratio=3.0, floor=0.5), Unit.SHARE, Limit(max=0.05, max_ratio=1.5, floor=0.5)),
    ],
)
def test_well_within_is_a_share_of_what_is_allowed(limit, unit, well):
    assert tightened(limit, 0.25, unit) == well


# ------------------------------------------------------------------ the frontier


@pytest.mark.parametrize("bounds", [{"max": 0.05}, {"min": 0.3}, {"min": 0.1, "max": 0.4}, {"max": 0.0}, {"max": 1.0}])
@pytest.mark.parametrize("below", [1, 7, 100])
def test_the_frontier_is_where_the_judgement_turns(bounds, below):
    frontier = Frontier(RATE, Limit(**bounds))
    for above in range(below + 1):
        judged = any(
            outside(measurement(RATE.name, above, below), RATE.unit, bound, allowed)
            for bound, allowed in bounds.items()
        )
        assert within(frontier, (above, below)) is not judged


def test_without_a_bound_on_one_side_that_side_is_open():
    assert Frontier(RATE, Limit(max=0.05))[100] == (0, 5)
    assert Frontier(RATE, Limit(min=0.05))[100] == (5, 200)
    assert Frontier(CONFIDENCE, Limit(min=0.75))[1] == (UNIT * 3 // 4, UNIT * 2)
    assert Frontier(CONFIDENCE, Limit(max=0.75))[1] == (0, UNIT * 3 // 4)


def test_a_rate_is_within_by_its_two_integers_where_its_quotient_cannot_tell():
    assert Frontier(RATE, Limit(max=0.05))[10**18] == (0, 5 * 10**16)


def test_both_ends_lie_within():
    frontier = Frontier(RATE, Limit(min=0.1, max=0.4))
    assert frontier[10] == (1, 4)
    assert [within(frontier, (above, 10)) for above in (0, 1, 4, 5)] == [False, True, True, False]


@pytest.mark.parametrize(("metric", "below"), [(RATE, 1000), (CONFIDENCE, 1)])
@pytest.mark.parametrize("bound", ["max", "min"])
def test_a_frontier_is_found_by_a_handful_of_judgements_and_kept(monkeypatch, metric, below, bound):
    asked = []

    def counted(*words):
        asked.append(words)
        return outside(*words)

    monkeypatch.setattr(live, "outside", counted)
    frontier = Frontier(metric, Limit(**{bound: 0.3}))
    first = frontier[below]
    assert 1 < len(asked) <= 5
    assert frontier[below] == first
    assert len(asked) <= 5
    assert dict(frontier) == {below: first}


@given(st.integers(-1, 200), st.integers(0, 50), st.integers(-10, 250))
def test_the_last_one_is_found_wherever_it_is_looked_for(last, more, near):
    assert last_where(lambda number: number <= last, max(last, 0) + more, near) == last


@pytest.mark.parametrize("near", [2, 500_000, 999_998])
@pytest.mark.parametrize("apart", [-2, -1, 0, 1])
def test_where_it_may_be_is_looked_at_first(near, apart):
    asked = []

    def holds(number):
        asked.append(number)
        return number <= near + apart

    assert last_where(holds, 1_000_000, near) == near + apart
    assert len(asked) <= 5
    assert set(asked) <= set(range(near - 2, near + 3))


@pytest.mark.parametrize(("last", "near"), [(700, 3), (3, 700), (-1, 0), (999, 998)])
def test_where_it_is_not_near_it_is_halved(last, near):
    asked = []

    def holds(number):
        asked.append(number)
        return number <= last

    assert last_where(holds, 999, near) == last
    assert len(asked) <= 13
    assert all(0 <= number <= 999 for number in asked)


# ------------------------------------------------------------------ one bar after the other


def trigger(rule=RULE, limit=Limit(max=0.25), symbol=""):  # noqa: B008  frozen
    return Trigger(RATE, limit, rule, symbol)


def windows(long, short=None):
    """Invalid bars, of how many, in each window."""
    made = Windows()
    for tally, (invalid, bars) in ((made.long, long), (made.short, short or long)):
        tally.invalid, tally.bars = invalid, bars
    return made


BAD, GOOD, NEITHER = windows((40, 60), (9, 10)), windows((0, 60), (0, 10)), windows((12, 60), (2, 10))


def shown(one, *seen, need=2):
    return [one.at(each, tick, need) for tick, each in enumerate(seen)]


def test_a_trigger_begins_quiet_and_knows_what_it_is_about():
    one = trigger(symbol="SPX")
    assert (one.firing, one.since, one.shown, one.onset, one.symbol) == (False, "", None, None, "SPX")
    assert (one.metric, one.limit, one.rule, one.minimum) == (RATE, Limit(max=0.25), RULE, 20)
    assert one.well == Limit(max=0.125)
    assert trigger(limit=Limit(min=0.75)).well == Limit(min=0.875)
    assert one.fires is frontier_of(RATE, Limit(max=0.25))
    assert one.clears is frontier_of(RATE, Limit(max=0.125))


def test_its_key_names_the_metric_the_baseline_and_the_symbol():
    against = Limit(max_worse=0.1)
    assert trigger().key == "monitor:invalid_predictions"
    assert trigger(symbol="SPX").key == "monitor:invalid_predictions:SPX"
    assert trigger(limit=against).key == "monitor:invalid_predictions:baseline"
    assert trigger(limit=against, symbol="SPX").key == "monitor:invalid_predictions:baseline:SPX"
    assert (trigger().against, trigger(limit=against).against) == (False, True)


def test_it_rings_once_after_its_bars_in_a_row_and_ends_once_after_as_many():
    seen = shown(trigger(), BAD, BAD, BAD, GOOD, GOOD, GOOD, BAD, BAD)
    assert seen == [None, Turn.FIRED, None, None, Turn.CLEARED, None, None, Turn.FIRED]


def test_one_good_bar_begins_the_count_anew_on_either_way():
    assert shown(trigger(), BAD, GOOD, BAD, BAD) == [None, None, None, Turn.FIRED]
    seen = shown(trigger(), BAD, BAD, GOOD, BAD, GOOD, GOOD)
    assert seen == [None, Turn.FIRED, None, None, None, Turn.CLEARED]


def test_a_bar_that_is_neither_ends_no_ringing_and_begins_the_count_of_well_bars_anew():
    seen = shown(trigger(), BAD, BAD, GOOD, NEITHER, GOOD, GOOD)
    assert seen == [None, Turn.FIRED, None, None, None, Turn.CLEARED]
    assert shown(trigger(), BAD, NEITHER, BAD) == [None, None, None]


@pytest.mark.parametrize("mild", [windows((40, 60), (2, 10)), windows((15, 60), (9, 10))])
def test_both_windows_must_be_beyond(mild):
    assert shown(trigger(), mild, mild, mild) == [None, None, None]
    assert shown(trigger(), BAD, mild, BAD) == [None, None, None]


@pytest.mark.parametrize("well", [windows((40, 60), (1, 10)), windows((7, 60), (9, 10))])
def test_one_window_that_is_well_ends_it(well):
    assert shown(trigger(), BAD, BAD, well, well)[2:] == [None, Turn.CLEARED]


@pytest.mark.parametrize("least", [windows((16, 60), (3, 10)), windows((20, 20), (10, 10)), windows((40, 60), (1, 1))])
def test_the_least_that_is_beyond_rings(least):
    assert shown(trigger(), least, least) == [None, Turn.FIRED]


@pytest.mark.parametrize("exact", [windows((15, 60), (3, 10)), windows((19, 19), (10, 10)), windows((40, 60), (0, 0))])
def test_at_the_limit_or_of_too_little_nothing_rings_and_nothing_ends(exact):
    assert shown(trigger(), exact, exact, exact) == [None, None, None]


@pytest.mark.parametrize("little", [windows((0, 19), (0, 10)), windows((0, 60), (0, 0))])
def test_of_too_little_nothing_ends(little):
    assert shown(trigger(), BAD, BAD, little, little, little)[2:] == [None, None, None]


def test_too_few_of_a_value_that_would_be_too_low_ring_nothing_either():
    one = Trigger(RATE, Limit(min=0.5), RULE, "")
    low = windows((5, 60), (1, 10))
    assert shown(one, low, low) == [None, Turn.FIRED]
    assert shown(Trigger(RATE, Limit(min=0.5), RULE, ""), windows((0, 19), (0, 10))) == [None]


def test_the_onset_is_the_first_bar_of_the_run_that_rang():
    one = trigger()
    for bar, each in enumerate((BAD, GOOD, BAD, BAD, BAD)):
        one.at(each, bar, 3, BEGAN + timedelta(minutes=bar))
    assert one.firing
    assert one.onset == BEGAN + timedelta(minutes=2)
    one.at(BAD, 5, 3, BEGAN + timedelta(minutes=5))
    assert one.onset == BEGAN + timedelta(minutes=2)


def test_bars_are_counted_by_the_monitors_ticks():
    one = trigger()
    assert one.turn(10, 5, fire=True, clear=False) is None
    assert one.turn(13, 5, fire=True, clear=False) is None
    assert one.turn(14, 5, fire=True, clear=False) is Turn.FIRED
    assert one.turn(20, 5, fire=False, clear=True) is None
    assert one.turn(23, 5, fire=False, clear=True) is None
    assert one.turn(24, 5, fire=False, clear=True) is Turn.CLEARED
    assert one.firing is False


def test_what_is_beyond_and_well_at_once_is_beyond():
    one = trigger()
    assert [one.turn(tick, 1, fire=True, clear=True) for tick in range(3)] == [Turn.FIRED, None, None]
    assert one.firing


def test_what_never_rang_is_never_over():
    assert [trigger().turn(tick, 1, fire=False, clear=True) for tick in range(3)] == [None, None, None]
