"""[alerts]: channels and their variables; a secret in the file is refused, and not repeated."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gate.config.tables import lowered, refuse_unknown, section
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
from gate.errors import ConfigError

TABLES: dict[str, type[ChannelSettings]] = {
    "slack": SlackSettings,
    "discord": DiscordSettings,
    "email": EmailSettings,
    "webhook": WebhookSettings,
    "apprise": AppriseSettings,
    "terminal": TerminalSettings,
}
OUTSIDE = "secrets stand in the environment: name the variable that holds it, e.g."
SECRETS = {
    "url": 'url_env = "GATE_SLACK_URL"',
    "webhook": 'url_env = "GATE_SLACK_URL"',
    "urls": 'urls_env = "GATE_APPRISE_URLS"',
    "token": 'url_env = "GATE_SLACK_URL"',
    "user": 'user_env = "GATE_MAIL_USER"',
    "username": 'user_env = "GATE_MAIL_USER"',
    "password": 'password_env = "GATE_MAIL_PASSWORD"',
}
"""Keys that people write where a variable's name belongs."""
LONGEST = 300
"""Seconds."""
LOCAL = ("localhost", "127.0.0.1", "::1")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")


def alerts(given: Any, name: str) -> AlertSettings:
    """Read the table. Raises ConfigError with one line that says what to do, and holds no secret."""
    document = _mapping(given, name, "alerts")
    refuse_unknown(document, AlertSettings.__struct_fields__, name, "alerts")
    channels = {one: _channel(kind, document[one], name, one) for one, kind in TABLES.items() if one in document}
    settings = section(AlertSettings, {key: document[key] for key in document if key not in TABLES}, name, "alerts")
    _bounded(settings, name)
    return msgspec.structs.replace(settings, **channels)


def _mapping(given: Any, name: str, table: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ConfigError(f"{name}: '{table}' is no table", f"write [{table}] on a line of its own")
    return given


def _channel(kind: type[ChannelSettings], given: Any, name: str, channel: str) -> ChannelSettings:
    table = f"alerts.{channel}"
    document = _mapping(given, name, table)
    fields = kind.__struct_encode_fields__
    for key in document:
        if key in SECRETS and key not in fields:
            raise ConfigError(f"{name}: [{table}] {key} does not belong into a file", f"{OUTSIDE} {SECRETS[key]}")
    refuse_unknown(document, fields, name, table)
    _names_variables(document, name, table)
    try:
        settings = msgspec.convert(dict(document), kind)
    except msgspec.ValidationError as error:
        said = re.sub(r" '.*'", "", lowered(error), flags=re.DOTALL)  # a value that is no severity would be quoted
        raise ConfigError(f"{name}: [{table}] {said}", "docs/alerts.md shows what each channel takes") from None
    if isinstance(settings, EmailSettings):
        _mail(settings, name)
    return settings


def _names_variables(document: Mapping[str, Any], name: str, table: str) -> None:
    for key, value in document.items():
        if key.endswith("_env") and isinstance(value, str) and value and not _VARIABLE.fullmatch(value):
            what = "is an address" if "://" in value else "is no variable's name"
            example = f'{key} = "GATE_{table.rpartition(".")[2].upper()}_{key.removesuffix("_env").upper()}"'
            raise ConfigError(f"{name}: [{table}] {key} {what}", f"{OUTSIDE} {example}")
        if key in ("url_env", "urls_env") and value == "":
            raise ConfigError(f"{name}: [{table}] {key} is empty", f"{OUTSIDE} {key} = 'GATE_URL'")


def _mail(settings: EmailSettings, name: str) -> None:
    if not _HOST.fullmatch(settings.host):
        raise ConfigError(f"{name}: [alerts.email] host is no host's name", 'e.g. host = "smtp.example.com"')
    if not 0 < settings.timeout <= LONGEST:
        raise ConfigError(f"{name}: [alerts.email] timeout is out of bounds", f"seconds, up to {LONGEST}")
    if not 0 <= settings.port < 1 << 16:
        raise ConfigError(f"{name}: [alerts.email] port is none", "587 for STARTTLS, 465 for implicit TLS")
    if not settings.to or any(not _ADDRESS.fullmatch(one) for one in (settings.sender, *settings.to)):
        advice = 'from = "gate@example.com", to = ["team@example.com"], plain addresses without names'
        raise ConfigError(f"{name}: [alerts.email] from and to are not e-mail addresses", advice)
    if settings.tls == "none" and settings.host not in LOCAL:
        advice = f'tls = "starttls" or "implicit"; "none" is for a server on this machine ({", ".join(LOCAL)})'
        raise ConfigError(f"{name}: [alerts.email] would send without TLS over a network", advice)
    if bool(settings.user_env) != bool(settings.password_env):
        raise ConfigError(f"{name}: [alerts.email] has one of user_env and password_env", "name both, or neither")


def _bounded(settings: AlertSettings, name: str) -> None:
    spans = (settings.within, settings.timeout, settings.escalate_minutes, settings.cooldown_minutes)
    if not all(math.isfinite(one) and one >= 0 for one in spans) or not 0 < settings.timeout <= settings.within:
        advice = "within and timeout in seconds, within at least timeout; minutes from 0 on"
        raise ConfigError(f"{name}: [alerts] times are not positive numbers, or timeout is above within", advice)
    if not 1 <= settings.tries <= 10 or settings.escalate_most < 0 or settings.within > LONGEST:
        raise ConfigError(f"{name}: [alerts] tries or within are out of bounds", "tries 1 to 10, within up to 300 s")
