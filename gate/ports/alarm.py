"""Telling people, and remembering that it was done."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from gate.domain.alert import Alert, Delivery, Noted
from gate.domain.ringing import Ring, Telling

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Channel(Protocol):
    """One way to tell people: Slack, Discord, e-mail, ..."""

    @property
    def name(self) -> str:
        """What gate.toml calls it."""

    def deliver(self, alert: Alert) -> Delivery:
        """Send, again where that helps, in bounded time. Never raises for what the other side does or does not do."""


class Alarm(Protocol):
    """All channels together, with deduplication and escalation."""

    def tell(self, alert: Alert) -> Sequence[Delivery]:
        """Send to every channel that hears this severity. One that fails stops no other, and is in the answer."""

    def remind(self) -> Sequence[Delivery]:
        """Escalate what nobody has answered in time, and tell whoever could not be told. Call it now and then."""


class Rings(Protocol):
    """What rings, and who was told. Read and written inside `held` alone, by one process at a time."""

    def held(self) -> "AbstractContextManager[Rings]":
        """Hold all of it; whatever was written is kept whole, or not at all. Raises OutputError in bounded time."""

    def ring(self, key: str) -> Ring | None:
        """Return what is remembered of a key."""

    def rings(self) -> Sequence[Ring]:
        """Return every key that rings, or whose end is still to be told; the oldest first."""

    def put(self, ring: Ring) -> None:
        """Remember a key, over what was there."""

    def tellings(self, alert: str) -> dict[str, Telling]:
        """Who was told of an alert's id, by channel."""

    def told(self, alert: str, channel: str, telling: Telling) -> None:
        """Remember one, over what was there."""


class DeliveryLog(Protocol):
    """Every delivery, for ever. Append-only."""

    def append(self, noted: Sequence[Noted]) -> None:
        """Write down. Raises OutputError where that cannot be."""

    def newest(self, most: int) -> Sequence[Noted]:
        """Return the last ones, the oldest first; damaged lines are left out."""
