"""A past that could have been: months of verdicts, deployments and rollbacks, incidents, and a strategy that trades."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from gate.domain.alert import Fact, Severity
from gate.domain.history import Happened, HistoryEntry
from gate.domain.incident import Entry, Incident, Stage
from gate.domain.limit import Limit
from gate.domain.live import Live, LiveMetric, LiveState, Tail
from gate.domain.operating import DashboardSettings
from gate.domain.verdict import Outcome, Reason, Verdict, VersionRecord
from gate.metrics.registry import METRICS
from gate.report.dashboard.given import Given
from gate.usecases.dashboard_cases import dues, published
from tests.report import records

NOW = datetime(2026, 11, 27, 15, 4, 5, tzinfo=UTC)
BRANCHES = ("feature/garch-emissions", "fix/label-order", "feature/student-t", "perf/vectorised-forward", "deps/numpy")


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def sha(place):
    return f"{place * 2654435761 % 2**32:08x}" * 5


def verdict(place, count, rng, *, bad):
    """One verdict: as calm as the rest, with noise of its own, a slow drift, and what breaks when it breaks."""
    drift = 1 + 0.25 * max(0.0, place / count - 0.7)
    noise = rng.normal(1, 0.03, len(records.CALM))
    judgements = []
    for one, factor in zip(records.CALM, noise, strict=True):
        scale = float(factor) * (drift if one.metric == "regime_change_rate" else 1)
        value = one.candidate * scale
        if one.metric == "confidence":
            value = min(0.985, 0.9581 + (float(factor) - 1) / 4)
        change = None if one.change is None else one.change * scale if one.change_kind == "ratio" else one.change
        if one.metric == "strategy_performance":
            value = one.baseline * (1 + (float(factor) - 1))
            change = (one.baseline - value) / one.baseline
        shift = value - one.candidate
        by_value = one.interval and one.limit.max_worse is None and one.change_kind != "ratio"
        interval = (one.interval[0] + shift, one.interval[1] + shift) if by_value else one.interval
        outcome, reason, sentence = Outcome.PASS, Reason.WITHIN_LIMIT, one.sentence
        if bad and one.metric == ("regime_change_rate", "confidence", "strategy_performance")[place // 9 % 3]:
            outcome, reason = Outcome.FAIL, Reason.WORSE_THAN_BASELINE if change is not None else Reason.ABOVE_LIMIT
            if one.metric == "regime_change_rate":
                value, interval, reason = 0.16 + 0.05 * rng.random(), (0.155, 0.22), Reason.ABOVE_LIMIT
                sentence = f"The regime changes on {value:.1%} of bars; 15% are allowed."
            elif one.metric == "confidence":
                value, interval, reason = 0.86 + 0.03 * rng.random(), (0.85, 0.90), Reason.BELOW_LIMIT
                sentence = f"The mean confidence is {value:.1%}; at least 90% are asked for."
            else:
                change = 0.06 + 0.1 * rng.random()
                value, interval = one.baseline * (1 - change), (0.02, 0.2)
                sentence = f"{change:.1%} worse than the baseline; 5% are allowed."
        judgements.append(
            msgspec.structs.replace(
                one,
                candidate=float(value),
                change=change if change is None else float(change),
                interval=interval,
                outcome=outcome,
                reason=reason,
                sentence=sentence,
            )
        )
    said = [one.sentence for one in judgements if one.outcome is Outcome.FAIL]
    return msgspec.structs.replace(
        records.PASS,
        verdict=Verdict.BLOCK if bad else Verdict.PASS,
        level=1 if bad else None,
        reason=said[0] if said else records.PASS.reason,
        judgements=tuple(judgements),
        candidate=VersionRecord(ref=BRANCHES[place % 5], sha=sha(place), factory="src.regime:Detector"),
    )


def history(count=400, *, now=NOW, every=timedelta(hours=7)):
    """Verdicts up to `now`, the last a nightly one of what is deployed; each fortieth merge is deployed."""
    rng = np.random.default_rng(7)
    entries = []
    deployed = sha(0)
    for place in range(count):
        at = now - timedelta(hours=3) - every * (count - 1 - place)
        last = place == count - 1
        nightly = last or place % 4 == 3
        bad = not last and (place % 9 == 5 or (place % 97 == 13))
        record = verdict(place, count, rng, bad=bad)
        if nightly:
            record = msgspec.structs.replace(
                record, candidate=VersionRecord(ref="main", sha=deployed, factory="src.regime:Detector")
            )
        entries.append(
            HistoryEntry(
                uid=f"run-{place}",
                at=iso(at),
                kind=Happened.VERDICT,
                title="Nightly: main against v1.4.0" if nightly else f"#{1200 + place} {record.candidate.ref}",
                ref=record.candidate.ref,
                sha=record.candidate.sha,
                source="nightly" if nightly else "pull_request",
                url=f"https://github.com/quants/regimes/actions/runs/{9_000_000 + place}",
                verdict=record,
            )
        )
        if place % 40 == 20 or (last and count > 1):
            moved_at = at - timedelta(hours=20) if last else at + timedelta(hours=1)
            deployed = sha(place) if not last else deployed
            entries.append(moved(f"deploy-{place}", moved_at, Happened.DEPLOYMENT, deployed))
        if place % 160 == 64:
            deployed = sha(20)
            entries.append(moved(f"back-{place}", at + timedelta(hours=2), Happened.ROLLBACK, deployed))
    return tuple(sorted(entries, key=lambda one: one.at))


def moved(uid, at, kind, commit):
    verb = "Deployed" if kind is Happened.DEPLOYMENT else "Rolled back to"
    return HistoryEntry(
        uid=uid,
        at=iso(at),
        kind=kind,
        title=f"{verb} {commit[:7]}",
        sha=commit,
        source="rollback" if kind is Happened.ROLLBACK else "deploy",
        url="https://github.com/quants/regimes/pull/1311",
    )


def incident(opened, title, severity, stages, *, closed=None, cause="", level=1):
    names = {
        Stage.DETECTED: "17.3% of bars changed their regime; 15% are allowed.",
        Stage.ROLLED_BACK: "Back at v1.4.0",
    }
    entries = tuple(
        Entry(
            id=f"{stage.name}",
            at=iso(opened + timedelta(minutes=minutes)),
            stage=stage,
            text=names.get(stage, f"{stage.value}."),
            by="gate monitor" if minutes < 10 else "Ada",
            proof="https://github.com/quants/regimes/actions/runs/77" if minutes < 30 else "",
        )
        for stage, minutes in stages.items()
    )
    return Incident(
        id=f"{opened:%Y-%m-%d-%H%M}-regime-change-rate",
        key="monitor:regime_change_rate:SPX",
        title=title,
        severity=severity,
        opened_at=iso(opened),
        version=sha(340)[:7],
        level=level,
        facts=(Fact(name="Regime change rate", value="17.3% (limit ≤ 15%)"), Fact(name="Bars", value="240")),
        entries=entries,
        root_cause=cause,
        closed_at=iso(closed) if closed else "",
    )


def incidents(now=NOW, *, with_open=True):
    done = incident(
        now - timedelta(days=16, hours=3),
        "Confidence fell below 90% on NASDAQ",
        Severity.WARNING,
        {
            Stage.DETECTED: 0,
            Stage.ALERTED: 1,
            Stage.DECIDED: 6,
            Stage.ROLLED_BACK: 21,
            Stage.VERIFIED: 44,
            Stage.ROOT_CAUSE: 310,
            Stage.FIX_DEPLOYED: 1100,
            Stage.RESTORED: 1300,
            Stage.DOCUMENTED: 4000,
        },
        closed=now - timedelta(days=13),
        cause="The scaler was fitted on the whole history, so the emission variances were too small.",
    )
    open_one = incident(
        now - timedelta(hours=2, minutes=10),
        "Regime change rate above 15% on SP500",
        Severity.CRITICAL,
        {Stage.DETECTED: 0, Stage.ALERTED: 1, Stage.DECIDED: 5, Stage.ROLLED_BACK: 18, Stage.VERIFIED: 39},
    )
    return (done, open_one) if with_open else (done,)


def tail(name, seed, now, bars=260):
    rng = np.random.default_rng(seed)
    state, states = 0, []
    for _ in range(bars):
        state = int(rng.choice(3, p=((0.97, 0.025, 0.005), (0.04, 0.94, 0.02), (0.01, 0.06, 0.93))[state]))
        states.append(state)
    sigma = np.array([0.0006, 0.0015, 0.0035])[states]
    price = 5900 * np.exp(np.cumsum(rng.normal(0.00005 - 0.0004 * (np.array(states) == 2), sigma)))
    times = tuple(iso(now - timedelta(minutes=5) * (bars - 1 - place)) for place in range(bars))
    return Tail(
        symbol=name,
        at=times,
        price=tuple(round(float(one), 2) for one in price),
        state=tuple(str(one) for one in states),
    )


def live(now=NOW, *, breached=False):
    rate = 0.163 if breached else 0.094
    return Live(
        at=iso(now - timedelta(seconds=20)),
        version=sha(340)[:7],
        metrics=(
            LiveMetric(
                metric="regime_change_rate",
                state=LiveState.BREACHED if breached else LiveState.WITHIN,
                value=rate,
                baseline=0.083,
                limit=Limit(max=0.15),
                n=240,
                sentence="16.3% over the last 240 bars; 15% are allowed." if breached else "",
            ),
            LiveMetric(
                metric="confidence", state=LiveState.WITHIN, value=0.949, baseline=0.967, limit=Limit(min=0.9), n=240
            ),
            LiveMetric(metric="prediction_errors", state=LiveState.WITHIN, value=0.0, limit=Limit(max=0.01), n=240),
            LiveMetric(metric="invalid_predictions", state=LiveState.WITHIN, value=0.0, limit=Limit(max=0.1), n=240),
        ),
        tails=(tail("SP500", 5, now), tail("NASDAQ", 11, now)),
    )


def given(count=400, *, now=NOW, newest=100, **rest):
    entries = history(count, now=now)
    values = {"live": live(now), "settings": DashboardSettings(title="Regime models")} | rest
    return having(Given(now=now, entries=entries, newest=entries[-newest:], metrics=METRICS, **values), incidents(now))


def having(given, cases):
    """The same with these incidents."""
    return replace(
        given,
        incidents=cases,
        dues={one.id: dues(one, given.now) for one in cases},
        published={one.id: told for one in cases if (told := published(one, given.now)) is not None},
    )


def calm(count=400, *, now=NOW, **rest):
    return replace(having(given(count, now=now), incidents(now, with_open=False)), **rest)
