"""A badge for a README, like those of shields.io: words, a colour, its day; no script, no font from elsewhere."""

from datetime import datetime

from gate.report.dashboard.states import State
from gate.report.dashboard.when import machine

COLOURS = {
    State.GOOD: "#1a6b3c",
    State.WARN: "#855300",
    State.BAD: "#b3261e",
    State.UNKNOWN: "#5b5270",
    State.WATCHED: "#59636e",
}
LABEL = "#3d444d"
INK = "#ffffff"
LETTER, ROOM = 6.6, 12
"""Width of a letter and of the edges; `textLength` makes the words fit whatever font there is."""


def badge(label: str, message: str, state: State, now: datetime) -> str:
    """The SVG. Both texts are ours or escaped here. A picture goes stale unseen, so it says its day."""
    dated = f"{message} · {now.day} {now:%b}"
    left, right = (round(len(text) * LETTER) + ROOM for text in (label, dated))
    whole = left + right
    said = _escaped(f"{label}: {message}, as of {machine(now)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<clipPath id="c"><rect width="{whole}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#c)"><rect width="{left}" height="20" fill="{LABEL}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS[state]}"/></g>'
        f'<g fill="{INK}" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{_text(label, left / 2, left)}{_text(dated, left + right / 2, right)}</g></svg>\n"
    )


def _text(words: str, middle: float, width: int) -> str:
    return f'<text x="{middle:g}" y="14" textLength="{width - ROOM}">{_escaped(words)}</text>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
