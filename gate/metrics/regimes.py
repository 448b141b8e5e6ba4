"""What the regimes do: how often they change, how sure the model is of them, how long they last."""

import numpy as np

from gate.domain.metric import Measurement
from gate.domain.observation import MISSING
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.values import median_of_seeds, real

SEED = 20_251_019


def changes(graded: Graded) -> tuple[np.ndarray, np.ndarray]:
    """(T,) 1.0 where a valid bar's state differs from the valid bar before it; (T,) 1.0 where there is one before it.

    A refit boundary is no change, and no chance of one.
    """
    run = graded.run
    at = np.flatnonzero(graded.valid)
    before, now = at[:-1], at[1:]
    together = run.window[before] == run.window[now]
    changed, counted = np.zeros(len(run.bar)), np.zeros(len(run.bar))
    counted[now] = together
    changed[now] = together & (run.state[before] != run.state[now])
    return changed, counted


def regime_change_rate(evidence: Evidence, role: Role) -> Measurement:
    """Σ[s_t ≠ s_{t-1}] / (T-1) over valid out-of-sample bars."""
    parts = {seed: [changes(graded) for graded in runs] for seed, runs in evidence.seeds(role).items()}
    return ratio_of_sums("regime_change_rate", role, parts)


def confidence(evidence: Evidence, role: Role) -> Measurement:
    """Mean over valid bars of the largest posterior, given the bars up to then."""
    parts = {seed: [certain(graded) for graded in runs] for seed, runs in evidence.seeds(role).items()}
    return ratio_of_sums("confidence", role, parts)


def certain(graded: Graded) -> tuple[np.ndarray, np.ndarray]:
    """(T,) confidence, 0 where there is none; (T,) 1.0 where there is one."""
    known = np.isfinite(graded.confidence)
    return np.where(known, graded.confidence, 0.0), known.astype(float)


def ratio_of_sums(metric: str, role: Role, parts: dict[int, list[tuple[np.ndarray, np.ndarray]]]) -> Measurement:
    """Pool numerators and denominators over symbols, take the median of the seeds; interval by resampling bars."""
    values = [pooled(symbols) for symbols in parts.values()]
    low_high = bootstrap.over_seeds([resampled(symbols) for symbols in parts.values()])
    return Measurement(
        metric=metric,
        role=role,
        value=median_of_seeds(values),
        n=int(sum(below.sum() for symbols in parts.values() for _, below in symbols)),
        low=low_high[0] if low_high else None,
        high=low_high[1] if low_high else None,
        seeds=tuple(value for value in values if np.isfinite(value)),
    )


def pooled(symbols: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Sum of numerators over sum of denominators; NaN where there is nothing to divide by."""
    below = sum(float(b.sum()) for _, b in symbols)
    return sum(float(a.sum()) for a, _ in symbols) / below if below else np.nan


def resampled(symbols: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """(resamples,) the pooled ratio of each resample; symbols are drawn apart, seeds with the same draws."""
    above, below = np.zeros(bootstrap.RESAMPLES), np.zeros(bootstrap.RESAMPLES)
    for index, (top, bottom) in enumerate(symbols):
        drawn = bootstrap.draw(len(top), bootstrap.block_length(top), SEED + index)
        sums = drawn.sums(np.column_stack([top, bottom]))
        above, below = above + sums[:, 0], below + sums[:, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return above / below


# ------------------------------------------------------------------ advisory


def batch_change_rate(evidence: Evidence, role: Role) -> Measurement:
    """The same of the batch path, which sees each window's future."""
    rates = []
    for runs in evidence.seeds(role).values():
        pairs = [(g.run.batch_state, g.same_window) for g in runs]
        together = [(s[1:] != MISSING) & (s[:-1] != MISSING) & same for s, same in pairs]
        moved = [(s[1:] != s[:-1]) & both for (s, _), both in zip(pairs, together, strict=True)]
        count = sum(int(both.sum()) for both in together)
        rates.append(sum(int(m.sum()) for m in moved) / count if count else np.nan)
    return Measurement(metric="batch_change_rate", role=role, value=median_of_seeds(rates), n=len(rates))


def batch_confidence(evidence: Evidence, role: Role) -> Measurement:
    """Mean confidence of the batch path."""
    values = [g.run.batch_confidence for g in evidence.runs(role)]
    known = np.concatenate(values) if values else np.zeros(0)
    known = known[np.isfinite(known)]
    return Measurement(
        metric="batch_confidence", role=role, value=real(known.mean() if len(known) else np.nan), n=len(known)
    )


def occupancy(evidence: Evidence, role: Role) -> Measurement:
    """Share of the rarest state over valid bars: 0 where a state never occurs out of sample."""
    ranks = [g.rank[g.valid] for g in evidence.runs(role)]
    states = max((int(g.states.max(initial=0)) for g in evidence.runs(role)), default=0)
    joined = np.concatenate(ranks) if ranks else np.zeros(0, dtype=np.int32)
    if not len(joined) or not states:
        return Measurement(metric="occupancy", role=role, value=None)
    share = np.bincount(joined, minlength=states)[:states] / len(joined)
    text = ", ".join(f"{value:.1%}" for value in share)
    return Measurement(
        metric="occupancy", role=role, value=float(share.min()), n=len(joined), note=f"calm to volatile: {text}"
    )


def dwell_time(evidence: Evidence, role: Role) -> Measurement:
    """Mean bars between changes."""
    rate = regime_change_rate_value(evidence, role)
    return Measurement(metric="dwell_time", role=role, value=real(1.0 / rate if rate else np.nan))


def regime_change_rate_value(evidence: Evidence, role: Role) -> float:
    """The pooled rate over all seeds."""
    return pooled([changes(graded) for graded in evidence.runs(role)])


def seed_spread(evidence: Evidence, role: Role) -> Measurement:
    """Largest minus smallest regime change rate over the seeds: how much of it is luck."""
    rates = [pooled([changes(g) for g in runs]) for runs in evidence.seeds(role).values()]
    known = [rate for rate in rates if np.isfinite(rate)]
    spread = max(known) - min(known) if len(known) > 1 else np.nan
    return Measurement(metric="seed_spread", role=role, value=real(spread), n=len(known))
