"""What the regimes are worth: a regime-conditioned strategy, executed at the next bar, after costs."""

import numpy as np

from gate.domain.market import Floats
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Ending, Market
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.values import median_of_seeds, real

SEED = 20_251_020
NEVER_TRADED = "the strategy never traded"
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


def measured(name: str, evidence: Evidence, runs: tuple[Graded, ...]) -> float:
    """One of the three measures of one seed's portfolio; NaN where it never traded: no loss is no performance."""
    if not traded(runs, evidence.settings.strategy):
        return np.nan
    returns, times = portfolio(runs, evidence)
    if name == "total_return":
        return total_return(returns)
    if name == "max_drawdown":
        return max_drawdown(returns)
    return sharpe(returns, periods_per_year(times, evidence.settings.strategy)) if len(returns) else np.nan


def measurement(metric: str, name: str, evidence: Evidence, role: Role) -> Measurement:
    """The median of the seeds."""
    by_seed = evidence.seeds(role)
    values = [measured(name, evidence, runs) for runs in by_seed.values()]
    n = max((len(portfolio(runs, evidence)[0]) for runs in by_seed.values()), default=0)
    never = not any(traded(runs, evidence.settings.strategy) for runs in by_seed.values())
    return Measurement(
        metric=metric,
        role=role,
        value=median_of_seeds(values),
        n=n,
        seeds=tuple(v for v in values if np.isfinite(v)),
        note=NEVER_TRADED if never and n else "",
    )


def strategy_performance(evidence: Evidence, role: Role) -> Measurement:
    """The measure that [strategy] names, Sharpe by default. A drawdown is given as minus itself: more is better."""
    name = evidence.settings.strategy.measure
    found = measurement("strategy_performance", name, evidence, role)
    if name != "max_drawdown" or found.value is None:
        return found
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(found, value=-found.value, seeds=tuple(-seed for seed in found.seeds))


def strategy_difference(evidence: Evidence) -> Comparison:
    """Baseline minus candidate with its interval: both resampled on the same bars (stationary bootstrap).

    A drawdown hangs on the order of the bars, which resampling breaks: it has no interval.
    """
    name = evidence.settings.strategy.measure
    draws = []
    for seed, baseline in evidence.seeds(Role.BASELINE).items():
        candidate = evidence.seeds(Role.CANDIDATE).get(seed, ())
        ours, times = portfolio(baseline, evidence)
        theirs, other_times = portfolio(candidate, evidence)
        if len(ours) and np.array_equal(times, other_times):
            year = periods_per_year(times, evidence.settings.strategy)
            drawn = bootstrap.draw(len(ours), bootstrap.block_length(ours - theirs), SEED)
            draws.append(resampled(name, drawn, ours, year) - resampled(name, drawn, theirs, year))
    between = bootstrap.over_seeds(draws)
    values = [strategy_performance(evidence, role).value for role in Role]
    change = None if values[0] is None or values[1] is None else values[0] - values[1]
    return Comparison(
        metric="strategy_performance",
        change=real(change) if change is not None else None,
        kind="difference",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=len(draws),
        note=f"interval of baseline - candidate, {name}",
    )


def resampled(name: str, drawn: bootstrap.Resamples, returns: Floats, periods: float) -> Floats:
    """(resamples,) the measure of each resample; NaN where it cannot be resampled."""
    if name == "sharpe":
        return sharpe_of(drawn, returns, periods)
    grown = drawn.sums(np.log(np.maximum(1.0 + returns, 1e-12))[:, None])[:, 0]
    return np.expm1(grown) if name == "total_return" else np.full(len(grown), np.nan)


def sharpe_of(drawn: bootstrap.Resamples, returns: Floats, periods: float) -> Floats:
    """(resamples,) Sharpe ratio of each resample."""
    mean, square = (drawn.sums(np.column_stack([returns, returns**2])) / len(returns)).T
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        varies = spread > NOISE * np.abs(returns).max(initial=0.0)
        result: Floats = np.where(varies, mean / spread, np.nan) * np.sqrt(periods)
    return result
