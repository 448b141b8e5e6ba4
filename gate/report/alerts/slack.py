"""Slack: a header, what happened, the facts, where to read more. Limits: https://docs.slack.dev/reference/block-kit/blocks."""

from typing import Any

from gate.domain.alert import Alert
from gate.report.alerts.escaping import harmless, slack
from gate.report.alerts.fitting import fitted
from gate.report.alerts.view import View, view

HEADER = 150
SECTION = 3000
FIELDS = 10
FIELD = 2000
FALLBACK = 1000


def slack_message(alert: Alert) -> dict[str, Any]:
    """The body of the webhook's POST."""
    shown = view(alert)
    return {
        "text": fitted(f"{shown.heading} ({shown.footer})", FALLBACK, slack),
        "blocks": [_header(shown), *_said(shown), *_facts(shown), *_more(shown), _context(shown)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _header(shown: View) -> dict[str, Any]:
    text = fitted(shown.heading, HEADER, harmless)
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def _said(shown: View) -> list[dict[str, Any]]:
    if not shown.text:
        return []
    return [{"type": "section", "text": _mrkdwn(fitted(shown.text, SECTION, slack))}]


def _facts(shown: View) -> list[dict[str, Any]]:
    if not shown.facts:
        return []
    room = FIELDS if len(shown.facts) <= FIELDS else FIELDS - 1
    fields = [_mrkdwn(_fact(name, value)) for name, value in shown.facts[:room]]
    if len(shown.facts) > room:
        fields.append(_mrkdwn(f"… and {len(shown.facts) - room:,} more facts"))
    return [{"type": "section", "fields": fields}]


def _fact(name: str, value: str) -> str:
    head = f"*{fitted(name, FIELD // 2, slack)}*\n"
    return head + fitted(value, FIELD // 2 - 10, slack)


def _more(shown: View) -> list[dict[str, Any]]:
    parts = []
    if shown.incident:
        parts.append(f"Incident: {fitted(shown.incident, 600, slack)}")
    if shown.link:
        parts.append(f"<{shown.link.replace('&', '&amp;')}|Read more>")
    return [{"type": "section", "text": _mrkdwn(" · ".join(parts))}] if parts else []


def _context(shown: View) -> dict[str, Any]:
    elements = [_mrkdwn(fitted(shown.footer, 1000, slack))]
    if shown.answer:
        elements.append(_mrkdwn(f"answer: `{shown.answer}`"))
    return {"type": "context", "elements": elements}
