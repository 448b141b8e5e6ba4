"""Boxes are the document's, ticked by fresh evidence, and by a word only where no machine can see."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.checklist import BOXES, Evidence, Phase, Shows, Tick, Word
from gate.domain.incident import written
from gate.domain.rollback import Level, Shown
from gate.judging.checklist import gone_through, newest
from gate.report.checklist import checklist_text
from gate.wiring.incidents import now
from tests.incidents.conftest import FEW, START, after
from tests.incidents.made import drill, proof

DOCUMENT = """
### 2. Manual Testing
- [ ] Test each rollback level
- [ ] Verify system stability after rollback
- [ ] Confirm data integrity
- [ ] Validate strategy performance

### 3. Load Testing
- [ ] Test rollback under load
- [ ] Verify performance under stress
- [ ] Test concurrent rollback scenarios

### Before Deployment
- [ ] All rollback procedures tested
- [ ] Monitoring alerts configured
- [ ] Rollback scripts ready
- [ ] Team notified of deployment
- [ ] Backup systems verified

### During Deployment
- [ ] Monitor key metrics
- [ ] Watch for error alerts
- [ ] Have rollback ready
- [ ] Maintain communication
- [ ] Document any issues

### After Deployment
- [ ] Verify system stability
- [ ] Check performance metrics
- [ ] Validate data integrity
- [ ] Monitor for 24 hours
- [ ] Document results
"""
"""Out of the user's rollback strategy, word for word."""


def test_every_box_of_the_document_is_there_word_for_word():
    section, found = "", []
    for line in DOCUMENT.splitlines():
        if line.startswith("###"):
            section = line.lstrip("#0123456789. ")
        elif line:
            found.append((section, line.removeprefix("- [ ] ")))
    assert sorted(found) == sorted((box.section, box.text) for box in BOXES)


def seen(shows, at=START, *, holds=True):
    return Evidence(shows=shows, at=written(at), holds=holds, sentence="seen", path="a.json")


def box(checklist, text):
    return next(one for one in checklist.boxes if one.text == text)


def through(phase, *evidence, words=(), at=START):
    return gone_through(phase, evidence, words, at)


def everything(at=START):
    return [seen(shows, at) for shows in Shows]


def words(phase, at=START):
    return [
        Word(phase=phase, box=one.text, by="ann", note="seen", at=written(at))
        for one in BOXES
        if one.phase is phase and not one.shows
    ]


@pytest.mark.parametrize("phase", Phase)
def test_with_all_evidence_and_every_word_it_is_done(phase):
    done = through(phase, *everything(), words=words(phase))
    assert done.is_done
    assert {one.tick for one in done.boxes} <= {Tick.SHOWN, Tick.SAID}


@pytest.mark.parametrize("phase", Phase)
def test_with_nothing_every_box_is_open(phase):
    assert {one.tick for one in through(phase).boxes} == {Tick.OPEN}


@pytest.mark.parametrize("missing", Shows)
def test_without_one_piece_of_evidence_the_boxes_that_need_it_are_open(missing):
    for phase in Phase:
        done = through(phase, *(one for one in everything() if one.shows is not missing), words=words(phase))
        for one in BOXES:
            if one.phase is phase:
                assert (box(done, one.text).tick is Tick.OPEN) == (missing in one.shows)


def test_a_word_never_ticks_a_box_that_evidence_can_tick_and_is_shown_apart():
    said = Word(phase=Phase.DURING, box="Monitor key metrics", by="ann", note="looks fine", at=written(START))
    one = box(through(Phase.DURING, words=[said]), "Monitor key metrics")
    assert one.tick is Tick.OPEN
    assert one.lines[-1] == f"said by ann at {written(START)}: looks fine"


def test_a_word_ticks_what_no_machine_can_see_and_says_whose_it_is():
    said = Word(phase=Phase.BEFORE, box="Team notified of deployment", by="ann", note="in #trading", at=written(START))
    done = through(Phase.BEFORE, words=[said])
    one = box(done, "Team notified of deployment")
    assert one.tick is Tick.SAID
    assert "- [x] Team notified of deployment (a person's word)" in checklist_text(done)


@pytest.mark.parametrize(("by", "note"), [("", "x"), ("ann", " ")])
def test_a_word_without_who_or_how_is_none(by, note):
    said = Word(phase=Phase.BEFORE, box="Team notified of deployment", by=by, note=note, at=written(START))
    assert box(through(Phase.BEFORE, words=[said]), "Team notified of deployment").tick is Tick.OPEN


@pytest.mark.parametrize(("hours", "tick"), [(23, Tick.SAID), (25, Tick.OPEN), (-1, Tick.OPEN)])
def test_a_word_is_about_today(hours, tick):
    said = words(Phase.BEFORE, START - timedelta(hours=hours))
    assert box(through(Phase.BEFORE, words=said), "Backup systems verified").tick is tick


@pytest.mark.parametrize(
    ("phase", "text", "shows", "hours"),
    [
        (Phase.BEFORE, "All rollback procedures tested", Shows.DRILL, 7 * 24),
        (Phase.BEFORE, "Monitoring alerts configured", Shows.ALERTS, 7 * 24),
        (Phase.AFTER, "Validate data integrity", Shows.DATA, 24),
        (Phase.DURING, "Monitor key metrics", Shows.WATCH, 5 / 60),
        (Phase.AFTER, "Monitor for 24 hours", Shows.DAY, 24),
    ],
)
def test_stale_evidence_ticks_nothing(phase, text, shows, hours):
    fresh = through(phase, seen(shows, START - timedelta(hours=hours)))
    stale = through(phase, seen(shows, START - timedelta(hours=hours, seconds=1)))
    assert (box(fresh, text).tick, box(stale, text).tick) == (Tick.SHOWN, Tick.OPEN)
    assert "stale" in box(stale, text).lines[0]


def test_evidence_of_the_future_ticks_nothing():
    one = box(through(Phase.BEFORE, seen(Shows.DRILL, START + timedelta(hours=1))), "All rollback procedures tested")
    assert one.tick is Tick.OPEN
    assert "future" in one.lines[0]


@FEW
@given(
    st.lists(st.tuples(st.sampled_from(list(Shows)), st.integers(0, 2_000_000), st.booleans()), max_size=12),
    st.randoms(),
)
def test_the_newest_counts_and_the_order_of_evidence_changes_nothing(pieces, random):
    evidence = [seen(shows, START - timedelta(seconds=age), holds=holds) for shows, age, holds in pieces]
    shuffled = list(evidence)
    random.shuffle(shuffled)
    for phase in Phase:
        ticks = [one.tick for one in through(phase, *evidence).boxes]
        assert ticks == [one.tick for one in through(phase, *shuffled).boxes]
        for one in BOXES:
            if one.phase is phase and one.shows and box(through(phase, *evidence), one.text).tick is Tick.SHOWN:
                assert all(found and found.holds for found in (newest(each, evidence) for each in one.shows))


# ------------------------------------------------------------------ files


def lay(folder, name, one):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one if isinstance(one, bytes) else msgspec.json.encode(one))
    return path


def at(**ago):
    return written(now() - timedelta(**ago))


def monitor(**more):
    whole = {
        "schema": 1,
        "at": at(),
        "started_at": at(hours=25),
        "feed": {"state": "ok", "records": 9},
        "standings": [{"metric": "regime_change_rate", "state": "ok", "n": 60}],
        "firing": [],
    }
    return {**whole, **more}


JUNIT = """<?xml version="1.0"?><testsuites><testsuite timestamp="{}">
<testcase name="test_under_load_the_rollback_is_the_same"/><testcase name="test_killed_at_any_step_it_finishes"/>
<testcase name="test_twenty_triggers_at_once_make_one">{}</testcase></testsuite></testsuites>"""


@pytest.fixture
def proven(tmp_path):
    """A folder with all the evidence that there can be."""
    lay(tmp_path, "reports/drills/d.json", drill(at(days=1)))
    lay(tmp_path, "reports/verifications/p.json", proof(at(hours=1)))
    delivered = [{"name": "slack", "outcome": "delivered"}]
    lay(tmp_path, "reports/alerts/t.json", {"at": at(days=2), "channels": delivered, "schema": 1})
    lay(tmp_path, ".gate/monitor.json", monitor())
    lay(tmp_path, "reports/tests/j.xml", JUNIT.format(at(hours=2), "").encode())
    for name in ("emergency_rollback.sh", "verify_system.sh"):
        lay(tmp_path, f"scripts/{name}", b"#!/bin/sh\n").chmod(0o755)
    return tmp_path


SAID = {
    "before": ("Team notified of deployment", "Backup systems verified"),
    "during": ("Maintain communication",),
    "after": (),
}


@pytest.mark.parametrize("phase", SAID)
def test_with_all_of_it_and_a_persons_word_the_command_ends_with_0(phase, proven, gate):
    ticks = [word for text in SAID[phase] for word in ("--tick", text)]
    signed = ("--by", "ann", "--note", "seen to") if ticks else ()
    done = gate("checklist", phase, *ticks, *signed, "--write", f"reports/checklists/{phase}.md")
    assert done.code == 0, done.said
    text = (proven / f"reports/checklists/{phase}.md").read_text()
    assert "- [ ]" not in text
    assert gate("checklist", phase, "--json").json["phase"] == phase


BROKEN = {
    "a level that broke": ("reports/drills/e.json", drill(at(), shown=Shown.BROKEN), "All rollback procedures tested"),
    "a level that is missing": (
        "reports/drills/e.json",
        drill(at(), levels=(Level.FEATURE, Level.VERSION, Level.VERSION)),
        "Test each rollback level",
    ),
    "a drill that took too long": ("reports/drills/e.json", drill(at(), seconds=1801.0), "Test each rollback level"),
    "a channel that failed": (
        "reports/alerts/u.json",
        {"at": at(), "channels": [{"name": "slack", "outcome": "delivered"}, {"name": "mail", "outcome": "unknown"}]},
        "Monitoring alerts configured",
    ),
    "no channel": ("reports/alerts/u.json", {"at": at(), "channels": []}, "Monitoring alerts configured"),
    "data that changed": (
        "reports/verifications/q.json",
        proof(at(), data_and_state="BROKEN"),
        "Confirm data integrity",
    ),
    "refs that moved": (
        "reports/verifications/q.json",
        proof(at(), refs="UNKNOWN"),
        "Verify system stability after rollback",
    ),
    "metrics that are not back": (
        "reports/verifications/q.json",
        proof(at(), metrics="UNKNOWN"),
        "Validate strategy performance",
    ),
    "a test that failed": (
        "reports/tests/k.xml",
        JUNIT.format(at(), "<failure/>").encode(),
        "Test concurrent rollback scenarios",
    ),
    "a test that was skipped": (
        "reports/tests/k.xml",
        JUNIT.format(at(), "<skipped/>").encode(),
        "Test concurrent rollback scenarios",
    ),
}


@pytest.mark.parametrize(("name", "content", "text"), BROKEN.values(), ids=BROKEN)
def test_a_newer_failure_unticks_its_box(name, content, text, proven, gate):
    lay(proven, name, content)
    boxes = {one["text"]: one["tick"] for one in gate("checklist", "before", "--json").json["boxes"]}
    assert boxes.pop(text) == "open"
    assert "shown" in boxes.values()


@pytest.mark.parametrize(
    ("changed", "text", "phase"),
    [
        ({"firing": ["k"]}, "Verify system stability", "after"),
        ({"feed": {"state": "unknown"}}, "Monitor key metrics", "during"),
        ({"standings": [{"metric": "m", "state": "unknown"}]}, "Check performance metrics", "after"),
        ({"standings": []}, "Check performance metrics", "after"),
        ({"started_at": at(hours=23)}, "Monitor for 24 hours", "after"),
        ({"at": at(minutes=10)}, "Monitor key metrics", "during"),
    ],
)
def test_what_the_monitor_does_not_show_is_not_ticked(changed, text, phase, proven, gate):
    lay(proven, ".gate/monitor.json", monitor(**changed))
    boxes = {one["text"]: one["tick"] for one in gate("checklist", phase, "--json").json["boxes"]}
    assert boxes[text] == "open"


def test_a_proof_that_did_not_ask_says_nothing_against_an_older_one_that_did(proven, gate):
    lay(proven, "reports/verifications/q.json", proof(at(), metrics="NOT_ASKED"))
    boxes = {one["text"]: one["tick"] for one in gate("checklist", "before", "--json").json["boxes"]}
    assert boxes["Validate strategy performance"] == "shown"


def test_scripts_that_may_not_be_executed_are_not_ready(proven, gate):
    (proven / "scripts/verify_system.sh").chmod(0o644)
    assert "missing or not executable: verify_system.sh" in gate("checklist", "before").out


@pytest.mark.parametrize("name", ["reports/drills/x.json", "reports/tests/x.xml", ".gate/monitor.json"])
@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff", b"[" * 100_000, b'<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', b"<testsuite/>"]
)
def test_a_file_that_is_damaged_proves_nothing_and_is_named(name, content, proven, gate):
    lay(proven, name, content)
    done = gate("checklist", "before")
    assert done.code == 1
    if not (name.endswith("xml") and content == b"<testsuite/>"):
        assert f"{name} proves nothing" in done.err
    assert all(len(line) < 400 for line in done.err.splitlines())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".gate/monitor.json", monitor(schema=2)),
        ("reports/alerts/t.json", {"at": at(), "channels": [{"name": "slack", "outcome": "delivered"}], "schema": 2}),
    ],
)
def test_what_a_newer_gate_wrote_proves_nothing_and_is_named(name, content, proven, gate):
    lay(proven, name, content)
    assert f"{name} proves nothing: it has schema 2" in gate("checklist", "during").err


def test_hostile_names_in_evidence_do_nothing(proven, gate):
    bad = "| x |\n# <script>"
    lay(proven, "reports/alerts/u.json", {"at": at(), "channels": [{"name": bad, "outcome": "failed"}]})
    gate("checklist", "before", "--write", "out.md")
    text = (proven / "out.md").read_text()
    assert "<script" not in text
    assert not any(line.startswith("# <") for line in text.splitlines())


WRONG = {
    "no such box": ("before", "--tick", "Nope", "--by", "ann", "--note", "x"),
    "another list's box": ("before", "--tick", "Maintain communication", "--by", "ann", "--note", "x"),
    "nobody": ("before", "--tick", "Backup systems verified", "--note", "x"),
    "no note": ("before", "--tick", "Backup systems verified", "--by", "ann"),
    "no box": ("before", "--by", "ann", "--note", "x"),
    "no such list": ("never",),
}


@pytest.mark.parametrize("words_", WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_and_nothing_is_written(words_, gate, tmp_path):
    done = gate("checklist", *words_)
    assert done.code == 2
    assert len(done.err.splitlines()) == 2
    assert not (tmp_path / "reports").exists()


def test_a_damaged_file_of_words_is_not_written_over(gate, tmp_path):
    path = lay(tmp_path, "reports/checklists/said.json", b"{damaged")
    done = gate("checklist", "before", "--tick", "Backup systems verified", "--by", "ann", "--note", "x")
    assert done.code == 4
    assert path.read_bytes() == b"{damaged"


def test_this_repositorys_own_scripts_are_ready():
    root = Path(__file__).parent.parent.parent
    assert all(
        (root / "scripts" / name).stat().st_mode & 0o111 for name in ("emergency_rollback.sh", "verify_system.sh")
    )


def test_words_are_kept_each(gate, tmp_path):
    for note in ("one", "two"):
        gate("checklist", "during", "--tick", "Maintain communication", "--by", "ann", "--note", note)
    kept = json.loads((tmp_path / "reports/checklists/said.json").read_bytes())
    assert [one["note"] for one in kept] == ["one", "two"]


def test_times_come_from_records_and_never_from_files(proven, gate):
    lay(proven, "reports/drills/d.json", drill(after()))  # written just now, of long ago
    assert "stale" in gate("checklist", "before").out
