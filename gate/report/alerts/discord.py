"""Discord: a line, and an embed with the facts. Limits: https://discord.com/developers/docs/resources/message#embed-limits."""

from typing import Any

from gate.domain.alert import Alert
from gate.report.alerts.escaping import discord, harmless
from gate.report.alerts.fitting import fitted, units
from gate.report.alerts.view import View, view

CONTENT = 500
DESCRIPTION = 2500
FIELDS = 25
NAME = 256
VALUE = 1024
FOOTER = 500
TOTAL = 6000
SILENT = 1 << 12
"""SUPPRESS_NOTIFICATIONS: it stands in the channel, and wakes nobody."""


def discord_message(alert: Alert) -> dict[str, Any]:
    """The body of the webhook's POST."""
    shown = view(alert)
    message: dict[str, Any] = {
        "content": f"{shown.sign} **{fitted(f'{shown.word}: {shown.title}', CONTENT, discord)}**",
        "allowed_mentions": {"parse": []},
        "embeds": [_embed(shown)],
    }
    return message | ({"flags": SILENT} if shown.quiet else {})


def _embed(shown: View) -> dict[str, Any]:
    description = _description(shown)
    footer = fitted(shown.footer, FOOTER, harmless)
    fields = _fields(shown, TOTAL - units(description) - units(footer))
    embed = {"description": description, "color": shown.colour, "fields": fields, "footer": {"text": footer}}
    return {name: value for name, value in embed.items() if value not in ("", [])}


def _description(shown: View) -> str:
    parts = [fitted(shown.text, DESCRIPTION, discord)] if shown.text else []
    if shown.incident:
        parts.append(f"Incident: {fitted(shown.incident, 300, discord)}")
    if shown.link:
        parts.append(f"[Read more](<{shown.link}>)")
    if shown.answer:
        parts.append(f"Answer: `{shown.answer}`")
    return "\n".join(parts)


def _fields(shown: View, room: int) -> list[dict[str, Any]]:
    """As many as fit; what does not is counted in the last one."""
    fields: list[dict[str, Any]] = []
    room -= 60
    for done, (name, value) in enumerate(shown.facts):
        field = {"name": fitted(name, NAME, discord), "value": fitted(value, VALUE, discord), "inline": True}
        room -= units(str(field["name"])) + units(str(field["value"]))
        if room < 0 or (len(fields) == FIELDS - 1 and len(shown.facts) > FIELDS):
            return [*fields, {"name": "…", "value": f"and {len(shown.facts) - done:,} more facts", "inline": False}]
        fields.append(field)
    return fields
