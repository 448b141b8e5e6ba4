"""What the dashboard needs of incidents: what is owed by when, and what the public may be told."""

from datetime import datetime

from gate.domain.incident import Incident
from gate.errors import GateError
from gate.judging.clock import progress
from gate.judging.incidents import public_status
from gate.report.dashboard.given import Due, Published
from gate.report.dashboard.when import moment


def dues(incident: Incident, now: datetime) -> tuple[Due, ...]:
    """Each deadline, and when it was met; none of a record whose times cannot be read."""
    try:
        steps = progress(incident, now).deadlines
    except GateError:
        return ()
    found = [(one, moment(one.due)) for one in steps]
    return tuple(Due(step=one.stage.value, due=due, done=moment(one.done)) for one, due in found if due is not None)


def published(incident: Incident, now: datetime) -> Published | None:
    """What the incident's own allow-list says; None where its times cannot be read."""
    try:
        told = public_status(incident, now)
    except GateError:
        return None
    return Published(
        word=told.state.value,
        started=moment(told.started_at),
        updated=moment(told.updated_at),
        sentence=told.sentence,
        component=told.component,
    )
