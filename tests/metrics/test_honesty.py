"""Is what was said before, elsewhere and again the same? Counted by hand."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from gate.domain.observation import MISSING, TAIL, Call, Repeat
from gate.domain.version import Role
from gate.metrics import honesty
from tests.build import evidence, repeat, run

B, C = Role.BASELINE, Role.CANDIDATE
LATER = TAIL - 1


def told(*runs, **rest):
    return evidence([run(B, bars=30), *runs], **rest)


def repainting(at, states=None, **changes):
    """A run that calls the bars `at` otherwise when it looks back at them for the last time."""
    one = run(states=np.zeros(30, dtype=int) if states is None else states, **changes)
    for bar in at:
        one.tail[bar + LATER, 0] = 2
    return one


# ------------------------------------------------------------------ repaint


def test_a_bar_is_looked_back_at_nine_bars_later_in_the_same_window():
    (graded,) = evidence([repainting([3], windows=2)]).runs(C)
    changed, looked = honesty.repainted(graded)
    assert np.flatnonzero(looked).tolist() == [0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 19, 20]
    assert np.flatnonzero(changed).tolist() == [3]


def test_what_is_not_valid_or_not_said_is_not_looked_back_at():
    one = repainting([3, 7])
    one.call[3] = Call.RAISED
    one.tail[5 + LATER, 0] = MISSING
    one.tail[8, -1] = MISSING
    (graded,) = evidence([one]).runs(C)
    changed, looked = honesty.repainted(graded)
    assert sorted(set(range(30 - LATER)) - set(np.flatnonzero(looked))) == [3, 5, 8]
    assert np.flatnonzero(changed).tolist() == [7]


@pytest.mark.parametrize(("bars", "looked"), [(0, 0), (LATER, 0), (LATER + 1, 1)])
def test_too_few_bars_are_never_looked_back_at(bars, looked):
    (graded,) = evidence([run(states=np.zeros(bars, dtype=int))]).runs(C)
    changed, seen = honesty.repainted(graded)
    assert (len(changed), len(seen), changed.sum(), seen.sum()) == (bars, bars, 0, looked)


def test_repaints_are_counted_over_all_runs_with_those_around_changes_of_state():
    states = np.repeat([0, 1], 15)  # one change, at bar 15: bars 6 .. 24 are around it
    found = honesty.repaint(told(repainting([1, 8], states, symbol="A"), repainting([10], states, symbol="B")), C)
    assert (found.metric, found.role, found.count, found.n) == ("repaint", C, 3, 42)
    assert found.value == pytest.approx(3 / 42)
    assert found.note == "2 of 30 around changes of state"


def test_without_a_change_of_state_nothing_is_around_one():
    assert honesty.repaint(told(repainting([1])), C).note == ""


def test_a_candidate_that_changes_more_of_its_labels_afterwards_is_worse():
    found = honesty.repaint_difference(told(repainting([0, 5, 10, 15, 20])))
    assert (found.metric, found.kind, found.n) == ("repaint", "difference", 1)
    assert found.change == pytest.approx(5 / 21)


def test_around_a_change_are_nine_bars_before_and_after():
    (graded,) = evidence([run(states=np.repeat([0, 1], 20))]).runs(C)
    assert np.flatnonzero(honesty.turning(graded)).tolist() == list(range(20 - LATER, 20 + LATER + 1))
    (graded,) = evidence([run(states=[0, 1, 1])]).runs(C)
    assert honesty.turning(graded).tolist() == [1.0, 1.0, 1.0]
    (graded,) = evidence([run(states=[1, 1, 1])]).runs(C)
    assert honesty.turning(graded).tolist() == [0.0, 0.0, 0.0]
    (graded,) = evidence([run(states=np.zeros(0, dtype=int))]).runs(C)
    assert honesty.turning(graded).tolist() == []


# ------------------------------------------------------------------ live parity


def test_the_live_method_differs_where_it_says_another_state_or_does_not_answer():
    calls = [Call.NOT_CALLED, *[Call.OK] * 5, Call.RAISED, Call.TIMED_OUT, Call.OK]
    live = [2, 0, 0, 0, 0, 1, 0, 0, 1]
    one = run(
        states=np.zeros(9, dtype=int),
        live_call=np.array(calls, dtype=np.int8),
        live_state=np.array(live, dtype=np.int32),
        call=np.array([*[1] * 8, 2], dtype=np.int8),  # the last bar has no valid prediction to differ from
    )
    found = honesty.live_parity(told(one, replace(one, key=run(symbol="B").key)), C)
    assert (found.metric, found.role, found.count, found.n) == ("live_parity", C, 6, 14)


def test_without_a_live_method_there_is_nothing_to_differ():
    found = honesty.live_parity(told(run(bars=30)), C)
    assert (found.value, found.count, found.n) == (None, 0, 0)


# ------------------------------------------------------------------ determinism


def test_other_answers_of_the_same_calls_are_counted_over_the_repeats_of_the_role():
    first, second, ours = run(symbol="A", bars=30), run(symbol="B", bars=30), run(B, bars=30)
    stranger = replace(repeat(second, differ=9), key=run(symbol="Z").key)
    repeats = (repeat(first, differ=2, count=10), stranger, repeat(ours, differ=5), repeat(second, differ=1, count=7))
    found = honesty.determinism(evidence([ours, first, second], repeats=repeats), C)
    assert (found.metric, found.role, found.count, found.n) == ("determinism", C, 3, 17)
    assert honesty.determinism(evidence([ours, first], repeats=()), C).value is None


def again(one, **changes):
    (graded,) = evidence([one]).runs(C)
    return honesty.differences(graded, replace(repeat(one), **changes))


def test_the_same_answers_do_not_differ_and_names_are_compared_not_codes():
    one = run(states=[0, 1, 2, 0], labels=("a", "b", "c"), numeric=False)
    assert again(one) == (0, 4)
    assert again(one, labels=("c", "b", "a"), state=np.array([2, 1, 0, 2])) == (0, 4)
    assert again(one, labels=("c", "b", "a")) == (3, 4)


def test_a_label_that_is_missing_once_differs_and_missing_twice_does_not():
    one = run(states=[0, MISSING, 2, MISSING])
    assert again(one) == (0, 4)
    assert again(one, state=np.array([MISSING, MISSING, 2, 1])) == (2, 4)


@pytest.mark.parametrize(
    ("moved", "differ"), [(0.0, 0), (9e-7, 0), (-9e-7, 0), (1.1e-6, 1), (-1.1e-6, 1), (np.nan, 1), (np.inf, 1)]
)
def test_a_confidence_differs_beyond_one_in_a_million_or_where_it_stops_being_a_number(moved, differ):
    one = run(states=[0, 1, 2])
    assert again(one, confidence=np.array([0.97, 0.97 + moved, 0.97])) == (differ, 3)


def test_exactly_one_in_a_million_apart_is_the_same():
    one = run(states=[0, 0], posterior=None, confidence=np.array([0.0, 0.0]))
    assert again(one, confidence=np.array([1e-6, 1.001e-6])) == (1, 2)


def test_a_confidence_that_is_a_number_once_differs_and_one_that_never_is_does_not():
    one = run(states=[0, 1, 2], posterior=None, confidence=np.array([np.nan, np.nan, 0.9]))
    assert again(one, confidence=np.array([np.nan, 0.9, np.nan])) == (2, 3)
    assert again(one, confidence=np.array([np.inf, np.nan, 0.9])) == (0, 3)


def test_another_label_at_another_confidence_is_one_difference():
    one = run(states=[0, 1, 2])
    assert again(one, state=np.array([1, 1, 2]), confidence=np.array([0.5, 0.5, 0.97])) == (2, 3)


def test_only_calls_that_were_answered_the_first_time_and_asked_again_are_compared():
    one = run(states=[0, 1, 2, 0, 1, 2], windows=2, call=np.array([1, 2, 1, 1, 1, 1], dtype=np.int8))
    state = np.array([0, 0, 1], dtype=np.int32)
    assert again(one, state=state, confidence=np.full(3, 0.97)) == (1, 2)
    later = Repeat(key=one.key, window=1, labels=one.labels, state=np.array([0, 2]), confidence=np.full(2, 0.97))
    (graded,) = evidence([one]).runs(C)
    assert honesty.differences(graded, later) == (1, 2)


def test_where_no_call_was_answered_nothing_is_compared():
    assert again(run(states=[0, 1], call=np.full(2, Call.RAISED, dtype=np.int8))) == (0, 0)


# ------------------------------------------------------------------ what is changed, and what nobody asked


def test_windows_in_which_the_bars_were_changed_are_counted_over_all_runs():
    one, other = run(symbol="A", bars=30, windows=3), run(symbol="B", bars=30, windows=2)
    touched = tuple(msgspec.structs.replace(w, mutated=w.index > 0) for w in one.windows)
    found = honesty.input_mutation(told(replace(one, windows=touched), other), C)
    assert (found.metric, found.role, found.count, found.n) == ("input_mutation", C, 2, 5)


def test_a_live_method_that_nobody_asked_to_be_measured_is_told():
    found = told(run(symbol="A", bars=30), run(symbol="B", bars=30, unmeasured_live="update"))
    assert honesty.unmeasured_live(found, C) == "update"
    assert honesty.unmeasured_live(found, B) == ""
