"""Telling people, and remembering that it was done."""

from collections.abc import Sequence
from typing import Protocol

from gate.domain.alert import Alert, Delivery


class Channel(Protocol):
    """One way to tell people: Slack, Discord, e-mail, ..."""

    name: str

    def deliver(self, alert: Alert) -> Delivery:
        """Send, again where that helps, in bounded time. Never raises for what the other side does or does not do."""


class Alarm(Protocol):
    """All channels together, with deduplication and escalation."""

    def tell(self, alert: Alert) -> Sequence[Delivery]:
        """Send to every channel that hears this severity. One that fails stops no other, and is in the answer."""
