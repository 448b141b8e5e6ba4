"""Copies of a record join to one, in whatever order they meet; and what follows from the entries."""

import re

import msgspec
from hypothesis import given
from markdown_it import MarkdownIt

from gate.domain.incident import Entry, Topic, moment, written
from gate.judging.incidents import merged, open_follow_ups, owed, said, sections, unwritten
from gate.report.incident import page
from gate.usecases.incidents import paper_of
from tests.incidents.conftest import FEW, INCIDENTS, START, WORDS, after, entry, incident


@FEW
@given(a=INCIDENTS, b=INCIDENTS)
def test_joining_is_commutative(a, b):
    assert merged(a, b) == merged(b, a)


@FEW
@given(a=INCIDENTS, b=INCIDENTS, c=INCIDENTS)
def test_joining_is_associative(a, b, c):
    assert merged(merged(a, b), c) == merged(a, merged(b, c))


@FEW
@given(a=INCIDENTS, b=INCIDENTS)
def test_joining_again_changes_nothing(a, b):
    whole = merged(a, b)
    assert merged(whole, a) == merged(whole, b) == merged(whole, whole) == whole


@FEW
@given(a=INCIDENTS, b=INCIDENTS)
def test_no_entry_is_lost_and_none_is_doubled(a, b):
    names = [one.id for one in merged(a, b).entries]
    assert sorted(names) == sorted({one.id for one in (*a.entries, *b.entries)})


@FEW
@given(a=INCIDENTS, b=INCIDENTS)
def test_the_timeline_is_always_by_time(a, b):
    times = [moment(one.at) for one in merged(a, b).entries]
    assert times == sorted(times)


@FEW
@given(one=INCIDENTS)
def test_what_is_closed_stays_closed(one):
    closed = msgspec.structs.replace(one, closed_at=after(hours=1))
    assert not merged(one, closed).is_open


def test_the_newest_words_of_a_human_part_count_and_the_older_ones_stay():
    one = incident(
        entry("a", after(minutes=5), topic=Topic.LESSONS, text="drill more"),
        entry("b", after(minutes=9), topic=Topic.LESSONS, text="drill squash merges"),
    )
    assert said(one, Topic.LESSONS) == "drill squash merges"
    assert len(merged(one, one).entries) == 2


def test_a_heading_below_the_line_counts_as_written_and_an_empty_one_does_not():
    by_hand = "## Lessons\n\nwe learned\n\n## Owners\n\n_not yet written_\n"
    assert sections(by_hand) == {"lessons": "we learned"}
    assert unwritten(incident(), by_hand) == (Topic.ROOT_CAUSE, Topic.OWNERS)


def test_a_follow_up_is_owed_until_it_is_answered():
    asked = entry("f", after(minutes=5), topic=Topic.FOLLOW_UP, text="drill squash merges")
    one = incident(asked)
    assert open_follow_ups(one) == (asked,)
    done = merged(one, incident(entry("g", after(minutes=9), topic=Topic.ANSWER, answers="f", text="done")))
    assert open_follow_ups(done) == ()
    assert not any("squash" in line for line in owed(done, START))


HOSTILE = (
    "<script>alert(1)</script>",
    "--> <!-- gate-incident",
    "| a | b |\n|---|---|\n# heading",
    "@everyone [x](javascript:alert(1)) ![i](http://x.invalid/a.png)",
    "\x00\x1b[31m\u202e\u2028end",
    "<!-- gate: below this line is yours, and is kept as it is -->",
    "```\n$x$",
)


def test_hostile_words_say_what_they_say_and_do_nothing():
    for text in HOSTILE:
        one = incident(entry("a", text=text, by=text, proof=text), title=text, key=text, version=text, component=text)
        shown = page(one, paper_of(one, START, text, "../../"))
        html = MarkdownIt("commonmark").enable("table").render(shown)
        assert not re.search(r"<(script|img|!--)|href=\"javascript", html)
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@FEW
@given(text=WORDS)
def test_the_renderer_is_total_and_one_entry_is_one_row(text):
    one = incident(Entry(id="a", at=written(START), text=text, by=text, proof=text), title=text)
    shown = page(one, paper_of(one, START, "", "../../"))
    timeline = shown.partition("## Timeline")[2].partition("\n## ")[0]
    assert sum(line.startswith("| 2026") for line in timeline.split("\n")) == 1


def test_of_two_issues_the_older_stays():
    assert merged(incident(issue=9), incident(issue=4)).issue == 4
    assert merged(incident(), incident(issue=4)).issue == 4
