"""Slack, by an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from gate.adapters.alerts.patience import Patience, delivered
from gate.adapters.alerts.posting import Answer, post
from gate.adapters.alerts.secrets import Secret
from gate.domain.alert import Alert, Delivery
from gate.report.alerts import slack_message


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackChannel:
    """Implements the port Channel."""

    name: str = "slack"
    url: Secret
    patience: Patience

    def deliver(self, alert: Alert) -> Delivery:
        """Slack takes a message by saying "ok"; others that speak its language (Mattermost, ...) by any success."""
        body = slack_message(alert)
        slack = (urlsplit(self.url.reveal()).hostname or "").endswith((".slack.com", ".slack-gov.com"))

        def accepts(answer: Answer) -> bool:
            return answer.body.strip() == b"ok" or not slack

        return delivered(self.name, alert, lambda timeout: post(self.url, body, timeout, accepts), self.patience)
