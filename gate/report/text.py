"""Untrusted text made harmless for GitHub Markdown: refs, factories, symbols, and whatever a model said when it died.

GitHub looks for @mentions, #references and addresses in the rendered page, so an entity or a backslash does not
hide them: a word joiner (U+2060) is put where the pattern would have matched. Everything here is total.
"""

import re
import unicodedata
from functools import lru_cache

from gate.domain.numbers import ABSENT

NAME = 120
"""Characters of a name that are shown."""
SENTENCE = 400
"""Characters of a sentence that are shown."""

_JOINER = "\N{WORD JOINER}"
_UNSEEN = "\N{REPLACEMENT CHARACTER}"
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that print nothing."""
_MARKS_A_LETTER = 2
"""Combining marks that one letter may carry; more is a tower over the lines above."""

_BLANKS = 4
"""Characters that are read for one that is shown, so that indentation does not eat a sentence."""

_MARKUP = re.compile(r"[\\`*\[\]~|]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "\N{FULLWIDTH DOLLAR SIGN}"})
"""The dollar sign opens mathematics on GitHub, where a backslash does not close it again."""
_LINKED = (
    (re.compile(r"([@#])"), rf"\1{_JOINER}"),
    (re.compile(r":(?=//)"), f":{_JOINER}"),
    (re.compile(r"(?i)(www)(?=\.)"), rf"\1{_JOINER}"),
    (re.compile(r"(?i)\b(gh)(?=-\d)"), rf"\1{_JOINER}"),
)
_BLOCK_OPENER = re.compile(r"^(\d{0,9})([-+=.)])(?=[\s=-]|$)")


@lru_cache(maxsize=1024)
def plain(text: str, cap: int = NAME) -> str:
    """One line of characters that can be seen, at most `cap` of them."""
    read = text[: _BLANKS * cap]
    line = " ".join(_visible(read).split())
    return line if len(line) <= cap and len(read) == len(text) else line[: cap - 1].rstrip() + "…"


@lru_cache(maxsize=1024)
def prose(text: str, cap: int = SENTENCE) -> str:
    """Text that says in Markdown what it says in plain, and does nothing else."""
    escaped = _MARKUP.sub(lambda found: f"\\{found[0]}", plain(text, cap)).translate(_HTML)
    for pattern, joined in _LINKED:
        escaped = pattern.sub(joined, escaped)
    return _BLOCK_OPENER.sub(r"\1\\\2", escaped)


def code(text: str, cap: int = NAME) -> str:
    """A code span, in and out of tables; GitHub looks for no mentions or links in one."""
    shown = plain(text, cap)
    if not shown:
        return ABSENT
    if "`" in shown or "|" in shown:
        return f"<code>{''.join(_entity(character) for character in shown)}</code>"
    return f"`{shown}`"


def fenced(text: str, *, language: str = "", cap: int = 4000) -> str:
    """A code block that its content cannot close."""
    shown = "\n".join(_block_line(line) for line in text[:cap].splitlines())
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}{_block_end(len(text) - cap)}\n{fence}"


def chart_label(text: str, cap: int = 40) -> str:
    """A label inside a mermaid diagram's quotes."""
    return re.sub(r"[^0-9A-Za-z .,:%()/_+-]", "?", plain(text, cap).replace("…", "..."))


def _seen(character: str) -> str:
    """Blanks become a space; what is invisible or turns the reading direction becomes a visible mark."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return " "
    return _UNSEEN if category[0] == "C" or character in _BLANK_LETTERS else character


def _visible(text: str) -> str:
    """Make every character visible and drop the combining marks beyond the second of a letter."""
    if text.isascii() and text.isprintable():
        return text
    seen = text.translate({ord(character): _seen(character) for character in set(text)})
    marks = {character for character in set(seen) if unicodedata.category(character) in {"Mn", "Me"}}
    if not marks:
        return seen
    tower = re.compile(f"([{''.join(marks)}]{{{_MARKS_A_LETTER}}})[{''.join(marks)}]+")
    return tower.sub(r"\1", seen)


def _entity(character: str) -> str:
    return f"&#{ord(character)};" if character.isascii() and not character.isalnum() else character


def _block_line(line: str) -> str:
    """Indentation stays, tabs become spaces, the rest is made visible."""
    return _visible(line.expandtabs(4)).rstrip()


def _block_end(left_out: int) -> str:
    return f"\n# … {left_out:,} more characters" if left_out > 0 else ""
