"""What people hear of a rollback."""

import msgspec
import pytest

from gate.domain.alert import AlertKind, Severity
from gate.domain.rollback import Commit, Ending, Level, Plan, Record, Taken
from gate.judging.rollback_notice import DONE_NOW, HELD_BACK, notice_of

COMMIT = Commit(sha="a" * 40, parents=("b" * 40,), tree="t", time=0, author="ann", message="Faster fit\n\nbody")
PLAN = Plan(
    level=Level.VERSION, target="main", base="b" * 40, head="c" * 40, tree="t", branch="hotfix/revert-aaa", key="k",
    taken=(Taken(commit=COMMIT, parent="b" * 40),),
)  # fmt: skip
RECORD = Record(
    at="2026-11-29T14:30:00Z", ending=Ending.PULL_REQUEST_OPEN, sentence="It is open.", advice="Merge it.", plan=PLAN,
    reason="regimes flicker", incident="i-1", url="https://example.invalid/pull/9",
)  # fmt: skip


def record(**changes):
    return msgspec.structs.replace(RECORD, **changes)


def at_level(level):
    return record(plan=msgspec.structs.replace(PLAN, level=level))


def test_a_notice_says_level_ending_sentence_and_advice_and_where_to_read_more():
    told = notice_of(RECORD)
    assert told.title == "Rollback, level 2: pull request open"
    assert told.text == "It is open. Merge it."
    assert (told.kind, told.at, told.incident, told.url) == (AlertKind.NOTICE, RECORD.at, "i-1", RECORD.url)
    assert {one.name: one.value for one in told.facts} == {
        "why": "regimes flicker",
        "on": "main",
        "taken back": 'aaaaaaaaaaaa "Faster fit"',
        "branch": "hotfix/revert-aaa",
    }


@pytest.mark.parametrize(
    ("level", "severity"),
    [(Level.FEATURE, Severity.WARNING), (Level.VERSION, Severity.CRITICAL), (Level.SYSTEM, Severity.CRITICAL)],
)
def test_a_version_or_more_that_goes_back_is_critical(level, severity):
    assert notice_of(at_level(level)).severity is severity


@pytest.mark.parametrize("ending", sorted(HELD_BACK))
def test_what_was_wanted_and_not_done_is_critical_at_every_level(ending):
    told = notice_of(msgspec.structs.replace(at_level(Level.FEATURE), ending=ending))
    assert told.severity is Severity.CRITICAL
    assert told.title == f"Rollback held back, level 1: {ending.value}"


@pytest.mark.parametrize("ending", sorted(set(Ending) - HELD_BACK - DONE_NOW.keys()))
def test_what_changed_nothing_or_was_decided_on_the_spot_is_told_to_nobody(ending):
    assert notice_of(record(ending=ending)) is None


def test_what_somebody_else_had_done_is_not_told_again():
    assert notice_of(record(adopted=True)) is None


def test_the_same_record_bears_the_same_id_and_another_one_another():
    assert notice_of(RECORD).id == notice_of(RECORD).id
    others = [
        record(at="2026-11-29T14:31:00Z"),
        record(ending=Ending.BRANCH_PUSHED),
        record(plan=msgspec.structs.replace(PLAN, key="other")),
    ]
    assert len({notice_of(one).id for one in (RECORD, *others)}) == 4


def test_a_rollback_is_one_key_however_it_ends():
    assert notice_of(RECORD).key == notice_of(record(ending=Ending.CONFLICTS)).key == "rollback:k"


def test_where_there_is_no_plan_it_is_told_all_the_same():
    told = notice_of(record(ending=Ending.NOTHING_PROPOSED, plan=None, reason="", advice=""))
    assert told.title == "Rollback held back, no level: NOTHING_PROPOSED"
    assert (told.text, told.facts) == ("It is open.", ())
    assert told.key.startswith("rollback:")


def test_without_a_plan_the_ending_and_the_sentence_are_what_it_is_about():
    blank = record(ending=Ending.CONFLICTS, plan=None)
    others = (
        msgspec.structs.replace(blank, ending=Ending.DAILY_CAP),
        msgspec.structs.replace(blank, sentence="No."),
    )
    assert len({notice_of(one).key for one in (blank, *others)}) == 3


def test_of_a_whole_system_that_goes_back_the_tag_is_named():
    plan = msgspec.structs.replace(PLAN, level=Level.SYSTEM, taken=(), tag="v1.0.0")
    assert {one.name: one.value for one in notice_of(record(plan=plan)).facts}["taken back"] == "v1.0.0"


def test_of_many_commits_five_are_named():
    plan = msgspec.structs.replace(PLAN, taken=PLAN.taken * 7)
    named = {one.name: one.value for one in notice_of(record(plan=plan)).facts}["taken back"]
    assert named == ", ".join(['aaaaaaaaaaaa "Faster fit"'] * 5)
