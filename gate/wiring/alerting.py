"""Who tells people. Channels are made out of [alerts] and the environment; one that cannot work says so when asked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from gate.errors import BrokenQuestionError

if TYPE_CHECKING:
    from pathlib import Path

    from gate.adapters.alerts.patience import Patience
    from gate.adapters.alerts.secrets import Secret
    from gate.domain.alert import AlertTest
    from gate.domain.alerting import (
        AlertSettings,
        AppriseSettings,
        ChannelSettings,
        DiscordSettings,
        EmailSettings,
        SlackSettings,
        TerminalSettings,
        WebhookSettings,
    )
    from gate.domain.operating import Operating
    from gate.ports.alarm import Channel, DeliveryLog
    from gate.usecases.alerting.alarm import FanOutAlarm, Listener


MARGIN = 0.9
"""Of the time that telling may take, what a channel takes for itself: its own words are better than none."""


def alarm(operating: "Operating", environment: Mapping[str, str], folder: "Path") -> "FanOutAlarm":
    """Who tells people: every channel of [alerts]; where there is none, stderr. `folder` is that of gate.toml."""
    from datetime import UTC, datetime

    from gate.adapters.alerts.rings import RingsFile
    from gate.adapters.alerts.terminal import TerminalChannel
    from gate.domain.alert import Severity
    from gate.usecases.alerting.alarm import FanOutAlarm, Listener
    from gate.usecases.alerting.planning import Policy

    settings = operating.alerts
    listeners = _listeners(settings, environment)
    return FanOutAlarm(
        listeners=listeners or (Listener(channel=TerminalChannel(), least=Severity.INFO),),
        last_resort=TerminalChannel(),
        rings=RingsFile(folder / settings.state),
        log=deliveries(operating, folder),
        policy=Policy(
            within=settings.within,
            escalate_minutes=settings.escalate_minutes,
            escalate_most=settings.escalate_most,
            cooldown_minutes=settings.cooldown_minutes,
        ),
        clock=lambda: datetime.now(tz=UTC),
        complain=lambda line: click.echo(f"gate: {line}", err=True),
    )


def anybody(operating: "Operating") -> bool:
    """Some channel is configured."""
    return any(getattr(operating.alerts, name) is not None for name in CHANNELS)


def deliveries(operating: "Operating", folder: "Path") -> "DeliveryLog":
    """Where deliveries are written down."""
    from gate.adapters.alerts.log import DeliveriesFile

    return DeliveriesFile(folder / operating.alerts.folder)


def write_test(operating: "Operating", folder: "Path", test: "AlertTest") -> "Path":
    """Write down that channels were tested."""
    from gate.adapters.alerts.log import write_test

    return write_test(folder / operating.alerts.folder, test)


def _listeners(settings: "AlertSettings", environment: Mapping[str, str]) -> "tuple[Listener, ...]":
    from gate.adapters.alerts.patience import Patience
    from gate.usecases.alerting.alarm import Listener

    patience = Patience(tries=settings.tries, timeout=settings.timeout, within=settings.within * MARGIN)
    found = []
    for name, make in CHANNELS.items():
        asked = getattr(settings, name)
        if asked is not None:
            found.append(Listener(channel=_made(make, asked, environment, patience, name), least=asked.least))
    return tuple(found)


def _made(
    make: "Callable[[Any, Mapping[str, str], Patience], Channel]",
    asked: "ChannelSettings",
    environment: Mapping[str, str],
    patience: "Patience",
    name: str,
) -> "Channel":
    from gate.adapters.alerts.unready import UnreadyChannel

    try:
        return make(asked, environment, patience)
    except BrokenQuestionError as error:
        return UnreadyChannel(name=name, why=error.message)


def _slack(asked: "SlackSettings", environment: Mapping[str, str], patience: "Patience") -> "Channel":
    from gate.adapters.alerts.slack import SlackChannel

    return SlackChannel(url=_address(asked.url_env, environment), patience=patience)


def _discord(asked: "DiscordSettings", environment: Mapping[str, str], patience: "Patience") -> "Channel":
    from gate.adapters.alerts.discord import DiscordChannel

    return DiscordChannel(url=_address(asked.url_env, environment), patience=patience)


def _webhook(asked: "WebhookSettings", environment: Mapping[str, str], patience: "Patience") -> "Channel":
    from gate.adapters.alerts.webhook import WebhookChannel

    return WebhookChannel(url=_address(asked.url_env, environment), patience=patience)


def _email(asked: "EmailSettings", environment: Mapping[str, str], patience: "Patience") -> "Channel":
    from gate.adapters.alerts.email import EmailChannel

    user, password = ((_secret(name, environment) if name else None) for name in (asked.user_env, asked.password_env))
    own = replace(patience, timeout=asked.timeout)
    return EmailChannel(settings=asked, user=user, password=password, patience=own)


def _apprise(asked: "AppriseSettings", environment: Mapping[str, str], patience: "Patience") -> "Channel":
    from gate.adapters.alerts.secrets import Secret

    text = _secret(asked.urls_env, environment).reveal()
    try:
        from gate.adapters.alerts.apprise import AppriseChannel
    except ImportError:
        raise BrokenQuestionError("apprise is not installed: pip install 'regime-gate[apprise]'") from None
    return AppriseChannel(urls=tuple(Secret(one) for one in text.split()), patience=patience)


def _terminal(asked: "TerminalSettings", environment: Mapping[str, str], patience: "Patience") -> "Channel":
    from gate.adapters.alerts.terminal import TerminalChannel

    del asked, environment, patience
    return TerminalChannel()


def _secret(name: str, environment: Mapping[str, str]) -> "Secret":
    from gate.adapters.alerts.secrets import Secret

    found = environment.get(name, "").strip()
    if not found:
        raise BrokenQuestionError(f"the environment variable {name} is not set", "set it where gate runs")
    return Secret(found)


def _address(name: str, environment: Mapping[str, str]) -> "Secret":
    from gate.adapters.alerts.posting import why_no_address

    found = _secret(name, environment)
    if why := why_no_address(found.reveal()):
        raise BrokenQuestionError(f"the environment variable {name} {why}", "paste the webhook's whole address there")
    return found


CHANNELS: "dict[str, Callable[[Any, Mapping[str, str], Patience], Channel]]" = {
    "slack": _slack,
    "discord": _discord,
    "email": _email,
    "webhook": _webhook,
    "apprise": _apprise,
    "terminal": _terminal,
}
"""A new channel: a file in gate/adapters/alerts, its settings, and a line here."""
