"""Hostile text made harmless for each medium. Mentions and addresses are broken by a word joiner (U+2060).

Every function takes one line of visible characters (`gate.report.text.plain`), and is total.
"""

import re
from urllib.parse import quote, urlsplit

_JOINER = "\N{WORD JOINER}"
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MENTIONS = (
    (re.compile("@"), f"@{_JOINER}"),
    (re.compile(r"<(?=[!@#/:A-Za-z])"), f"<{_JOINER}"),
    (re.compile(r":(?=//)"), f":{_JOINER}"),
    (re.compile(r"(?i)\b(www|mailto)(?=[.:])"), rf"\1{_JOINER}"),
)
_LOOK_ALIKE = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
"""Slack has no escape for its marks."""
_EDGE = re.compile(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_MARKUP = re.compile(r"[\\*_~`|\[\]()<>#]")
_BLOCK_OPENER = re.compile(r"^(\d{0,9})([-+.>#])(?=\s|$)")
_KEPT = "/:?#@!$&'()*+,;=%-._~"
_LONGEST = 1000


def harmless(text: str) -> str:
    """For media without a language of their own, or with one that is not known: nobody is called, nothing is linked."""
    for pattern, broken in _MENTIONS:
        text = pattern.sub(broken, text)
    return text


def slack(text: str) -> str:
    """Text inside Slack's mrkdwn; https://docs.slack.dev/messaging/formatting-message-text#escaping."""
    shown = _EDGE.sub("＿", harmless(text).translate(_LOOK_ALIKE))
    return shown.translate(_ENTITIES)


def discord(text: str) -> str:
    """Text inside Discord's Markdown: a backslash before each mark."""
    return _BLOCK_OPENER.sub(r"\1\\\2", _MARKUP.sub(lambda found: f"\\{found[0]}", harmless(text)))


def link(address: str) -> str:
    """An address that can be linked in every medium, or nothing."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.-]+", host) or parts.username is not None:
        return ""
    try:
        safe = quote(address, safe=_KEPT)
    except UnicodeEncodeError:
        return ""
    return safe.replace(")", "%29").replace("(", "%28") if len(safe) <= _LONGEST else ""
