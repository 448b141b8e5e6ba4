"""Each metric through time: one of the small charts, and a page of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate.domain.history import Happened
from gate.domain.metric import Metric
from gate.domain.numbers import ABSENT, show
from gate.domain.verdict import Outcome
from gate.report import wording
from gate.report.dashboard import charts, states, when
from gate.report.dashboard.given import Given, Kept, Mark
from gate.report.dashboard.links import metric_page, verdict_page
from gate.report.dashboard.rows import METRICS, NAME, SENTENCE, Row
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import Axis, Sighting, Trails, axis_of
from gate.report.text import plain

SMALL, LARGE = 60, 250
"""Buckets of a small and of a large chart."""
SIGHTED = 40
"""Verdicts in the table under a large chart."""
SMALLS = 40
"""Charts on the first page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Small:
    """One of the small multiples."""

    title: str
    page: str
    state: State
    word: str
    sign: str
    value: str
    limit: str
    chart: charts.Chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One line of the table under a large chart."""

    at: str
    machine: str
    value: str
    baseline: str
    limit: str
    state: State
    word: str
    title: str
    page: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricPage:
    """One metric through time."""

    page: str
    title: str
    explains: str
    source: str
    row: Row | None
    held: str
    """What is drawn, and what the band means."""
    chart: charts.Chart
    count: int
    breaches: int
    points: tuple[Point, ...]
    kinds: tuple[str, ...]
    """Kinds of strokes that the legend explains."""


def smalls_of(given: Given, found: Trails, rows: Sequence[Row]) -> tuple[Small, ...]:
    """All metrics at once, as the table has them; then those that only the past knows."""
    marks = tuple(marks_of(given.entries))
    return tuple(_small(given, row, found, marks) for row in [row for row in rows if row.page][:SMALLS])


def _small(given: Given, row: Row, found: Trails, marks: Sequence[Mark]) -> Small:
    sightings = found[row.name]
    axis = axis_of(sightings[-1].judgement, given.metrics.get(row.name))
    buckets = found.thinned(row.name, axis, SMALL)
    said = f"{row.title} over {len(sightings):,} verdicts; now {row.word}; its page has the table."
    return Small(
        title=row.title,
        page=row.page,
        state=row.state,
        word=row.word,
        sign=row.sign,
        value=axis.tell(axis.value(sightings[-1].judgement)),
        limit=row.limit,
        chart=charts.history(buckets, axis, marks, height=64, describes=said, words=False),
    )


def metrics_shown(given: Given, found: Trails) -> tuple[str, ...]:
    """The metrics that have a history, in the registry's order: each gets a page."""
    place = {name: index for index, name in enumerate(given.metrics)}
    return tuple(sorted(found, key=lambda name: (place.get(name, len(place)), name))[:METRICS])


def metric_of(given: Given, name: str, found: Trails, rows: Sequence[Row]) -> MetricPage:
    """One metric's page."""
    metric, sightings = given.metrics.get(name), found[name]
    row = next((row for row in rows if row.name == name), None)
    whole = {entry.uid for entry in given.newest}
    axis = axis_of(sightings[-1].judgement, metric)
    buckets = found.thinned(name, axis, LARGE)
    marks = (*marks_of(given.entries), *given.shifts.get(name, ()))
    title = plain(metric.title if metric else name, NAME) or ABSENT
    breaches = sum(one.judgement.outcome is Outcome.FAIL for one in sightings)
    said = f"{title}, {len(sightings):,} verdicts, {breaches:,} of them breached. The table below has the newest."
    chart = charts.history(buckets, axis, marks, height=260, describes=said, words=True)
    return MetricPage(
        page=metric_page(name),
        title=title,
        explains=plain(metric.explains, SENTENCE) if metric else "",
        source=plain(metric.source, SENTENCE) if metric else "",
        row=row,
        held=_held(axis, merged=len(buckets) < len(sightings)),
        chart=chart,
        count=len(sightings),
        breaches=breaches,
        points=tuple(_point(one, axis, metric, whole) for one in reversed(sightings[-SIGHTED:])),
        kinds=tuple(dict.fromkeys(stroke.kind for stroke in chart.strokes)),
    )


def _held(axis: Axis, *, merged: bool) -> str:
    what = {
        "": "The candidate's value",
        "ratio": "Candidate / baseline (1x = the same)",
        "relative": "How much worse than the baseline (below 0 = better)",
    }.get(axis.kind, "Candidate − baseline (above 0 = worse)")
    band = (
        "the band reaches from the least to the greatest of neighbouring verdicts, the line is their median"
        if merged
        else "the band is the 95% interval"
    )
    return f"{what}; {band}."


def _point(one: Sighting, axis: Axis, metric: Metric | None, whole: "set[str]") -> Point:
    state = states.of_judgement(one.judgement)
    unit = wording.unit_of(metric)
    at = when.moment(one.entry.at)
    return Point(
        at=when.said(at),
        machine=when.machine(at),
        value=axis.tell(axis.value(one.judgement)),
        baseline=show(one.judgement.baseline, unit),
        limit=wording.limit_words(one.judgement.limit, unit),
        state=state,
        word=states.word(state),
        title=plain(one.entry.title, NAME) or plain(one.entry.ref, NAME) or "untitled",
        page=verdict_page(one.entry.uid) if one.entry.uid in whole else "",
    )


def marks_of(entries: Iterable[Kept]) -> Iterable[Mark]:
    """Deployments and rollbacks, as lines down the charts."""
    kinds = {Happened.DEPLOYMENT: "deployed", Happened.ROLLBACK: "rolledback"}
    for entry in entries:
        at = when.moment(entry.at) if entry.kind in kinds else None
        if at is not None:
            yield Mark(at=at.timestamp(), kind=kinds[entry.kind])
