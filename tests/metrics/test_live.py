"""Running sums over the newest bars: what enters a window leaves it again, and every bar counts as the gate counts."""

import math
from collections import deque
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.metric import Measurement
from gate.domain.monitoring import Record
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.grading import SUM_TOLERANCE
from gate.metrics.live import (
    BAR,
    CALLED,
    CHANGED,
    COUNTED,
    FAILED,
    MOST_MISSING,
    SURE,
    UNIT,
    VALID,
    Tally,
    Track,
    Windows,
    certainty_of,
    interval_of,
    is_known,
    is_valid,
    measurement,
)
from gate.metrics.panel import SEED

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY = frozenset()


def after(bars):
    return BEGAN + timedelta(minutes=bars)


def record(**values):
    healthy = {"schema": 1, "time": BEGAN, "symbol": "A", "sequence": 0, "state": 0, "posterior": (0.75, 0.25)}
    return Record(**(healthy | values))


def tallied(tally):
    return {name: getattr(tally, name) for name in Tally.__slots__ if getattr(tally, name)}


# ------------------------------------------------------------------ sums


@pytest.mark.parametrize(
    ("flags", "sums"),
    [
        (0, {}),
        (BAR | VALID, {"bars": 1}),
        (BAR, {"bars": 1, "invalid": 1}),
        (CHANGED, {"changed": 1}),
        (COUNTED, {"counted": 1}),
        (FAILED, {"failed": 1}),
        (CALLED, {"called": 1}),
        (SURE, {"known": 1}),
    ],
)
def test_each_flag_enters_its_own_sum_and_leaves_it(flags, sums):
    tally = Tally()
    tally.swap(flags, 0)
    assert tallied(tally) == sums
    tally.swap(flags, 0)
    assert tallied(tally) == dict.fromkeys(sums, 2)
    tally.swap(0, flags)
    tally.swap(0, flags)
    assert tallied(tally) == {}


def test_a_windows_value_keeps_what_the_judgement_reads():
    def of(**words):
        return Measurement(**({"role": Role.CANDIDATE} | words))

    assert measurement("confidence", UNIT * 3, 4) == of(metric="confidence", value=0.75, n=4)
    assert measurement("confidence", 0, 0) == of(metric="confidence", value=None, n=0)
    assert measurement("regime_change_rate", 1, 4) == of(metric="regime_change_rate", value=0.25, n=4)
    assert measurement("regime_change_rate", 0, 0) == of(metric="regime_change_rate", value=None, n=0)
    assert measurement("strategy_crashes", 2, 9) == of(metric="strategy_crashes", value=2.0, count=2, n=9)
    assert measurement("strategy_crashes", 0, 0) == of(metric="strategy_crashes", value=0.0, count=0, n=1)
    assert measurement("prediction_errors", 1, 4) == of(metric="prediction_errors", value=0.25, count=1, n=4)
    for metric in ("confidence", "regime_change_rate", "strategy_crashes", "prediction_errors"):
        assert measurement(metric, 1, 1, Role.BASELINE).role is Role.BASELINE


# ------------------------------------------------------------------ one record


def test_the_certainty_is_the_largest_posterior_or_what_was_handed_out():
    assert certainty_of(record(posterior=(0.2, 0.8), confidence=0.1)) == 0.8
    assert certainty_of(record(posterior=None, confidence=0.1)) == 0.1
    assert certainty_of(record(posterior=None)) is None


@pytest.mark.parametrize(
    ("values", "valid"),
    [
        ({}, True),
        ({"state": None}, False),
        ({"error": ""}, False),
        ({"state": 2}, False),
        ({"state": -1}, False),
        ({"posterior": (0.75, 0.25 + 9e-7)}, True),
        ({"posterior": (0.75, 0.25 - 9e-7)}, True),
        ({"posterior": (0.75, 0.25 + 2e-6)}, False),
        ({"posterior": (0.75, 0.25 - 2e-6)}, False),
        ({"posterior": (1.0 + 5e-7, -5e-7)}, True),
        ({"posterior": (1.0 - 0.0, -2e-6, 2e-6)}, False),
        ({"posterior": (1.0, -SUM_TOLERANCE, SUM_TOLERANCE)}, True),
        ({"posterior": (math.nan, 0.5)}, False),
        ({"posterior": None, "confidence": 1.0}, True),
        ({"posterior": None, "confidence": 0.0}, True),
        ({"posterior": None, "confidence": 1.0 + 5e-7}, True),
        ({"posterior": None, "confidence": 1.0 + 2e-6}, False),
        ({"posterior": None, "confidence": 1.0 + SUM_TOLERANCE}, True),
        ({"posterior": None, "confidence": -1e-9}, False),
        ({"posterior": None, "confidence": 1.0, "state": 7}, True),
        ({"posterior": None, "confidence": 1.0, "state": "calm"}, True),
    ],
)
def test_a_bar_is_valid_as_before_the_merge(values, valid):
    one = record(**values)
    assert is_valid(one, certainty_of(one), NOBODY, offered=True) is valid


def test_a_certainty_that_is_missing_is_invalid_once_one_was_handed_out():
    one = record(posterior=None)
    assert is_valid(one, None, NOBODY, offered=False)
    assert not is_valid(one, None, NOBODY, offered=True)


@pytest.mark.parametrize(
    ("state", "width", "allowed", "known"),
    [
        (0, 2, NOBODY, True),
        (1, 2, NOBODY, True),
        (2, 2, NOBODY, False),
        (-1, 2, NOBODY, False),
        (1, 1, NOBODY, True),
        (-1, 1, NOBODY, False),
        (0, 0, NOBODY, True),
        (9, 0, NOBODY, True),
        (-1, 0, NOBODY, False),
        ("calm", 2, NOBODY, True),
        ("calm", 0, frozenset({"wild"}), False),
        ("wild", 0, frozenset({"wild"}), True),
        (7, 2, frozenset({"7"}), True),
        (1, 2, frozenset({"7"}), False),
    ],
)
def test_a_label_is_known_where_it_was_named_or_has_a_posterior(state, width, allowed, known):
    assert is_known(state, width, allowed) is known


def test_named_states_are_asked_of_a_record_too():
    one = record(posterior=None, state=5)
    assert is_valid(one, 0.5, frozenset({"5"}), offered=True)
    assert not is_valid(one, 0.5, frozenset({"6"}), offered=True)


# ------------------------------------------------------------------ one symbol


def track(long=5, short=2, **values):
    return Track(symbol="A", long=long, short=short, **values)


def test_a_new_track_is_empty_and_a_kept_one_is_as_it_was():
    assert (track().flags, track().sure) == ([0] * 5, [0] * 5)
    kept = track(flags=[BAR] * 5, sure=[3] * 5)
    assert (kept.flags, kept.sure) == ([BAR] * 5, [3] * 5)


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, UNIT)), max_size=20), st.sampled_from([1, 2, 4, 5]))
def test_both_windows_hold_their_newest_bars_and_nothing_else(pushed, short):
    one, mine, pool = track(short=short), Windows(), Windows()
    newest = deque([(0, 0)] * 5, maxlen=5)
    for flags, sure in pushed:
        one.push(flags, sure, mine, pool)
        newest.append((flags, sure))
    for size, kept, pooled, afresh in zip(
        (5, short), (mine.long, mine.short), (pool.long, pool.short), one.tallies(), strict=True
    ):
        wanted = Tally()
        for flags, sure in list(newest)[5 - size :]:
            wanted.swap(flags, 0)
            wanted.certainty += sure
        assert tallied(kept) == tallied(pooled) == tallied(afresh) == tallied(wanted)
    assert one.bars == len(pushed)
    assert one.at == len(pushed) % 5


def test_another_version_begins_with_empty_windows_and_leaves_the_pool_to_the_others():
    one, other, mine, theirs, pool = track(), track(), Windows(), Windows(), Windows()
    for _ in range(3):
        one.push(BAR | CALLED, 7, mine, pool)
        other.push(BAR, 5, theirs, pool)
    one.parted, one.offered = False, True
    one.forget(mine, pool)
    assert (tallied(mine.long), tallied(mine.short)) == ({}, {})
    assert tallied(pool.long) == tallied(theirs.long) == {"bars": 3, "invalid": 3, "certainty": 15}
    assert tallied(pool.short) == tallied(theirs.short) == {"bars": 2, "invalid": 2, "certainty": 10}
    assert (one.bars, one.parted, one.offered) == (3, True, False)


def test_numbers_that_were_jumped_over_are_missing():
    one = track()
    assert (one.missed(0), one.missing) == (0, set())
    one.sequence = 3
    assert (one.missed(4), one.missing) == (0, set())
    assert (one.missed(7), one.missing) == (3, {4, 5, 6})


def test_of_what_may_still_come_the_newest_are_kept():
    one = track(sequence=9)
    assert one.missed(10 + MOST_MISSING) == MOST_MISSING
    assert (min(one.missing), len(one.missing)) == (10, MOST_MISSING)
    one.sequence = 10 + MOST_MISSING
    assert one.missed(one.sequence + 3) == 2
    assert (min(one.missing), max(one.missing), len(one.missing)) == (12, 12 + MOST_MISSING, MOST_MISSING)
    one.sequence = 10
    assert one.missed(5 * MOST_MISSING) == 5 * MOST_MISSING - 11
    assert one.missing == set(range(4 * MOST_MISSING, 5 * MOST_MISSING))


GOOD = BAR | CALLED | VALID


def graded(one, *, late=False, allowed=NOBODY, **values):
    return one.grade(record(**values), allowed, late=late)


def test_the_first_bar_is_counted_into_no_change_and_the_next_is():
    one = track()
    assert one.parted is True
    assert graded(one) == (GOOD | SURE, UNIT * 3 // 4)
    assert one.parted is False
    assert graded(one) == (GOOD | COUNTED | SURE, UNIT * 3 // 4)
    assert graded(one, state=1) == (GOOD | COUNTED | CHANGED | SURE, UNIT * 3 // 4)
    assert graded(one, state=1) == (GOOD | COUNTED | SURE, UNIT * 3 // 4)


def test_a_new_fit_and_a_bar_that_comes_late_part_what_is_before_from_what_is_behind():
    one = track()
    graded(one)
    assert graded(one, state=1, fit="2")[0] == GOOD | SURE
    assert graded(one, state=0, fit="2")[0] == GOOD | COUNTED | CHANGED | SURE
    assert graded(one, state=1, fit="2", late=True)[0] == GOOD | SURE
    assert graded(one, state=0, fit="2")[0] == GOOD | SURE
    assert graded(one, state=0, fit="2")[0] == GOOD | COUNTED | SURE


def test_an_invalid_bar_adds_no_certainty_and_is_skipped_by_changes():
    one = track()
    graded(one)
    assert graded(one, state=None) == (BAR | CALLED, 0)
    assert graded(one, state=9) == (BAR | CALLED, 0)
    assert graded(one, error="no") == (BAR | CALLED | FAILED, 0)
    assert graded(one, state=1)[0] == GOOD | COUNTED | CHANGED | SURE
    assert graded(one, state=0, allowed=frozenset({"7"})) == (BAR | CALLED, 0)


def test_a_model_that_hands_out_no_certainty_is_valid_until_it_has_handed_one_out():
    one = track()
    assert graded(one, posterior=None) == (GOOD, 0)
    assert graded(one, posterior=None) == (GOOD | COUNTED, 0)
    graded(one, posterior=None, confidence=0.5)
    assert graded(one, posterior=None) == (BAR | CALLED, 0)
    one = track()
    graded(one, state=None, posterior=None, confidence=0.5)
    assert graded(one, posterior=None) == (BAR | CALLED, 0)


def test_what_a_bar_earned_is_taken_as_it_was_written():
    assert track().earned(record(earned=0.25, price=100.0), 0.1, valid=True) == 0.25
    assert track().earned(record(price=100.0), 0.1, valid=True) is None
    assert track().earned(record(), 0.1, valid=True) is None


def test_else_it_is_reckoned_of_the_position_before_and_of_both_prices():
    one, cost = track(), 0.125
    assert one.earned(record(price=100.0, position=1.0), cost, valid=True) is None
    assert one.earned(record(price=150.0, position=-1.0), cost, valid=True) == 0.5 - cost
    assert one.earned(record(price=75.0, position=-1.0), cost, valid=True) == 0.5 - 2 * cost
    assert one.earned(record(position=-1.0), cost, valid=True) is None
    assert one.earned(record(price=150.0), cost, valid=True) == -1.0
    assert (one.held, one.before, one.price) == (-1.0, -1.0, 150.0)


def test_a_position_is_cut_to_one_kept_where_none_is_said_and_flat_where_the_bar_is_invalid():
    one = track()
    one.earned(record(position=5.0), 0.0, valid=True)
    assert (one.held, one.before) == (1.0, 0.0)
    one.earned(record(position=-5.0), 0.0, valid=True)
    assert (one.held, one.before) == (-1.0, 1.0)
    one.earned(record(), 0.0, valid=True)
    assert (one.held, one.before) == (-1.0, 1.0)
    one.earned(record(position=0.5), 0.0, valid=True)
    assert (one.held, one.before) == (0.5, -1.0)
    one.earned(record(position=0.5), 0.0, valid=False)
    assert (one.held, one.before) == (0.0, 0.5)
    one.earned(record(), 0.0, valid=False)
    assert (one.held, one.before) == (0.0, 0.0)


def test_scopes_are_pooled_sum_by_sum():
    first, second = Windows(), Windows()
    for number, name in enumerate(Tally.__slots__, 1):
        setattr(second.long, name, number)
        setattr(second.short, name, 10 * number)
    for times in (1, 2):
        first.add(second.long, second.short)
        for number, name in enumerate(Tally.__slots__, 1):
            assert (getattr(first.long, name), getattr(first.short, name)) == (times * number, times * 10 * number)
    kept = Windows(second.long, second.short)
    assert kept.long is second.long
    assert kept.short is second.short


# ------------------------------------------------------------------ intervals


def filled(flags, sure=(), long=None):
    """A track into which these bars were pushed."""
    one = track(long or len(flags), 1)
    for number, each in enumerate(flags):
        one.push(each, sure[number] if sure else 0, Windows(), Windows())
    return one


def wanted(above, below):
    columns = np.column_stack([above, below]).astype(float)
    count = len(columns)
    sums = bootstrap.draw(count, bootstrap.block_of(count), SEED).sums(columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = bootstrap.interval(sums[:, 0] / sums[:, 1], bootstrap.blocks_of(count))
    return max(low, 0.0), min(high, 1.0)


def test_the_interval_of_a_share_is_that_of_the_bars_of_all_symbols_together_oldest_first():
    random = np.random.default_rng(3)
    turned = random.random((2, 70)) < 0.3
    counted = random.random((2, 70)) < 0.9
    rows = [
        [
            BAR | (COUNTED if seen else 0) | (CHANGED if change and seen else 0)
            for change, seen in zip(changes, seens, strict=True)
        ]
        for changes, seens in zip(turned, counted, strict=True)
    ]
    tracks = [filled(row, long=60) for row in rows]
    assert tracks[0].at == 10
    found = interval_of("regime_change_rate", tracks)
    assert found == wanted((turned & counted)[:, 10:].sum(axis=0), counted[:, 10:].sum(axis=0))
    assert 0.0 < found[0] < found[1] < 1.0


def test_the_interval_of_the_certainty_is_of_what_is_known_of_it():
    random = np.random.default_rng(4)
    sure = random.random((2, 70))
    known = random.random((2, 70)) < 0.8
    tracks = [
        filled(
            [BAR | (SURE if seen else 0) for seen in seens],
            [int(value * UNIT) if seen else 0 for value, seen in zip(values, seens, strict=True)],
            long=60,
        )
        for values, seens in zip(sure, known, strict=True)
    ]
    found = interval_of("confidence", tracks)
    assert found == pytest.approx(wanted((sure * known)[:, 10:].sum(axis=0), known[:, 10:].sum(axis=0)), rel=1e-9)


def test_places_without_a_bar_count_for_nothing():
    flags = [BAR | COUNTED | (CHANGED if bar % 3 else 0) for bar in range(40)]
    whole, partly = filled(flags), filled(flags, long=90)
    assert interval_of("regime_change_rate", [partly]) == interval_of("regime_change_rate", [whole])
    longer = filled(flags[:20], long=40)
    both = interval_of("regime_change_rate", [whole, longer])
    assert both is not None
    assert both != interval_of("regime_change_rate", [longer])


def test_an_interval_of_a_share_lies_within_nothing_and_all():
    assert interval_of("confidence", [filled([BAR | SURE] * 40, [UNIT] * 40)]) == (1.0, 1.0)
    assert interval_of("confidence", [filled([BAR | SURE] * 40, [UNIT + UNIT // 2**21] * 40)])[1] == 1.0
    assert interval_of("confidence", [filled([BAR | SURE] * 40, [-UNIT] * 40)])[0] == 0.0


def test_there_is_no_interval_of_no_bars_or_of_what_has_an_exact_one():
    assert interval_of("regime_change_rate", []) is None
    assert interval_of("regime_change_rate", [track()]) is None
    assert interval_of("prediction_errors", [filled([BAR | CALLED] * 40)]) is None
    assert interval_of("confidence", [filled([BAR] * 40)]) is None
