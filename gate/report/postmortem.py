"""A post-mortem, drafted from an incident's record and what it points at; what nobody wrote is "not yet written"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.domain.culprit import Culprits, Finding
from gate.domain.incident import NOT_YET, Deadline, Entry, Incident, Standing, Topic
from gate.domain.metric import Metric
from gate.domain.numbers import ABSENT, show
from gate.domain.rollback import Proof, Record, Shown
from gate.domain.verdict import Judgement, Outcome, VerdictRecord
from gate.report.incident import Paper, clock, span
from gate.report.markdown import template
from gate.report.text import code, prose

SHOWN = 60
SIGNS = {Shown.HOLDS: "✅", Shown.BROKEN: "❌", Shown.UNKNOWN: "❓", Shown.NOT_ASKED: "–"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What the record points at, the newest of each kind."""

    verdict: VerdictRecord | None = None
    after: VerdictRecord | None = None
    """Of the rolled-back tree, where the gate judged it."""
    record: Record | None = None
    proof: Proof | None = None
    culprits: Culprits | None = None
    metrics: Mapping[str, Metric]
    follow_ups: Sequence[Entry] = ()


def draft(incident: Incident, paper: Paper, material: Material) -> str:
    """Print it."""
    facts = {
        "title": prose(incident.title, 200),
        "at": clock(paper.standing.at),
        "what": _what(incident),
        "metrics": _metrics(material),
        "culprit": [_found(one) for one in material.culprits.findings] if material.culprits else [],
        "integrity": _integrity(material),
        "deadlines": [_deadline(one) for one in paper.standing.deadlines if one.due],
        "timeline": [{"at": clock(one.at), "event": _event(one)} for one in incident.entries[:SHOWN]],
        "root_cause": prose(paper.written[Topic.ROOT_CAUSE], 4000) or NOT_YET,
        "lessons": prose(paper.written[Topic.LESSONS], 4000) or NOT_YET,
        "owners": prose(paper.written[Topic.OWNERS], 4000) or NOT_YET,
        "follow_ups": [
            *(prose(one.text, 600) for one in material.follow_ups),
            *(f"{one.stage.value}, due {clock(one.due)}" for one in paper.standing.owed),
        ],
    }
    return template("postmortem.md.j2").render(**facts).strip() + "\n"


def _what(incident: Incident) -> list[str]:
    lines = [f"severity {incident.severity.value}, detected {clock(incident.opened_at)}"]
    lines += [f"began in the data {clock(incident.onset_at)}"] if incident.onset_at else []
    lines += [f"deployed: {code(incident.version)}"] if incident.version else []
    return lines + [f"{prose(one.name)}: {prose(one.value)}" for one in incident.facts]


def _metrics(material: Material) -> list[dict[str, str]]:
    if material.verdict is None:
        return []
    after = {one.metric: one for one in material.after.judgements} if material.after else {}
    proved = next((one for one in material.proof.checks if one.name == "metrics"), None) if material.proof else None
    back = "back at the baseline's" if proved and proved.shown is Shown.HOLDS else "not shown"
    return [
        _metric(one, material.metrics.get(one.metric), after.get(one.metric), back)
        for one in material.verdict.judgements
        if one.outcome in (Outcome.FAIL, Outcome.WARN)
    ]


def _metric(one: Judgement, metric: Metric | None, after: Judgement | None, back: str) -> dict[str, str]:
    return {
        "name": metric.title if metric else prose(one.metric),
        "baseline": _number(one.baseline, metric),
        "candidate": _number(one.candidate, metric),
        "outcome": prose(one.sentence, 300),
        "after": _number(after.candidate, metric) if after else back,
    }


def _number(value: float | None, metric: Metric | None) -> str:
    if value is None:
        return ABSENT
    return show(value, metric.unit) if metric else f"{value:g}"


def _found(one: Finding) -> str:
    if one.culprit is None:
        return f"{prose(one.metric)}: {one.outcome.value}, {len(one.remaining)} commits remain possible"
    number = f", pull request {one.pull_request}" if one.pull_request else ""
    who = prose(one.culprit.author, 60)
    return f"{prose(one.metric)}: {code(one.culprit.sha[:12])} {prose(one.culprit.subject)} ({who}){number}"


def _integrity(material: Material) -> list[str]:
    lines = []
    record, proof = material.record, material.proof
    if record:
        level = f"level {int(record.plan.level)}, " if record.plan else ""
        lines.append(f"{level}{record.ending.value}: {prose(record.sentence, 400)} ({record.seconds:.1f} s)")
        there = [one for one in record.fingerprints if one.bytes is not None]
        size = sum(one.bytes or 0 for one in there)
        lines.append(
            f"{len(there)} data and state files were fingerprinted before, {size:,} bytes"
            if record.fingerprints
            else "no data or state file was fingerprinted before the rollback"
        )
    if proof:
        lines += [f"{SIGNS[one.shown]} {prose(one.name)}: {prose(one.sentence, 400)}" for one in proof.checks]
    elif record:
        lines.append("❓ the rollback was not verified: gate verify --record FILE")
    return lines


def _deadline(one: Deadline) -> str:
    said = {
        Standing.MET: f"met at {clock(one.done)}, {span(one.seconds)} before {clock(one.due)}",
        Standing.MISSED: f"MISSED: done at {clock(one.done)}, {span(one.seconds)} after {clock(one.due)}",
        Standing.OVERDUE: f"MISSED: not done, due {clock(one.due)}",
        Standing.RUNNING: f"not done yet, due {clock(one.due)}",
    }
    return f"{one.stage.value}: {said[one.standing]}"


def _event(one: Entry) -> str:
    return f"**{one.stage.value}**: {prose(one.text, 300)}" if one.stage else prose(one.text, 300)
