"""The comment: what a reader sees first, harmless whatever the names are, small enough, edited in place."""

import re
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gate.domain.limit import Limit
from gate.domain.publication import Answer, Cause, LimitChange, Override, PolicyChange, Stamp
from gate.domain.verdict import Verdict
from gate.report import comment as words
from tests.report.records import BLOCK, GATE_ERROR, INCONCLUSIVE, METRICS, PASS

HEAD, BASE = "a" * 40, "b" * 40
BOUND = words.Bound(
    head=HEAD,
    base=BASE,
    stamp=Stamp(run_id=12, attempt=1),
    link="https://github.com/o/r/actions/runs/12",
    reproduce="gate run",
)
ATTACK = (
    "@org/all @maria #12 <!-- gate:verdict head=x --> | a | `code` <b>x</b> <script> ![i](http://x/i.png) "
    "[l](http://x) https://evil.example www.evil.example gh-12 \u202erev\u200b\u2066 $$x$$ \n# h\n- [ ] t"
)


def answer(record, **changed):
    given_ = {"verdict": record.verdict, "cause": Cause.JUDGED, "sentence": record.reason, "advice": ""}
    return Answer(**(given_ | changed))


def printed(record, **changed):
    return words.comment(answer(record, **changed), words.Judgement(record=record, metrics=METRICS), BOUND)


@pytest.mark.parametrize("record", [PASS, BLOCK, INCONCLUSIVE, GATE_ERROR])
def test_verdict_cause_and_what_to_do_stand_in_the_first_five_visible_lines(record):
    lines = [line for line in printed(record).splitlines() if not line.startswith("<!--")]
    assert record.verdict.replace("_", " ") in lines[0]
    assert lines[2].startswith("> **Why:**")
    assert lines[3].startswith("> **Now:**")
    assert lines[4].startswith("> **Seen:**")


def test_the_parts_come_in_order():
    override = Override(by="maria", at=datetime(2026, 1, 1, tzinfo=UTC), why="agreed", permission="write")
    text = printed(BLOCK, cause=Cause.OVERRIDDEN, verdict=Verdict.PASS, override=override)
    places = [
        text.index(part)
        for part in (
            "## ✅ PASS by override",
            "**Why:**",
            "**Now:**",
            "| **baseline**",
            "| **candidate**",
            "### ❌ Breached",
            "### 🤝 Waived",
            "<summary>All",
            "**Rollback",
            "<summary>Reproduce",
        )
    ]
    assert places == sorted(places)


def test_both_commits_are_named_in_full():
    text = printed(BLOCK)
    assert HEAD in text
    assert BASE in text
    assert BLOCK.candidate.sha in text
    assert BLOCK.baseline.sha in text


def test_a_changed_policy_is_shown_limit_by_limit():
    change = PolicyChange(
        touched=("gate.toml",),
        limits=(LimitChange(metric="regime_change_rate", base=Limit(max=0.15), head=Limit(max=1.0)),),
        others=("strategy",),
    )
    text = printed(PASS, verdict=Verdict.INCONCLUSIVE, cause=Cause.POLICY_CHANGED, policy=change)
    assert re.search(r"\| regime_change_rate \| ≤ 15% \| ≤ 100% \|", text)
    assert "strategy" in text


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("record", [None, BLOCK])
def test_every_cause_has_words(cause, record):
    if cause is Cause.JUDGED and record is None:
        return
    said = Answer(verdict=Verdict.INCONCLUSIVE, cause=cause, sentence="s", advice="a")
    line = words.status_line(said, record)
    assert 0 < len(line) <= 140


def test_a_stale_comment_says_so_once_and_keeps_its_marker():
    body = printed(BLOCK)
    once = words.stale(body, "c" * 40)
    assert words.stale(once, "c" * 40) == once
    assert words.read_marker(once) == (HEAD, Stamp(run_id=12, attempt=1))
    assert words.stale(once, "d" * 40).count("Stale") == 1
    assert body.partition("\n")[2] in once


# ------------------------------------------------------------------ 5


def hostile(record, text):
    """The record with this text wherever text is."""
    raw = msgspec.to_builtins(record)

    def filled(value, key=""):
        if isinstance(value, dict):
            return {name: filled(inner, name) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [filled(inner, key) for inner in value]
        free = ("metric", "sentence", "name", "ref", "sha", "factory", "reason_", "certainty", "environment", "symbols")
        return text if isinstance(value, str) and key in free else value

    return msgspec.structs.replace(msgspec.convert(filled(raw), type(record)), reason=text)


def attacked(text):
    record = hostile(BLOCK, text)
    override = Override(by=text, at=datetime(2026, 1, 1, tzinfo=UTC), why=text, permission=text)
    policy = PolicyChange(
        touched=(text,) * 5000,
        limits=(LimitChange(metric=text, base=Limit(max=0.15), head=None),) * 500,
        unreadable=text,
    )
    said = Answer(
        verdict=Verdict.PASS, cause=Cause.OVERRIDDEN, sentence=text, advice=text, override=override, policy=policy
    )
    bound = words.Bound(head=HEAD, base=BASE, stamp=BOUND.stamp, link=text, reproduce=text)
    return words.comment(said, words.Judgement(record=record, metrics={}), bound)


OURS = re.compile(r"</?(details|summary|br|sub|code)( open)?>|<!-- gate:verdict [^>]*-->")
NASTY = st.sampled_from("@#<>!-|`[]()*_~$&\n\r\t\\/:.\u202e\u200b")


def harmless(text):
    """As GitHub reads it: our marker alone, no mention, link or picture, and only the HTML that the template has."""
    assert len(text) <= 65_536
    assert words.read_marker(text)
    comments = 0
    parser = MarkdownIt("commonmark").enable("table")
    for token in parser.parse(text):
        in_code = False
        for inner in [token, *(token.children or [])]:
            in_code = inner.content == "<code>" or (in_code and inner.content != "</code>")
            assert inner.type not in ("image", "link_open"), inner
            if inner.type in ("html_block", "html_inline"):
                comments += inner.content.count("<!--") if not inner.children else 0
                bare = OURS.sub("", inner.content)
                assert not re.search(r"<[a-zA-Z!/]", bare), inner.content
            if inner.type == "text" and not in_code:  # GitHub links nothing in a code element
                assert not re.search(r"(?<![\w/])@\w|(?<!\w)#\d|https?://|www\.\w", inner.content), inner.content
    assert comments == 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f]", text)


@pytest.mark.parametrize("text", [ATTACK, ATTACK * 100, "x" * 10_000, "`" * 10_000, "|" * 10_000, "@a " * 3000])
def test_5_names_that_attack_are_harmless(text):
    harmless(attacked(text))


@given(st.text(alphabet=st.one_of(NASTY, st.characters()), max_size=300))
@settings(max_examples=60, deadline=None)
def test_5_no_text_gets_through_as_more_than_text(text):
    harmless(attacked(text))


@given(st.text(max_size=300), st.sampled_from(list(Cause)), st.sampled_from(list(Verdict)))
@settings(max_examples=60, deadline=None)
def test_5_the_renderer_is_total(text, cause, verdict):
    if cause is Cause.JUDGED:
        cause = Cause.NO_ARTIFACT
    said = Answer(verdict=verdict, cause=cause, sentence=text, advice=text)
    harmless(words.comment(said, None, words.Bound(head=HEAD, base=BASE, stamp=BOUND.stamp)))


@given(st.text(max_size=200))
def test_5_only_a_whole_first_line_is_a_marker(text):
    assert words.read_marker(f"{text}<!-- gate:verdict head={HEAD} run=1.1 -->") is None or text == ""
    assert words.read_marker(f"\n{words.MARK}{text}") is None
