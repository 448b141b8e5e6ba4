"""What counts as gone wrong, and out of how many."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from gate.domain.observation import MISSING, Call, Diagnosis, Ending, Phase
from gate.domain.version import Role
from gate.metrics.failures import (
    death,
    invalid_predictions,
    prediction_errors,
    ran_out,
    strategy_crashes,
    training_failures,
    why_failed,
)
from tests.build import BOTH, evidence, run

B, C = Role.BASELINE, Role.CANDIDATE
RAN_OUT = Diagnosis(finite=True, iterations=100, max_iterations=100, last_gain=0.5, tolerance=0.01)


def cause(*, changes=None, **phases):
    """Why the first of two fits counts as failed."""
    one = run(bars=20, windows=2, phases={0: phases}, **(changes or {}))
    assert why_failed(one, one.windows[1], 1) == ""
    return why_failed(one, one.windows[0], 0)


@pytest.mark.parametrize("phase", ["build", "fit"])
def test_a_fit_that_did_not_end_well_failed_in_the_models_own_words_or_in_ours(phase):
    assert cause(**{phase: Phase(ending=Ending.RAISED, error="ValueError: no")}) == "ValueError: no"
    assert cause(**{phase: Phase(ending=Ending.TIMED_OUT)}) == "timed out"
    assert cause(**{phase: Phase(ending=Ending.CRASHED)}) == "crashed"


def test_what_comes_after_the_fit_is_no_failure_of_training():
    assert cause(batch=Phase(ending=Ending.RAISED), strategy=Phase(ending=Ending.CRASHED)) == ""


def test_a_parameter_that_is_no_number_is_a_failure_and_one_that_nobody_shows_is_not():
    assert cause(diagnosis=Diagnosis(finite=False)) == "a fitted parameter is not a number"
    assert cause(diagnosis=Diagnosis(finite=None)) == ""


def test_iterations_that_ran_out_are_named_with_their_number():
    assert cause(diagnosis=RAN_OUT) == "all 100 iterations used without converging"


@pytest.mark.parametrize(
    ("changes", "out"),
    [
        ({}, True),
        ({"iterations": 99}, False),
        ({"iterations": None}, False),
        ({"iterations": None, "max_iterations": None}, False),
        ({"last_gain": 0.01}, False),  # exactly the tolerance is converged
        ({"last_gain": 0.011}, True),
        ({"last_gain": None}, True),
        ({"tolerance": None}, True),
    ],
)
def test_iterations_ran_out_where_all_were_used_and_the_last_gained_more_than_the_tolerance(changes, out):
    assert ran_out(msgspec.structs.replace(RAN_OUT, **changes)) is out


@pytest.mark.parametrize(
    ("counts", "labels", "width", "empty"),
    [
        ([20, 20, 0], 3, 3, True),
        ([20, 20, 1], 3, 3, False),
        ([0, 0, 0], 3, 3, False),  # nothing is known of the training bars
        ([20, 0, 0], 3, 3, True),
        ([20, 20, 20], 3, 2, False),
        ([20, 0], 2, 3, False),  # three states bear two names: none of them is empty
        ([20, 0], 2, 2, True),
        ([20], 1, 1, False),
        ([20, 0], 2, 1, False),  # one column says nothing of states
    ],
)
def test_a_state_that_no_training_bar_bears_is_a_failure(counts, labels, width, empty):
    table = np.array([counts, [20] * labels], dtype=np.int32)
    one = run(
        states=np.zeros(20, dtype=int),
        windows=2,
        labels=[str(i) for i in range(labels)],
        posterior=np.full((20, width), 1.0 / width),
        train_count=table,
    )
    assert why_failed(one, one.windows[0], 0) == ("a state that no training bar bears" if empty else "")


@pytest.mark.parametrize(
    ("states", "columns", "empty"),
    [
        ([0, 1, 2, 0], [0, 1, 2, 0], True),  # "calm", "wild" and "mad" are columns by other names
        ([0, 1, 2, 2], [0, 1, 2, 0], False),  # one column is "calm" in one fit and "mad" in the next
        ([0, 1, 1, 0], [0, 1, 2, 0], False),  # two columns are "wild"
        ([0, 1, 0, 1], [0, 1, 0, 1], False),  # nobody knows what the third column is called
    ],
)
def test_names_that_several_states_may_share_accuse_no_state_of_being_empty(states, columns, empty):
    posterior = np.full((4, 3), 0.1)
    posterior[np.arange(4), columns] = 0.8
    one = run(
        states=states,
        labels=["calm", "wild", "mad"],
        numeric=False,
        posterior=posterior,
        train_count=np.array([[20, 20, 0]], dtype=np.int32),
    )
    assert why_failed(one, one.windows[0], 0) == ("a state that no training bar bears" if empty else "")


def test_bars_without_a_state_or_without_a_posterior_say_nothing_of_the_names():
    posterior = np.full((5, 3), 0.1)
    posterior[np.arange(5), [0, 1, 2, 0, 0]] = 0.8
    posterior[4] = np.nan
    one = run(
        states=[0, 1, 2, MISSING, 1],
        labels=["calm", "wild", "mad"],
        numeric=False,
        posterior=posterior,
        train_count=np.array([[20, 20, 0]], dtype=np.int32),
    )
    assert why_failed(one, one.windows[0], 0) == "a state that no training bar bears"


def test_a_fit_that_chose_fewer_states_than_another_has_none_empty():
    posterior = np.full((20, 3), 1.0 / 3)
    posterior[:10] = [0.5, 0.5, -np.inf]
    one = run(
        states=np.zeros(20, dtype=int),
        windows=2,
        posterior=posterior,
        train_count=np.array([[20, 20, 0], [20, 20, 0]], dtype=np.int32),
    )
    assert [why_failed(one, window, row) != "" for row, window in enumerate(one.windows)] == [False, True]


def test_names_without_a_posterior_accuse_nothing():
    one = run(labels=["calm", "wild", "mad"], numeric=False, posterior=None, train_count=np.array([[20, 20, 0]]))
    assert why_failed(one, one.windows[0], 0) == ""


def test_failed_fits_are_counted_over_all_runs_and_the_three_commonest_causes_are_told():
    def failing(*errors):
        return {i: {"fit": Phase(ending=Ending.RAISED, error=error)} for i, error in enumerate(errors) if error}

    first = run(C, "A", bars=40, windows=4, phases=failing("rare", "often", "often", "odd"))
    second = run(C, "B", bars=40, windows=4, phases=failing("often", "", "odd", "fourth"))
    found = training_failures(evidence([run(B, bars=40), first, second]), C)
    assert (found.metric, found.role, found.count, found.n, found.value) == ("training_failures", C, 7, 8, 7 / 8)
    assert found.note == "3 x often, 2 x odd, 1 x rare"


def test_each_fit_is_judged_by_its_own_training_bars():
    one = run(C, bars=30, windows=3, train_count=np.array([[20, 20, 20], [20, 0, 20], [20, 20, 20]], dtype=np.int32))
    found = training_failures(evidence([one]), C)
    assert (found.count, found.n, found.note) == (1, 3, "1 x a state that no training bar bears")


def test_without_a_fit_there_is_no_rate():
    found = training_failures(evidence([run(B)]), C)
    assert (found.value, found.count, found.n, found.note) == (None, 0, 0, "")


def test_a_call_that_raised_timed_out_or_crashed_is_an_error_of_those_made():
    call = np.array([Call.OK, Call.RAISED, Call.TIMED_OUT, Call.CRASHED, Call.NOT_CALLED, Call.OK], dtype=np.int8)
    one = run(bars=6, call=call)
    found = prediction_errors(evidence([run(symbol="B", bars=6), one]), C)
    assert (found.metric, found.role, found.count, found.n, found.note) == ("prediction_errors", C, 3, 11, "")
    told = tuple(msgspec.structs.replace(w, call_errors=("", "KeyError: 7", "later")) for w in one.windows)
    assert prediction_errors(evidence([replace(one, windows=told)]), C).note == "KeyError: 7"
    nobody = prediction_errors(evidence([one]), B)
    assert (nobody.value, nobody.count, nobody.n, nobody.note) == (None, 0, 0, "")


def test_bars_without_a_valid_prediction_are_counted_over_all_runs():
    states = np.array([0, 1, MISSING, 2], dtype=np.int32)
    found = invalid_predictions(evidence([run(states=states), run(symbol="B", states=[0, 1, MISSING, MISSING])]), C)
    assert (found.metric, found.role, found.count, found.n) == ("invalid_predictions", C, 3, 8)
    assert (found.value, found.note) == (3 / 8, "")


# ------------------------------------------------------------------ deaths

DEAD = Phase(ending=Ending.CRASHED, error="SIGSEGV")


@pytest.mark.parametrize("phase", ["build", "fit", "batch", "strategy"])
def test_a_process_that_ended_in_any_phase_died(phase):
    (window,) = run(bars=9, phases={0: {phase: DEAD}}).windows
    assert death(window) == "SIGSEGV"
    (window,) = run(bars=9, phases={0: {phase: Phase(ending=Ending.TIMED_OUT)}}).windows
    assert death(window) == "timed out"


def test_a_strategy_that_raised_died_and_a_model_that_raised_did_not():
    (window,) = run(bars=9, phases={0: {"strategy": Phase(ending=Ending.RAISED, error="IndexError")}}).windows
    assert death(window) == "IndexError"
    (window,) = run(bars=9, phases={0: {"strategy": Phase(ending=Ending.RAISED)}}).windows
    assert death(window) == "raised"
    quiet = {"fit": Phase(ending=Ending.RAISED, error="x"), "strategy": Phase(ending=Ending.OK, error="a warning")}
    (window,) = run(bars=9, phases={0: quiet}).windows
    assert death(window) == ""


def crashes(ours=(), theirs=(), role=C, **keys):
    """Deaths told of one role, where each role's windows of these numbers died."""
    dead = {B: {i: {"strategy": DEAD} for i in ours}, C: {i: {"fit": DEAD} for i in theirs}}
    return strategy_crashes(
        evidence([run(r, bars=40, windows=4, phases=dead[r], **keys.get(r, {})) for r in BOTH]), role
    )


def test_a_death_that_the_other_survives_counts_and_one_that_both_share_does_not():
    alone = crashes(theirs=(1, 2))
    assert (alone.metric, alone.role) == ("strategy_crashes", C)
    assert (alone.value, alone.count, alone.n, alone.shared, alone.note) == (2.0, 2, 4, 0, "SIGSEGV")
    some = crashes(ours=(2,), theirs=(1, 2))
    assert (some.value, some.count, some.shared) == (1.0, 1, 1)
    assert crashes(ours=(2,), theirs=(1,), role=B).value == 1.0


def test_where_all_deaths_are_shared_nothing_is_known_and_where_none_died_all_is_well():
    shared = crashes(ours=(2,), theirs=(2,))
    assert (shared.value, shared.count, shared.shared, shared.note) == (None, 0, 1, "SIGSEGV")
    well = crashes()
    assert (well.value, well.count, well.n, well.shared, well.note) == (0.0, 0, 4, 0, "")
    assert strategy_crashes(evidence([run(C, bars=9)]), C).value == 0.0


@pytest.mark.parametrize("keys", [{"symbol": "B"}, {"seed": 7}])
def test_only_the_same_bars_and_the_same_seed_can_be_shared(keys):
    found = strategy_crashes(
        evidence(
            [
                run(B, bars=40, windows=4, phases={1: {"fit": DEAD}}, **keys),
                run(C, bars=40, windows=4, phases={1: {"fit": DEAD}}),
            ]
        ),
        C,
    )
    assert (found.count, found.shared) == (1, 0)


def test_without_a_run_no_crash_is_known():
    found = strategy_crashes(evidence([run(B, bars=9)]), C)
    assert (found.value, found.n) == (None, 0)
