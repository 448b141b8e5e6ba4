"""Discord, by a channel's webhook: https://discord.com/developers/docs/resources/webhook#execute-webhook."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gate.adapters.alerts.patience import Patience, delivered
from gate.adapters.alerts.posting import Answer, post
from gate.adapters.alerts.secrets import Secret
from gate.domain.alert import Alert, Delivery
from gate.report.alerts import discord_message


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscordChannel:
    """Implements the port Channel."""

    name: str = "discord"
    url: Secret
    patience: Patience

    def deliver(self, alert: Alert) -> Delivery:
        """With `wait=true` Discord answers with the message that it made, or says why it made none."""
        url, body = _waiting(self.url), discord_message(alert)
        return delivered(self.name, alert, lambda timeout: post(url, body, timeout, _made), self.patience)


def _made(answer: Answer) -> bool:
    return "id" in answer.document


def _waiting(url: Secret) -> Secret:
    parts = urlsplit(url.reveal())
    query = dict(parse_qsl(parts.query)) | {"wait": "true"}
    return Secret(urlunsplit(parts._replace(query=urlencode(query))))
