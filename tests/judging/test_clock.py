"""Each step of an incident against its deadline, field by field; the laws stand in tests/incidents/test_clock.py."""

from datetime import timedelta

import pytest

from gate.domain.incident import Deadline, Stage, Standing, written
from gate.judging.clock import progress
from tests.incidents.book import START, after, entry, incident


def at(stage, *entries, now):
    told = progress(incident(*entries), now)
    assert told.at == written(now)
    return next(one for one in told.deadlines if one.stage is stage)


def test_the_detection_is_done_by_itself_and_has_no_deadline():
    found = at(Stage.DETECTED, now=START + timedelta(minutes=1))
    assert found == Deadline(stage=Stage.DETECTED, done=after(), standing=Standing.DONE)


def test_a_step_without_a_deadline_is_open_until_it_is_done():
    now = START + timedelta(minutes=9)
    assert at(Stage.ALERTED, now=now) == Deadline(stage=Stage.ALERTED, standing=Standing.OPEN)
    done = entry("a", after(minutes=2), Stage.ALERTED, by="gate", proof="a.json")
    assert at(Stage.ALERTED, done, now=now) == Deadline(
        stage=Stage.ALERTED, done=after(minutes=2), standing=Standing.DONE, by="gate", proof="a.json"
    )


def test_a_step_with_a_deadline_says_when_it_is_due_by_whom_it_was_done_and_what_proves_it():
    done = entry("a", after(minutes=20), Stage.ROLLED_BACK, by="bob", proof="r.json")
    assert at(Stage.ROLLED_BACK, done, now=START + timedelta(days=1)) == Deadline(
        stage=Stage.ROLLED_BACK,
        due=after(minutes=30),
        done=after(minutes=20),
        standing=Standing.MET,
        seconds=600,
        proof="r.json",
        by="bob",
    )


@pytest.mark.parametrize(
    ("seconds", "standing", "left"),
    [(1799, Standing.RUNNING, 1), (1799.5, Standing.RUNNING, 0), (1800, Standing.OVERDUE, 0)],
)
def test_what_is_not_done_has_time_until_the_deadline_itself(seconds, standing, left):
    assert at(Stage.ROLLED_BACK, now=START + timedelta(seconds=seconds)) == Deadline(
        stage=Stage.ROLLED_BACK, due=after(minutes=30), standing=standing, seconds=left
    )


def test_of_what_counts_for_nothing_each_line_says_which_step_or_note_it_is():
    now = START + timedelta(minutes=5)
    lines = progress(
        incident(
            entry("a", after(minutes=6)),
            entry("b", after(minutes=-1)),
            entry("c", after(minutes=7), Stage.ALERTED),
        ),
        now,
    ).doubts
    assert lines == (
        f"note: {after(minutes=6)} lies in the future of {written(now)}, and counts for nothing",
        f"alerted: {after(minutes=7)} lies in the future of {written(now)}, and counts for nothing",
    )


def test_a_clock_before_the_detection_is_doubted_first():
    now = START - timedelta(seconds=1)
    first, second = progress(incident(entry("a", after())), now).doubts
    assert first == f"the clock says {written(now)}, before the detection at {after()}: is it right?"
    assert second.startswith("note: ")
