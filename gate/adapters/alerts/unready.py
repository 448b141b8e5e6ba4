"""A channel that is configured and cannot work: it says so whenever it is asked, and the others go on."""

from dataclasses import dataclass

from gate.adapters.alerts.patience import now
from gate.domain.alert import Alert, Delivery, Sent


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadyChannel:
    """Implements the port Channel."""

    name: str
    why: str
    """E.g. "GATE_SLACK_URL is not set"; no secret."""

    def deliver(self, alert: Alert) -> Delivery:
        """Fail, and say why."""
        return Delivery(alert=alert.id, channel=self.name, outcome=Sent.FAILED, at=now(), tries=0, sentence=self.why)
