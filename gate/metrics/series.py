"""What the pictures show, out of the evidence that was judged: the first seed of each symbol."""

import numpy as np

from gate.domain.series import RoleSeries, Series, SymbolSeries
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.strategy import net_returns


def series_of(evidence: Evidence) -> Series:
    """One panel a symbol, both roles."""
    symbols = []
    for symbol in dict.fromkeys(g.run.key.symbol for g in evidence.graded):
        runs = [g for g in evidence.graded if g.run.key.symbol == symbol]
        seed = min(g.run.key.seed for g in runs)
        shown = [g for g in runs if g.run.key.seed == seed]
        market = evidence.observations.markets[symbol]
        bars = shown[0].run.bar
        symbols.append(
            SymbolSeries(
                symbol=symbol,
                time=market.time[bars],
                close=market.close[bars],
                roles=tuple(role_series(g, evidence) for g in shown),
            )
        )
    return Series(symbols=tuple(symbols), memory=evidence.observations.memory_over_time)


def role_series(graded: Graded, evidence: Evidence) -> RoleSeries:
    """State, confidence and equity of one run."""
    returns, _ = net_returns(graded, evidence.market(graded), evidence.settings.strategy)
    return RoleSeries(
        role=graded.run.key.role,
        state=graded.rank,
        confidence=graded.confidence,
        equity=np.cumprod(1.0 + returns).astype(np.float64),
    )
