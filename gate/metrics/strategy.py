"""What the regimes are worth: a regime-conditioned strategy, executed at the next bar, after costs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gate.domain.market import Floats
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Ending, Market
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.sharpe import standard_error
from gate.metrics.values import median_of_seeds, real

SEED = 20_251_020
NEVER_TRADED = "the strategy never traded"
DRAWDOWN_ROWS = 100
NOISE = 1e-7
"""A spread below this share of the returns is rounding of the prices, not risk."""
_NANOSECONDS_A_YEAR = 365.25 * 86_400e9


def positions(graded: Graded, settings: StrategySettings) -> Floats:
    """(T,) the user's positions; by default long, and flat in the most volatile state. Flat where invalid."""
    default = np.where(graded.rank == np.maximum(graded.states - 1, 1), 0.0, 1.0)
    wanted = graded.run.position if settings.function or own_strategy(graded) else default
    return np.where(graded.valid & np.isfinite(wanted), np.clip(wanted, -1.0, 1.0), 0.0)


def own_strategy(graded: Graded) -> bool:
    """The version has a strategy of its own (its [candidate] or [baseline] names one)."""
    return any(w.strategy.ending not in (Ending.NOT_OFFERED, Ending.NOT_REACHED) for w in graded.run.windows)


def net_returns(graded: Graded, market: Market, settings: StrategySettings) -> tuple[Floats, Floats]:
    """(T,) return earned on the bar after each position, after costs; and (T,) that bar's time as float ns."""
    held = positions(graded, settings)
    following = np.minimum(graded.run.bar + 1, len(market.close) - 1)
    earned = held * (market.close[following] / market.close[graded.run.bar] - 1.0)
    turnover = np.abs(np.diff(held, prepend=0.0))
    times = market.time[following].astype("datetime64[ns]").astype(np.int64).astype(np.float64)
    return earned - settings.cost * turnover, times


def portfolio(runs: tuple[Graded, ...], evidence: Evidence) -> tuple[Floats, Floats]:
    """(N,) equal-weighted net returns over the symbols by time, and (N,) the times."""
    if not runs:
        return np.zeros(0), np.zeros(0)
    legs = [net_returns(graded, evidence.market(graded), evidence.settings.strategy) for graded in runs]
    times, where = np.unique(np.concatenate([times for _, times in legs]), return_inverse=True)
    summed = np.bincount(where, weights=np.concatenate([returns for returns, _ in legs]), minlength=len(times))
    return summed / len(runs), times


def periods_per_year(times: Floats, settings: StrategySettings) -> float:
    """Bars a year: as set, or as the bars themselves lie (252 for shares, 365 for crypto days)."""
    if settings.periods_per_year:
        return settings.periods_per_year
    span = (times[-1] - times[0]) / _NANOSECONDS_A_YEAR if len(times) > 1 else 0.0
    return (len(times) - 1) / span if span > 0 else 252.0


def sharpe(returns: Floats, periods: float) -> float:
    """Mean over standard deviation of returns, annualised (Sharpe 1994, JPM 21); NaN where returns never vary."""
    spread = returns.std(ddof=1) if len(returns) > 1 else 0.0
    varies = spread > NOISE * np.abs(returns).max(initial=0.0)
    return float(returns.mean() / spread * np.sqrt(periods)) if varies else np.nan


def total_return(returns: Floats) -> float:
    """Growth of one, minus one."""
    return float(np.prod(1.0 + returns) - 1.0) if len(returns) else np.nan


def max_drawdown(returns: Floats) -> float:
    """The deepest fall from a peak, as a positive share."""
    if not len(returns):
        return np.nan
    equity = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    return float((1.0 - equity / np.maximum.accumulate(equity)).max())


def traded(runs: tuple[Graded, ...], settings: StrategySettings) -> bool:
    """Some bar had a position."""
    return any(positions(graded, settings).any() for graded in runs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Performance:
    """Net returns of the portfolio, S seeds of each role on the same T bars, and how they were made."""

    returns: dict[Role, Floats]
    """(S, T)"""
    traded: dict[Role, tuple[bool, ...]]
    periods: float
    """Bars a year."""


@lru_cache(maxsize=2)
def performance(evidence: Evidence) -> Performance:
    """Lay every seed's portfolio on one axis of time; where it ended early it earns nothing."""
    made = {role: [portfolio(runs, evidence) for runs in evidence.seeds(role).values()] for role in Role}
    met = [times for legs in made.values() for _, times in legs]
    axis = np.unique(np.concatenate(met)) if met else np.zeros(0)
    settings = evidence.settings.strategy
    return Performance(
        returns={
            role: np.array([laid(axis, *leg) for leg in legs]).reshape(len(legs), len(axis))
            for role, legs in made.items()
        },
        traded={role: tuple(traded(runs, settings) for runs in evidence.seeds(role).values()) for role in Role},
        periods=periods_per_year(axis, settings),
    )


def laid(axis: Floats, returns: Floats, times: Floats) -> Floats:
    """(T,) the returns at their times."""
    out = np.zeros(len(axis))
    out[np.searchsorted(axis, times)] = returns
    return out


def measure_of(name: str, returns: Floats, periods: float) -> float:
    """One of the three measures of one portfolio."""
    if name == "total_return":
        return total_return(returns)
    return max_drawdown(returns) if name == "max_drawdown" else sharpe(returns, periods)


def values_of(name: str, found: Performance, role: Role) -> list[float]:
    """The measure of each seed; NaN where it never traded: no loss is no performance."""
    pairs = zip(found.returns[role], found.traded[role], strict=True)
    return [measure_of(name, returns, found.periods) if did else np.nan for returns, did in pairs]


def measurement(metric: str, name: str, evidence: Evidence, role: Role, sign: float = 1.0) -> Measurement:
    """The median of the seeds, with its interval."""
    found = performance(evidence)
    values = [sign * value for value in values_of(name, found, role)]
    never = not any(found.traded[role]) and found.returns[role].size
    value = median_of_seeds(values)
    wanted = value is not None and name in ("sharpe", "total_return", evidence.settings.strategy.measure)
    between = bootstrap.interval(sign * drawn_medians(name, evidence, role), stretch(found)) if wanted else None
    return Measurement(
        metric=metric,
        role=role,
        value=value,
        n=found.returns[role].shape[1] if len(found.returns[role]) else 0,
        low=between[0] if between else None,
        high=between[1] if between else None,
        seeds=tuple(v for v in values if np.isfinite(v)),
        note=NEVER_TRADED if never else "",
    )


def strategy_performance(evidence: Evidence, role: Role) -> Measurement:
    """The measure that [strategy] names, Sharpe by default. A drawdown is given as minus itself: more is better."""
    name = evidence.settings.strategy.measure
    return measurement("strategy_performance", name, evidence, role, sign=-1.0 if name == "max_drawdown" else 1.0)


def strategy_difference(evidence: Evidence) -> Comparison:
    """Baseline minus candidate with its interval, paired on the same bars; positive is worse.

    Sharpe ratios by Ledoit & Wolf, the others by the stationary bootstrap.
    """
    name = evidence.settings.strategy.measure
    values = [strategy_performance(evidence, role).value for role in (Role.BASELINE, Role.CANDIDATE)]
    known = [value for value in values if value is not None]
    between = (sharpe_interval if name == "sharpe" else drawn_interval)(name, evidence) if len(known) == 2 else None
    return Comparison(
        metric="strategy_performance",
        change=real(known[0] - known[1]) if len(known) == 2 else None,
        kind="difference",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=min(len(returns) for returns in performance(evidence).returns.values()),
        note=f"interval of baseline - candidate, {name}",
    )


def sharpe_interval(name: str, evidence: Evidence) -> tuple[float, float] | None:
    """95% interval of the difference of the medians: what the bars leave open, and what the seeds do.

    By Student's t: the normal distribution covers the truth in 90%, since the long-run variance under the standard
    error is itself uncertain, as Ledoit & Wolf find (§4). Degrees of freedom are the blocks that resampling would have.
    """
    found = performance(evidence)
    ours, theirs = (np.array(values_of(name, found, role)) for role in (Role.BASELINE, Role.CANDIDATE))
    both = min(len(ours), len(theirs))
    errors = [
        standard_error(found.returns[Role.BASELINE][seed], found.returns[Role.CANDIDATE][seed]) for seed in range(both)
    ]
    errors = [error for error in errors if np.isfinite(error)]
    if not errors:
        return None
    luck = [seed_variance(values, role) for role, values in enumerate((ours, theirs))]
    error = np.sqrt(np.median(np.square(errors)) * found.periods + sum(luck))
    half = bootstrap.student(bootstrap.blocks_of(found.returns[Role.BASELINE].shape[1])) * error
    middle = np.nanmedian(ours) - np.nanmedian(theirs)
    return float(middle - half), float(middle + half)


def stretch(found: Performance) -> float:
    """Of the intervals that are resampled."""
    return bootstrap.stretch_of(max(returns.shape[1] for returns in found.returns.values()))


def seed_variance(values: Floats, role: int) -> float:
    """Variance of the median over the seeds, had others been drawn."""
    alone = [np.full(bootstrap.RESAMPLES, value) for value in values]
    return float(bootstrap.median_over_seeds(alone, role).var())


def drawn_interval(name: str, evidence: Evidence) -> tuple[float, float] | None:
    """95% interval of the difference of the medians by resampling bars and seeds."""
    sign = -1.0 if name == "max_drawdown" else 1.0
    ours, theirs = (drawn_medians(name, evidence, role) for role in (Role.BASELINE, Role.CANDIDATE))
    return (
        bootstrap.interval(sign * (ours - theirs), stretch(performance(evidence)))
        if len(ours) and len(theirs)
        else None
    )


@lru_cache(maxsize=16)
def drawn_medians(name: str, evidence: Evidence, role: Role) -> Floats:
    """(R,) the median over the seeds of the measure of each resample; both roles meet the same draws."""
    found = performance(evidence)
    returns = found.returns[role]
    if not returns.size:
        return np.zeros(0)
    count = returns.shape[1]
    drawn = bootstrap.draw(count, bootstrap.block_of(count), SEED)
    return bootstrap.median_over_seeds(resampled(name, drawn, returns, found.periods), list(Role).index(role))


def resampled(name: str, drawn: bootstrap.Resamples, returns: Floats, periods: float) -> list[Floats]:
    """(R,) the measure of each resample, for each of the seeds (S, T)."""
    if name == "sharpe":
        return sharpes_of(drawn, returns, periods)
    if name == "total_return":
        return list(np.expm1(drawn.sums(np.log(np.maximum(1.0 + returns, 1e-12)).T)).T)
    rows = range(0, len(drawn.first), DRAWDOWN_ROWS)
    parts = [[fallen(series[drawn.bars(row, row + DRAWDOWN_ROWS)]) for row in rows] for series in returns]
    return [np.concatenate(part) for part in parts]


def fallen(returns: Floats) -> Floats:
    """(R,) the deepest fall of each row (R, T)."""
    equity = np.cumprod(1.0 + returns, axis=1)
    peak = np.maximum(np.maximum.accumulate(equity, axis=1), 1.0)
    deepest: Floats = (1.0 - equity / peak).max(axis=1)
    return np.maximum(deepest, 0.0)


def sharpes_of(drawn: bootstrap.Resamples, returns: Floats, periods: float) -> list[Floats]:
    """(R,) the Sharpe ratio of each resample, for each of the seeds (S, T)."""
    mean, square = np.split(drawn.sums(np.hstack([returns.T, returns.T**2])) / returns.shape[1], 2, axis=1)
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    varies = spread > NOISE * np.abs(returns).max(axis=1, initial=0.0)
    ratio = np.divide(mean, spread, out=np.full(mean.shape, np.nan), where=varies) * np.sqrt(periods)
    return list(ratio.T)
