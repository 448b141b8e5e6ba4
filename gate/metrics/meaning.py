"""Do the regimes mean anything, and is the model as often right as it is sure?"""

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from gate.domain.market import Floats, Ints, Times
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Market
from gate.domain.version import Role
from gate.metrics import bootstrap
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded
from gate.metrics.values import median_of_seeds, real

Positions = npt.NDArray[np.int64]
SEED = 20_251_021
HORIZON = 5
"""Bars ahead whose realised volatility the state should tell."""
BINS = 10
LEAST_BARS = 30
"""Fewer bars are not resampled."""
LEAST_SHARE = 1e-9
"""A smaller share of the variance is rounding."""
LEAST_DOUBT = 1e-6
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


def explained(rank: Ints, target: Floats) -> float:
    """The share of the variance of `target` (T,) that groups explain which expect the more of it the higher they rank.

    η² (Fisher 1925, §40) where the groups' means rise with their rank, as those of volatility do; a rank that tells the
    opposite tells nothing. NaN where the target never varies.
    """
    bars = np.arange(len(rank), dtype=np.int32)
    return float(share_explained(moments(bars, bars, rank, target).sum(axis=0, keepdims=True))[0])


def share_explained(sums: Floats) -> Floats:
    """(R,) that share, from the sums of `moments` (R, 2K + 1)."""
    inside, sums_in, squares = np.split(sums, [sums.shape[1] // 2, sums.shape[1] - 1], axis=1)
    total, inside = inside[:, 0], each_group(inside)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, sums_in = sums_in[:, 0] / total, each_group(sums_in)
        all_variance = squares[:, 0] / total - mean**2
        between = (inside * rising(inside, sums_in) ** 2).sum(axis=1) / total - mean**2
        share = np.minimum(between / all_variance, 1.0)
    result: Floats = np.where(all_variance > 1e-12, np.where(share > LEAST_SHARE, share, 0.0), np.nan)
    return result


def rising(inside: Floats, sums_in: Floats) -> Floats:
    """(R, K) the means of K groups that come nearest to theirs and never fall; any where a group has no bars.

    Isotonic regression by its max-min formula (Barlow, Bartholomew, Bremner & Brunk 1972, Statistical Inference under
    Order Restrictions, §1.2): of the runs of groups that hold this one, for each first group the least mean, and of
    these the greatest.
    """
    fitted = np.full(inside.shape, -np.inf)
    bars, totals = (np.cumsum(each, axis=1) for each in (inside, sums_in))
    for first in range(inside.shape[1]):
        held, told_in = (upto[:, first:] - (upto[:, [first - 1]] if first else 0.0) for upto in (bars, totals))
        mean = told_in / np.maximum(held, 1.0)  # a run without bars is one of groups without any
        least = np.minimum.accumulate(mean[:, ::-1], axis=1)[:, ::-1]
        fitted[:, first:] = np.maximum(fitted[:, first:], least)
    return fitted


def each_group(sums: Floats) -> Floats:
    """(R, K) sums over all groups together and over each but the first -> over each."""
    return np.column_stack([sums[:, 0] - sums[:, 1:].sum(axis=1), sums[:, 1:]])


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
                shares.append(explained(graded.rank[usable], target[usable]))
        values.append(float(np.mean(shares)) if shares else np.nan)
    return Measurement(
        metric="informativeness",
        role=role,
        value=median_of_seeds(values),
        n=n,
        seeds=tuple(v for v in values if np.isfinite(v)),
        note="" if n else "no valid state on a bar after which prices move",
    )


def informativeness_difference(evidence: Evidence) -> Comparison:
    """(baseline - candidate) / baseline, and the 95% interval of baseline - candidate, paired on the same bars.

    What is resampled is the relative loss, which the limit is about: both η² rise and fall together with the storms
    that a stretch of bars happens to hold, their ratio hardly does.
    """
    before, after = (informativeness(evidence, role).value for role in (Role.BASELINE, Role.CANDIDATE))
    worse = (before - after) / before if before and after is not None else np.nan
    losses = relative_losses(evidence)
    drawn = [one.drawn for one in losses]
    luck = bootstrap.luck_of([one.value for one in losses], bootstrap.scatter_of_bars(drawn))
    between = bootstrap.interval(bootstrap.median_over_seeds(drawn), luck=[luck])
    return Comparison(
        metric="informativeness",
        change=real(worse),
        kind="relative",
        low=between[0] * before if between and before else None,
        high=between[1] * before if between and before else None,
        n=len(losses),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """The share of the baseline's η² that the candidate lacks under one seed."""

    value: float
    drawn: Floats
    """(R,) in each resample."""


def relative_losses(evidence: Evidence) -> list[Loss]:
    """What each seed loses, as observed and resampled.

    A resample draws times, and takes every symbol's bar of each (as in `panel.py`): markets that are volatile on the
    same days are no two observations. Bars where one of the two versions is invalid count as held by neither.
    Blocks are those of a difference, and enough of them that they count as many (`bootstrap.interval`).
    """
    looked = [Look.of(evidence, pair) for pair in evidence.pairs()]
    looked = [look for look in looked if len(look.target) >= LEAST_BARS]
    if not looked:
        return []
    times = np.unique(np.concatenate([look.time for look in looked]))
    made = [moments(times, look.time, rank, look.target) for look in looked for rank in look.ranks]
    columns, places = distinct(made)
    drawn = bootstrap.draw(len(times), bootstrap.block_of(len(times), paired=True), SEED).sums(columns)
    sums = np.concatenate([columns.sum(axis=0, keepdims=True), drawn])
    shares = np.array([share_explained(sums[:, place]) for place in places])
    seeds = np.array([look.seed for look in looked])
    losses = []
    for seed in np.unique(seeds):
        ours, theirs = (shares[side::2][seeds == seed].mean(axis=0) for side in range(2))
        gone = lost(ours, theirs)
        losses.append(Loss(value=float(gone[0]), drawn=gone[1:]))
    return losses


def lost(ours: Floats, theirs: Floats) -> Floats:
    """(N,) the share of the baseline's η² that the candidate lacks; NaN where the baseline explains nothing."""
    share: Floats = np.divide(ours - theirs, ours, out=np.full(len(ours), np.nan), where=ours > 0)
    return share


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The N bars of one symbol and seed at which both versions are valid and the target is known."""

    seed: int
    time: Times
    target: Floats
    ranks: tuple[Ints, Ints]
    """The baseline's states, the candidate's."""

    @classmethod
    def of(cls, evidence: Evidence, pair: tuple[Graded, Graded]) -> "Look":
        """Look at a pair of runs."""
        market = evidence.market(pair[0])
        was, now = same_bars(*pair)
        target = next_volatility(market)[pair[0].run.bar[was]]
        known = np.isfinite(target)
        was, now = was[known], now[known]
        return cls(
            seed=pair[0].run.key.seed,
            time=market.time[pair[0].run.bar[was]],
            target=target[known],
            ranks=(pair[0].rank[was], pair[1].rank[now]),
        )


def moments(axis: npt.NDArray[Any], at: npt.NDArray[Any], rank: Ints, values: Floats) -> Floats:
    """(T, 2K + 1) columns whose sums give η²: bars, the target, and at last the target squared.

    Bars and target are those of all groups and then of each but the first, which is what the others leave: so what does
    not hang on the groups is the same column for every seed and version that met the same bars. `at` (N,) says where
    the bars stand on the `axis` (T,), of times or of positions.
    """
    centred = values - values.mean()
    groups = np.eye(int(rank.max()) + 1)[rank]
    groups[:, 0] = 1.0
    out = np.zeros((len(axis), 2 * groups.shape[1] + 1))
    out[np.searchsorted(axis, at)] = np.column_stack([groups, groups * centred[:, None], centred**2])
    return out


def distinct(tables: list[Floats]) -> tuple[Floats, list[list[int]]]:
    """(T, M) every column of the tables once, and for each table where its columns stand."""
    known: dict[bytes, int] = {}
    places = [[known.setdefault(column.tobytes(), len(known)) for column in table.T] for table in tables]
    return np.column_stack([np.frombuffer(column) for column in known]), places


def calibration(evidence: Evidence, role: Role) -> Measurement:
    """Log score of "the state is right" at the confidence given, where states are known; 0 is perfect, more is worse.

    The mean over the bars of a draw, the median over the draws: as with seeds, a single bad fit decides nothing.
    The logarithmic score is strictly proper (Good 1952, JRSS B 14; Gneiting & Raftery 2007, JASA 102). The expected
    calibration error stands in the note: it hardly sees a posterior to the fourth power of a fitted model, which is
    sure of itself already, and moves from one draw to the next by more than that.
    """
    found = scores(evidence, role)
    values = [float(score.mean()) for score in found.values()]
    errors = [calibration_error(*sure) for sure in reliability(evidence, role)]
    between = bootstrap.interval_of_median(values)
    return Measurement(
        metric="calibration",
        role=role,
        value=float(np.median(values)) if values else None,
        n=sum(map(len, found.values())),
        low=between[0] if between else None,
        high=between[1] if between else None,
        note=f"expected calibration error {np.mean(errors):.1%}" if errors else "",
    )


def calibration_difference(evidence: Evidence) -> Comparison:
    """How much worse the candidate's log score is, paired on the same simulated bars."""
    before, after = (scores(evidence, role) for role in (Role.BASELINE, Role.CANDIDATE))
    worse = [float(after[run].mean() - before[run].mean()) for run in before if run in after]
    between = bootstrap.interval_of_median(worse)
    return Comparison(
        metric="calibration",
        change=float(np.median(worse)) if worse else None,
        kind="difference",
        low=between[0] if between else None,
        high=between[1] if between else None,
        n=len(worse),
    )


def scores(evidence: Evidence, role: Role) -> dict[tuple[str, int], Floats]:
    """The log scores of each simulated run's bars, by symbol and seed; without those that gave no confidence.

    A run is a draw of the simulator of its own under a seed of its own, so how far runs lie apart is the chance of the
    bars and of the seed in one.
    """
    found = {}
    for graded in evidence.simulated:
        usable, right = known_right(graded, evidence.market(graded).regimes)
        if graded.run.key.role is role and usable.any():
            found[graded.run.key.symbol, graded.run.key.seed] = log_scores(graded.confidence[usable], right)
    return found


def reliability(evidence: Evidence, role: Role) -> list[tuple[Floats, np.ndarray]]:
    """(confidence, whether the state was right) of each simulated run."""
    found = []
    for graded in evidence.simulated:
        usable, right = known_right(graded, evidence.market(graded).regimes)
        if graded.run.key.role is role and usable.any():
            found.append((graded.confidence[usable], right))
    return found


def known_right(graded: Graded, truth: Ints | None) -> tuple[np.ndarray, np.ndarray]:
    """(T,) where a confidence was given, and for those bars whether the state was the true one."""
    usable = graded.valid & np.isfinite(graded.confidence)
    if truth is None or not usable.any():
        return np.zeros(len(usable), dtype=bool), np.zeros(0, dtype=bool)
    return usable, met_most(graded.rank[usable], truth[graded.run.bar[usable]])


def met_most(rank: Ints, truth: Ints) -> np.ndarray:
    """(T,) True where the true state is the one that the bar's state meets most often."""
    table = np.zeros((int(rank.max()) + 1, int(truth.max()) + 1), dtype=int)
    np.add.at(table, (rank, truth), 1)
    return np.asarray(table.argmax(axis=1)[rank] == truth)


def log_scores(confidence: Floats, right: np.ndarray) -> Floats:
    """(T,) -log(confidence) where right, -log(1 - confidence) where wrong; no certainty beyond one in a million."""
    sure = np.clip(confidence, LEAST_DOUBT, 1.0 - LEAST_DOUBT)
    scores: Floats = -np.log(np.where(right, sure, 1.0 - sure))
    return scores


def calibration_error(confidence: Floats, right: np.ndarray) -> float:
    """Σ_bins (share of bars in the bin) |mean(right) - mean(confidence)|; NaN without bars."""
    if not len(confidence):
        return np.nan
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = np.abs(np.bincount(bins, right.astype(float), BINS) - np.bincount(bins, confidence, BINS))
    return float(gap.sum() / len(confidence))


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
        was, now = same_bars(ours, theirs)
        size = int(max(ours.rank.max(initial=0), theirs.rank.max(initial=0))) + 1
        flat = ours.rank[was] * size + theirs.rank[now]
        tables.append(np.bincount(flat, minlength=size * size).reshape(size, size))
    return tables


def same_bars(ours: Graded, theirs: Graded) -> tuple[Positions, Positions]:
    """Where the bars stand in both runs that both predicted validly: one run may have ended before the other."""
    mine, other = np.flatnonzero(ours.valid), np.flatnonzero(theirs.valid)
    _, was, now = np.intersect1d(ours.run.bar[mine], theirs.run.bar[other], assume_unique=True, return_indices=True)
    return mine[was], other[now]


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
