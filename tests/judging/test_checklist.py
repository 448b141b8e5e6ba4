"""What stands beside each box, line by line; the laws stand in tests/incidents/test_checklist.py."""

from datetime import timedelta

import pytest

from gate.domain.checklist import BOXES, Evidence, Phase, Shows, Tick, Ticked, Word
from gate.domain.incident import written
from gate.judging.checklist import gone_through, newest
from tests.incidents.book import START, after

BOX, PROOF = "Team notified of deployment", "All rollback procedures tested"


def seen(shows=Shows.DRILL, at=START, *, holds=True, sentence="seen"):
    return Evidence(shows=shows, at=written(at), holds=holds, sentence=sentence)


def word(at=START, *, phase=Phase.BEFORE, box=BOX, by="ann", note="in #trading"):
    return Word(phase=phase, box=box, by=by, note=note, at=written(at))


def box(text, *evidence, words=(), phase=Phase.BEFORE):
    return next(one for one in gone_through(phase, iter(evidence), iter(words), START).boxes if one.text == text)


@pytest.mark.parametrize("phase", Phase)
def test_a_list_holds_the_boxes_of_its_phase_in_their_order(phase):
    done = gone_through(phase, [], [], START)
    assert (done.phase, done.at) == (phase, after())
    assert [(one.section, one.text) for one in done.boxes] == [
        (one.section, one.text) for one in BOXES if one.phase is phase
    ]


def test_what_a_person_must_say_and_nobody_said_tells_how():
    assert box(BOX) == Ticked(
        section="Before Deployment",
        text=BOX,
        tick=Tick.OPEN,
        lines=("nobody has said so: --tick, with --by and --note",),
    )


def test_what_a_person_said_is_told_with_who_when_and_how():
    said = word()
    assert box(BOX, words=[said]) == Ticked(
        section="Before Deployment",
        text=BOX,
        tick=Tick.SAID,
        lines=(f"said by ann at {after()}: in #trading",),
        word=said,
    )


def test_a_word_counts_for_its_own_box_and_list_alone():
    assert box(BOX, words=[word(box="Backup systems verified")]).tick is Tick.OPEN
    assert box(BOX, words=[word(phase=Phase.DURING)]).tick is Tick.OPEN
    assert box(BOX, words=[word(by=" ")]).tick is Tick.OPEN
    assert box(BOX, words=[word(note="")]).tick is Tick.OPEN


@pytest.mark.parametrize(
    ("ago", "fresh"),
    [
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
        (-timedelta(minutes=2), True),
        (-timedelta(minutes=2, seconds=1), False),
    ],
)
def test_a_word_is_of_the_last_day_and_may_be_two_minutes_ahead(ago, fresh):
    at = START - ago
    found = box(BOX, words=[word(at)])
    assert (found.tick is Tick.SAID) is fresh
    if not fresh:
        assert (found.tick, found.word) == (Tick.OPEN, None)
        assert found.lines == (f"said by ann at {written(at)}, which is not today: say it again",)


def test_the_newest_word_counts():
    old, new = word(START - timedelta(hours=1), note="old"), word(note="new")
    for words in ([old, new], [new, old]):
        assert box(BOX, words=words).word == new


def test_evidence_that_holds_is_shown_with_what_it_says():
    proof = seen(sentence="3 levels held")
    assert box(PROOF, proof) == Ticked(
        section="Before Deployment",
        text=PROOF,
        tick=Tick.SHOWN,
        lines=(f"drill at {after()}: 3 levels held",),
        evidence=(proof,),
    )


def test_a_word_stands_below_the_evidence_and_ticks_nothing():
    said = word(box=PROOF)
    found = box(PROOF, words=[said])
    assert (found.tick, found.word, found.evidence) == (Tick.OPEN, said, ())
    assert found.lines == ("nothing shows it (drill)", f"said by ann at {after()}: in #trading")
    old = box(PROOF, words=[word(START - timedelta(days=2), box=PROOF)])
    assert old.lines[1].endswith("which is not today: say it again")
    assert old.word is None


def test_a_box_of_two_pieces_of_evidence_tells_both_and_needs_both():
    scripts, drill = seen(Shows.SCRIPTS), seen(Shows.DRILL)
    both = box("Have rollback ready", scripts, drill, phase=Phase.DURING)
    assert (both.tick, both.evidence) == (Tick.SHOWN, (scripts, drill))
    one = box("Have rollback ready", drill, phase=Phase.DURING)
    assert (one.tick, one.evidence) == (Tick.OPEN, (drill,))
    assert one.lines == ("nothing shows it (scripts)", f"drill at {after()}: seen")


def test_evidence_that_does_not_hold_says_what_it_saw():
    found = box(PROOF, seen(holds=False, sentence="level 2 broke"))
    assert (found.tick, found.lines) == (Tick.OPEN, (f"drill at {after()}: level 2 broke",))


@pytest.mark.parametrize(
    ("phase", "text", "shows", "most", "words"),
    [
        (Phase.BEFORE, PROOF, Shows.DRILL, timedelta(days=7), "7 days"),
        (Phase.BEFORE, "Rollback scripts ready", Shows.SCRIPTS, timedelta(minutes=5), "5 minutes"),
        (Phase.AFTER, "Validate data integrity", Shows.DATA, timedelta(hours=24), "24 hours"),
    ],
)
def test_stale_evidence_says_how_old_it_may_be(phase, text, shows, most, words):
    assert box(text, seen(shows, START - most), phase=phase).tick is Tick.SHOWN
    at = START - most - timedelta(seconds=1)
    found = box(text, seen(shows, at), phase=phase)
    assert (found.tick, found.lines) == (Tick.OPEN, (f"{shows} of {written(at)} is stale: it may be {words} old",))


def test_evidence_may_be_two_minutes_ahead_and_no_more():
    assert box(PROOF, seen(at=START + timedelta(minutes=2))).tick is Tick.SHOWN
    found = box(PROOF, seen(at=START + timedelta(minutes=2, seconds=1)))
    assert found.lines == (f"drill: {after(minutes=2, seconds=1)} lies in the future",)
    assert found.tick is Tick.OPEN


def test_the_newest_evidence_counts_and_of_two_at_once_the_failure():
    old, good, bad = seen(at=START - timedelta(hours=1)), seen(), seen(holds=False)
    assert newest(Shows.DRILL, []) is None
    assert newest(Shows.DRILL, [seen(Shows.DATA)]) is None
    assert newest(Shows.DRILL, [good, old]) == newest(Shows.DRILL, [old, good]) == good
    assert newest(Shows.DRILL, [good, bad, old]) == newest(Shows.DRILL, [bad, good]) == bad
