"""What leaves the house: an allow-list, whatever the incident holds."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given

from gate.domain.alert import Fact
from gate.domain.incident import PublicState, Stage, Topic, moment, written
from gate.judging.incidents import NOTHING_SAID, merged, public_status
from tests.incidents.conftest import FEW, INCIDENTS, START, TIMES, after, entry, incident

NOW = START + timedelta(days=30)
SECRET = "s3cret-internal"


def test_nothing_but_the_allowed_fields_leaves():
    one = incident(
        entry("a", text=SECRET, by=SECRET, proof=SECRET),
        entry("b", topic=Topic.LESSONS, text=SECRET),
        id="2026-03-02-1430-s3cret-internal",
        key=SECRET,
        title=SECRET,
        version=SECRET,
        facts=(Fact(name=SECRET, value=SECRET),),
        root_cause=SECRET,
    )
    told = public_status(one, NOW)
    assert "s3cret" not in msgspec.json.encode(told).decode()
    assert set(msgspec.structs.asdict(told)) == {
        *("component", "state", "started_at", "updated_at", "resolved_at", "sentence", "sentence_at")
    }


@pytest.mark.parametrize(
    ("stages", "state"),
    [
        ((), PublicState.INVESTIGATING),
        ((Stage.ALERTED, Stage.DECIDED), PublicState.INVESTIGATING),
        ((Stage.ROOT_CAUSE,), PublicState.IDENTIFIED),
        ((Stage.ROLLED_BACK,), PublicState.MONITORING),
        ((Stage.ROLLED_BACK, Stage.ROOT_CAUSE), PublicState.MONITORING),
        ((Stage.FIX_DEPLOYED,), PublicState.MONITORING),
        ((Stage.RESTORED,), PublicState.RESOLVED),
    ],
)
def test_the_state_is_the_furthest_that_the_steps_show(stages, state):
    one = incident(*(entry(stage, after(minutes=5), stage) for stage in stages))
    told = public_status(one, NOW)
    assert told.state is state
    assert told.sentence == NOTHING_SAID[state]
    assert told.sentence_at == ""


def test_a_persons_newest_sentence_is_shown():
    one = incident(
        entry("a", after(minutes=5), topic=Topic.PUBLIC, text="Signals are delayed."),
        entry("b", after(minutes=9), topic=Topic.PUBLIC, text="Signals are back."),
        component="Signals",
    )
    told = public_status(one, NOW)
    assert (told.component, told.sentence, told.sentence_at) == ("Signals", "Signals are back.", after(minutes=9))
    assert told.updated_at == after(minutes=9)


def test_what_is_closed_is_resolved_once_it_is():
    one = incident(closed_at=after(days=2))
    assert public_status(one, START + timedelta(days=1)).state is PublicState.INVESTIGATING
    told = public_status(one, NOW)
    assert (told.state, told.resolved_at) == (PublicState.RESOLVED, after(days=2))


@FEW
@given(one=INCIDENTS, now=TIMES)
def test_it_is_total_and_never_ahead_of_now(one, now):
    now = max(moment(now), moment(one.opened_at))
    told = public_status(merged(one, one), now)
    assert moment(told.updated_at) <= now
    assert told.sentence is not None
    assert written(moment(told.started_at)) == told.started_at


def test_what_is_closed_in_this_second_is_resolved():
    assert public_status(incident(closed_at=after(days=1)), START + timedelta(days=1)).state is PublicState.RESOLVED


def test_a_sentence_of_the_future_is_not_shown_yet():
    one = incident(entry("a", after(hours=2), topic=Topic.PUBLIC, text="later"))
    assert public_status(one, START + timedelta(hours=1)).sentence == NOTHING_SAID[PublicState.INVESTIGATING]
