"""What the pictures show, out of the evidence that was judged: the first seed of each symbol."""

import numpy as np

from gate.domain.market import Ints
from gate.domain.observation import MISSING
from gate.domain.series import Reliability, RoleSeries, Series, SymbolSeries
from gate.domain.version import Role
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.meaning import calibration_error, reliability
from gate.metrics.strategy import net_returns

TENTHS = 10


def series_of(evidence: Evidence) -> Series:
    """One panel a symbol, both roles."""
    symbols = []
    for symbol in dict.fromkeys(g.run.key.symbol for g in evidence.graded):
        runs = [g for g in evidence.graded if g.run.key.symbol == symbol]
        seed = min(g.run.key.seed for g in runs)
        shown = [g for g in runs if g.run.key.seed == seed]
        market = evidence.observations.markets[symbol]
        bars = np.unique(np.concatenate([g.run.bar for g in shown]))
        symbols.append(
            SymbolSeries(
                symbol=symbol,
                time=market.time[bars],
                close=market.close[bars],
                roles=tuple(role_series(g, evidence, bars) for g in shown),
            )
        )
    return Series(
        symbols=tuple(symbols),
        memory=evidence.observations.memory_over_time,
        reliability=tuple(found for role in Role if (found := reliability_of(evidence, role)) is not None),
    )


def reliability_of(evidence: Evidence, role: Role) -> Reliability | None:
    """All simulated runs of one role in tenths of equal size, by how sure it was; None where it gave no confidence."""
    runs = reliability(evidence, role)
    if not runs:
        return None
    confidence = np.concatenate([sure for sure, _ in runs])
    right = np.concatenate([found for _, found in runs]).astype(float)
    order = np.argsort(confidence, kind="stable")
    tenths = [tenth for tenth in np.array_split(order, TENTHS) if len(tenth)]
    return Reliability(
        role=role,
        confidence=np.array([confidence[tenth].mean() for tenth in tenths]),
        right=np.array([right[tenth].mean() for tenth in tenths]),
        error=calibration_error(confidence, right),
    )


def role_series(graded: Graded, evidence: Evidence, bars: Ints) -> RoleSeries:
    """State, confidence and equity of one run at `bars`; bars that it lacks are invalid and earn nothing."""
    at = np.searchsorted(bars, graded.run.bar)
    state = np.full(len(bars), MISSING, dtype=np.int32)
    confidence, growth = np.full(len(bars), np.nan), np.ones(len(bars))
    state[at], confidence[at] = graded.rank, graded.confidence
    growth[at] += net_returns(graded, evidence.market(graded), evidence.settings.strategy)[0]
    return RoleSeries(
        role=graded.run.key.role,
        state=state,
        confidence=confidence,
        equity=np.cumprod(growth).astype(np.float64),
    )
