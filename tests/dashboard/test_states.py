"""What is green, and what never is."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from gate.domain.history import Happened
from gate.domain.live import LiveState
from gate.domain.verdict import Outcome
from gate.report.dashboard import states
from gate.report.dashboard.board import board, current_verdict
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import Trails
from tests.dashboard import past

GIVEN = past.calm(45)
TRAILS = Trails(GIVEN.entries)


def seen(given):
    return board(given, Trails(given.entries) if given.entries is not GIVEN.entries else TRAILS)


def row(given, name):
    return next(one for one in seen(given).rows if one.name == name)


def with_live(given, name, **changed):
    metrics = tuple(
        msgspec.structs.replace(one, **changed) if one.metric == name else one for one in given.live.metrics
    )
    return replace(given, live=msgspec.structs.replace(given.live, metrics=metrics))


def with_outcome(given, name, outcome, **more):
    last = current_verdict(given)
    judgements = tuple(
        msgspec.structs.replace(one, outcome=outcome, **more) if one.metric == name else one
        for one in last.verdict.judgements
    )
    changed = msgspec.structs.replace(last, verdict=msgspec.structs.replace(last.verdict, judgements=judgements))
    entries = tuple(changed if one is last else one for one in given.entries)
    return replace(given, entries=entries, newest=entries)


def test_a_calm_day_is_green_and_says_so():
    assert seen(GIVEN).state is State.GOOD
    assert seen(GIVEN).headline == "All 13 limits hold"


def test_nothing_known_is_not_green():
    nothing = replace(GIVEN, entries=(), newest=(), live=None, incidents=())
    assert seen(nothing).state is State.UNKNOWN
    assert seen(nothing).headline == "Nothing is known yet"


@pytest.mark.parametrize("outcome", [Outcome.NO_DATA, Outcome.ERROR, Outcome.FLAKY])
def test_an_answer_that_is_missing_is_unknown(outcome):
    assert row(with_outcome(GIVEN, "memory", outcome), "memory").state is State.UNKNOWN
    assert seen(with_outcome(GIVEN, "memory", outcome)).state is State.UNKNOWN


def test_an_advisory_breach_warns_and_no_more():
    given = with_outcome(GIVEN, "agreement", Outcome.FAIL)
    assert row(given, "agreement").state is State.WARN
    assert seen(given).state is State.WARN


def test_the_worse_of_gate_and_monitor_counts():
    breached = with_live(GIVEN, "confidence", state=LiveState.BREACHED, sentence="88% over 240 bars.")
    assert row(breached, "confidence").state is State.BAD
    assert row(breached, "confidence").why == "88% over 240 bars."
    assert row(with_live(GIVEN, "confidence", state=LiveState.UNKNOWN), "confidence").state is State.UNKNOWN
    assert row(with_outcome(GIVEN, "confidence", Outcome.FAIL), "confidence").state is State.BAD


def test_a_silent_monitor_makes_what_it_watches_unknown_and_nothing_else():
    silent = replace(GIVEN, live=msgspec.structs.replace(GIVEN.live, at=past.iso(past.NOW - timedelta(seconds=61))))
    assert row(silent, "confidence").state is State.UNKNOWN
    assert row(silent, "memory").state is State.GOOD
    assert "silent since" in seen(silent).live_said
    assert row(silent, "confidence").cells[0].text == "—"


def test_a_breach_stays_one_however_old_it_is():
    late = replace(with_outcome(GIVEN, "memory", Outcome.FAIL), now=past.NOW + timedelta(days=30))
    assert row(late, "memory").state is State.BAD


@pytest.mark.parametrize("at", ["", "yesterday", "2099-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_is_not_fresh(at):
    assert not replace(GIVEN, live=msgspec.structs.replace(GIVEN.live, at=at)).live_is_fresh
    assert not GIVEN.verdict_is_fresh(msgspec.structs.replace(GIVEN.newest[-1], at=at))


@settings(max_examples=30, deadline=None)
@example(seconds=st.integers(0, 10**7), more=st.integers(0, 10**7))
def test_growing_older_never_makes_anything_greener(seconds, more):
    sooner, later = (seen(replace(GIVEN, now=past.NOW + timedelta(seconds=at))) for at in (seconds, seconds + more))
    assert later.state.rank >= sooner.state.rank
    pairs = zip(sooner.rows, later.rows, strict=True)
    assert all(old.state.rank >= new.state.rank for new, old in pairs)


@example(some=st.lists(st.sampled_from(State), min_size=1), others=st.lists(st.sampled_from(State)))
def test_the_worst_is_associative_and_commutative(some, others):
    assert states.worst([*some, *others]) is states.worst([*others, *some])
    assert states.worst([states.worst(some), *others]) is states.worst([*some, *others])


def test_what_could_not_be_read_makes_the_whole_unknown():
    troubled = replace(GIVEN, troubles=("History: the database does not answer.",))
    assert seen(troubled).state is State.UNKNOWN
    assert seen(troubled).troubles


def test_the_verdict_of_what_is_deployed_counts_before_a_newer_one_of_a_pull_request():
    last = current_verdict(GIVEN)
    assert last.source == "nightly"
    other = msgspec.structs.replace(
        GIVEN.newest[0], uid="newer", at=past.iso(past.NOW), sha="f" * 40, source="pull_request"
    )
    given = replace(GIVEN, entries=(*GIVEN.entries, other), newest=(*GIVEN.newest, other))
    assert current_verdict(given) == last


def test_a_quick_pass_is_not_green():
    last = GIVEN.newest[-1]
    quick = msgspec.structs.replace(last, verdict=msgspec.structs.replace(last.verdict, quick=True))
    lines = seen(replace(GIVEN, entries=(quick,), newest=(quick,))).recent
    assert (lines[0].word, lines[0].state) == ("PASS (quick)", State.UNKNOWN)


def test_deployments_and_rollbacks_are_listed_and_marked():
    given = past.given(100)
    found = board(given, Trails(given.entries))
    assert {line.word for line in found.happened} == {"deployed", "rolled back"}
    kinds = {stroke.kind for stroke in found.smalls[0].chart.strokes}
    assert {"deployed", "rolledback", "limit", "value"} <= kinds
    assert sum(entry.kind is Happened.ROLLBACK for entry in given.entries) == 1


def test_an_improvement_is_shown_as_one():
    cells = {cell.label: cell for cell in row(GIVEN, "strategy_performance").cells}
    better = msgspec.structs.replace(current_verdict(GIVEN).verdict.judgements[3], change=-0.1)
    given = with_outcome(GIVEN, "strategy_performance", Outcome.PASS, change=better.change)
    cells = {cell.label: cell for cell in row(given, "strategy_performance").cells}
    assert (cells["Change"].text, cells["Change"].kind) == ("10.0% better", "better")
