"""Each channel before its real server, in one shape; and one that does as it is told, held to the same contract."""

from dataclasses import dataclass, field

from gate.adapters.alerts.apprise import AppriseChannel
from gate.adapters.alerts.discord import DiscordChannel
from gate.adapters.alerts.email import EmailChannel
from gate.adapters.alerts.patience import Patience, Tried, delivered
from gate.adapters.alerts.secrets import Secret
from gate.adapters.alerts.slack import SlackChannel
from gate.adapters.alerts.webhook import WebhookChannel
from gate.domain.alert import Alert, AlertKind, Fact, Sent, Severity
from gate.domain.alerting import EmailSettings
from tests.alerting.servers import (
    DISCORD,
    DROP,
    HANG,
    OK,
    OTHER,
    PASSWORD,
    RECIPIENTS,
    SENDER,
    SLACK,
    URLS,
    USER,
    answer,
)

QUICK = Patience(tries=3, timeout=0.4, within=2.0, first=0.01)


def alert(name="m-1", **changes):
    said = {
        "id": name,
        "key": "monitor:regime_change_rate:SPX",
        "kind": AlertKind.FIRING,
        "severity": Severity.CRITICAL,
        "at": "2026-11-29T14:30:00Z",
        "title": "Regime change rate 22.4% of SPX",
        "text": "Seen 22.4% over 500 bars, at most 15% is allowed: roll v2 back.",
        "facts": (Fact(name="regime_change_rate", value="22.4%"), Fact(name="limit", value="<= 15%")),
        "incident": "2026-11-29-1430-regime-change-rate",
        "url": "https://github.com/o/r/issues/7",
    }
    return Alert(**{**said, **changes})


@dataclass
class Target:
    """A channel, what its server does next, and what it was given."""

    name: str
    channel: object
    services: object
    host: str = ""
    mail: object = None

    def will(self, *names):
        """ "ok", "busy" (try again), "never" (a refusal for good), "hang", "drop"."""
        web = {"busy": answer(503), "never": answer(404, b"no_service")}
        mail = {"busy": answer(0, b"451 later"), "never": answer(0, b"554 no")}
        both = {"ok": OK, "hang": HANG, "drop": DROP}
        if self.mail is not None:
            self.mail.modes.set("mail", *((both | mail)[name] for name in names))
        else:
            self.services.modes.set(self.host, *((both | web)[name] for name in names))

    def received(self):
        """Everything that arrived, as text."""
        if self.mail is not None:
            return [one.part("plain") + one.part("html") for one in self.mail.letters]
        return [str(one.document) for one in self.services.at(self.host)]


def mail_settings(port, **changes):
    said = {"host": "localhost", "port": port, "sender": SENDER, "to": RECIPIENTS}
    return EmailSettings(**{**said, **changes})


def mail_channel(port, *, patience=QUICK, user=USER, password=PASSWORD, **changes):
    known = [Secret(one) if one else None for one in (user, password)]
    return EmailChannel(settings=mail_settings(port, **changes), user=known[0], password=known[1], patience=patience)


def _slack(services):
    return Target("slack", SlackChannel(url=Secret(URLS[SLACK]), patience=QUICK), services, SLACK)


def _discord(services):
    return Target("discord", DiscordChannel(url=Secret(URLS[DISCORD]), patience=QUICK), services, DISCORD)


def _webhook(services):
    return Target("webhook", WebhookChannel(url=Secret(URLS[OTHER]), patience=QUICK), services, OTHER)


def _apprise(services):
    url = Secret(URLS[OTHER].replace("https:", "jsons:"))
    return Target("apprise", AppriseChannel(urls=(url,), patience=QUICK, pause=0.01), services, OTHER)


def _email(services):
    return Target("email", mail_channel(services.mail.port), services, mail=services.mail)


def _fake(services):
    return Fake("fake")


@dataclass
class Fake:
    """A channel and its server in one, without a network: what the tests of the alarm use."""

    name: str
    modes: list = field(default_factory=lambda: ["ok"])
    given: list = field(default_factory=list)
    patience: Patience = QUICK

    @property
    def channel(self):
        return self

    def will(self, *names):
        self.modes = list(names)

    def received(self):
        return [str(one) for one in self.given]

    def deliver(self, told):
        def once(_):
            mode = self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]
            if mode not in ("busy", "never"):
                self.given.append(told)
            return TRIED[mode]

        return delivered(self.name, told, once, self.patience)


TRIED = {
    "ok": Tried(outcome=Sent.DELIVERED, sentence="taken"),
    "busy": Tried(outcome=Sent.FAILED, sentence="busy", again=True),
    "never": Tried(outcome=Sent.FAILED, sentence="refused"),
    "hang": Tried(outcome=Sent.UNKNOWN, sentence="no answer", again=True),
    "drop": Tried(outcome=Sent.UNKNOWN, sentence="ended", again=True),
}
TARGETS = {
    "slack": _slack,
    "discord": _discord,
    "webhook": _webhook,
    "apprise": _apprise,
    "email": _email,
    "fake": _fake,
}
