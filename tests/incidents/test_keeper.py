"""One open incident a key, entries that stand once, a close that says what is owed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gate.domain.alert import AlertKind, Delivery, Sent, Severity
from gate.domain.incident import Stage, Topic, written
from gate.errors import BrokenQuestionError
from gate.judging.incidents import told
from gate.usecases.incidents import found
from tests.incidents.conftest import START, after, alert, entry, files, incident, keeper


def later(folder, **span):
    return keeper(folder, START + timedelta(**span))


def test_twenty_triggers_of_a_key_are_one_incident(tmp_path):
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda number: keeper(tmp_path).opened(alert(f"a{number}")), range(20)))
    assert len({one.id for one in made}) == 1
    assert len(list(tmp_path.glob("*.md"))) == 1


def test_the_same_alert_again_adds_nothing(tmp_path):
    first = keeper(tmp_path).opened(alert())
    assert keeper(tmp_path).opened(alert()) == first


def test_another_alert_of_the_key_adds_a_line_and_the_louder_severity_stays(tmp_path):
    keeper(tmp_path).opened(alert())
    louder = alert("a2", severity=Severity.CRITICAL, kind=AlertKind.ESCALATED, at=after(minutes=15))
    one = later(tmp_path, minutes=16).opened(louder)
    assert one.severity is Severity.CRITICAL
    assert [each.text for each in one.entries][-1] == "escalated: Rate 21%"


def test_another_key_is_another_incident(tmp_path):
    names = {keeper(tmp_path).opened(alert(key=key)).id for key in ("a", "b")}
    assert len(names) == 2


def test_after_it_was_closed_the_key_opens_a_new_one(tmp_path):
    first = keeper(tmp_path).opened(alert())
    keeper(tmp_path).closed(first.id, "the smoothing was dropped", "ann")
    second = keeper(tmp_path).opened(alert("a2"))
    assert second.id == f"{first.id}-2"
    assert second.is_open


def test_onset_facts_and_detection_are_written_by_themselves(tmp_path):
    one = keeper(tmp_path).opened(alert(), facts_at=after(minutes=-7))
    assert one.onset_at == after(minutes=-7)
    assert [(each.stage, each.at) for each in one.entries] == [
        (None, after(minutes=-7)),
        (Stage.DETECTED, written(START)),
    ]
    assert one.facts[0].value == "15%"


@pytest.mark.parametrize("kind", [AlertKind.RECOVERED, AlertKind.TEST, AlertKind.NOTICE])
def test_only_what_rings_opens_one(kind, tmp_path):
    with pytest.raises(BrokenQuestionError):
        keeper(tmp_path).opened(alert(kind=kind))
    keeper(tmp_path).opened(alert())
    assert keeper(tmp_path).opened(alert("a2", kind=kind)).is_open


def test_a_damaged_record_does_not_stand_in_the_way_of_an_alarm_and_is_said_in_it(tmp_path):
    (tmp_path / "2026-03-01-0000-old.md").write_text("damaged")
    one = keeper(tmp_path).opened(alert())
    assert any("2026-03-01-0000-old.md" in each.text for each in one.entries)


def test_deliveries_become_lines_and_what_was_delivered_is_the_step_alerted(tmp_path):
    one = keeper(tmp_path).opened(alert())
    outcomes = (("slack", Sent.DELIVERED), ("mail", Sent.FAILED))
    for channel, outcome in outcomes:
        line = told(Delivery(alert="a1", channel=channel, outcome=outcome, at=after(seconds=3)))
        one = later(tmp_path, minutes=1).noted(one.id, line)
    assert [each.stage for each in one.entries if "alert a1" in each.text] == [Stage.ALERTED, None]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (entry("x", after(days=1)), "future"),
        (entry("x", after(minutes=-1), Stage.ROLLED_BACK), "before the detection"),
        (entry("x", after(), text="  \n"), "nothing in it"),
        (entry("x", "soon"), "no time"),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused_in_one_line(made, why, tmp_path):
    one = keeper(tmp_path).opened(alert())
    with pytest.raises(BrokenQuestionError, match=why):
        keeper(tmp_path).noted(one.id, made)
    assert files(tmp_path).read(one.id) == one


def test_what_a_command_found_is_kept_as_a_note_where_its_time_cannot_be_right(tmp_path):
    one = keeper(tmp_path).opened(alert())
    done = keeper(tmp_path).noted_all(one.id, [entry("x", after(days=1), Stage.ROLLED_BACK)])
    last = next(each for each in done.entries if each.id == "x")
    assert (last.stage, last.at) == (None, written(START))
    assert "future" in last.text


def test_no_root_cause_no_close(tmp_path):
    one = keeper(tmp_path).opened(alert())
    with pytest.raises(BrokenQuestionError, match="no root cause"):
        keeper(tmp_path).closed(one.id, "  ", "ann")
    assert files(tmp_path).read(one.id).is_open


def test_a_root_cause_that_was_marked_before_is_enough(tmp_path):
    one = keeper(tmp_path).opened(alert())
    later(tmp_path, hours=1).noted(one.id, found("the smoothing was dropped", "ann", after(hours=1)))
    done, due = later(tmp_path, hours=2).closed(one.id, "", "ann")
    assert done.root_cause == "the smoothing was dropped"
    assert not any(line.startswith("root cause") for line in due)


def test_closing_says_what_is_still_owed_and_it_stands_in_the_timeline(tmp_path):
    one = keeper(tmp_path).opened(alert())
    done, due = later(tmp_path, hours=1).closed(one.id, "the smoothing was dropped", "ann")
    assert f"documented (due {after(days=7)})" in due
    assert "lessons: not yet written" in due
    assert "lessons: not yet written" in done.entries[-1].text
    assert done.closed_at == after(hours=1)


def test_what_is_complete_owes_nothing(tmp_path):
    stages = [stage for stage in Stage if stage not in (Stage.DETECTED, Stage.ROOT_CAUSE)]
    parts = [entry(topic, after(minutes=2), topic=topic, text="x") for topic in (Topic.LESSONS, Topic.OWNERS)]
    files(tmp_path).write(incident(*(entry(stage, after(minutes=5), stage) for stage in stages), *parts))
    files(tmp_path).add_by_hand("2026-03-02", "Post-mortem", "It broke.")
    _, due = later(tmp_path, hours=1).closed("2026-03-02", "the smoothing was dropped", "ann")
    assert due == ()


def test_closed_twice_is_refused(tmp_path):
    one = keeper(tmp_path).opened(alert())
    keeper(tmp_path).closed(one.id, "x", "ann")
    with pytest.raises(BrokenQuestionError, match="was closed"):
        keeper(tmp_path).closed(one.id, "x", "ann")


def test_a_key_is_one_line_however_it_is_written(tmp_path):
    odd = "a\n b\x00" + "c" * 400
    assert keeper(tmp_path).opened(alert(key=odd)).id == keeper(tmp_path).opened(alert("a2", key=odd)).id
    assert all(Path(path).stem.isascii() for path in tmp_path.glob("*.md"))


@pytest.mark.parametrize(("at", "why"), [(after(hours=1), "lies in the future"), ("soon", "was not understood")])
def test_an_alarm_is_not_lost_for_a_time_that_cannot_be_right(at, why, tmp_path):
    one = keeper(tmp_path).opened(alert(at=at), facts_at=at)
    assert one.opened_at == written(START)
    assert any(why in each.text for each in one.entries)
    assert keeper(tmp_path).opened(alert("a2", at=at)).id == one.id


def test_a_miss_is_not_talked_away_without_a_proof(tmp_path):
    name = keeper(tmp_path).opened(alert()).id
    day = later(tmp_path, days=1)
    day.noted(name, entry("late", after(hours=2), Stage.ROLLED_BACK))
    with pytest.raises(BrokenQuestionError, match="needs a proof"):
        day.noted(name, entry("early", after(minutes=5), Stage.ROLLED_BACK))
    done = day.noted(name, entry("shown", after(minutes=5), Stage.ROLLED_BACK, proof="reports/rollbacks/r.json"))
    assert {"late", "shown"} <= {each.id for each in done.entries}


def test_a_text_without_end_is_cut_and_that_is_seen(tmp_path):
    name = keeper(tmp_path).opened(alert()).id
    done = keeper(tmp_path).noted(name, entry("x", after(), text="a" * 100_000))
    text = next(each.text for each in done.entries if each.id == "x")
    assert len(text) == 8000
    assert text.endswith("a…")


def test_a_miss_may_be_said_twice(tmp_path):
    name = keeper(tmp_path).opened(alert()).id
    day = later(tmp_path, days=1)
    for word in ("once", "again"):
        day.noted(name, entry(word, after(hours=2), Stage.ROLLED_BACK))
