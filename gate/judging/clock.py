"""An incident's deadlines, from the timestamps of its entries: never from when a job ran.

Detection starts the clock. Of a step the earliest entry counts that can be right; what lies before detection or in the
future counts for nothing, and is said. So a late completion stays a miss, whatever is added later.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gate.domain.incident import (
    DEADLINE_SECONDS,
    Deadline,
    Entry,
    Incident,
    Progress,
    Stage,
    Standing,
    moment,
    written,
)


def progress(incident: Incident, now: datetime) -> Progress:
    """Every step against its deadline, at `now`."""
    detected = moment(incident.opened_at)
    deadlines = tuple(_deadline(stage, incident, detected, now) for stage in Stage)
    return Progress(at=written(now), deadlines=deadlines, doubts=doubts(incident, now))


def trouble_of(entry: Entry, incident: Incident, now: datetime) -> str:
    """Why an entry's time cannot be right; "" where it can. A note may tell of what was before: an onset."""
    at = moment(entry.at)
    if at > now:
        return f"{entry.at} lies in the future of {written(now)}"
    if entry.stage is not None and at < moment(incident.opened_at):
        return f"{entry.at} lies before the detection at {incident.opened_at}"
    return ""


def doubts(incident: Incident, now: datetime) -> tuple[str, ...]:
    """One line for each entry that counts for nothing, and for a clock that jumped back."""
    told = [(entry, trouble_of(entry, incident, now)) for entry in incident.entries]
    lines = [f"{entry.stage or 'note'}: {trouble}, and counts for nothing" for entry, trouble in told if trouble]
    if now < moment(incident.opened_at):
        jumped = f"the clock says {written(now)}, before the detection at {incident.opened_at}: is it right?"
        return (jumped, *lines)
    return tuple(lines)


def _deadline(stage: Stage, incident: Incident, detected: datetime, now: datetime) -> Deadline:
    if stage is Stage.DETECTED:
        return Deadline(stage=stage, done=incident.opened_at, standing=Standing.DONE)
    entry = _first(stage, incident, now)
    at = moment(entry.at) if entry else None
    allowed = DEADLINE_SECONDS.get(stage)
    due = detected + timedelta(seconds=allowed) if allowed else None
    standing, seconds = _standing(due, at, now)
    return Deadline(
        stage=stage,
        due=written(due) if due else "",
        done=written(at) if at else "",
        standing=standing,
        seconds=seconds,
        proof=entry.proof if entry else "",
        by=entry.by if entry else "",
    )


def _standing(due: datetime | None, done: datetime | None, now: datetime) -> tuple[Standing, int]:
    """The strategy says "less than": just at the deadline is too late."""
    if due is None:
        return (Standing.DONE if done else Standing.OPEN), 0
    left = (due - (done or now)).total_seconds()
    if done:
        return (Standing.MET if left > 0 else Standing.MISSED), abs(int(left))
    return (Standing.RUNNING if left > 0 else Standing.OVERDUE), abs(int(left))


def _first(stage: Stage, incident: Incident, now: datetime) -> Entry | None:
    found = _counting(stage, incident.entries, incident, now)
    return min(found, key=lambda entry: (moment(entry.at), not entry.proof, entry.id), default=None)


def _counting(stage: Stage, entries: Sequence[Entry], incident: Incident, now: datetime) -> list[Entry]:
    return [one for one in entries if one.stage is stage and not trouble_of(one, incident, now)]
