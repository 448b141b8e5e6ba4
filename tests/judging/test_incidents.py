"""What follows from an incident's entries, field by field; the laws stand in tests/incidents."""

import hashlib
from datetime import datetime, timedelta, timezone

import msgspec
import pytest

from gate.domain.alert import Delivery, Fact, Sent, Severity
from gate.domain.incident import Entry, PublicState, Stage, Topic
from gate.judging.incidents import (
    MOST,
    clean,
    entry_id,
    headings,
    in_order,
    merged,
    name_of,
    order,
    owed,
    public_status,
    refusal_of,
    said,
    sections,
    settled,
    titled,
    told,
    unwritten,
)
from tests.incidents.book import START, after, entry, incident

# ------------------------------------------------------------------ names


def test_an_entry_is_named_by_all_its_parts_and_where_they_part():
    names = {entry_id("a", "b"), entry_id("ab"), entry_id("a", "b", ""), entry_id("b", "a"), entry_id("a\0", "b")}
    assert len(names) == 5
    assert entry_id("a", "b") == hashlib.sha256(b"a\0b").hexdigest()[:16]
    assert all(len(name) == 16 for name in names)
    assert len(entry_id("\ud800")) == 16


@pytest.mark.parametrize(
    ("key", "nth", "name"),
    [
        ("monitor:Rate SPX!", 1, "2026-03-02-1430-monitor-rate-spx"),
        ("rate", 2, "2026-03-02-1430-rate-2"),
        ("::", 1, "2026-03-02-1430-incident"),
        ("-a_9-", 1, "2026-03-02-1430-a-9"),
        (":" + "x" * 50, 1, "2026-03-02-1430-" + "x" * 40),
        ("x" * 50, 1, "2026-03-02-1430-" + "x" * 40),
        ("x" * 39 + " y", 1, "2026-03-02-1430-" + "x" * 39),
    ],
)
def test_an_incident_is_named_by_its_minute_and_its_key(key, nth, name):
    assert name_of(START, key, nth) == name
    if nth == 1:
        assert name_of(START, key) == name


# ------------------------------------------------------------------ order and union


def test_at_one_time_steps_stand_in_their_order_notes_after_them_and_then_names():
    note, later_note = entry("a", after()), entry("b", after())
    last, first = entry("a", after(), Stage.DOCUMENTED), entry("z", after(), Stage.DETECTED)
    before = entry("x", after(minutes=-1))
    assert sorted([later_note, note, last, first, before], key=order) == [before, first, last, note, later_note]
    assert order(note) == (START, len(Stage), "a")


def test_of_two_that_bear_one_id_the_same_is_kept_whoever_comes_first():
    one, other = entry("a", text="1"), entry("a", text="2")
    assert in_order([one, other, one]) == in_order([other, one]) == (one,)
    assert in_order([entry("b", after(minutes=2)), one]) == (one, entry("b", after(minutes=2)))


def test_each_field_of_two_copies_is_joined_by_its_own_rule():
    one = incident(
        entry("a"),
        schema=1, key="b", title="B", severity=Severity.WARNING, opened_at=after(minutes=1),
        onset_at=after(minutes=-2), version="", level=2, facts=(Fact(name="x", value="1"),), root_cause="",
        closed_at="", issue=None, component="",
    )  # fmt: skip
    other = incident(
        entry("b", after(minutes=3)),
        schema=2, key="a", title="A", severity=Severity.CRITICAL, opened_at=after(), onset_at="",
        version="abc", level=None, facts=(Fact(name="w", value="2"),), root_cause="why",
        closed_at=after(days=1), issue=7, component="Signals",
    )  # fmt: skip
    whole = incident(
        entry("a"), entry("b", after(minutes=3)),
        schema=2, key="a", title="A", severity=Severity.CRITICAL, opened_at=after(), onset_at=after(minutes=-2),
        version="abc", level=2, facts=(Fact(name="w", value="2"), Fact(name="x", value="1")), root_cause="why",
        closed_at=after(days=1), issue=7, component="Signals",
    )  # fmt: skip
    assert merged(one, other) == merged(other, one) == whole
    assert merged(incident(level=1), incident(level=3)).level == 3
    assert merged(incident(), incident()).level is None
    early, late = incident(closed_at=after(days=1)), incident(closed_at=after(days=2))
    assert merged(late, early).closed_at == after(days=1)


def test_of_one_moment_in_two_zones_the_same_word_is_kept():
    here, there = incident(opened_at="2026-03-02T14:30:00Z"), incident(opened_at="2026-03-02T15:30:00+01:00")
    assert merged(here, there).opened_at == merged(there, here).opened_at == "2026-03-02T14:30:00Z"


def test_the_earlier_moment_is_kept_and_not_the_smaller_word():
    one, other = incident(opened_at="2026-03-02T15:00:00+01:00"), incident(opened_at="2026-03-02T14:30:00Z")
    assert merged(one, other).opened_at == "2026-03-02T15:00:00+01:00"
    never = merged(incident(), incident())
    assert (never.onset_at, never.closed_at) == ("", "")


def test_facts_stay_as_they_came_where_both_say_the_same_and_stand_by_name_else():
    facts = (Fact(name="b", value="1"), Fact(name="a", value="2"))
    assert merged(incident(facts=facts), incident(facts=facts)).facts == facts
    more = (*facts, Fact(name="a", value="1"))
    assert merged(incident(facts=facts), incident(facts=more)).facts == (
        Fact(name="a", value="1"),
        Fact(name="a", value="2"),
        Fact(name="b", value="1"),
    )


def test_a_record_is_kept_by_time_with_the_root_cause_that_was_said_last():
    first = entry("a", after(minutes=1), topic=Topic.ROOT_CAUSE, text="smoothing")
    last = entry("b", after(minutes=2), topic=Topic.ROOT_CAUSE, text="data")
    kept = settled(incident(last, first, root_cause="before"))
    assert (kept.entries, kept.root_cause) == ((first, last), "data")
    assert settled(incident(root_cause="before")).root_cause == "before"


# ------------------------------------------------------------------ what a person wrote


def test_a_root_cause_of_the_record_counts_until_one_is_said_and_is_nothing_else():
    one = incident(root_cause="before")
    assert (said(one, Topic.ROOT_CAUSE), said(one, Topic.LESSONS)) == ("before", "")


BY_HAND = """before any heading
# Lessons ##
we learned

_not yet written_
more
###### Owners
  _not yet written_
####### no heading
##no heading
## Post-Mortem
## lessons
again"""


def test_headings_of_any_level_hold_what_stands_below_them():
    assert headings(BY_HAND) == {"lessons", "owners", "post-mortem"}
    assert sections(BY_HAND) == {
        "lessons": "we learned\n\nmore\nagain",
        "owners": "####### no heading\n##no heading",
    }


def test_what_was_said_or_written_is_owed_no_more():
    assert unwritten(incident()) == (Topic.ROOT_CAUSE, Topic.LESSONS, Topic.OWNERS)
    one = incident(entry("a", topic=Topic.OWNERS), root_cause="x")
    assert unwritten(one) == (Topic.LESSONS,)
    assert unwritten(one, "## Lessons\nx") == ()


def test_each_thing_that_is_owed_is_a_line():
    done = [entry(stage, after(minutes=5), stage) for stage in Stage if stage is not Stage.ROLLED_BACK]
    asked = entry("f", after(minutes=6), topic=Topic.FOLLOW_UP, text="drill")
    one = incident(*done, asked, root_cause="x")
    assert owed(one, START + timedelta(hours=1), "# Lessons\nx") == (
        f"rolled back (due {after(minutes=30)})",
        "owners: not yet written",
        "post-mortem: not yet written",
        "follow-up f: drill",
    )
    answered = entry("g", after(minutes=7), topic=Topic.ANSWER, answers="f")
    whole = incident(*done, entry("r", stage=Stage.ROLLED_BACK), asked, answered, root_cause="x")
    assert owed(whole, START + timedelta(hours=1), "# Lessons\nx\n# Owners\ny\n# Post-mortem") == ()


# ------------------------------------------------------------------ what the public sees


def test_the_public_sees_when_it_began_and_when_its_state_last_changed():
    now = START + timedelta(days=1)
    fresh = public_status(incident(), now)
    assert (fresh.component, fresh.state, fresh.started_at) == ("Service", PublicState.INVESTIGATING, after())
    assert (fresh.updated_at, fresh.resolved_at) == (after(), "")
    both = public_status(
        incident(
            entry("a", after(minutes=9), Stage.FIX_DEPLOYED),
            entry("b", after(minutes=5), Stage.ROLLED_BACK),
            entry("c", after(minutes=2), topic=Topic.PUBLIC, text="Delayed."),
        ),
        now,
    )
    assert (both.state, both.updated_at, both.resolved_at) == (PublicState.MONITORING, after(minutes=5), "")
    over = public_status(incident(entry("a", after(hours=3), Stage.RESTORED), closed_at=after(hours=5)), now)
    assert (over.state, over.updated_at, over.resolved_at) == (PublicState.RESOLVED, after(hours=3), after(hours=3))


def test_the_newer_moment_is_told_and_not_the_larger_word():
    done = entry("a", after(minutes=20), Stage.ROLLED_BACK)
    said_before = entry("b", "2026-03-02T15:40:00+01:00", topic=Topic.PUBLIC, text="Delayed.")
    assert public_status(incident(done, said_before), START + timedelta(hours=1)).updated_at == after(minutes=20)


def test_a_sentence_of_this_second_is_shown():
    one = incident(entry("a", after(hours=1), topic=Topic.PUBLIC, text="now"))
    assert public_status(one, START + timedelta(hours=1)).sentence == "now"


# ------------------------------------------------------------------ entries that machines write


@pytest.mark.parametrize("outcome", Sent)
def test_only_what_was_delivered_is_the_step_alerted(outcome):
    done = Delivery(alert="a1", channel="slack", outcome=outcome, at=after(), sentence="HTTP 500")
    assert told(done) == Entry(
        id=entry_id("delivery", "a1", "slack", outcome, after()),
        at=after(),
        stage=Stage.ALERTED if outcome is Sent.DELIVERED else None,
        text=f"alert a1 at slack: {outcome}: HTTP 500",
        by="gate",
    )
    plain = msgspec.structs.replace(done, sentence="")
    assert told(plain, by="bob").text == f"alert a1 at slack: {outcome}"
    assert told(plain, by="bob").by == "bob"


NOW = START + timedelta(hours=1)


def refused(new, *entries):
    return refusal_of(new, incident(*entries), NOW)


def test_an_entry_that_tells_nothing_is_refused():
    assert refused(entry("a", text=" \n")) == "there is nothing in it"
    assert refused(entry("a")) == ""


def test_an_answer_needs_an_open_follow_up():
    asked = entry("f", topic=Topic.FOLLOW_UP)
    answer = entry("g", topic=Topic.ANSWER, answers="f")
    assert refused(answer, asked) == ""
    assert refused(answer) == "there is no open follow-up 'f'"
    assert refused(answer, asked, entry("h", topic=Topic.ANSWER, answers="f")) == "there is no open follow-up 'f'"
    endless = entry("g", topic=Topic.ANSWER, answers="x" * 50)
    assert refused(endless) == f"there is no open follow-up '{'x' * 40}'"
    assert refused(entry("g", answers="f")) == ""


def test_a_time_that_cannot_be_right_is_refused():
    assert "future" in refused(entry("a", after(hours=2)))
    assert "before the detection" in refused(entry("a", after(minutes=-1), Stage.ALERTED))


def test_a_miss_is_mended_by_a_proof_alone():
    late = entry("a", after(minutes=40), Stage.ROLLED_BACK)
    early = entry("b", after(minutes=20), Stage.ROLLED_BACK)
    assert refused(early, late) == "'rolled back' was done too late already: an earlier time needs a proof"
    assert refused(msgspec.structs.replace(early, proof="r.json"), late) == ""
    assert refused(msgspec.structs.replace(early, at=after(minutes=40)), late) == ""
    assert refused(msgspec.structs.replace(early, at=after(minutes=50)), late) == ""


def test_what_is_not_done_yet_or_was_done_in_time_needs_no_proof():
    early = entry("b", after(minutes=20), Stage.ROLLED_BACK)
    assert refused(early) == ""
    assert refused(early, entry("a", after(minutes=25), Stage.ROLLED_BACK)) == ""
    assert refused(entry("c", after(minutes=20)), entry("a", after(minutes=40), Stage.ROLLED_BACK)) == ""


# ------------------------------------------------------------------ what can be written into a file


def test_what_is_written_has_an_end_and_whole_characters():
    there = timezone(timedelta(hours=1))
    made = clean(
        entry(
            "a",
            datetime(2026, 3, 2, 15, 31, tzinfo=there).isoformat(),
            text="x" * (MOST + 1),
            by="b" * 300,
            proof="p" * 1200,
        )
    )
    assert made.at == after(minutes=1)
    assert made.text == "x" * (MOST - 1) + "…"
    assert (made.by, made.proof) == ("b" * 200, "p" * 1000)
    assert clean(entry("a", text="x" * MOST)).text == "x" * MOST
    assert clean(entry("a", text="\ud800")).text == "?"
    assert made.id == "a"


def test_a_title_is_one_line_of_three_hundred_characters():
    assert titled(" a\n b\tc ") == "a b c"
    assert titled("x" * 301) == "x" * 300
