"""Deadlines come from timestamps; late stays late, and what cannot be right counts for nothing."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.incident import DEADLINE_SECONDS, Stage, Standing, moment, written
from gate.errors import BrokenQuestionError
from gate.judging.clock import progress
from gate.judging.incidents import merged
from tests.incidents.conftest import ENTRIES, FEW, INCIDENTS, START, TIMES, after, entry, incident


def step(one, stage, now=START + timedelta(days=30)):
    return next(found for found in progress(one, now).deadlines if found.stage is stage)


def test_the_deadlines_are_those_of_the_document():
    minutes = {stage: seconds / 60 for stage, seconds in DEADLINE_SECONDS.items()}
    assert minutes == {
        Stage.ROLLED_BACK: 30,
        Stage.VERIFIED: 60,
        Stage.ROOT_CAUSE: 4 * 60,
        Stage.FIX_DEPLOYED: 24 * 60,
        Stage.RESTORED: 48 * 60,
        Stage.DOCUMENTED: 7 * 24 * 60,
    }


def test_due_times_are_absolute_and_what_remains_is_from_now():
    found = step(incident(), Stage.ROLLED_BACK, START + timedelta(minutes=12))
    assert (found.due, found.standing, found.seconds) == (after(minutes=30), Standing.RUNNING, 18 * 60)


@pytest.mark.parametrize(
    ("seconds", "standing", "left"),
    [(1799, Standing.MET, 1), (1800, Standing.MISSED, 0), (1801, Standing.MISSED, 1)],
)
def test_just_at_the_deadline_is_too_late(seconds, standing, left):
    found = step(incident(entry("a", after(seconds=seconds), Stage.ROLLED_BACK)), Stage.ROLLED_BACK)
    assert (found.standing, found.seconds) == (standing, left)


def test_what_counts_is_when_it_happened_and_not_when_anybody_looks():
    done = incident(entry("a", after(minutes=20), Stage.ROLLED_BACK))
    seen = {step(done, Stage.ROLLED_BACK, START + timedelta(days=days)) for days in (1, 2, 300)}
    assert len(seen) == 1


@FEW
@given(one=INCIDENTS, more=st.lists(ENTRIES, max_size=4), now=TIMES)
def test_a_late_completion_stays_a_miss_whatever_is_added_after_its_deadline(one, more, now):
    base = merged(one, one)
    now = moment(now)
    for found in progress(base, now).deadlines:
        if not found.due:
            continue
        later = tuple(
            msgspec.structs.replace(each, id=f"late-{number}")
            for number, each in enumerate(more)
            if moment(each.at) >= moment(found.due)
        )
        again = next(
            each
            for each in progress(merged(base, msgspec.structs.replace(base, entries=later)), now).deadlines
            if each.stage is found.stage
        )
        assert again.is_miss or not found.is_miss


@FEW
@given(one=INCIDENTS, now=TIMES, random=st.randoms())
def test_the_order_in_which_entries_stand_changes_nothing(one, now, random):
    base = merged(one, one)
    shuffled = list(base.entries)
    random.shuffle(shuffled)
    other = msgspec.structs.replace(base, entries=tuple(shuffled))
    assert progress(base, moment(now)).deadlines == progress(other, moment(now)).deadlines
    assert merged(other, other).entries == base.entries


@FEW
@given(one=INCIDENTS, now=TIMES)
def test_nothing_is_met_by_an_entry_before_the_detection_or_in_the_future(one, now):
    base, now = merged(one, one), moment(now)
    for found in progress(base, now).deadlines:
        if found.standing is Standing.MET:
            assert moment(base.opened_at) <= moment(found.done) <= now
            assert moment(found.done) < moment(found.due)


def test_a_step_before_the_detection_counts_for_nothing_and_is_said():
    one = incident(entry("a", after(minutes=-1), Stage.ROLLED_BACK))
    told = progress(one, START + timedelta(minutes=5))
    assert step(one, Stage.ROLLED_BACK, START + timedelta(minutes=5)).standing is Standing.RUNNING
    assert told.doubts == (
        f"rolled back: {after(minutes=-1)} lies before the detection at {written(START)}, and counts for nothing",
    )


def test_a_step_in_the_future_counts_once_it_is_there():
    one = incident(entry("a", after(minutes=10), Stage.ROLLED_BACK))
    assert step(one, Stage.ROLLED_BACK, START + timedelta(minutes=5)).standing is Standing.RUNNING
    assert "future" in progress(one, START + timedelta(minutes=5)).doubts[0]
    assert step(one, Stage.ROLLED_BACK, START + timedelta(minutes=11)).standing is Standing.MET


def test_a_clock_that_jumped_back_is_said():
    (line,) = progress(incident(), START - timedelta(hours=1)).doubts
    assert "before the detection" in line


def test_a_time_of_another_zone_is_the_same_moment():
    one = incident(entry("a", "2026-03-02T15:50:00+01:00", Stage.ROLLED_BACK))
    assert step(one, Stage.ROLLED_BACK).done == after(minutes=20)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-02", "2026-03-02T14:30:00", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_time_with_a_zone_is_refused_in_one_line(text):
    with pytest.raises(BrokenQuestionError) as caught:
        moment(text)
    assert "\n" not in caught.value.message
    assert caught.value.advice


def test_a_step_in_the_second_of_the_detection_counts():
    one = incident(entry("a", after(), Stage.ALERTED))
    assert step(one, Stage.ALERTED).done == after()
    assert progress(one, START).doubts == ()


def test_at_the_deadline_what_is_not_done_is_overdue():
    found = step(incident(), Stage.ROLLED_BACK, START + timedelta(minutes=30))
    assert (found.standing, found.seconds) == (Standing.OVERDUE, 0)


def test_of_two_entries_of_a_step_the_earlier_counts():
    one = incident(entry("b", after(minutes=40), Stage.ROLLED_BACK), entry("a", after(minutes=20), Stage.ROLLED_BACK))
    assert step(one, Stage.ROLLED_BACK).done == after(minutes=20)


def test_of_two_at_the_same_time_the_one_with_a_proof_counts():
    pair = (entry("a", stage=Stage.ROLLED_BACK), entry("b", stage=Stage.ROLLED_BACK, proof="r.json"))
    assert step(incident(*pair), Stage.ROLLED_BACK).proof == "r.json"
