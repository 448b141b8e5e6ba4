"""One line for a terminal or a log, and a few for services without a form of their own."""

from gate.domain.alert import Alert
from gate.report.alerts.escaping import harmless
from gate.report.alerts.fitting import fitted
from gate.report.alerts.view import view

LINE = 600
TEXT = 1500
FACTS = 10


def line(alert: Alert) -> str:
    """Everything that matters, on one line."""
    shown = view(alert)
    facts = ", ".join(f"{name} {value}" for name, value in shown.facts)
    parts = [shown.heading, shown.text, facts, shown.link, shown.footer]
    return fitted(" · ".join(part for part in parts[:-1] if part), LINE) + f" · {shown.footer}"


def lines(alert: Alert) -> tuple[str, str]:
    """A title, and a text that calls nobody, in whatever medium it ends."""
    shown = view(alert)
    facts = [f"{name}: {value}" for name, value in shown.facts[:FACTS]]
    more = [f"… and {len(shown.facts) - FACTS:,} more facts"] if len(shown.facts) > FACTS else []
    incident = [f"Incident: {shown.incident}"] if shown.incident else []
    body = [shown.text, *facts, *more, *incident]
    said = [fitted(one, 300, harmless) for one in body if one]
    link = [shown.link] if shown.link else []
    answer = [f"Answer: {shown.answer}"] if shown.answer else []
    return fitted(shown.heading, 200, harmless), "\n".join([*said, *link, *answer, fitted(shown.footer, 300, harmless)])
