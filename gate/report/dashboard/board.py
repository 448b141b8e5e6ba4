"""The internal pages as values: every word, state, order and coordinate is chosen here, the templates only print.

A metric's state is the worse of what the gate said of the deployed version and what the monitor sees. What is missing,
not a number or too old is unknown; a breach stays a breach however old it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gate.domain.history import Happened, HistoryEntry
from gate.domain.live import LiveMetric, Tail
from gate.domain.metric import Metric, Unit
from gate.domain.numbers import ABSENT, show
from gate.domain.verdict import Judgement, Outcome
from gate.report import wording
from gate.report.dashboard import charts, clocks, states, when
from gate.report.dashboard.given import Given, Kept, Mark
from gate.report.dashboard.links import metric_page, safe_url, verdict_page
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import Axis, Sighting, Trails, axis_of
from gate.report.text import plain

NAME, SENTENCE = 80, 300
SMALL, LARGE = 60, 250
"""Buckets of a small and of a large chart."""
RECENT, MOVED = 15, 6
"""Verdicts on the first page, and deployments with rollbacks."""
SIGHTED = 40
"""Verdicts in the table under a large chart."""
TAILS = 4
"""Symbols whose price is drawn."""
CASES = 8
"""Open incidents, and closed ones; the headline counts them all."""
SMALLS = 40
"""Charts on the first page."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One entry of the history in a table."""

    at: str
    machine: str
    state: State
    sign: str
    word: str
    title: str
    ref: str
    sha: str
    source: str
    url: str
    page: str


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """One stretch of a state."""

    state: str
    colour: str
    since: str
    until: str
    bars: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RegimeChart:
    """Regimes over price of one symbol."""

    symbol: str
    chart: charts.Chart
    legend: tuple[tuple[str, str, str], ...]
    """Colour, state, share of bars."""
    newest: tuple[Regime, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """The first page."""

    title: str
    state: State
    sign: str
    headline: str
    told: str
    """Where the figures are from."""
    deployed: str
    live_said: str
    live_fresh: bool
    troubles: tuple[str, ...]
    rows: tuple[Row, ...]
    watched: tuple[Row, ...]
    """Without a limit."""
    smalls: tuple[Small, ...]
    regimes: tuple[RegimeChart, ...]
    open: tuple[clocks.Case, ...]
    closed: tuple[clocks.Case, ...]
    more: str
    """Incidents that are left out, counted."""
    recent: tuple[Line, ...]
    happened: tuple[Line, ...]
    """Deployments and rollbacks, the newest first."""
    count: int
    columns: tuple[str, ...] = COLUMNS


def board(given: Given, found: Trails) -> Board:
    """The first page."""
    current = current_verdict(given)
    rows = rows_of(given, current, frozenset(metrics_shown(given, found)))
    cases = clocks.cases(given.incidents, given.dues, given.now)
    limited = tuple(row for row in rows if row.state is not State.WATCHED)
    state = overall(given, limited, cases)
    return Board(
        title=plain(given.settings.title, NAME) or "gate",
        state=state,
        sign=states.sign(state),
        headline=_headline(given, state, limited, cases),
        told=_told(given, current),
        deployed=deployed_words(given),
        live_said=_live_words(given),
        live_fresh=given.live_is_fresh,
        troubles=tuple(plain(trouble, SENTENCE) for trouble in given.troubles),
        rows=limited,
        watched=tuple(row for row in rows if row.state is State.WATCHED),
        smalls=smalls_of(given, found, rows),
        regimes=tuple(regime_chart(tail) for tail in (given.live.tails if given.live else ())[:TAILS] if tail.at),
        open=tuple(case for case in cases if case.is_open)[:CASES],
        closed=tuple(case for case in cases if not case.is_open)[:CASES],
        more=_left_out(cases),
        recent=lines(given, Happened.VERDICT, RECENT),
        happened=tuple(
            sorted(
                (*lines(given, Happened.DEPLOYMENT, MOVED), *lines(given, Happened.ROLLBACK, MOVED)),
                key=lambda line: line.machine,
                reverse=True,
            )[:MOVED]
        ),
        count=sum(entry.kind is Happened.VERDICT for entry in given.entries),
    )


def current_verdict(given: Given) -> HistoryEntry | None:
    """The verdict that says how the deployed version stands: of its commit, else of the night, else the newest."""
    told = [entry for entry in reversed(given.newest) if entry.verdict is not None]
    sha = _deployed_sha(given)
    of_it = [one for one in told if sha and one.verdict and sha in (one.sha, one.verdict.candidate.sha)]
    nightly = [one for one in told if one.source == "nightly"]
    return next(iter((*of_it, *nightly, *told)), None)


def expires(given: Given, current: HistoryEntry | None, *, live: bool) -> datetime | None:
    """When the first of what is said to be well is too old to be; a page that nobody renews has an end of its own."""
    ends = []
    if given.live is not None and given.live_is_fresh and (at := when.moment(given.live.at)) is not None:
        ends.append(at + timedelta(seconds=given.settings.stale_live))
    if current is not None and given.verdict_is_fresh(current) and (at := when.moment(current.at)) is not None:
        ends.append(at + timedelta(hours=given.settings.stale_verdict))
    if not live:
        return given.now + timedelta(seconds=given.settings.stale_page)
    return min(ends, default=None)


def overall(given: Given, rows: Sequence[Row], cases: Sequence[clocks.Case]) -> State:
    """The worst of all blocking metrics and open incidents; an advisory one only warns."""
    found = [min(row.state, State.WARN, key=lambda one: one.rank) if row.advisory else row.state for row in rows]
    found += [case.state for case in cases if case.is_open]
    found += [State.UNKNOWN for _ in given.troubles]
    if not any(not row.advisory for row in rows):
        found.append(State.UNKNOWN)
    return states.worst(found)


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


def regime_chart(tail: Tail) -> RegimeChart:
    """Regimes over price."""
    length = min(len(tail.at), len(tail.price), len(tail.state))
    tail = Tail(symbol=tail.symbol, at=tail.at[:length], price=tail.price[:length], state=tail.state[:length])
    names = charts.ranked(tail)
    colours = {name: f"r{min(place, charts.REGIMES - 1)}" for place, name in enumerate(names)}
    runs = charts.runs(tail.state)
    return RegimeChart(
        symbol=plain(tail.symbol, 40),
        chart=charts.regimes(tail, height=220),
        legend=tuple(
            (colours[name], plain(name, 40), f"{sum(state == name for state in tail.state) / length:.0%}")
            for name in names
        ),
        newest=tuple(
            Regime(
                state=plain(state, 40) or "none",
                colour=colours.get(state, ""),
                since=when.said(when.moment(tail.at[first])),
                until=when.said(when.moment(tail.at[last])),
                bars=last - first + 1,
            )
            for first, last, state in reversed(runs[-8:])
        ),
    )


def lines(given: Given, kind: Happened, most: int) -> tuple[Line, ...]:
    """The newest entries of a kind, the newest first."""
    whole = {entry.uid for entry in given.newest if entry.verdict is not None}
    of_kind = [entry for entry in given.entries if entry.kind is kind][-most:]
    return tuple(_line(entry, whole) for entry in reversed(of_kind))


def _line(entry: Kept, whole: "set[str]") -> Line:
    at = when.moment(entry.at)
    state, word = State.WATCHED, {"deployment": "deployed", "rollback": "rolled back"}.get(entry.kind.value, "")
    if entry.verdict is not None:
        state = states.of_verdict(entry.verdict.verdict)
        word = wording.verdict_sign(entry.verdict.verdict).word + (" (quick)" if entry.verdict.quick else "")
        state = State.UNKNOWN if entry.verdict.quick and state is State.GOOD else state
    return Line(
        at=when.said(at),
        machine=when.machine(at),
        state=state,
        sign=states.sign(state),
        word=word,
        title=plain(entry.title, 120) or "untitled",
        ref=plain(entry.ref, 60),
        sha=plain(entry.sha, 40)[:7],
        source=plain(entry.source, 30).replace("_", " "),
        url=safe_url(entry.url),
        page=verdict_page(entry.uid) if entry.uid in whole else "",
    )


def _deployed_sha(given: Given) -> str:
    moved = (Happened.DEPLOYMENT, Happened.ROLLBACK)
    return next((entry.sha for entry in reversed(given.entries) if entry.kind in moved and entry.sha), "")


def deployed_words(given: Given) -> str:
    """What trades, and since when."""
    moved = (Happened.DEPLOYMENT, Happened.ROLLBACK)
    last = next((entry for entry in reversed(given.entries) if entry.kind in moved), None)
    if last is None:
        version = plain(given.live.version, 40) if given.live else ""
        return f"version {version}" if version else "no deployment is recorded"
    verb = "deployed" if last.kind is Happened.DEPLOYMENT else "rolled back to"
    return f"{verb} {plain(last.sha, 40)[:7] or 'unknown commit'}, {when.said(when.moment(last.at))}"


def _headline(given: Given, state: State, rows: Sequence[Row], cases: Sequence[clocks.Case]) -> str:
    blocking = [row for row in rows if not row.advisory]
    breached = [row for row in blocking if row.state is State.BAD]
    open_cases = [case for case in cases if case.is_open]
    parts = []
    if breached:
        names = ", ".join(row.title for row in breached[:3]) + (" and more" if len(breached) > 3 else "")
        parts.append(f"{_count(len(breached), 'limit')} breached: {names}")
    unknown = sum(row.state is State.UNKNOWN for row in blocking)
    if unknown:
        parts.append(f"{unknown} of {len(blocking)} metrics unknown")
    if open_cases:
        parts.append(f"{_count(len(open_cases), 'open incident')}")
    if given.troubles:
        parts.append("not everything could be read")
    if not parts:
        if state is State.UNKNOWN:
            return "Nothing is known yet"
        warned = sum(row.state is State.WARN for row in rows)
        parts.append(f"All {len(blocking)} limits hold" + (f", {_count(warned, 'warning')}" if warned else ""))
    return "; ".join(parts)


def _told(given: Given, current: HistoryEntry | None) -> str:
    if current is None:
        return "No verdict is kept yet."
    sha = _deployed_sha(given)
    commit = plain(current.sha or (current.verdict.candidate.sha if current.verdict else ""), 40)
    whose = "of what is deployed" if sha and sha == commit else "not of what is deployed" if sha else "the newest"
    at = when.moment(current.at)
    return f"Gate: verdict on {commit[:7] or 'an unknown commit'} ({whose}), {when.said(at)}."


def _live_words(given: Given) -> str:
    if given.live is None:
        return "Monitor: none has reported yet."
    at = when.moment(given.live.at)
    trouble = f" {plain(given.live.trouble, SENTENCE)}" if given.live.trouble else ""
    if given.live_is_fresh:
        return f"Monitor: last record {when.to_the_second(at)}.{trouble}"
    return f"Monitor: silent since {when.to_the_second(at)}, so what it watches is unknown.{trouble}"


def _left_out(cases: Sequence[clocks.Case]) -> str:
    opened = sum(case.is_open for case in cases)
    left = max(opened - CASES, 0), max(len(cases) - opened - CASES, 0)
    words = [f"{count} {word}" for count, word in zip(left, ("open", "closed"), strict=True) if count]
    return f"… and {' and '.join(words)} more: gate incident list" if words else ""


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
