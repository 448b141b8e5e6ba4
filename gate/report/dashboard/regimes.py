"""Regimes over price, out of what the monitor saw last."""

from dataclasses import dataclass

from gate.domain.live import Tail
from gate.report.dashboard import charts, when
from gate.report.text import plain


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
