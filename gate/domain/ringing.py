"""A key that rings: since when, how loud, who has heard of it, and who has answered."""

import msgspec

from gate.domain.alert import Alert, Delivery, Severity

SCHEMA = 1


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """One key, from its first alert until it recovers (and a while after, for the cooldown)."""

    schema: int = SCHEMA
    alert: Alert
    """What it was told with last. Whoever did not hear it yet is told under this id."""
    first: str
    """The id that it began with: escalations are named after it."""
    severity: Severity
    """The loudest so far."""
    since: str
    """UTC, ISO 8601, when it began to ring."""
    told_at: str
    """When people were told last: the clock of the escalation."""
    heard: tuple[str, ...] = ()
    """Channels that have it, or may have it."""
    escalations: int = 0
    acknowledged_at: str = ""
    acknowledged_by: str = ""
    held_until: str = ""
    """Within the cooldown: nobody is told before."""
    recovery: str = ""
    """The id of the notice that it is over; "": it rings."""
    recovered_at: str = ""
    notice: Alert | None = None
    """That it is over, until everybody who heard it ring has that, too."""

    @property
    def rings(self) -> bool:
        """It is not over."""
        return not self.recovery


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One alert at one channel, as it is remembered."""

    claimed_at: str
    """Somebody began to send it then."""
    open: bool = False
    """It is being sent, or whoever sent it died."""
    delivery: Delivery | None = None
    """What became of it last; its tries are those of all calls together."""
