"""E-mail: a subject, and the same as text and as HTML."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gate.domain.alert import Alert
from gate.report.alerts.fitting import fitted
from gate.report.alerts.view import view

if TYPE_CHECKING:
    from jinja2 import Template

SUBJECT = 160
FACTS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """What stands in it. The subject is one line of visible characters."""

    subject: str
    text: str
    html: str
    urgent: bool


def mail(alert: Alert) -> Mail:
    """Write the words."""
    shown = view(alert)
    left_out = max(0, len(shown.facts) - FACTS)
    words = {"view": shown, "facts": shown.facts[:FACTS], "left_out": left_out, "colour": f"#{shown.colour:06x}"}
    return Mail(
        subject=fitted(f"[gate] {shown.heading}", SUBJECT),
        text=re.sub(r"\n{3,}", "\n\n", _template("alert.txt.j2").render(words).strip()) + "\n",
        html=_template("alert.html.j2").render(words).strip() + "\n",
        urgent=not shown.quiet and shown.word.startswith("CRITICAL"),
    )


@cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  40 ms

    environment = Environment(
        loader=PackageLoader("gate.report"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
