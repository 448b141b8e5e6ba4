"""A picture a metric: its values over time, the limit apart from them, what was deployed and taken back, new levels.

SVG, drawn without a display and the same for the same history. Importing this module loads matplotlib (0.6 s).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gate.domain.drift import Drift, Track
from gate.domain.history import Glance, Happened
from gate.domain.metric import Unit
from gate.report.history import value_of

WIDTH, HEIGHT = 10.0, 2.9
INK, FAINT, LINE, LIMIT, WORSE, BETTER = "#24292f", "#8c959f", "#0072B2", "#a40e26", "#D55E00", "#009E73"
MARKED = {Happened.DEPLOYMENT: ("deployed", BETTER, "^"), Happened.ROLLBACK: ("rolled back", WORSE, "v")}
MOST = 1500
"""Points a line: more cannot be told apart at this width, and a page has many lines."""


def draw(track: Track, drift: Drift, happened: Sequence[Glance]) -> bytes:
    """Draw one metric."""
    with mpl.rc_context({"svg.hashsalt": "gate", "svg.fonttype": "path"}):  # letters are shapes: a hostile name, too
        figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="#ffffff")
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.085, 0.13, 0.9, 0.7))
        _values(axes, track)
        _levels(axes, track, drift)
        _events(axes, track, happened)
        _dressed(axes, track)
        out = BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _when(at: str) -> float:
    when = datetime.fromisoformat(at).astimezone(UTC).replace(tzinfo=None)
    return float(date2num(when))  # type: ignore[no-untyped-call]


def _values(axes: Axes, track: Track) -> None:
    step = max(len(track.points) // MOST, 1)
    points = track.points[::-1][::step][::-1]  # the newest is always among them
    times = [_when(point.at) for point in points]
    marker = "o" if len(points) <= 120 else None
    values = [point.value for point in points]
    axes.plot(times, values, color=LINE, linewidth=1.3, marker=marker, markersize=3, label=f"now {_now(track)}")
    limited = [(time, point.limit) for time, point in zip(times, points, strict=True) if point.limit is not None]
    if limited:
        at, limit = zip(*limited, strict=True)
        said = f"limit {value_of(track, limit[-1])}"
        axes.plot(at, limit, color=LIMIT, linewidth=1.2, linestyle="--", drawstyle="steps-post", label=said)


def _now(track: Track) -> str:
    last = track.points[-1]
    return value_of(track, last.value, apart_from=(last.limit,))


def _levels(axes: Axes, track: Track, drift: Drift) -> None:
    edges = [0, *(change.place for change in drift.changes), len(track.points)]
    for number, change in enumerate(drift.changes, start=1):
        colour = WORSE if change.worse else BETTER
        at = _when(change.at)
        said = f"{value_of(track, change.before)} → {value_of(track, change.after)}"
        axes.axvline(at, color=colour, linewidth=1.0, linestyle=":", label=f"new level by {change.at[:10]}: {said}")
        last = track.points[edges[number + 1] - 1]
        axes.plot(
            [at, _when(last.at)], [change.after] * 2, color=colour, linewidth=3, alpha=0.45, solid_capstyle="butt"
        )


def _events(axes: Axes, track: Track, happened: Sequence[Glance]) -> None:
    first, last = track.points[0].at, track.points[-1].at
    for kind, (name, colour, marker) in MARKED.items():
        times = [_when(one.at) for one in happened if one.kind is kind and _when(first) <= _when(one.at) <= _when(last)]
        if times:
            foot = [0.03] * len(times)
            place = axes.get_xaxis_transform()
            axes.plot(
                times, foot, marker, color=colour, markersize=7, transform=place, label=name, clip_on=False, zorder=5
            )


def _dressed(axes: Axes, track: Track) -> None:
    axes.set_title(track.title, loc="left", fontsize=11, weight="bold", color=INK, parse_math=False, pad=20)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=5, frameon=False, fontsize=8, columnspacing=1.2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.grid(axis="y", color="#eaeef2", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8.5, length=3)
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(track, value)))
    axes.margins(x=0.01, y=0.15)


def _tick(track: Track, value: float) -> str:
    if track.ratio:
        return f"{value:.3g}x"
    return f"{100 * value:.3g}%" if track.unit is Unit.SHARE else value_of(track, value)
