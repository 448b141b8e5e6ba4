"""What counts as a valid prediction, bar by bar."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from gate.domain.observation import MISSING, Call
from gate.metrics.grading import certainty, grade
from tests.build import run

YES, NO = True, False


def valid(**changes):
    return grade(run(**changes)).valid.tolist()


def rows(*posterior):
    return np.array(posterior, dtype=float)


def test_a_bar_is_valid_where_the_call_was_answered_with_a_label_and_not_too_many_rows():
    assert valid(states=[0, 1, 2]) == [YES, YES, YES]
    assert valid(states=[0] * 5, call=np.array(list(Call), dtype=np.int8)) == [NO, YES, NO, NO, NO]
    assert valid(states=[0, MISSING, 1]) == [YES, NO, YES]
    assert valid(states=[0, 0, 0], rows=np.array([-1, 0, 1], dtype=np.int32)) == [YES, YES, NO]


@pytest.mark.parametrize(
    ("row", "good"),
    [
        ([0.5, 0.3, 0.2], YES),
        ([1.0, 0.0, 0.0], YES),
        ([0.5, 0.3, 0.2 + 9e-7], YES),
        ([0.5, 0.3, 0.2 - 9e-7], YES),
        ([0.5, 0.3, 0.2 + 2e-6], NO),
        ([0.5, 0.3, 0.2 - 2e-6], NO),
        ([1.0 + 9e-7, -9e-7, 0.0], YES),
        ([1.0 - 5e-7, 0.0, 0.0], YES),
        ([0.6, 0.400002, -2e-6], NO),
        ([0.5 + 1e-6, 0.5, -1e-6], YES),  # exactly at the tolerance
        ([1.0 + 1.5e-6, -9e-7, -9e-7], NO),  # none below it, but one above
        ([1e308, 1e308, 0.0], NO),  # the sum is beyond all numbers
        ([np.nan, 0.5, 0.5], NO),
        ([np.inf, 0.0, 0.0], NO),
        ([0.5, 0.5, -np.inf], YES),  # padded: this window's model has two states
        ([1.0, -np.inf, -np.inf], YES),
        ([0.5, 0.2, -np.inf], NO),
        ([-np.inf, -np.inf, -np.inf], NO),  # neither a posterior nor a confidence
    ],
)
def test_a_posterior_is_a_distribution_within_one_in_a_million(row, good):
    assert valid(states=[0, 0], posterior=rows([1.0, 0.0, 0.0], row)) == [YES, good]


@pytest.mark.parametrize(
    ("given", "good"),
    [
        (0.0, YES),
        (0.7, YES),
        (1.0, YES),
        (1.0 + 9e-7, YES),
        (1.0 + 1e-6, YES),
        (1.0 + 2e-6, NO),
        (-1e-9, NO),
        (np.nan, NO),
    ],
)
def test_a_confidence_without_a_posterior_is_between_nothing_and_one(given, good):
    confidence = np.array([0.9, given])
    found = grade(run(states=[0, 0], posterior=None, confidence=confidence))
    assert found.valid.tolist() == [YES, good]
    assert found.confidence.tolist() == pytest.approx([0.9, given if good else np.nan], nan_ok=True)


def test_where_no_confidence_is_offered_at_all_none_is_asked_for():
    found = grade(run(states=[0, 1], posterior=None))
    assert found.valid.tolist() == [YES, YES]
    assert np.isnan(found.confidence).all()


def test_a_bar_without_a_posterior_may_have_a_confidence_instead():
    one = run(states=[0, 0], posterior=rows([0.8, 0.2, 0.0], [-np.inf] * 3), confidence=np.array([0.1, 0.6]))
    assert grade(one).valid.tolist() == [YES, YES]
    assert certainty(one).tolist() == [0.8, 0.6]
    assert grade(one).confidence.tolist() == [0.8, 0.6]


def test_a_posterior_that_is_no_distribution_is_not_excused_by_a_confidence():
    one = run(states=[0, 0], posterior=rows([0.8, 0.2], [0.5, 0.1]), labels=("0", "1"), confidence=np.full(2, 0.6))
    assert grade(one).valid.tolist() == [YES, NO]


def test_the_certainty_is_the_largest_offered_number_and_what_is_no_number_stays():
    posterior = rows([0.2, 0.7, -np.inf], [np.nan, 0.9, 0.1], [np.inf, 0.0, 0.0], [-0.5, -0.25, -np.inf])
    assert certainty(run(states=[0] * 4, posterior=posterior)).tolist() == pytest.approx(
        [0.7, np.nan, np.inf, -0.25], nan_ok=True
    )


# ------------------------------------------------------------------ labels that may be said


def test_the_labels_that_the_user_named_are_valid_and_no_others():
    one = run(states=[0, 1, 2], labels=("0", "1", "bear"), numeric=False)
    assert grade(one, ("0", "bear")).valid.tolist() == [YES, NO, YES]
    numbers = run(states=[0, 1, 2])
    assert grade(numbers, ("1",)).valid.tolist() == [NO, YES, NO]


def test_any_text_is_a_state_but_no_label_is_not():
    assert valid(states=[0, 1, MISSING], labels=("bull", "bear", "crash"), numeric=False) == [YES, YES, NO]


def test_a_run_that_never_said_a_label_has_no_valid_bar():
    found = grade(run(states=[MISSING] * 3, labels=(), posterior=None))
    assert found.valid.tolist() == [NO] * 3
    assert found.rank.tolist() == [MISSING] * 3


def numbered(labels, counts, width, windows=1):
    """Valid bars where each label is said once a window, and `counts` (W, C) were seen in training."""
    count = len(labels)
    return valid(
        states=np.tile(np.arange(count), windows),
        windows=windows,
        labels=[str(label) for label in labels],
        posterior=np.full((count * windows, width), 1.0 / width) if width else None,
        train_count=np.array(counts, dtype=np.int32).reshape(windows, count),
    )


def test_numbers_run_from_zero_to_the_columns_of_the_posterior():
    assert numbered([0, 1, 2, 3, -1], [20, 20, 20, 0, 0], 3) == [YES, YES, YES, NO, NO]
    assert numbered([0, 1, 2], [20, 0, 0], 3) == [YES, YES, YES]
    assert numbered([0, 1, 2], [20, 20, 0], 2) == [YES, YES, NO]


def test_other_names_are_as_good_if_the_training_window_shows_no_more_of_them_than_columns():
    assert numbered([-1, 0, 1], [20, 20, 20], 3) == [YES, YES, YES]
    assert numbered([1, 2, 3], [20, 20, 20], 3) == [YES, YES, YES]
    assert numbered([-1, 0, 1, 2], [20, 20, 20, 0], 3) == [YES, YES, YES, NO]  # 2 is none of those it has
    assert numbered([-1, 0, 1, 2], [20, 20, 20, 1], 3) == [NO, YES, YES, YES]  # four names for three columns


def test_each_window_has_names_of_its_own():
    counts = [[20, 20, 20], [0, 20, 0]]
    assert numbered([-1, 0, 1], counts, 3, windows=2) == [YES, YES, YES, NO, YES, YES]
    counts = [[98, 0, 2], [500, 0, 4]]
    assert numbered([0, 7, -1], counts, 0, windows=2) == [YES, YES, YES, YES, YES, NO]


def test_without_a_posterior_a_number_below_zero_is_a_state_if_over_one_bar_in_a_hundred_bears_it():
    assert numbered([0, 7, -1], [98, 0, 2], 0) == [YES, YES, YES]
    assert numbered([0, 7, -1], [99, 0, 1], 0) == [YES, YES, NO]  # exactly one in a hundred
    assert numbered([0, 7, -1], [0, 0, 0], 0) == [YES, YES, NO]
    assert numbered([0, 7, -1], [98, 0, 2], 1) == [YES, YES, YES]  # one column tells no states apart


# ------------------------------------------------------------------ ranks


def test_ranks_are_those_of_each_window_and_a_label_unseen_in_training_ranks_as_the_most_volatile():
    volatility = np.array([[3.0, 1.0, 2.0], [1.0, np.nan, 2.0]])
    found = grade(run(states=[0, 1, 2, 0, 1, 2], windows=2, train_volatility=volatility))
    assert found.rank.tolist() == [2, 0, 1, 0, 1, 1]
    assert found.states.tolist() == [3, 3, 3, 2, 2, 2]
    assert found.rank.dtype == found.states.dtype == np.int32


def test_states_of_the_same_volatility_rank_in_the_order_in_which_they_were_said():
    assert grade(run(states=[0, 1, 2], volatility=[1.0, 1.0, 0.5])).rank.tolist() == [1, 2, 0]
    names = [str(name) for name in range(200)]
    many = run(states=np.arange(200), labels=names, posterior=None, volatility=np.arange(200) % 2)
    assert grade(many).rank.tolist() == [label // 2 + 100 * (label % 2) for label in range(200)]


def test_where_no_volatility_is_known_every_label_ranks_the_same():
    found = grade(run(states=[0, 1, 2], volatility=[np.nan] * 3))
    assert found.rank.tolist() == [0, 0, 0]
    assert found.states.tolist() == [0, 0, 0]


def test_windows_need_not_be_numbered_from_zero():
    one = run(states=[0, 1, 0, 1], windows=2, labels=("0", "1"), train_volatility=np.array([[1.0, 2.0], [2.0, 1.0]]))
    later = tuple(msgspec.structs.replace(w, index=w.index + 5) for w in one.windows)
    moved = replace(one, windows=later, window=(one.window + 5).astype(np.int32))
    assert grade(moved).rank.tolist() == grade(one).rank.tolist() == [0, 1, 1, 0]


def test_bars_share_a_window_with_the_next_or_not():
    assert grade(run(bars=5, windows=2)).same_window.tolist() == [YES, NO, YES, YES]
