"""A trigger that turned, as an alert: named by what it is about and by the record at which it turned."""

import hashlib
from dataclasses import dataclass

from gate.domain.alert import LEVEL, ONSET, VERSION, Alert, AlertKind, Fact, Severity
from gate.domain.metric import Measurement
from gate.domain.numbers import exactly, show
from gate.domain.verdict import Judgement, Reason
from gate.judging.judge import CRITICAL
from gate.judging.limits import Case, bounds
from gate.judging.live import Trigger

FEED = "monitor:feed"
WORDS = {"max": "at most", "min": "at least", "max_ratio": "ratio at most", "max_worse": "worse by at most"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What an alert is made of."""

    trigger: Trigger
    case: Case
    judgement: Judgement
    kind: AlertKind
    at: str
    """When it was found."""
    bar: str
    """The time of the record at which it turned."""
    onset: str
    """The time of the first record of those that were beyond the limit."""
    where: str
    """The record at which it turned: its symbol and number."""
    since: str
    level: int | None
    versions: tuple[str, ...]


def name_of(*parts: str) -> str:
    """The same telling bears the same id, whoever makes it again."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def alert_of(told: Told) -> Alert:
    """Words and facts of a trigger that turned."""
    trigger, case = told.trigger, told.case
    fires = told.kind is AlertKind.FIRING
    place = trigger.symbol or "all symbols"
    title = f"{trigger.metric.title} ({place})" + ("" if fires else ": within its limit again")
    facts = [
        ("now", value_of(case, case.candidate)),
        ("baseline's shadow run", value_of(case, case.baseline)),
        ("limit", limit_of(case)),
        ("window", f"{trigger.rule.long} and {trigger.rule.short} bars"),
        ("scope", place),
        (VERSION, ", ".join(told.versions)),
        (LEVEL, str(told.level) if told.level else ""),
        (ONSET, told.onset if fires else ""),
        ("bar", told.bar),
        ("since", told.since if not fires else ""),
    ]
    return Alert(
        id=name_of(trigger.key, told.kind.value, told.bar, told.where),
        key=trigger.key,
        kind=told.kind,
        severity=severity_of(trigger, fires=fires),
        at=told.at,
        title=title,
        text=told.judgement.sentence + advice_of(told, fires=fires),
        facts=tuple(Fact(name=name, value=value) for name, value in facts if value),
    )


def severity_of(trigger: Trigger, *, fires: bool) -> Severity:
    """As loud as the rollback it means: what takes the version back is critical."""
    if not fires or not trigger.limit.blocking:
        return Severity.INFO
    return Severity.CRITICAL if trigger.metric.name in CRITICAL else Severity.WARNING


def advice_of(told: Told, *, fires: bool) -> str:
    """What to do."""
    if not fires:
        return "."
    if told.judgement.reason is Reason.BASELINE_SICK:
        return ": look at the data first, a rollback cures nothing."
    return f"; level {told.level} rollback: gate rollback propose." if told.level else "."


def value_of(case: Case, measured: Measurement | None) -> str:
    """A value for people."""
    if measured is None or measured.value is None:
        return ""
    counted = f" ({measured.count} of {measured.n})" if measured.count is not None else f" over {measured.n}"
    allowed = [getattr(case.limit, bound) for bound in ("max", "min")]
    return show(measured.value, case.metric.unit, apart_from=allowed) + counted


def limit_of(case: Case) -> str:
    """The bounds for people."""
    unit = case.metric.unit
    said = []
    for bound in bounds(case.limit):
        allowed = float(getattr(case.limit, bound))
        text = exactly(allowed, unit) if bound in ("max", "min") else f"{allowed:g}"
        said.append(f"{WORDS.get(bound, bound)} {text}")
    return ", ".join(said)


def stale_alert(*, stale: bool, last: str, now: str, began: str) -> Alert:
    """No records for too long, or records again."""
    kind = AlertKind.FIRING if stale else AlertKind.RECOVERED
    return Alert(
        id=name_of(FEED, kind.value, last if stale else began),
        key=FEED,
        kind=kind,
        severity=Severity.CRITICAL if stale else Severity.INFO,
        at=now,
        title="No records of the live strategy" if stale else "Records of the live strategy again",
        text=f"The newest record is of {last}: nothing is known of the strategy since; look whether it runs."
        if stale
        else f"Records come again, the newest of {last}.",
        facts=(Fact(name="last record", value=last),),
    )


def quiet_alert(symbol: str, *, quiet: bool, at: str, began: str) -> Alert:
    """One symbol has no records while the others have; or has some again."""
    kind = AlertKind.FIRING if quiet else AlertKind.RECOVERED
    key = f"{FEED}:{symbol}"
    return Alert(
        id=name_of(key, kind.value, began),
        key=key,
        kind=kind,
        severity=Severity.WARNING if quiet else Severity.INFO,
        at=at,
        title=f"No records of {symbol}" if quiet else f"Records of {symbol} again",
        text=f"Other symbols have records, {symbol} has none: what its windows say is of before."
        if quiet
        else f"{symbol} has records again.",
    )
