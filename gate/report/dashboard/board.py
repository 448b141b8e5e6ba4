"""The first page as a value: every word, state, order and coordinate is chosen before, the templates only print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.domain.history import Happened, HistoryEntry
from gate.report.dashboard import clocks, states, when
from gate.report.dashboard.given import Given
from gate.report.dashboard.happenings import Line, lines
from gate.report.dashboard.metric_pages import Small, metrics_shown, smalls_of
from gate.report.dashboard.regimes import RegimeChart, regime_chart
from gate.report.dashboard.rows import COLUMNS, NAME, SENTENCE, Row, rows_of
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import Trails
from gate.report.text import plain

RECENT, MOVED = 15, 6
"""Verdicts on the first page, and deployments with rollbacks."""
TAILS = 4
"""Symbols whose price is drawn."""
CASES = 8
"""Open incidents, and closed ones; the headline counts them all."""


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
