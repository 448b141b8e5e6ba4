"""What the regimes do: how often they change, how sure the model is of them, how long they last."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec
import numpy as np

from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import MISSING
from gate.domain.version import Role
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.panel import Ratios, difference, ratios
from gate.metrics.values import median_of_seeds, real

UNSURE = (
    "the model says none: name its method under [model] predict_proba, or write blocking = false under "
    "[limits.confidence]"
)
"""What is said of a model that tells states alone, as rules and thresholds do."""


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


@lru_cache(maxsize=2)
def change_ratios(evidence: Evidence) -> Ratios:
    """Σ[s_t ≠ s_{t-1}] / (T-1) of every seed."""
    return ratios(evidence, changes)


@lru_cache(maxsize=2)
def confidence_ratios(evidence: Evidence) -> Ratios:
    """Mean confidence of every seed."""
    return ratios(evidence, certain)


def regime_change_rate(evidence: Evidence, role: Role) -> Measurement:
    """Σ[s_t ≠ s_{t-1}] / (T-1) over valid out-of-sample bars."""
    return measured("regime_change_rate", change_ratios(evidence), role)


def regime_change_difference(evidence: Evidence) -> Comparison:
    """How many more changes a bar the candidate makes on the same bars."""
    return difference("regime_change_rate", change_ratios(evidence), sign=1.0)


def confidence(evidence: Evidence, role: Role) -> Measurement:
    """Mean over valid bars of the largest posterior, given the bars up to then."""
    found = measured("confidence", confidence_ratios(evidence), role)
    says_states = any(graded.valid.any() for graded in evidence.runs(role))
    return msgspec.structs.replace(found, note=UNSURE) if says_states and not found.n else found


def confidence_difference(evidence: Evidence) -> Comparison:
    """How much less sure the candidate is on the same bars."""
    return difference("confidence", confidence_ratios(evidence), sign=-1.0)


def certain(graded: Graded) -> tuple[np.ndarray, np.ndarray]:
    """(T,) confidence, 0 where there is none; (T,) 1.0 where there is one."""
    known = np.isfinite(graded.confidence)
    return np.where(known, graded.confidence, 0.0), known.astype(float)


def measured(metric: str, found: Ratios, role: Role) -> Measurement:
    """A share with its interval."""
    between = found.interval(role)
    return Measurement(
        metric=metric,
        role=role,
        value=found.median(role),
        n=found.n[role],
        low=max(between[0], 0.0) if between else None,
        high=min(between[1], 1.0) if between else None,
        seeds=tuple(value for value in found.value[role] if np.isfinite(value)),
    )


def pooled(counts: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """Sum of numerators over sum of denominators; NaN where there is nothing to divide by."""
    above, below = np.sum([(a.sum(), b.sum()) for a, b in counts] or [(0.0, 0.0)], axis=0)
    return float(above / below) if below else np.nan


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
    rate = pooled(changes(graded) for graded in evidence.runs(role))
    return Measurement(metric="dwell_time", role=role, value=real(1.0 / rate if rate else np.nan))


def seed_spread(evidence: Evidence, role: Role) -> Measurement:
    """Largest minus smallest regime change rate over the seeds: how much of it is luck."""
    known = [rate for rate in change_ratios(evidence).value[role] if np.isfinite(rate)]
    spread = max(known) - min(known) if len(known) > 1 else np.nan
    return Measurement(metric="seed_spread", role=role, value=real(spread), n=len(known))
