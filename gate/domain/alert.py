"""Something that people must hear of, and what became of telling them."""

from enum import StrEnum

import msgspec

SCHEMA = 1


class Severity(StrEnum):
    """How loud. In this order: each says more than the one before it."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the quietest."""
        return list(Severity).index(self)


class AlertKind(StrEnum):
    """Why it is said."""

    FIRING = "firing"
    """It has just begun."""
    ESCALATED = "escalated"
    """It still holds, and nobody has answered."""
    RECOVERED = "recovered"
    """It is over: said quietly."""
    TEST = "test"
    NOTICE = "notice"
    """For information: a deployment, a rollback, an incident that was closed."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table under an alert."""

    name: str
    value: str


VERSION, LEVEL, ONSET = "version", "rollback level", "began"
"""Names of the facts that an incident takes over: what was deployed, the rollback that it means, when it began."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be told. Its id stands in every message, so that one that comes twice is known."""

    schema: int = SCHEMA
    id: str
    """Names this telling: sent again after a doubt, it bears the same id."""
    key: str
    """Names what it is about, e.g. "monitor:regime_change_rate:SPX": one key rings once until it recovers."""
    kind: AlertKind
    severity: Severity
    at: str
    """UTC, ISO 8601, when it was found."""
    title: str
    """One line. Text of strangers: each channel escapes it."""
    text: str = ""
    """One sentence: what was seen, what was allowed, what to do."""
    facts: tuple[Fact, ...] = ()
    incident: str = ""
    url: str = ""
    """Where to read more."""

    def fact(self, name: str) -> str:
        """The value of a fact; "" where it is not told."""
        return next((one.value for one in self.facts if one.name == name), "")


class Sent(StrEnum):
    """What became of one alert at one channel."""

    DELIVERED = "delivered"
    """The service said that it has it."""
    FAILED = "failed"
    """It has not got it, and was asked as often as may be."""
    UNKNOWN = "unknown"
    """It was sent, and no answer came: it may have arrived."""
    SUPPRESSED = "suppressed"
    """The key rings already, or the channel does not hear this severity."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One alert at one channel."""

    alert: str
    """The alert's id."""
    channel: str
    outcome: Sent
    at: str
    """UTC, ISO 8601, when the outcome was known."""
    tries: int = 1
    sentence: str = ""
    """Why it failed, without any secret."""
    seconds: float = 0.0


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log of deliveries: enough to prove who was told what, and when."""

    schema: int = SCHEMA
    key: str
    kind: AlertKind
    severity: Severity
    title: str
    delivery: Delivery


UNTESTED = "untested"
"""The word for a channel that is configured and was not asked."""


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """One channel in a test."""

    name: str
    outcome: str
    """Of `Sent`, or `UNTESTED`: what was not asked is proved as little as what failed."""
    tries: int = 0
    seconds: float = 0.0
    sentence: str = ""
    """What the service said."""


class AlertTest(msgspec.Struct, frozen=True, kw_only=True):
    """What `gate alert test` saw: the proof that channels work, with its date."""

    schema: int = SCHEMA
    at: str
    """UTC, ISO 8601."""
    alert: str = ""
    """The id that stands in the test's messages."""
    channels: tuple[Tested, ...] = ()
    """Every channel that is configured."""

    @property
    def works(self) -> bool:
        """Every channel has it, and there is one."""
        return bool(self.channels) and all(one.outcome == Sent.DELIVERED.value for one in self.channels)
