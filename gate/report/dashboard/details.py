"""One verdict's own page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gate.domain.history import HistoryEntry
from gate.domain.metric import Metric, Unit
from gate.domain.numbers import ABSENT
from gate.domain.verdict import Judgement, VerdictRecord, VersionRecord
from gate.domain.verdict import Part as MeasuredPart
from gate.report import wording
from gate.report.dashboard import charts, states, when
from gate.report.dashboard.links import metric_page, safe_url, verdict_page
from gate.report.dashboard.rows import Cell
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import axis_of
from gate.report.text import plain
from gate.report.view import in_order

NAME, SENTENCE = 120, 500
MOST = 60
"""Metrics on one page."""
PARTS = 6
COLUMNS = ("Candidate", "Baseline", "Change", "Limit", "95% interval")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One line under a metric."""

    name: str
    cells: tuple[Cell, ...]
    state: State
    word: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One metric of the verdict."""

    title: str
    page: str
    state: State
    sign: str
    word: str
    cells: tuple[Cell, ...]
    sure: str
    sentence: str
    bullet: charts.Chart | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictPage:
    """The verdict, whole."""

    page: str
    title: str
    headline: str
    state: State
    sign: str
    order: str
    how: str
    reason: str
    at: str
    machine: str
    url: str
    facts: tuple[tuple[str, str], ...]
    metrics: tuple[Found, ...]
    not_measured: tuple[str, ...]
    more: int
    columns: tuple[str, ...] = COLUMNS


def verdict_of(entry: HistoryEntry, metrics: Mapping[str, Metric], paged: Collection[str]) -> VerdictPage:
    """Choose every word of the page of an entry that has a verdict."""
    record = entry.verdict
    assert record is not None  # noqa: S101  only such entries have a page
    ordered = in_order(record.judgements, metrics)
    state = states.of_verdict(record.verdict)
    order, how = wording.action(record)
    at = when.moment(entry.at)
    return VerdictPage(
        page=verdict_page(entry.uid),
        title=plain(entry.title, NAME) or "untitled",
        headline=wording.headline(record),
        state=State.UNKNOWN if record.quick and state is State.GOOD else state,
        sign=states.sign(state),
        order=order,
        how=how.replace("`", ""),
        reason=plain(record.reason, SENTENCE),
        at=when.said(at),
        machine=when.machine(at),
        url=safe_url(entry.url),
        facts=_facts(entry, record),
        metrics=tuple(_found(one, metrics.get(one.metric), paged) for one in ordered[:MOST]),
        not_measured=tuple(plain(line, SENTENCE) for line in record.not_measured[:20]),
        more=max(len(ordered) - MOST, 0),
    )


def _facts(entry: HistoryEntry, record: VerdictRecord) -> tuple[tuple[str, str], ...]:
    data = record.data
    symbols = ", ".join(plain(symbol, 40) for symbol in data.symbols[:12])
    facts = (
        ("Baseline", _version(record.baseline)),
        ("Candidate", _version(record.candidate)),
        ("Data", f"{data.bars:,} bars of {symbols or 'no symbol'}"),
        ("Source", plain(entry.source, 40).replace("_", " ")),
        ("Data SHA-256", plain(data.sha256, 64)),
        ("Policy SHA-256", plain(record.policy_sha256, 64)),
    )
    return tuple((name, value) for name, value in facts if value)


def _version(version: VersionRecord | None) -> str:
    if version is None:
        return "none"
    changed = ", with uncommitted changes" if version.dirty else ""
    return f"{plain(version.ref, 80)} ({plain(version.sha, 40)[:7] or 'no commit'}{changed})"


def _found(judgement: Judgement, metric: Metric | None, paged: Collection[str]) -> Found:
    unit = wording.unit_of(metric)
    state = states.of_judgement(judgement)
    axis = axis_of(judgement, metric)
    same = wording.held_by_change(judgement) == bool(axis.kind)
    limit = wording.limit_words(judgement.limit, unit)
    return Found(
        title=plain(metric.title if metric else judgement.metric, 80) or "unnamed",
        page=metric_page(judgement.metric) if judgement.metric in paged else "",
        state=state,
        sign=states.sign(state),
        word=states.word(state),
        cells=_cells(judgement, judgement, unit, limit if judgement.blocking else f"{limit} (advisory)"),
        sure=plain(judgement.certainty, SENTENCE),
        sentence=plain(judgement.sentence, SENTENCE),
        bullet=charts.bullet(
            axis.value(judgement),
            axis.base(judgement),
            axis.bounds(judgement),
            judgement.interval if judgement.interval and same else (),
        ),
        parts=_parts(judgement, metric),
    )


def _cells(one: Judgement | MeasuredPart, judgement: Judgement, unit: Unit, limit: str) -> tuple[Cell, ...]:
    """In the order of COLUMNS."""
    said = (
        wording.value_words(one.candidate, judgement, unit),
        wording.value_words(one.baseline, judgement, unit),
        wording.change_words(one.change, judgement, unit),
        limit,
        wording.interval_words(one.interval, judgement, unit),
    )
    return tuple(Cell.of(label, text) for label, text in zip(COLUMNS, said, strict=True))


def _parts(judgement: Judgement, metric: Metric | None) -> tuple[Part, ...]:
    unit = wording.unit_of(metric)
    shown: Sequence[Part] = [
        Part(
            name=plain(part.name, 60),
            cells=_cells(part, judgement, unit, ABSENT),
            state=states.of_outcome(part.outcome),
            word=wording.outcome_sign(part.outcome).word,
        )
        for part in judgement.parts[:PARTS]
    ]
    return tuple(shown)
