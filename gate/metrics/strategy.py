"""What the regimes are worth: a regime-conditioned strategy, executed at the next bar, after costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np

from gate.domain.market import Floats
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Ending, Market
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.sharpe import freedom, standard_error, variance_apart
from gate.metrics.values import median_of_seeds, real

Real = TypeVar("Real", float, Floats)
SEED = 20_251_020
BOTH = (Role.BASELINE, Role.CANDIDATE)
NEVER_TRADED = "the strategy never traded"
DRAWDOWN_ROWS = 100
LOG_GROWTH = "log_growth"
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
    moved = market.close[following] / market.close[graded.run.bar] - 1.0
    times = market.time[following].astype("datetime64[ns]").astype(np.int64).astype(np.float64)
    return net_return(held, np.concatenate([[0.0], held[:-1]]), moved, settings.cost), times


def portfolio(runs: tuple[Graded, ...], evidence: Evidence) -> tuple[Floats, Floats]:
    """(N,) equal-weighted net returns over the symbols by time, and (N,) the times."""
    if not runs:
        return np.zeros(0), np.zeros(0)
    legs = [net_returns(graded, evidence.market(graded), evidence.settings.strategy) for graded in runs]
    return equal_weighted(legs)


def equal_weighted(legs: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """(N,) the mean over (returns, times) of each symbol by time, nothing where it has no bar; and (N,) the times."""
    times, where = np.unique(np.concatenate([times for _, times in legs]), return_inverse=True)
    summed = np.bincount(where, weights=np.concatenate([returns for returns, _ in legs]), minlength=len(times))
    return summed / len(legs), times


def net_return(held: Real, before: Real, moved: Real, cost: float) -> Real:
    """What a position earned on the bar after it, turned over from the one before at this cost."""
    return held * moved - cost * abs(held - before)


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


def log_growth(returns: Floats) -> Floats:
    """log(1 + r); a loss of everything counts as all but a trillionth."""
    grown: Floats = np.log(np.maximum(1.0 + returns, 1e-12))
    return grown


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
    """One of the measures of one portfolio."""
    if name == LOG_GROWTH:
        return float(log_growth(returns).sum())
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
    between = level_interval(name, evidence, role, sign) if wanted else None
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
    between = difference_interval(name, evidence) if len(known) == 2 else None
    return Comparison(
        metric="strategy_performance",
        change=real(known[0] - known[1]) if len(known) == 2 else None,
        kind="difference",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=min(len(returns) for returns in performance(evidence).returns.values()),
        note=f"interval of baseline - candidate, {name}",
    )


def difference_interval(name: str, evidence: Evidence) -> tuple[float, float] | None:
    """95% interval of baseline - candidate, of what is called better when it is more."""
    if name == "sharpe":
        return sharpe_interval(performance(evidence))
    sign = -1.0 if name == "max_drawdown" else 1.0
    return drawn_interval(name, evidence, {Role.BASELINE: sign, Role.CANDIDATE: -sign})


def sharpe_interval(found: Performance) -> tuple[float, float] | None:
    """95% interval of the difference of the medians: what the bars leave open, and what the seeds do.

    By Student's t: the normal distribution covers the truth in 90%, since the long-run variance under the standard
    error is itself uncertain, as Ledoit & Wolf find (§4). Degrees of freedom are the blocks that resampling would have,
    or fewer as tails are heavy. Where the storms are missing that would have moved the difference that variance is too
    small, so bars and seeds lend each other no certainty: each by its own t, added as squares (Howe 1974, Approximate
    confidence limits on the mean of X + Y, JASA 69). The standard error is of the mean over the seeds; a median takes
    more of what the bars do to each seed alone.
    """
    values = [values_of("sharpe", found, role) for role in BOTH]
    returns = [found.returns[role][np.isfinite(of)] for role, of in zip(BOTH, values, strict=True)]
    error = standard_error(*returns)
    if not np.isfinite(error):
        return None
    alone = [found.periods * variance_apart(made) for made in returns]
    luck = [bootstrap.luck_of(of, by_bars) for of, by_bars in zip(values, alone, strict=True)]
    more = [bootstrap.share_of_median(len(made)) - 1.0 / len(made) for made in returns]
    of_bars = found.periods * error**2 + float(np.dot(more, alone))
    blocks = bootstrap.blocks_of(returns[0].shape[1], paired=True)
    bars = bootstrap.student(min(blocks, freedom(*returns))) ** 2
    seeds = bootstrap.student(bootstrap.freedom_of(0.0, blocks, luck)) ** 2
    reached = [replace(one, variance=seeds * one.variance, of_bars=bars * one.of_bars) for one in luck]
    half = np.sqrt(bootstrap.with_luck(bars * of_bars, reached))
    middle = np.nanmedian(values[0]) - np.nanmedian(values[1])
    return float(middle - half), float(middle + half)


def level_interval(name: str, evidence: Evidence, role: Role, sign: float) -> tuple[float, float] | None:
    """95% interval of one role's own value, never beyond what can be.

    A total return is told in log growth, which no widening takes below -100%; a drawdown is cut off at 0 and 100%.
    """
    between = drawn_interval(LOG_GROWTH if name == "total_return" else name, evidence, {role: sign})
    if between is None or name == "sharpe":
        return between
    ends = np.expm1(between) if name == "total_return" else np.clip(between, min(sign, 0.0), max(sign, 0.0))
    return float(ends[0]), float(ends[1])


def drawn_interval(name: str, evidence: Evidence, signs: Mapping[Role, float]) -> tuple[float, float] | None:
    """95% interval, by resampling the bars, of the roles' medians over seeds, added up with these signs."""
    found = performance(evidence)
    paired = len(signs) > 1
    drawn = {role: drawn_values(name, evidence, role, paired=paired) for role in signs}
    medians = [sign * bootstrap.median_over_seeds(drawn[role]) for role, sign in signs.items()]
    if not all(map(len, medians)):
        return None
    luck = [bootstrap.luck_of(values_of(name, found, role), bootstrap.scatter_of_bars(drawn[role])) for role in signs]
    blocks = bootstrap.blocks_of(max(returns.shape[1] for returns in found.returns.values()), paired=paired)
    return bootstrap.interval(np.sum(medians, axis=0), blocks, luck)


@lru_cache(maxsize=16)
def drawn_values(name: str, evidence: Evidence, role: Role, *, paired: bool) -> list[Floats]:
    """(R,) the measure of each resample, for each of the seeds; both roles meet the same draws."""
    found = performance(evidence)
    returns = found.returns[role]
    if not returns.size:
        return []
    count = returns.shape[1]
    return resampled(
        name, bootstrap.draw(count, bootstrap.block_of(count, paired=paired), SEED), returns, found.periods
    )


def resampled(name: str, drawn: bootstrap.Resamples, returns: Floats, periods: float) -> list[Floats]:
    """(R,) the measure of each resample, for each of the seeds (S, T)."""
    if name == "sharpe":
        return sharpes_of(drawn, returns, periods)
    if name == LOG_GROWTH:
        return list(drawn.sums(log_growth(returns).T).T)
    if name == "total_return":
        return list(np.expm1(resampled(LOG_GROWTH, drawn, returns, periods)))
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
