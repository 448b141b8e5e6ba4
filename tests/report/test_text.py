import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gate.report.text import chart_label, code, fenced, plain, prose

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
JOINER = "\N{WORD JOINER}"
PUNCTUATION = "@#<>|`*_[]()!~$&\\:/.-+=\"'{} \n\r\t\u202e\u200b\u2028\x00" + "aZ0é中🔥www"
HOSTILE = st.one_of(st.text(PUNCTUATION), st.text(), st.text(st.characters(categories=["Cs", "Cf", "Mn", "Cn"])))
ATTACKS = [
    "@everyone look",
    "see #1 and GH-2 and org/repo#3",
    "https://evil.example/?q=1 and www.evil.example",
    "<!-- gate:marker --> <img src=x onerror=y> <details>",
    "[click](javascript:alert(1)) ![x](http://t.example/p.png)",
    "a | b | c\n|---|---|\n| d |",
    "``` \n# heading\n- item\n1. one\n> quote",
    "\u202egnp.exe\u2066 \u200b\x1b[31mred",
    "***bold*** ~~gone~~ `code` $\\color{white}{hidden}$",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!",
]


def rendered(markdown):
    """What stands on the page, and every kind of token that made it."""
    tokens = MARKDOWN.parseInline(markdown)[0].children or []
    return "".join(token.content for token in tokens), {token.type for token in tokens}


def no_links(text):
    """What prose() changes on purpose, taken back."""
    return text.replace(JOINER, "").replace("＄", "$")


@given(HOSTILE)
def test_prose_says_in_markdown_what_it_says_in_plain(text):
    seen, kinds = rendered(prose(text))
    assert no_links(seen) == no_links(plain(text, 400))
    assert kinds <= {"text", "text_special"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives_in_prose(attack):
    written = prose(attack)
    assert not re.search(r"[@#]\w", written)
    assert not re.search(r"(?i)://|www\.|\bgh-\d", written)
    assert "<" not in written
    assert not re.search(r"(?<!\\)[|`]", written)
    assert "\n" not in written
    assert rendered(written)[1] <= {"text", "text_special"}


@given(HOSTILE)
def test_prose_opens_no_block(text):
    kinds = [token.type for token in MARKDOWN.parse(prose(text))]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"])


@given(HOSTILE)
def test_a_code_span_in_a_table_stays_in_its_cell_and_shows_its_text(text):
    written = code(text)
    tokens = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {written} | end |\n")
    cells = [token for token in tokens if token.type == "inline"][2:]
    assert len(cells) == 2
    assert cells[1].content == "end"
    shown = "".join(child.content for child in cells[0].children if child.type != "html_inline")
    assert shown == (plain(text) or "—")
    tags = [child.content for child in cells[0].children if child.type == "html_inline"]
    assert tags in ([], ["<code>", "</code>"])


@given(HOSTILE)
def test_everything_plain_can_be_seen_and_written_to_a_file(text):
    shown = plain(text, 50)
    assert len(shown) <= 50
    assert not [character for character in shown if unicodedata.category(character)[0] == "C"]
    assert shown.encode().decode() == shown


@given(HOSTILE)
def test_a_block_of_code_cannot_be_closed_by_its_content(text):
    tokens = MARKDOWN.parse(fenced(text))
    assert [token.type for token in tokens] == ["fence"]


@given(HOSTILE)
def test_a_chart_label_cannot_leave_its_quotes(text):
    assert re.fullmatch(r"[0-9A-Za-z .,:%()/_+?-]*", chart_label(text))


def test_ordinary_names_and_sentences_stay_readable_in_the_source():
    assert code("feature/hmm-v2") == "`feature/hmm-v2`"
    assert prose("The regime_change_rate is 22.4%, above 15%.") == "The regime_change_rate is 22.4%, above 15%."
    assert prose("-0.3 at most") == "-0.3 at most"


def test_long_text_is_cut_with_a_sign():
    assert plain("x" * 1000, 10) == "xxxxxxxxx…"
    assert "more characters" in fenced("x" * 5000, cap=100)


def test_text_that_is_only_long_in_blanks_is_said_to_be_cut():
    assert plain("a" + " " * 1000 + "b", 10).endswith("…")
