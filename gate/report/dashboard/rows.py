"""Each metric now: the worse of what the gate said of the deployed version and what the monitor sees of it.

What is missing, not a number or too old is unknown; a breach stays a breach however old it is.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from gate.domain.history import HistoryEntry
from gate.domain.live import LiveMetric
from gate.domain.metric import Metric, Unit
from gate.domain.numbers import ABSENT, show
from gate.domain.verdict import Judgement
from gate.report import wording
from gate.report.dashboard import charts, states
from gate.report.dashboard.given import Given
from gate.report.dashboard.links import metric_page
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import axis_of
from gate.report.text import plain

NAME, SENTENCE = 80, 300
METRICS = 80
"""Metrics that are shown; a user's own suite may bring hundreds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One figure of a row."""

    label: str
    text: str
    kind: str
    """"better", "worse", "absent" or ""."""

    @classmethod
    def of(cls, label: str, text: str) -> "Cell":
        """Choose the kind by the words."""
        kinds = (("absent", text == ABSENT), ("better", text.endswith("better")), ("worse", text.endswith("worse")))
        kind = next((kind for kind, holds in kinds if holds), "")
        return cls(label=label, text=text, kind=kind if label == "Change" or kind == "absent" else "")


COLUMNS = ("Live", "Gate", "Baseline", "Change", "Limit", "95% interval")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One metric now."""

    name: str
    title: str
    page: str
    """"" where it has none, because it has no history."""
    state: State
    word: str
    sign: str
    cells: tuple[Cell, ...]
    limit: str
    bullet: charts.Chart | None
    why: str
    """A sentence where it is not well."""
    advisory: bool


def rows_of(given: Given, current: HistoryEntry | None, paged: Collection[str]) -> tuple[Row, ...]:
    """Every metric that the gate or the monitor speaks of, in the registry's order."""
    judged = {one.metric: one for one in current.verdict.judgements} if current and current.verdict else {}
    lived = {one.metric: one for one in given.live.metrics} if given.live else {}
    place = {name: index for index, name in enumerate(given.metrics)}
    names = sorted({*judged, *lived}, key=lambda name: (place.get(name, len(place)), name))
    fresh = current is not None and given.verdict_is_fresh(current)
    return tuple(
        replace(
            _row(given, name, judged.get(name), lived.get(name), fresh=fresh),
            page=metric_page(name) if name in paged else "",
        )
        for name in names[:METRICS]
    )


def _row(given: Given, name: str, judged: Judgement | None, lived: LiveMetric | None, *, fresh: bool) -> Row:
    metric = given.metrics.get(name)
    unit = wording.unit_of(metric)
    state, why = _state(judged, lived, fresh=fresh, live_fresh=given.live_is_fresh)
    limit = (judged.limit if judged else None) or (lived.limit if lived else None) or given.limits.get(name)
    limit_said = wording.limit_words(limit, unit) if limit else ABSENT
    advisory = not (judged.blocking if judged else limit.blocking if limit else True)
    return Row(
        name=name,
        title=plain(metric.title if metric else name, NAME) or ABSENT,
        page="",
        state=state,
        word=states.word(state),
        sign=states.sign(state),
        cells=_cells(judged, lived if given.live_is_fresh else None, unit, limit_said),
        limit=limit_said,
        bullet=_bullet(metric, judged, lived if given.live_is_fresh else None),
        why=plain(why, SENTENCE),
        advisory=advisory,
    )


def _cells(judged: Judgement | None, lived: LiveMetric | None, unit: Unit, limit: str) -> tuple[Cell, ...]:
    """In the order of COLUMNS."""
    live = show(lived.value, unit, apart_from=(lived.limit.max, lived.limit.min)) if lived else ABSENT
    said = (live, ABSENT, _baseline(judged, lived, unit), ABSENT, limit, ABSENT)
    if judged:
        gate = wording.value_words(judged.candidate, judged, unit)
        change = wording.change_words(wording.held_change(judged), judged, unit)
        said = (live, gate, said[2], change, limit, wording.interval_words(judged.interval, judged, unit))
    return tuple(Cell.of(label, text) for label, text in zip(COLUMNS, said, strict=True))


def _baseline(judged: Judgement | None, lived: LiveMetric | None, unit: Unit) -> str:
    if judged and judged.baseline is not None:
        return wording.value_words(judged.baseline, judged, unit)
    return show(lived.baseline, unit) if lived else ABSENT


def _state(judged: Judgement | None, lived: LiveMetric | None, *, fresh: bool, live_fresh: bool) -> tuple[State, str]:
    """The worse of both; what is too old is unknown, but for a breach."""
    said: list[tuple[State, str]] = []
    if judged:
        state = states.of_judgement(judged)
        well = state in {State.GOOD, State.WATCHED}
        said.append((state, "" if well else judged.sentence))
        if not fresh and state is not State.WATCHED:
            said.append((State.UNKNOWN, "The verdict is too old to say how things are."))
    if lived:
        state = states.of_live(lived.state)
        said.append((state, "" if state is State.GOOD else lived.sentence or f"live: {lived.state.value}"))
        if not live_fresh:
            said.append((State.UNKNOWN, "The monitor's word is too old."))
    return max(said, key=lambda one: one[0].rank, default=(State.UNKNOWN, "Nothing was measured."))


def _bullet(metric: Metric | None, judged: Judgement | None, lived: LiveMetric | None) -> charts.Chart | None:
    live = lived.value if lived else None
    if judged is None:
        bounds = [bound for bound in (lived.limit.min, lived.limit.max) if bound is not None] if lived else []
        return charts.bullet(None, lived.baseline if lived else None, bounds, live=live)
    axis = axis_of(judged, metric)
    interval = judged.interval if judged.interval and wording.held_by_change(judged) == bool(axis.kind) else ()
    return charts.bullet(
        axis.value(judged), axis.base(judged), axis.bounds(judged), interval, live=None if axis.kind else live
    )
