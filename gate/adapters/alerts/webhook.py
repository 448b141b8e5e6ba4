"""Anything else that takes a POST: the alert as JSON, as `gate.domain.alert` has it."""

from dataclasses import dataclass

import msgspec

from gate.adapters.alerts.patience import Patience, delivered
from gate.adapters.alerts.posting import post
from gate.adapters.alerts.secrets import Secret
from gate.domain.alert import Alert, Delivery


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookChannel:
    """Implements the port Channel."""

    name: str = "webhook"
    url: Secret
    patience: Patience

    def deliver(self, alert: Alert) -> Delivery:
        """Any success is taken for a receipt."""
        body = msgspec.to_builtins(alert)
        return delivered(self.name, alert, lambda timeout: post(self.url, body, timeout, lambda _: True), self.patience)
