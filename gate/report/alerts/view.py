"""What every medium says of an alert, in words; how it is escaped is each medium's own."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from gate.domain.alert import Alert, AlertKind, Severity
from gate.domain.numbers import ABSENT
from gate.report.alerts.escaping import link
from gate.report.text import plain

TITLE = 300
TEXT = 6000
NAME = 100
VALUE = 1500
ID = 120

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.:/+][A-Za-z0-9_.:/+-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """One alert, ready to be said. Every text is one line of visible characters."""

    sign: str
    word: str
    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    incident: str
    link: str
    """An http(s) address that is safe to link; "": there is none."""
    at: str
    id: str
    key: str
    answer: str
    """The command that says that somebody cares; "": nothing rings."""
    colour: int
    quiet: bool
    """Nobody is to be woken by it."""

    @property
    def heading(self) -> str:
        """The one line that a lock screen shows."""
        return f"{self.sign} {self.word}: {self.title}"

    @property
    def footer(self) -> str:
        """When it was found, and the id by which one that comes twice is known."""
        return f"{self.at} · id {self.id}"


def view(alert: Alert) -> View:
    """Choose the words."""
    sign, word, colour = _look(alert.kind, alert.severity)
    rings = alert.kind in (AlertKind.FIRING, AlertKind.ESCALATED)
    return View(
        sign=sign,
        word=word,
        title=plain(alert.title, TITLE) or ABSENT,
        text=plain(alert.text, TEXT),
        facts=tuple((plain(one.name, NAME) or ABSENT, plain(one.value, VALUE) or ABSENT) for one in alert.facts),
        incident=plain(alert.incident, ID),
        link=link(alert.url.strip()),
        at=_time(alert.at),
        id=plain(alert.id, ID) or ABSENT,
        key=plain(alert.key, ID),
        answer=_answer(alert.key) if rings else "",
        colour=colour,
        quiet=alert.severity is Severity.INFO or alert.kind is AlertKind.RECOVERED,
    )


def _look(kind: AlertKind, severity: Severity) -> tuple[str, str, int]:
    match kind:
        case AlertKind.FIRING:
            return _SEVERITIES[severity]
        case AlertKind.ESCALATED:
            sign, word, colour = _SEVERITIES[severity]
            return sign, f"{word}, nobody has answered", colour
        case AlertKind.RECOVERED:
            return "🟢", "Recovered", 0x2E7D32
        case AlertKind.TEST:
            return "🔔", "Test", 0x5865F2
        case AlertKind.NOTICE:
            sign, _, colour = _SEVERITIES[severity]
            return sign, "Notice", colour
    assert_never(kind)


_SEVERITIES = {
    Severity.INFO: ("🔵", "Info", 0x1565C0),
    Severity.WARNING: ("🟠", "Warning", 0xEF6C00),
    Severity.CRITICAL: ("🔴", "CRITICAL", 0xC62828),
}


def _time(at: str) -> str:
    """UTC, to the second; what is no time is shown as it stands."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return plain(at, 40) or ABSENT
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    try:
        return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError):
        return plain(at, 40)


def _answer(key: str) -> str:
    """Only a key that a shell reads as it stands is offered for copying."""
    return f"gate alert ack {key}" if len(key) <= ID and _PLAIN_KEY.fullmatch(key) else "gate alert list"
