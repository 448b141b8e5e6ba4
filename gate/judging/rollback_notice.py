"""What people are told of a rollback, and what they need not hear."""

from gate.domain.alert import Alert, AlertKind, Fact, Severity
from gate.domain.rollback import Ending, Level, Record
from gate.judging.taking_back import key_of

DONE_NOW = {
    Ending.BRANCH_PUSHED: "branch pushed",
    Ending.PULL_REQUEST_OPEN: "pull request open",
    Ending.ISSUE_OPENED: "issue opened: pull requests may not be opened here",
}
HELD_BACK = frozenset(
    {
        Ending.CLOSED_BY_HUMAN,
        Ending.KILL_SWITCH,
        Ending.OPTED_OUT,
        Ending.DAILY_CAP,
        Ending.TOO_OLD,
        Ending.CULPRIT_IS_A_REVERT,
        Ending.CONFLICTS,
        Ending.NOTHING_PROPOSED,
    }
)
"""Somebody wanted it taken back, and it was not: that is louder than what was done already."""


def notice_of(record: Record) -> Alert | None:
    """The alert, the same for the same record; None where nothing changed, or whoever asked decided it at once."""
    done = DONE_NOW.get(record.ending)
    if record.adopted or (done is None and record.ending not in HELD_BACK):
        return None
    plan = record.plan
    named = f"level {int(plan.level)}" if plan else "no level"
    key = plan.key if plan else key_of(record.ending.value, record.sentence)
    large = plan is not None and plan.level is not Level.FEATURE
    return Alert(
        id=key_of(key, record.ending.value, record.at),
        key=f"rollback:{key}",
        kind=AlertKind.NOTICE,
        severity=Severity.CRITICAL if large or done is None else Severity.WARNING,
        at=record.at,
        title=f"Rollback, {named}: {done}" if done else f"Rollback held back, {named}: {record.ending.value}",
        text=f"{record.sentence} {record.advice}".strip(),
        facts=_facts(record),
        incident=record.incident,
        url=record.url,
    )


def _facts(record: Record) -> tuple[Fact, ...]:
    plan = record.plan
    told = {"why": record.reason}
    if plan is not None:
        told |= {
            "on": plan.target,
            "taken back": ", ".join(one.commit.named for one in plan.taken[:5]) or plan.tag,
            "branch": plan.branch,
        }
    return tuple(Fact(name=name, value=value) for name, value in told.items() if value)
