"""Charts as numbers: every coordinate is chosen here, the template prints them as SVG.

Lines lie in a box that is stretched to the page's width (strokes are not), words in another that is not stretched: so a
chart is sharp on a phone and on a wall, and weighs a few kilobytes.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from gate.domain.live import Tail
from gate.report.dashboard.given import Mark
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import Axis, Bucket
from gate.report.dashboard.when import moment
from gate.report.text import plain

ACROSS = 1000
"""Width of every box; its height is in pixels."""
Height = Callable[[float], float]
"""From a value to a place on the page."""
_EDGE = 8.0
_SAME, _HUGE = 1e-12, 1e150


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A text beside the lines."""

    x: str
    """In percent of the width."""
    y: float
    text: str
    anchor: str = "start"
    kind: str = "tick"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stroke:
    """One path of a kind."""

    kind: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One drawing. What it shows stands in its description and in a table."""

    height: float
    box: float
    """Height of the lines' box; below it are the dates."""
    strokes: tuple[Stroke, ...]
    """Painted in this order."""
    words: tuple[Word, ...] = ()
    describes: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    low: float
    high: float
    size: float
    margin: float = 0.0

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.margin + share * (self.size - 2 * self.margin)


FLAGS = {"deployed": 0.15, "rolledback": 0.45, "shift": 1.0}
"""How high each kind of mark stands, as a share of the box: what is rare stands higher."""


def history(
    buckets: Sequence[Bucket], axis: Axis, marks: Iterable[Mark], *, height: float, describes: str, words: bool
) -> Chart:
    """A metric through time: its value with its own band; the limit and the baseline are lines of their own."""
    box = height - 20 if words else height
    across = _scale([bucket.at for bucket in buckets], ACROSS, 6 if words else 3)
    up = _scale(_heights(buckets), box, _EDGE)

    def y(value: float) -> float:
        return box - up(value)

    grid = "".join(f"M0 {_n(y(value))}H{ACROSS}" for value in _round_values(up)) if words else ""
    inside = [mark for mark in marks if across.low <= mark.at <= across.high]
    strokes = (
        Stroke(kind="grid", path=grid),
        Stroke(kind="band", path=_band([(across(b.at), _ys(b, y)) for b in buckets])),
        *(Stroke(kind=kind, path=_flags(inside, kind, across, box)) for kind in FLAGS),
        Stroke(kind="base", path=_steps([(across(b.at), None if b.base is None else y(b.base)) for b in buckets])),
        *_limits(buckets, across, y),
        Stroke(kind="value", path=_line([(across(b.at), None if b.value is None else y(b.value)) for b in buckets])),
        Stroke(kind="dot-warn", path=_dots(buckets, State.WARN, across, y)),
        Stroke(kind="dot-unknown", path=_dots(buckets, State.UNKNOWN, across, y)),
        Stroke(kind="dot-bad", path=_dots(buckets, State.BAD, across, y)),
        Stroke(kind="last", path=_last(buckets, across, y)),
    )
    return Chart(
        height=height,
        box=box,
        strokes=tuple(stroke for stroke in strokes if stroke.path),
        words=(*_ticks(up, box, axis), *_dates(across, height)) if words else (),
        describes=describes,
    )


def bullet(
    value: float | None,
    base: float | None,
    bounds: Sequence[float],
    interval: Sequence[float] = (),
    live: float | None = None,
) -> Chart | None:
    """One value now: its interval a bar, the limit and the baseline each a tick of its own, the live value a dot."""
    dots = [one for one in (value, live) if one is not None and math.isfinite(one)]
    if not dots:
        return None
    across = _scale([*dots, *bounds, *interval, *(() if base is None else (base,))], ACROSS, 40)
    marks = [Stroke(kind="axis", path=f"M0 9h{ACROSS}")]
    if len(interval) == 2:
        low, high = across(interval[0]), across(interval[1])
        marks.append(Stroke(kind="interval", path=f"M{_n(low)} 9H{_n(max(high, low + 4))}"))
    if base is not None:
        marks.append(Stroke(kind="base", path=f"M{_n(across(base))} 4v10"))
    marks += [Stroke(kind="limit", path=f"M{_n(across(bound))} 1v16") for bound in bounds]
    for kind, one in (("last", value), ("live", live)):
        if one is not None and math.isfinite(one):
            marks.append(Stroke(kind=kind, path=f"M{_n(across(one))} 9h0"))
    return Chart(height=18, box=18, strokes=tuple(marks))


REGIMES = 6
"""Colours; further states share the last."""


def regimes(tail: Tail, *, height: float, most: int = 400) -> Chart:
    """The price, over the regime that the strategy saw at each bar."""
    box = height - 20
    count = len(tail.price)
    prices = [price if price is not None and math.isfinite(price) else None for price in tail.price]
    across = _Scale(low=0, high=max(count - 1, 1), size=ACROSS)
    up = _scale([price for price in prices if price is not None], box, _EDGE)
    names = ranked(tail)
    width = ACROSS / max(count - 1, 1)
    bands = [
        Stroke(
            kind=f"r{min(place, REGIMES - 1)}",
            path="".join(
                f"M{_n(max(across(first) - width / 2, 0))} 0H{_n(min(across(last) + width / 2, ACROSS))}V{box:g}"
                f"H{_n(max(across(first) - width / 2, 0))}z"
                for first, last, state in runs(tail.state)
                if state == name
            ),
        )
        for place, name in enumerate(names)
    ]
    taken = _kept(prices, most)
    points = [(across(place), None if (price := prices[place]) is None else box - up(price)) for place in taken]
    ends = [moment(tail.at[0]), moment(tail.at[-1])] if tail.at else []
    return Chart(
        height=height,
        box=box,
        strokes=(*bands, Stroke(kind="price", path=_line(points))),
        words=(
            Word(x="0.6", y=14, text=f"{up.high:,.6g}"),
            Word(x="0.6", y=box - 5, text=f"{up.low:,.6g}"),
            *_span(ends, height),
        ),
        describes=f"Price of {plain(tail.symbol, 40)} over the last {count} bars, with the regime at each bar.",
    )


def ranked(tail: Tail) -> tuple[str, ...]:
    """The states' names, sorted as numbers where they are."""

    def key(name: str) -> tuple[int, float, str]:
        return (0, float(name), name) if name.removeprefix("-").isdecimal() else (1, 0.0, name)

    return tuple(sorted({name for name in tail.state if name}, key=key))


def runs(states: Sequence[str]) -> list[tuple[int, int, str]]:
    """Neighbouring bars of one state: first, last, name."""
    starts = [place for place, state in enumerate(states) if not place or state != states[place - 1]]
    return [(low, high - 1, states[low]) for low, high in pairwise([*starts, len(states)])]


def _kept(values: Sequence[float | None], most: int) -> list[int]:
    """Least and greatest of each stretch, first and last: a spike never falls between two points."""
    if len(values) <= most:
        return list(range(len(values)))
    kept = {0, len(values) - 1}
    edges = [len(values) * place // (most // 2) for place in range(most // 2 + 1)]
    for low, high in pairwise(edges):
        there = [place for place in range(low, high) if values[place] is not None]
        if there:
            kept |= {min(there, key=lambda at: values[at] or 0.0), max(there, key=lambda at: values[at] or 0.0)}
    return sorted(kept)


def _heights(buckets: Sequence[Bucket]) -> list[float]:
    """What the scale must hold: limits, baseline, and all values but the few that would flatten the rest."""
    fixed = [bound for bucket in buckets for bound in bucket.bounds]
    fixed += [bucket.base for bucket in buckets if bucket.base is not None]
    ends = sorted(end for bucket in buckets for end in (bucket.low, bucket.high, bucket.value) if end is not None)
    cut = len(ends) // 50
    return fixed + (ends[cut : len(ends) - cut] if cut else ends)


def _scale(values: Sequence[float], size: float, margin: float) -> _Scale:
    """From the least to the greatest; a single value stands in the middle. Never of no width, never infinite."""
    kept = [min(max(value, -_HUGE), _HUGE) for value in values] or [0.0, 1.0]
    low, high = min(kept), max(kept)
    if high - low <= _SAME * max(abs(low), abs(high), _SAME):
        room = max(abs(high), _SAME)
        low, high = low - room / 2, high + room / 2
    return _Scale(low=low, high=high, size=size, margin=margin)


def _ys(bucket: Bucket, y: Height) -> tuple[float, float] | None:
    return None if bucket.low is None or bucket.high is None else (y(bucket.high), y(bucket.low))


def _n(number: float) -> str:
    """One decimal is a hundredth of a percent of the width."""
    return f"{number:.1f}".removesuffix(".0")


def _pieces(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Where a value is missing, the line is broken."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, height in points:
        if height is None:
            pieces.append([])
        else:
            pieces[-1].append((x, height))
    return [piece for piece in pieces if piece]


def _line(points: Sequence[tuple[float, float | None]]) -> str:
    return "".join("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in piece) for piece in _pieces(points) if len(piece) > 1)


def _steps(points: Sequence[tuple[float, float | None]]) -> str:
    """A line that jumps: from one verdict on, this was the limit."""
    drawn = ""
    for piece in _pieces(points):
        drawn += f"M{_n(piece[0][0])} {_n(piece[0][1])}"
        height = piece[0][1]
        for x, y in piece[1:]:
            if abs(y - height) >= 0.05:
                drawn += f"H{_n(x)}V{_n(y)}"
                height = y
        drawn += f"H{_n(piece[-1][0])}"
    return drawn


def _limits(buckets: Sequence[Bucket], across: _Scale, y: Height) -> list[Stroke]:
    most = max((len(bucket.bounds) for bucket in buckets), default=0)
    return [
        Stroke(
            kind="limit",
            path=_steps([(across(b.at), y(b.bounds[place]) if place < len(b.bounds) else None) for b in buckets]),
        )
        for place in range(most)
    ]


def _band(points: Sequence[tuple[float, tuple[float, float] | None]]) -> str:
    drawn = ""
    piece: list[tuple[float, float, float]] = []
    for x, ends in [*points, (0.0, None)]:
        if ends is not None:
            piece.append((x, *ends))
            continue
        if len(piece) > 1:
            there = "L".join(f"{_n(x)} {_n(top)}" for x, top, _ in piece)
            back = "L".join(f"{_n(x)} {_n(bottom)}" for x, _, bottom in reversed(piece))
            drawn += f"M{there}L{back}z"
        piece = []
    return drawn


def _dots(buckets: Sequence[Bucket], state: State, across: _Scale, y: Height) -> str:
    """A line of no length has round ends: a dot that stretching leaves round. Without a value it lies at the bottom."""
    return "".join(
        f"M{_n(across(bucket.at))} {_n(y(-math.inf if bucket.worst is None else bucket.worst))}h0"
        for bucket in buckets
        if bucket.state is state
    )


def _last(buckets: Sequence[Bucket], across: _Scale, y: Height) -> str:
    last = buckets[-1] if buckets else None
    return "" if last is None or last.value is None else f"M{_n(across(last.at))} {_n(y(last.value))}h0"


def _flags(marks: Sequence[Mark], kind: str, across: _Scale, box: float) -> str:
    places = sorted({round(across(mark.at)) for mark in marks if mark.kind == kind})
    return "".join(f"M{place} {box:g}v{-box * FLAGS[kind]:g}" for place in places)


def _ticks(up: _Scale, box: float, axis: Axis) -> list[Word]:
    """What the grid's lines stand for."""
    return [Word(x="0", y=round(box - up(value) - 3, 1), text=axis.say(value)) for value in _round_values(up)]


def _round_values(up: _Scale) -> list[float]:
    """Three or so round numbers within the scale."""
    step = _round((up.high - up.low) / 3)
    first, last = math.ceil(up.low / step), math.floor(up.high / step)
    return [float(f"{place * step:.12g}") for place in range(first, min(last, first + 4) + 1)]


def _round(size: float) -> float:
    """1, 2 or 5 times a power of ten, at least `size`."""
    power: float = 10.0 ** math.floor(math.log10(size))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= size * (1 - _SAME))


def _dates(across: _Scale, height: float) -> list[Word]:
    ends = [datetime.fromtimestamp(at, tz=UTC) for at in (across.low, across.high)]
    return _span(ends, height)


def _span(ends: Sequence[datetime | None], height: float) -> list[Word]:
    known = [end for end in ends if end is not None]
    if len(known) != 2:
        return []
    first, last = known
    middle = first + (last - first) / 2
    near = (last - first).total_seconds() < 3 * 86_400
    words = [f"{at.day} {at:%b %H:%M}" if near else f"{at.day} {at:%b %Y}" for at in (first, middle, last)]
    places = (("0", "start"), ("50", "middle"), ("100", "end"))
    return [Word(x=x, y=height - 4, text=text, anchor=anchor) for (x, anchor), text in zip(places, words, strict=True)]
