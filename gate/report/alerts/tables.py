"""Deliveries and what rings, as tables for a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gate.domain.alert import AlertTest, Delivery, Noted, Sent
from gate.domain.ringing import Ring
from gate.report.text import plain

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

COLOURS = {Sent.DELIVERED.value: "green", Sent.FAILED.value: "red", Sent.UNKNOWN.value: "yellow"}


def deliveries_table(deliveries: Sequence[Delivery]) -> "Table":
    """Channel by channel: what became of it, how long it took, what the service said."""
    return _told([(one.channel, one.outcome.value, one.tries, one.seconds, one.sentence) for one in deliveries])


def test_table(test: AlertTest) -> "Table":
    """The same of a test, with the channels that were not asked."""
    return _told([(one.name, one.outcome, one.tries, one.seconds, one.sentence) for one in test.channels])


def _told(rows: Sequence[tuple[str, str, int, float, str]]) -> "Table":
    table = _table(("channel", "outcome", ">tries", ">seconds", "said"))
    for channel, outcome, tries, seconds, sentence in rows:
        table.add_row(channel, _outcome(outcome), str(tries), f"{seconds:.2f}", _text(plain(sentence, 200)))
    return table


def rings_table(rings: Sequence[Ring]) -> "Table":
    """What rings, since when, who has heard it and who answered."""
    table = _table(("key", "severity", "since", "heard by", "answered"))
    for ring in rings:
        answered = (
            f"{plain(ring.acknowledged_by, 40)} {ring.acknowledged_at[:16]}" if ring.acknowledged_at else "nobody"
        )
        key = _text(plain(ring.alert.key))
        table.add_row(key, ring.severity.value, ring.since[:19], ", ".join(ring.heard) or "nobody", _text(answered))
    return table


def log_table(noted: Sequence[Noted]) -> "Table":
    """The last deliveries."""
    table = _table(("at", "kind", "severity", "title", "channel", "outcome"))
    for one in noted:
        title = _text(plain(one.title, 60))
        told = one.delivery
        table.add_row(
            _text(plain(told.at, 40)[:19]),
            one.kind.value,
            one.severity.value,
            title,
            told.channel,
            _outcome(told.outcome.value),
        )
    return table


def _table(columns: Sequence[str]) -> "Table":
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    return table


def _outcome(outcome: str) -> "Text":
    return _text(outcome, COLOURS.get(outcome, "dim"))


def _text(words: str, style: str = "") -> "Text":
    """Not rich's markup: a key in brackets is a key in brackets."""
    from rich.text import Text  # noqa: PLC0415

    return Text(words, style=style)
