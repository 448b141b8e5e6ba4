"""What the dashboard needs of incidents: what is owed by when, and what the public may be told."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gate.domain.incident import DEADLINE_SECONDS, Incident, Stage
from gate.report.dashboard.given import Due, Published
from gate.report.dashboard.when import moment

STEPS = {
    Stage.ROOT_CAUSE: "identified",
    Stage.ROLLED_BACK: "monitoring",
    Stage.FIX_DEPLOYED: "monitoring",
    Stage.RESTORED: "resolved",
}
WORDS = ("investigating", "identified", "monitoring", "resolved")
SAID = {
    "investigating": "We are looking for the cause.",
    "identified": "The cause is known; a fix is being made.",
    "monitoring": "A remedy is in place; we watch whether it holds.",
    "resolved": "This is over.",
}


def dues(incident: Incident, now: datetime) -> tuple[Due, ...]:
    """Each deadline with the first moment at which it was met; what lies in the future or before counts for nothing."""
    opened = moment(incident.opened_at)
    if opened is None:
        return ()
    done = dict(_done(incident, opened, now))
    return tuple(
        Due(step=stage.value, due=opened + timedelta(seconds=seconds), done=done.get(stage))
        for stage, seconds in DEADLINE_SECONDS.items()
    )


def published(incident: Incident, now: datetime) -> Published:
    """An allow-list: a word, moments, a sentence of this file."""
    opened = moment(incident.opened_at)
    steps = {WORDS[0]: opened}
    for stage, at in _done(incident, opened, now) if opened else ():
        if stage in STEPS:
            steps.setdefault(STEPS[stage], at)
    closed = moment(incident.closed_at)
    if closed is not None and closed <= now:
        steps.setdefault(WORDS[3], closed)
    word = max(steps, key=WORDS.index)
    return Published(word=word, started=opened, updated=steps[word], sentence=SAID[word])


def _done(incident: Incident, opened: datetime, now: datetime) -> Iterable[tuple[Stage, datetime]]:
    """Every step with its first moment that can be right, by time."""
    found: dict[Stage, datetime] = {}
    for entry in incident.entries:
        at = moment(entry.at)
        if entry.stage is not None and at is not None and opened <= at <= now:
            found[entry.stage] = min(at, found.get(entry.stage, at))
    return sorted(found.items(), key=lambda one: one[1])
