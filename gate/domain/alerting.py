"""[alerts] of gate.toml: whom to tell, from which severity on. Secrets are named here, and stand in the environment."""

from typing import Literal

import msgspec

from gate.domain.alert import Severity
from gate.domain.settings import Section


class ChannelSettings(Section, frozen=True):
    """What every channel has."""

    least: Severity = Severity.WARNING
    """The quietest severity that it hears."""


class SlackSettings(ChannelSettings, frozen=True):
    """[alerts.slack]: an incoming webhook."""

    url_env: str = "GATE_SLACK_URL"
    """The environment variable that holds the webhook's address."""


class DiscordSettings(ChannelSettings, frozen=True):
    """[alerts.discord]: a channel's webhook."""

    url_env: str = "GATE_DISCORD_URL"


class WebhookSettings(ChannelSettings, frozen=True):
    """[alerts.webhook]: the alert as JSON, by POST, to anything else."""

    url_env: str = "GATE_WEBHOOK_URL"


class AppriseSettings(ChannelSettings, frozen=True):
    """[alerts.apprise]: the many other services (`pip install regime-gate[apprise]`)."""

    urls_env: str = "GATE_APPRISE_URLS"
    """The environment variable that holds one or more of apprise's addresses, with blanks between them."""


class EmailSettings(ChannelSettings, frozen=True, kw_only=True):
    """[alerts.email]: SMTP, with TLS and a certificate that is checked."""

    least: Severity = Severity.CRITICAL
    host: str
    port: int = 0
    """0: 587 for "starttls", 465 for "implicit", 25 for "none"."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """"none" is for a server on this machine alone."""
    sender: str = msgspec.field(name="from")
    to: tuple[str, ...]
    user_env: str = ""
    """The environment variables of name and password. "": the server asks for none."""
    password_env: str = ""
    timeout: float = 10.0
    """Seconds that one try may take: mail servers let strangers wait."""


class TerminalSettings(ChannelSettings, frozen=True):
    """[alerts.terminal]: a line on stderr, for logs."""

    least: Severity = Severity.INFO


class AlertSettings(Section, frozen=True):
    """[alerts]: whom to tell, and how. Secrets are named here, and stand in the environment only."""

    slack: SlackSettings | None = None
    discord: DiscordSettings | None = None
    email: EmailSettings | None = None
    webhook: WebhookSettings | None = None
    apprise: AppriseSettings | None = None
    terminal: TerminalSettings | None = None
    within: float = 20.0
    """Seconds that telling one alert may take, all channels and tries together."""
    timeout: float = 5.0
    """Seconds that one try may take."""
    tries: int = 4
    """Tries at each channel."""
    escalate_minutes: float = 15.0
    """A key that rings so long without `gate alert ack` is told again, one severity louder. 0: never."""
    escalate_most: int = 3
    """Escalations of one ringing."""
    cooldown_minutes: float = 0.0
    """A warning that rings again so soon after its recovery is held back until then. Critical ones never are."""
    folder: str = "reports/alerts"
    """Where deliveries and tests are written down; relative to gate.toml."""
    state: str = ".gate/alerts.sqlite"
    """Which keys ring, and who has heard of it; relative to gate.toml."""
