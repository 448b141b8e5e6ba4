"""Answers of the wrong shape: never anything but a DiedError, and nothing that cannot be stored."""

import contextlib
import json
import math

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate.adapters.runner import process, timed
from gate.adapters.runner.channel import DiedError, ended
from gate.adapters.runner.labels import Labels, as_float, numbers
from gate.adapters.runner.record import WindowRecord
from gate.adapters.runner.run import diagnosis, phase, require
from gate.adapters.runner.words import words
from gate.domain.observation import TAIL, Call
from gate.domain.plan import RunRequest, WindowPlan
from gate.domain.settings import ModelSettings, RunSettings
from gate.domain.version import Role, Version

few = settings(max_examples=50, deadline=None)
PLAN = WindowPlan(index=0, train_start=0, train_stop=10, test_stop=13)

text = st.text() | st.just("\ud800") | st.just("x" * 400)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.just(-(10**400)) | st.floats() | text,
    lambda inner: st.lists(inner, max_size=15) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)
answers = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("labels", "rows", "posterior", "confidence", "error", "live", "live_error"),
        values | st.lists(st.integers(-9, 9) | text, max_size=20),
    ),
)


def storable(window) -> bool:
    return bool(json.loads(msgspec.json.encode(window.window())))


@few
@given(said=answers)
@example(said={"labels": [True]})
@example(said={"labels": [10**400], "rows": -(10**400), "posterior": [10**400, -math.inf, "x"]})
@example(said={"live": {}})
def test_a_live_answer_is_kept_or_the_worker_is_out_of_its_mind(said):
    window, labels = WindowRecord(PLAN), Labels()
    try:
        window.replied(11, {"answers": [said]}, labels)
    except DiedError:
        assert window.call[1] == Call.NOT_CALLED
    assert storable(window)
    assert msgspec.json.encode(labels.names)
    assert window.tail.max() < max(len(labels.names), 1)
    assert len(window.posterior[1]) <= 64
    assert window.tail.shape == (3, TAIL)


@few
@given(reply=st.dictionaries(st.sampled_from(["answers", "error", "joined", "pid"]), values))
def test_a_reply_of_any_type_is_taken(reply):
    window = WindowRecord(PLAN)
    try:
        window.replied(10, reply, Labels())
    except DiedError:
        return
    assert storable(window)
    assert msgspec.json.encode(phase(reply))


@few
@given(said=values, count=st.integers(0, 5))
def test_batches_have_the_asked_length_or_are_refused(said, count):
    for read in (Labels().codes, numbers):
        with contextlib.suppress(DiedError):
            assert len(read(said, count)) == count


@few
@given(said=values | st.dictionaries(st.sampled_from(["finite", "iterations", "last_gain", "restarts"]), values))
def test_a_diagnosis_keeps_only_what_can_be_stored(said):
    found = diagnosis(said)
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


def asked(bars):
    return RunRequest(
        version=Version(role=Role.CANDIDATE, ref="v2", sha="", factory="", root="", python=""),
        model=ModelSettings(),
        settings=RunSettings(),
        strategy=None,
        bars=bars,
        seed=0,
        windows=(PLAN,),
    )


@few
@given(said=values | st.lists(answers, min_size=1, max_size=1))
def test_repeats_are_read_or_refused(said, bars_of):
    request = asked(bars_of(13))
    try:
        repeat = timed.repeat(request, said, 1)
    except DiedError:
        return
    assert len(repeat.state) == len(repeat.confidence) == 1


@pytest.mark.parametrize("row", [[0.1, 0.9], [0.9, float("nan")], [float("nan"), 0.9]])
def test_a_repeat_is_as_sure_as_the_same_answer_was_the_first_time(row, bars_of):
    said = [{"labels": ["0"], "posterior": row}]
    (sure,) = timed.repeat(asked(bars_of(13)), said, 1).confidence
    assert sure == pytest.approx(np.max(row), nan_ok=True)


@few
@given(said=values)
def test_words_are_one_short_line(said):
    line = words(said)
    assert len(line) <= 300
    assert "\n" not in line
    assert line.encode().decode() == line


def test_an_error_stops_what_needs_the_answer():
    with pytest.raises(DiedError, match="no memory"):
        require({"error": "no memory"})


@pytest.mark.parametrize("pid", [None, "12", True, -5, 0, 1, 2**70, 1.5, [3]])
def test_what_is_no_process_id_is_none(pid):
    assert not process.is_id(pid)


def test_numbers_too_large_for_a_float_are_infinite():
    assert (as_float(10**400), as_float(-(10**400))) == (math.inf, -math.inf)


def test_the_same_label_has_the_same_code_and_texts_are_not_numbers():
    labels = Labels()
    assert labels.codes([3, "3", None, 3], 4).tolist() == [0, 1, -1, 0]
    assert labels.names == ("3", "3")
    assert not labels.numeric
    assert labels.name(0) == 3
    assert labels.name(-1) is None


def test_volatility_of_a_label_needs_two_bars():
    counts, spread = Labels().volatility(np.array([0, 0], dtype=np.int32), np.array([0.1, 0.2]))
    assert (counts, spread) == ([], [])
    labels = Labels()
    codes = labels.codes([0, 0, 1, 0], 4)
    counts, spread = labels.volatility(codes, np.array([np.nan, 0.1, 0.2, 0.3]))
    assert counts == [3, 1]
    assert spread[0] == pytest.approx(np.std([0.1, 0.3], ddof=1))
    assert math.isnan(spread[1])


@pytest.mark.parametrize(
    ("code", "told"), [(0, "exited with code 0"), (-11, "killed by SIGSEGV"), (-63, "killed by signal 63")]
)
def test_a_return_code_is_told(code, told):
    assert ended(code) == told
