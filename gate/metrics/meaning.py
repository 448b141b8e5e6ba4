"""Do the regimes mean anything, and is the model as often right as it is sure?"""

from itertools import permutations

import numpy as np

from gate.domain.market import Floats, Ints
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Market
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.values import median_of_seeds, real

SEED = 20_251_021
HORIZON = 5
"""Bars ahead whose realised volatility the state should tell."""
BINS = 10
FEW = 5
"""States up to which trying all matches is faster than importing a solver."""


def next_volatility(market: Market) -> Floats:
    """(bars,) log of the realised volatility of the next HORIZON log returns; NaN at the end and where prices stand."""
    squares = np.diff(np.log(market.close)) ** 2
    out = np.full(len(market.close), np.nan)
    if len(squares) >= HORIZON:
        ahead = np.lib.stride_tricks.sliding_window_view(squares, HORIZON).mean(axis=1)
        with np.errstate(divide="ignore"):
            out[: len(ahead)] = 0.5 * np.log(ahead)
    out[~np.isfinite(out)] = np.nan
    return out


def explained(rank: Ints, target: Floats, drawn: bootstrap.Resamples | None = None) -> Floats:
    """η²: the share of the variance of `target` (T,) between the groups that `rank` makes (Fisher 1925, §40).

    With `drawn`, the η² of each resample (R,); else (1,). NaN where the target never varies.
    """
    groups = np.eye(int(rank.max(initial=0)) + 1)[rank]
    columns = np.column_stack([groups, groups * target[:, None], target**2])
    sums_of = columns.sum(axis=0, keepdims=True) if drawn is None else drawn.sums(columns)
    inside, sums, squares = np.split(sums_of, [groups.shape[1], 2 * groups.shape[1]], axis=1)
    total = inside.sum(axis=1)
    mean = sums.sum(axis=1) / total
    all_variance = squares[:, 0] / total - mean**2
    with np.errstate(invalid="ignore", divide="ignore"):
        between = np.where(inside > 0, sums**2 / inside, 0.0).sum(axis=1) / total - mean**2
        result: Floats = np.where(all_variance > 1e-12, np.clip(between / all_variance, 0.0, 1.0), np.nan)
    return result


def told(graded: Graded, target: Floats) -> tuple[np.ndarray, Floats]:
    """Which bars can be looked at, and the target at the run's bars."""
    at = target[graded.run.bar]
    return graded.valid & np.isfinite(at), at


def informativeness(evidence: Evidence, role: Role) -> Measurement:
    """Mean over symbols of η² of log realised volatility over the next bars, given the causal state."""
    values, n = [], 0
    for runs in evidence.seeds(role).values():
        shares = []
        for graded in runs:
            usable, target = told(graded, next_volatility(evidence.market(graded)))
            n += int(usable.sum())
            if usable.sum() > 1:
                shares.append(float(explained(graded.rank[usable], target[usable])[0]))
        values.append(float(np.mean(shares)) if shares else np.nan)
    return Measurement(
        metric="informativeness",
        role=role,
        value=median_of_seeds(values),
        n=n,
        seeds=tuple(v for v in values if np.isfinite(v)),
    )


def informativeness_difference(evidence: Evidence) -> Comparison:
    """(baseline - candidate) / baseline, and the 95% interval of candidate - baseline, paired on the same bars."""
    draws: dict[int, list[Floats]] = {}
    for index, (ours, theirs) in enumerate(evidence.pairs()):
        target = next_volatility(evidence.market(ours))
        usable, at = told(ours, target)
        usable &= told(theirs, target)[0]
        if usable.sum() < 30:
            continue
        values = at[usable]
        drawn = bootstrap.draw(len(values), bootstrap.block_length(values), SEED + index)
        gain = explained(theirs.rank[usable], values, drawn) - explained(ours.rank[usable], values, drawn)
        draws.setdefault(ours.run.key.seed, []).append(gain)
    between = bootstrap.over_seeds([np.mean(gains, axis=0) for gains in draws.values()])
    was, now = (informativeness(evidence, role).value for role in Role)
    worse = (was - now) / was if was and now is not None else np.nan
    return Comparison(
        metric="informativeness",
        change=real(worse),
        kind="relative",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=len(draws),
        note="interval of candidate - baseline",
    )


def calibration(evidence: Evidence, role: Role) -> Measurement:
    """Expected calibration error (Naeini et al. 2015): mean |accuracy - confidence| over bins, states known."""
    errors, n = [], 0
    for graded in evidence.simulated:
        truth = evidence.market(graded).regimes
        if graded.run.key.role is not role or truth is None:
            continue
        usable = graded.valid & np.isfinite(graded.confidence)
        right = graded.rank[usable] == truth[graded.run.bar[usable]]
        errors.append(calibration_error(graded.confidence[usable], right))
        n += int(usable.sum())
    return Measurement(metric="calibration", role=role, value=median_of_seeds(errors), n=n)


def calibration_error(confidence: Floats, right: np.ndarray) -> float:
    """Σ_bins (share of bars in the bin) |mean(right) - mean(confidence)|; NaN without bars."""
    if not len(confidence):
        return np.nan
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    gap = np.abs(np.bincount(bins, right.astype(float), BINS) - np.bincount(bins, confidence, BINS))
    return float(gap.sum() / counts.sum())


# ------------------------------------------------------------------ advisory


def agreement(evidence: Evidence, role: Role) -> Measurement:
    """Share of bars on which both versions say the same, states matched one to one as well as can be (Kuhn 1955)."""
    tables = contingencies(evidence) if role is Role.CANDIDATE else []
    n = int(sum(table.sum() for table in tables))
    best = sum(best_match(table) for table in tables)
    return Measurement(metric="agreement", role=role, value=best / n if n else None, n=n)


def adjusted_rand_index(evidence: Evidence, role: Role) -> Measurement:
    """Agreement of the two partitions, corrected for chance (Hubert & Arabie 1985); mean over runs."""
    tables = contingencies(evidence) if role is Role.CANDIDATE else []
    values = [rand_index(table) for table in tables]
    return Measurement(metric="adjusted_rand_index", role=role, value=median_of_seeds(values), n=len(values))


def contingencies(evidence: Evidence) -> list[np.ndarray]:
    """How often baseline rank i met candidate rank j, a table a pair of runs."""
    tables = []
    for ours, theirs in evidence.pairs():
        both = ours.valid & theirs.valid
        size = int(max(ours.rank.max(initial=0), theirs.rank.max(initial=0))) + 1
        flat = ours.rank[both] * size + theirs.rank[both]
        tables.append(np.bincount(flat, minlength=size * size).reshape(size, size))
    return tables


def best_match(table: np.ndarray) -> int:
    """The largest sum of one cell a row and column: tried out for few states."""
    if len(table) <= FEW:
        rows = np.arange(len(table))
        return max(int(table[rows, list(columns)].sum()) for columns in permutations(rows))
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 (costs more to import than all the rest)

    rows, columns = linear_sum_assignment(table, maximize=True)
    return int(table[rows, columns].sum())


def rand_index(table: np.ndarray) -> float:
    """Adjusted Rand index of a contingency table; NaN where both partitions are trivial."""
    total = pairs_in(table.sum())
    together, ours, theirs = pairs_in(table), pairs_in(table.sum(axis=1)), pairs_in(table.sum(axis=0))
    expected = ours * theirs / total if total else 0.0
    largest = (ours + theirs) / 2
    return (together - expected) / (largest - expected) if largest != expected else np.nan


def pairs_in(counts: np.ndarray) -> float:
    """How many pairs can be drawn from groups of these sizes."""
    return float((counts * (counts - 1) / 2).sum())
