"""The pictures beside the report: PNG bytes, drawn without a display and the same for the same series.

Colours are Okabe & Ito's and can be told apart by the colour-blind; every line is named where it ends.
Importing this module loads matplotlib (0.6 s): import it where a picture is wanted.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from gate.domain.market import Floats, Ints, Times
from gate.domain.metric import Unit
from gate.domain.numbers import show
from gate.domain.observation import TimedRun
from gate.domain.series import Reliability, RoleSeries, Series, SymbolSeries
from gate.domain.version import Role
from gate.report.text import plain

WIDTH = 10.0
"""Inches at 100 dots: the width of a comment on GitHub."""
DOTS = 100
POINTS = 1500
"""Points a line: more cannot be told apart at this width."""
REGIME_SYMBOLS = 3
LINE_SYMBOLS = 4
"""Symbols that are drawn; a note counts the others."""

_LEFT, _RIGHT, _EDGE = 0.075, 0.985, 0.012
"""Shares of the width: where panels begin and end, and the margin."""
_HEAD, _BETWEEN, _FOOT = 0.4, 0.62, 0.12
"""Inches above the first panel, between panels (titles and dates), and under the last."""

COLOURS = {Role.BASELINE: "#0072B2", Role.CANDIDATE: "#D55E00"}
INK, FAINT, PAPER = "#24292f", "#8c959f", "#ffffff"
INVALID = "#57606a"
REGIMES = LinearSegmentedColormap.from_list("calm to turbulent", ["#d4e8f5", "#f9dda6", "#e0805f"])
"""Pale to dark and blue to red at once: the order survives grey and any colour blindness."""

Draw = Callable[[Axes, SymbolSeries], None]


def draw(series: Series) -> dict[str, bytes]:
    """Draw everything that there is to draw, by file name."""
    names, drawn = prepared(series)
    return {name: drawn(name) for name in names}


def prepared(series: Series) -> tuple[list[str], Callable[[str], bytes]]:
    """What there is to draw, what takes longest first, and how one of it is drawn."""
    figures = _figures(series)
    names = sorted(figures, key=lambda name: name != "regimes.png")
    return names, lambda name: _png(figures[name]())


def warm_up() -> None:
    """Draw a word, so that fonts are found and loaded before a picture is wanted."""
    figure = Figure(figsize=(1, 1), dpi=DOTS)
    FigureCanvasAgg(figure)
    figure.text(0.5, 0.5, "gate", fontsize=9)
    _png(figure)


def _figures(series: Series) -> dict[str, Callable[[], Figure]]:
    symbols = [symbol for symbol in series.symbols if len(symbol.close) > 1]
    runs = [run for run in series.memory if len(run.seconds) > 1]
    figures: dict[str, Callable[[], Figure]] = {}
    if symbols:
        figures["confidence.png"] = lambda: _lines(symbols, "How sure each version is of its regime", _confidence)
        figures["regimes.png"] = lambda: _regimes(symbols)
        figures["equity.png"] = lambda: _lines(symbols, "What following each version would have earned", _equity)
    if runs:
        figures["memory.png"] = lambda: _memory(runs)
    if series.reliability:
        figures["reliability.png"] = lambda: _reliability(series.reliability)
    return figures


def _regimes(symbols: Sequence[SymbolSeries]) -> Figure:
    """Draw the price over the regimes of each version, the candidate below the baseline."""
    shown = symbols[:REGIME_SYMBOLS]
    panels = [(symbol, role) for symbol in shown for role in symbol.roles]
    states = max((int(role.state.max(initial=0)) for _, role in panels), default=0) + 1
    figure, every = _panels("When each version changes its mind", len(panels), 1.05)
    for axes, (symbol, role) in zip(every, panels, strict=True):
        _bands(axes, role.state, states)
        _price(axes, symbol.close)
        _dates(axes, symbol.time)
        _heading(axes, _regime_title(symbol, role), COLOURS[role.role])
    _regime_legend(figure, states)
    _note(figure, len(symbols) - len(shown))
    return figure


def _bands(axes: Axes, state: Ints, states: int) -> None:
    """Paint one pixel column a bar in a single image, however many runs there are."""
    shades = np.array([REGIMES(rank / max(states - 1, 1)) for rank in range(states)] + [to_rgba(INVALID)])
    painted = shades[np.where(state >= 0, state, states)][None, :, :]
    extent = (-0.5, len(state) - 0.5, 0.0, 1.0)
    axes.imshow(painted, extent=extent, aspect="auto", transform=axes.get_xaxis_transform(), zorder=0)


def _price(axes: Axes, close: Floats) -> None:
    bar, value = _thinned(close)
    axes.plot(bar, value, color=INK, linewidth=0.9, zorder=2)
    finite = value[np.isfinite(value)]
    if finite.size:
        room = 0.06 * float(np.ptp(finite)) or 1.0
        axes.set_ylim(finite.min() - room, finite.max() + room)
    if finite.size and finite.min() > 0 and finite.max() > 3 * finite.min():
        axes.set_yscale("log")
        axes.set_ylim(finite.min() / 1.06, finite.max() * 1.06)
        axes.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda price, _: f"{price:,.6g}"))
    axes.set_xlim(-0.5, len(close) - 0.5)
    axes.set_ylabel("price")


def _regime_title(symbol: SymbolSeries, role: RoleSeries) -> str:
    state = role.state
    counted = (state[1:] >= 0) & (state[:-1] >= 0)
    changes = int((counted & (state[1:] != state[:-1])).sum())
    invalid = int((state < 0).sum())
    said = f"{changes:,} regime changes in {len(state):,} bars" + (f", {invalid:,} invalid" if invalid else "")
    return f"{_label(symbol.symbol)}  ·  {role.role.value}: {said}"


def _regime_legend(figure: Figure, states: int) -> None:
    names = [_rank_name(rank, states) for rank in range(states)] + ["invalid"]
    shades = [REGIMES(rank / max(states - 1, 1)) for rank in range(states)] + [to_rgba(INVALID)]
    handles = [Patch(facecolor=shade, label=name) for shade, name in zip(shades, names, strict=True)]
    few = handles if len(handles) <= 6 else [handles[0], handles[states // 2], *handles[-2:]]
    inches = figure.get_figheight()
    top = 1 - 0.08 / inches
    figure.legend(handles=few, loc="upper right", bbox_to_anchor=(_RIGHT, top), ncols=len(few), frameon=False)


def _rank_name(rank: int, states: int) -> str:
    if rank == 0:
        return "calmest"
    return "most volatile" if rank == states - 1 else f"state {rank}"


def _lines(symbols: Sequence[SymbolSeries], title: str, paint: Draw) -> Figure:
    """One panel a symbol, both versions in it."""
    shown = symbols[:LINE_SYMBOLS]
    figure, every = _panels(title, len(shown), 1.75)
    for axes, symbol in zip(every, shown, strict=True):
        _heading(axes, _label(symbol.symbol), INK)
        _grid(axes)
        paint(axes, symbol)
        _dates(axes, symbol.time)
    _note(figure, len(symbols) - len(shown))
    return figure


def _confidence(axes: Axes, symbol: SymbolSeries) -> None:
    width = max(len(symbol.close) // 60, 5)
    means = [_trailing_mean(role.confidence, width) for role in symbol.roles]
    for role, mean in zip(symbol.roles, means, strict=True):
        finite = role.confidence[np.isfinite(role.confidence)]
        if finite.size:
            _line(axes, mean, role.role, f"mean {show(float(finite.mean()), Unit.SHARE)}")
    _name_lines(axes)
    if not axes.get_lines():
        axes.text(0.5, 0.5, "no confidence was handed out", transform=axes.transAxes, ha="center", color=FAINT)
        axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.set_ylabel(f"mean of {width} bars")


def _equity(axes: Axes, symbol: SymbolSeries) -> None:
    axes.axhline(1.0, color=FAINT, linewidth=0.8)
    for role in symbol.roles:
        finite = role.equity[np.isfinite(role.equity)]
        if finite.size:
            _line(axes, role.equity, role.role, f"{show(float(finite[-1]), Unit.NUMBER)}x")
    _name_lines(axes)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda growth, _: f"{growth:.4g}x"))
    axes.set_ylabel("growth of 1, after costs")


def _memory(runs: Sequence[TimedRun]) -> Figure:
    """Memory of the whole process over time, the peaks marked."""
    figure, (axes,) = _panels("How much memory each version takes to fit and predict", 1, 2.5)
    _heading(axes, "whole process, MiB, over seconds since its start", FAINT)
    _grid(axes)
    for role in Role:
        of_role = [run for run in runs if run.role is role]
        for run in of_role[:1]:
            _memory_line(axes, run)
    axes.margins(x=0.01, y=0.2)
    axes.set_ylim(bottom=0)
    return figure


def _memory_line(axes: Axes, run: TimedRun) -> None:
    seconds, used = np.asarray(run.seconds), np.asarray(run.mebibytes)
    step = max(len(used) // POINTS, 1)
    colour = COLOURS[run.role]
    # each stretch keeps its highest reading: a peak must not fall between two points
    highest = np.maximum.reduceat(used, np.arange(0, len(used), step))
    axes.plot(seconds[::step], highest, color=colour, linewidth=1.6)
    axes.fill_between(seconds[::step], highest, color=colour, alpha=0.08, linewidth=0)
    peak = int(np.nanargmax(used)) if np.isfinite(used).any() else 0
    axes.plot(seconds[peak], used[peak], marker="o", markersize=5, color=colour)
    across = (seconds[peak] - seconds[0]) / (float(np.ptp(seconds)) or 1.0)
    side = "left" if across < 0.15 else "right" if across > 0.85 else "center"
    said = f"{run.role.value}: peak {used[peak]:,.0f} MiB"
    place = (float(seconds[peak]), float(used[peak]))
    # two peaks of the same height would write over each other: one is named above its line, one below
    away = -16 if run.role is Role.BASELINE else 7
    axes.annotate(said, place, (0, away), textcoords="offset points", color=colour, weight="bold", ha=side)


def _reliability(found: Sequence[Reliability]) -> Figure:
    """How sure each version is and how often it is right, by tenths: the gap between the lines is false certainty."""
    figure, (axes,) = _panels("Is each version as often right as it is sure?", 1, 2.6)
    _heading(axes, "dashed: sure, solid: right; simulated bars", FAINT)
    _grid(axes)
    for one in found:
        tenths, colour = np.arange(1, len(one.right) + 1), COLOURS[one.role]
        said = f"{one.role.value}, off by {show(one.error, Unit.SHARE)}"
        axes.plot(tenths, one.confidence, color=colour, linewidth=1.2, linestyle="--")
        axes.plot(tenths, one.right, color=colour, linewidth=1.7, marker="o", markersize=4.5, label=said)
        axes.fill_between(tenths, one.right, one.confidence, color=colour, alpha=0.08, linewidth=0)
    _name_lines(axes)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(_tenth))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.set_ylabel("share of bars")
    return figure


def _tenth(place: float, _: int | None) -> str:
    return {1: "least sure tenth", 10: "surest tenth"}.get(int(place), f"{place:.0f}")


def _line(axes: Axes, values: Floats, role: Role, said: str) -> None:
    bar, shown = _thinned(values)
    width = 1.2 if role is Role.BASELINE else 1.7
    axes.plot(bar, shown, color=COLOURS[role], linewidth=width, label=f"{role.value}, {said}")


def _name_lines(axes: Axes) -> None:
    """Name the lines above the panel, in their own colours."""
    lines = [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]
    for place, line in enumerate(reversed(lines)):
        axes.annotate(
            str(line.get_label()),
            (1, 1),
            (-190 * place, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            color=str(line.get_color()),
            weight="bold",
        )


def _thinned(values: Floats) -> tuple[Ints, Floats]:
    """At most POINTS points, first and last among them."""
    taken = np.linspace(0, len(values) - 1, min(len(values), POINTS)).round().astype(np.int32)
    return taken, values[taken]


def _trailing_mean(values: Floats, width: int) -> Floats:
    """Mean of the valid ones among the last `width` values."""
    finite = np.isfinite(values)
    total = np.cumsum(np.r_[0.0, np.where(finite, values, 0.0)])
    count = np.cumsum(np.r_[0, finite])
    stop = np.arange(1, len(values) + 1)
    start = np.maximum(stop - width, 0)
    tries = count[stop] - count[start]
    return np.asarray(np.where(tries > 0, (total[stop] - total[start]) / np.maximum(tries, 1), np.nan))


def _panels(title: str, count: int, height: float) -> tuple[Figure, list[Axes]]:
    """Panels of `height` inches under one another; placed by hand, which costs a tenth of an automatic layout."""
    inches = _HEAD + count * (height + _BETWEEN) + _FOOT
    figure = Figure(figsize=(WIDTH, inches), dpi=DOTS, facecolor=PAPER)
    FigureCanvasAgg(figure)
    figure.text(_EDGE, 1 - 0.14 / inches, title, fontsize=13, weight="bold", color=INK, va="top")
    tops = [1 - (_HEAD + place * (height + _BETWEEN) + 0.3) / inches for place in range(count)]
    return figure, [figure.add_axes((_LEFT, top - height / inches, _RIGHT - _LEFT, height / inches)) for top in tops]


def _heading(axes: Axes, title: str, colour: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=colour, weight="bold", parse_math=False)
    axes.tick_params(colors=INK, labelsize=8.5, length=3)
    axes.yaxis.label.set_fontsize(8.5)
    axes.yaxis.label.set_color(FAINT)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)


def _grid(axes: Axes) -> None:
    axes.grid(axis="y", color="#eaeef2", linewidth=0.8)
    axes.set_axisbelow(True)


def _dates(axes: Axes, time: Times) -> None:
    """Bars are equally far apart, as they are traded; the ticks say when."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    days = (time[-1] - time[0]) / np.timedelta64(1, "D")
    unit: Literal["D", "M", "m"] = "D" if days < _MONTHS_FROM else "M"
    said = np.datetime_as_string(time.astype("datetime64[ns]"), unit="m" if days < _DAYS_FROM else unit)

    def label(bar: float, _: int | None) -> str:
        return str(said[int(bar)]).replace("T", " ") if 0 <= bar < len(said) else ""

    axes.xaxis.set_major_formatter(FuncFormatter(label))
    axes.set_xlim(-0.5, len(time) - 0.5)


_DAYS_FROM, _MONTHS_FROM = 5, 400
"""Days from which ticks need no hours, and no days."""


def _note(figure: Figure, left_out: int) -> None:
    if left_out:
        bottom = 0.06 / figure.get_figheight()
        said = f"{left_out:,} more {'symbol is' if left_out == 1 else 'symbols are'} not drawn"
        figure.text(_RIGHT, bottom, said, ha="right", fontsize=8.5, color=FAINT)


def _label(name: str) -> str:
    """What the font can show of a symbol's name."""
    return "".join(character if ord(character) < 0x250 else "?" for character in plain(name, 40).replace("…", "..."))


def _png(figure: Figure) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
