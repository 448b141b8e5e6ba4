"""Small mermaid diagrams, which GitHub draws inside a comment: equity and how often the regime changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gate.domain.market import Floats, Ints
from gate.domain.series import RoleSeries, Series, SymbolSeries
from gate.domain.version import Role
from gate.report.text import chart_label

POINTS = 60
SYMBOLS = 2
"""Symbols that are drawn; the others are counted."""
BASELINE_COLOUR = "#0072B2"
CANDIDATE_COLOUR = "#D55E00"
LIMIT_COLOUR = "#999999"
"""Okabe & Ito: told apart without red and green."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagram:
    """One mermaid block."""

    title: str
    source: str
    opened: str
    """" open" or "": whether the reader sees it without asking."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    name: str
    colour: str
    values: Floats


def draw(series: Series, *, change_limit: float | None = None) -> tuple[Diagram, ...]:
    """Draw equity and change rate of the first symbols; nothing where there is nothing to draw."""
    shown = [symbol for symbol in series.symbols if len(symbol.close) > 1][:SYMBOLS]
    more = len(series.symbols) - len(shown)
    drawn = [
        diagram
        for place, symbol in enumerate(shown)
        for diagram in _of_symbol(symbol, more, change_limit, opened="" if place else " open")
    ]
    return tuple(drawn)


def _of_symbol(symbol: SymbolSeries, more: int, limit: float | None, *, opened: str) -> list[Diagram]:
    both = (_changes(symbol, more, limit), _equity(symbol, more))
    return [replace(diagram, opened=opened) for diagram in both if diagram is not None]


def trailing_change_rate(state: Ints, width: int) -> Floats:
    """Return the share of the last `width` steps that changed the regime, without steps from or to invalid bars.

    Not a number where fewer than half of them count.
    """
    valid = (state[1:] >= 0) & (state[:-1] >= 0)
    changed = np.cumsum(np.r_[0, valid & (state[1:] != state[:-1])])
    counted = np.cumsum(np.r_[0, valid])
    first = np.maximum(np.arange(len(changed)) - width, 0)
    tries = counted - counted[first]
    return np.asarray(
        np.where(2 * tries > width, (changed - changed[first]) / np.maximum(tries, 1), np.nan), dtype=np.float64
    )


def _equity(symbol: SymbolSeries, more: int) -> Diagram | None:
    lines = [_line(role, role.equity) for role in symbol.roles]
    return _diagram(f"Equity of 1 on {_named(symbol, more)}, after costs", "growth of 1", symbol, lines)


def _changes(symbol: SymbolSeries, more: int, limit: float | None) -> Diagram | None:
    width = max(len(symbol.close) // 8, 2)
    lines = [_line(role, 100 * trailing_change_rate(role.state, width)) for role in symbol.roles]
    title = f"Regime changes on {_named(symbol, more)}, percent of the last {width:,} bars"
    if limit is not None and np.isfinite(limit):
        lines.append(_Line(name="limit", colour=LIMIT_COLOUR, values=np.full(2, 100 * limit)))
    return _diagram(title, "% of bars", symbol, lines)


def _line(role: RoleSeries, values: Floats) -> _Line:
    colour = BASELINE_COLOUR if role.role is Role.BASELINE else CANDIDATE_COLOUR
    return _Line(name=role.role.value, colour=colour, values=values)


def _named(symbol: SymbolSeries, more: int) -> str:
    return chart_label(symbol.symbol) + (f" ({more} more not drawn)" if more else "")


def _diagram(title: str, unit: str, symbol: SymbolSeries, lines: Sequence[_Line]) -> Diagram | None:
    drawable = [(line, points) for line in lines if (points := _points(line.values)) is not None]
    if not any(line.name != "limit" for line, _ in drawable):
        return None
    every = np.concatenate([points for _, points in drawable])
    low, high = _span(every)
    legend = ", ".join(f"{line.name} {_COLOUR_NAMES[line.colour]}" for line, _ in drawable)
    palette = ", ".join(line.colour for line, _ in drawable)
    rows = [f'  line "{line.name}" [{", ".join(f"{point:.4g}" for point in points)}]' for line, points in drawable]
    head = _HEAD.format(palette=palette)
    axes = [f'  title "{legend}"', f"  x-axis {_axis(symbol)}", f'  y-axis "{unit}" {low:.4g} --> {high:.4g}']
    return Diagram(title=title, source="\n".join((head, *axes, *rows)), opened="")


def _points(values: Floats) -> Floats | None:
    """Take at most POINTS of them, first and last included; a gap holds the value before it."""
    finite = np.isfinite(values)
    if not finite.any():
        return None
    held = np.maximum.accumulate(np.where(finite, np.arange(len(values)), 0))
    held = np.where(finite[held], held, int(np.argmax(finite)))
    taken = np.unique(np.linspace(0, len(values) - 1, min(len(values), POINTS)).round().astype(np.intp))
    return np.asarray(values[held][taken].clip(-1e9, 1e9))


def _span(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return max(low - room, 0.0) if low >= 0 else low - room, high + room


def _axis(symbol: SymbolSeries) -> str:
    """Return years where there are some; bars otherwise."""
    first, last = (symbol.time[end].astype("datetime64[D]").astype(np.int64) / 365.2425 + 1970 for end in (0, -1))
    if last - first >= _YEARS:
        return f'"year" {first:.2f} --> {last:.2f}'
    return f'"bar" 1 --> {len(symbol.time)}'


_YEARS = 2.0
"""Years from which ticks at whole years say enough."""
_COLOUR_NAMES = {BASELINE_COLOUR: "blue", CANDIDATE_COLOUR: "orange", LIMIT_COLOUR: "grey"}
_HEAD = """---
config:
  xyChart:
    width: 900
    height: 300
  themeVariables:
    xyChart:
      plotColorPalette: "{palette}"
---
xychart-beta"""
