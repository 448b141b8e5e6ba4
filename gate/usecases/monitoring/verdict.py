"""What the monitor knows, as the gate says it: standings for the snapshot, and the verdict at the end of a watch."""

import hashlib
from datetime import datetime

import msgspec

from gate.domain.metric import Measurement
from gate.domain.monitoring import Feed, Policy, Series, Snapshot, Standing, Watched
from gate.domain.verdict import DataRecord, Judgement, Outcome, Reason, Verdict, VerdictRecord, VersionRecord
from gate.judging.judge import Answer, Circumstances, concluded, level_of
from gate.judging.limits import Case, badness, judge, number
from gate.judging.live import Trigger
from gate.metrics.registry import ENTRIES
from gate.usecases.monitoring.engine import Engine
from gate.usecases.monitoring.lanes import iso
from gate.usecases.monitoring.scope import WATCHED
from gate.usecases.monitoring.telling import FEED

NINE = tuple(entry.metric for entry in ENTRIES[:9])
"""The metrics of the rollback strategy."""


def standing_of(engine: Engine, trigger: Trigger) -> Standing:
    """One metric of one scope."""
    case, short = engine.cases.case(trigger), engine.cases.case(trigger, short=True).candidate
    comes = engine.presence.feed(), trigger.symbol in engine.state.quiet
    known = (case.candidate, short, case.baseline, trigger.firing, trigger.since, comes)
    if trigger.shown is None or trigger.shown[0] != known:
        trigger.shown = known, judged_standing(engine, trigger, case, short)
    return trigger.shown[1]


def judged_standing(engine: Engine, trigger: Trigger, case: Case, short: Measurement) -> Standing:
    """The same, judged anew: words take longer than numbers, and most have not changed since the last look."""
    judgement = judge(case)
    return Standing(
        metric=trigger.metric.name,
        symbol=trigger.symbol,
        state=state_of(engine, trigger, judgement),
        since=trigger.since,
        value=number(case.candidate),
        n=case.candidate.n,
        short=number(short),
        short_n=short.n,
        baseline=number(case.baseline),
        limit=trigger.limit,
        sentence=judgement.sentence,
    )


def state_of(engine: Engine, trigger: Trigger, judgement: Judgement) -> Watched:
    """Green only where the judge says PASS on records that still come."""
    if trigger.firing:
        return Watched.FIRING
    comes = engine.presence.feed() is Watched.OK and trigger.symbol not in engine.state.quiet
    well = judgement.outcome in (Outcome.PASS, Outcome.WARN) and comes
    return Watched.OK if well else Watched.UNKNOWN


def snapshot_of(engine: Engine, now: datetime, *, until: datetime | None, undelivered: int) -> Snapshot:
    """All that is known at this moment."""
    state, kept = engine.state, engine.policy.monitor.points
    firing = [trigger for trigger in engine.triggers() if trigger.firing]
    return Snapshot(
        at=iso(now),
        started_at=iso(state.started_at) if state.started_at else "",
        until=iso(until) if until else "",
        feed=Feed(
            state=engine.presence.feed(),
            last_record_at=iso(state.last_at) if state.last_at else "",
            stale_after=engine.presence.stale_after(),
            records=state.records,
            problems=dict(state.problems),
            quiet=tuple(sorted(state.quiet)),
            latency=latency_of(engine),
        ),
        versions=tuple(state.versions),
        standings=tuple(standing_of(engine, trigger) for trigger in engine.triggers() if wanted(engine, trigger)),
        firing=(
            *(one.key for one in firing),
            *([FEED] if state.stale else []),
            *(f"{FEED}:{one}" for one in state.quiet),
        ),
        undelivered=undelivered,
        level=level_of([judge(engine.cases.case(one)) for one in firing]),
        series=tuple(
            Series(symbol=track.symbol, version=track.version, points=tuple(track.points[-kept:]))
            for track in engine.lanes["live"].tracks.values()
            if track.points and kept
        ),
    )


def latency_of(engine: Engine) -> float | None:
    """The 99th percentile."""
    seconds = sorted(engine.latencies)
    return seconds[(len(seconds) * 99 - 1) // 100] if seconds else None


def wanted(engine: Engine, trigger: Trigger) -> bool:
    """Limits against a baseline are not asked where the user says that there is none."""
    return not (trigger.against and engine.policy.monitor.shadow == "none")


def judgements_of(engine: Engine, *, evidence: bool) -> list[Judgement]:
    """One judgement a metric, the worst of its scopes; what fired since the watch began is not forgotten."""
    found: dict[str, Judgement] = {}
    for trigger in engine.triggers():
        if not wanted(engine, trigger):
            continue
        name = trigger.metric.name
        if name == "training_failures" and untrained(engine):
            continue
        judgement = closed(engine, trigger, engine.state.fired.get(trigger.key), evidence=evidence)
        if name not in found or badness(judgement) < badness(found[name]):
            found[name] = judgement
    return [found[name] for name in WATCHED if name in found]


def untrained(engine: Engine) -> str:
    """What is said of so few attempts, none of them failed, that they show nothing; "" where there is something."""
    attempts, trigger = engine.pooled.attempts, engine.pooled.training
    if any(attempts) or trigger is None or len(attempts) >= trigger.minimum or trigger.firing:
        return ""
    return f"Training failures: none of {len(attempts)} attempts failed, and {trigger.minimum} would show something"


def closed(engine: Engine, trigger: Trigger, fired: Judgement | None, *, evidence: bool) -> Judgement:
    """A trigger's last word."""
    if fired is not None and not evidence:
        return fired
    case = engine.cases.closely(engine.cases.case(trigger), trigger)
    if evidence:
        case = with_evidence(case)
    judgement = judge(case)
    if judgement.outcome is Outcome.PASS and engine.presence.feed() is not Watched.OK:
        sentence = f"{trigger.metric.title}: no records come, so nothing is shown"
        return msgspec.structs.replace(
            judgement, outcome=Outcome.NO_DATA, reason=Reason.NO_OBSERVATION, sentence=sentence
        )
    if judgement.outcome is Outcome.FAIL and not trigger.firing:
        sentence = f"{judgement.sentence}; beyond its limit at the end, and not for long enough to ring"
        return msgspec.structs.replace(judgement, outcome=Outcome.NO_DATA, sentence=sentence)
    return judgement


def with_evidence(case: Case) -> Case:
    """As after a merge: a breach must lie outside the 95% interval before anything is taken back."""
    return Case(
        metric=case.metric,
        limit=msgspec.structs.replace(case.limit, rule="evidence"),
        candidate=case.candidate,
        baseline=case.baseline,
        comparison=case.comparison,
        tries=case.tries,
        no_baseline=case.no_baseline,
    )


def verdict_of(engine: Engine, now: datetime, environment: dict[str, str], *, evidence: bool = False) -> VerdictRecord:
    """The verdict that the records show; with `evidence`, the one on which something is taken back."""
    unasked = [metric.title for metric in NINE if metric.name not in WATCHED]
    notes = [f"{', '.join(unasked)}: no record shows them; they were measured before the merge"]
    if engine.policy.monitor.shadow == "none":
        notes.append("Limits against the baseline: [monitor] shadow says that there is no shadow run")
    notes += [note for note in (untrained(engine),) if note]
    notes += [
        f"{symbol}: no records since {since}, while others have some" for symbol, since in engine.state.quiet.items()
    ]
    notes += [f"{count} x {problem} in the records" for problem, count in sorted(engine.state.problems.items())]
    blank = Answer(verdict=Verdict.PASS, level=None, reason="", judgements=(), not_measured=tuple(notes))
    answer = concluded(judgements_of(engine, evidence=evidence), Circumstances(after_merge=True), blank)
    live, shadow = engine.lanes["live"], engine.lanes["shadow"]
    version = ", ".join(engine.state.versions)
    theirs = sorted({track.version for track in shadow.tracks.values()})
    began = engine.state.started_at or now
    return VerdictRecord(
        verdict=answer.verdict,
        level=answer.level,
        reason=answer.reason,
        judgements=answer.judgements,
        baseline=VersionRecord(ref=", ".join(theirs), sha="", factory="") if shadow.tracks else None,
        candidate=VersionRecord(ref=version, sha=version if len(engine.state.versions) == 1 else "", factory=""),
        data=DataRecord(
            symbols=tuple(symbol for symbol in live.tracks if symbol), bars=engine.state.records, sha256=""
        ),
        policy_sha256=policy_hash(engine.policy),
        environment=environment,
        not_measured=answer.not_measured,
        seconds={"watched": round((now - began).total_seconds(), 3)},
    )


def policy_hash(policy: Policy) -> str:
    """Names what was gone by."""
    named = {name: policy.limits[name] for name in sorted(policy.limits)}
    return hashlib.sha256(msgspec.json.encode([policy.monitor, named, policy.strategy, policy.states])).hexdigest()
