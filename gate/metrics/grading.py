"""From what a model handed out to what counts: valid bars, and states ranked by how volatile their bars were."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gate.domain.market import Floats, Ints
from gate.domain.observation import MISSING, Call, RunObservation

SUM_TOLERANCE = 1e-6
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """A run with its bars graded; T = out-of-sample bars."""

    run: RunObservation
    valid: Mask
    """(T,) the prediction can be traded on."""
    rank: Ints
    """(T,) 0 = the state whose training bars were calmest; MISSING where invalid."""
    states: Ints
    """(T,) how many states the bar's window ranks."""
    confidence: Floats
    """(T,) largest posterior, or the confidence handed out; NaN where invalid or not offered."""

    @property
    def same_window(self) -> Mask:
        """(T-1,) bar t and t+1 were predicted by the same fit."""
        same: Mask = self.run.window[1:] == self.run.window[:-1]
        return same


def grade(run: RunObservation, allowed: tuple[str, ...] = ()) -> Graded:
    """Grade a run. `allowed` = the labels that are valid, where the user named them."""
    offers_confidence = bool(run.posterior.shape[1]) or bool(np.isfinite(run.confidence).any())
    confidence = certainty(run)
    valid = (
        (run.call == Call.OK)
        & (run.state != MISSING)
        & (run.rows <= 0)
        & proper_posterior(run)
        & in_range(run, allowed)
    )
    if offers_confidence:
        valid &= np.isfinite(confidence) & (confidence >= 0) & (confidence <= 1 + SUM_TOLERANCE)
    ranks, counts = volatility_ranks(run)
    rank = np.where(valid, look_up(ranks, run), MISSING)
    return Graded(
        run=run,
        valid=valid,
        rank=rank.astype(np.int32),
        states=counts[window_rows(run)],
        confidence=np.where(valid, confidence, np.nan),
    )


def certainty(run: RunObservation) -> Floats:
    """(T,) the largest posterior where there is one, else the confidence handed out. NaN and inf stay."""
    if not run.posterior.shape[1]:
        return run.confidence
    offered = run.posterior != -np.inf
    return np.where(offered.any(axis=1), run.posterior.max(axis=1), run.confidence)


def proper_posterior(run: RunObservation) -> Mask:
    """(T,) the row is a distribution: finite, not negative, sums to one within 1e-6. True where none is offered."""
    if not run.posterior.shape[1]:
        return np.ones(len(run.bar), dtype=bool)
    offered = run.posterior != -np.inf
    values = np.where(offered, run.posterior, 0.0)
    proper = np.isfinite(values).all(axis=1) & (values >= -SUM_TOLERANCE).all(axis=1)
    with np.errstate(over="ignore"):
        proper &= np.abs(values.sum(axis=1) - 1.0) <= SUM_TOLERANCE
    allowed: Mask = proper | (~offered.any(axis=1) & np.isfinite(run.confidence))
    return allowed


def window_rows(run: RunObservation) -> Ints:
    """(T,) the row of each bar's window in the (W, C) tables."""
    index = np.array([window.index for window in run.windows])
    rows: Ints = np.searchsorted(index, run.window).astype(np.int32)
    return rows


def in_range(run: RunObservation, allowed: tuple[str, ...]) -> Mask:
    """(T,) the label is one that the model may say.

    Named by the user: those. Else, with a posterior of K columns: what the training window shows, if those are at
    most K different labels (so -1, 0, 1 are as good as 0, 1, 2), otherwise 0 .. K-1. Else any text, and numbers from 0.
    """
    if not run.labels:
        return np.zeros(len(run.bar), dtype=bool)
    names = np.array(run.labels)
    if allowed:
        good = np.broadcast_to(np.isin(names, allowed), run.train_count.shape)
    elif run.numeric:
        good = numeric_range(run)
    else:
        good = np.ones(run.train_count.shape, dtype=bool)
    known = np.clip(run.state, 0, None)
    inside: Mask = good[window_rows(run), known] & (run.state != MISSING)
    return inside


def numeric_range(run: RunObservation) -> Mask:
    """(W, C) which integer labels are in range in each window."""
    values = np.array([int(label) for label in run.labels])
    width = run.posterior.shape[1]
    natural = values >= 0
    if width < 2:
        # Without a posterior a label below 0 is a state only if over 1% of the training bars bear it.
        share = run.train_count / np.maximum(run.train_count.sum(axis=1, keepdims=True), 1)
        return np.asarray(natural | (share > 0.01))
    seen = run.train_count > 0
    columns = np.broadcast_to(natural & (values < width), seen.shape)
    other_names = (seen & ~columns).any(axis=1, keepdims=True)
    few_enough = seen.sum(axis=1, keepdims=True) <= width
    return np.where(few_enough & other_names, seen, columns)


def volatility_ranks(run: RunObservation) -> tuple[Ints, Ints]:
    """(W, C) rank of each label by volatility in training, unseen labels MISSING; and (W,) how many are ranked."""
    seen = np.isfinite(run.train_volatility)
    order = np.where(seen, run.train_volatility, np.inf).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    ranks = np.where(seen, order, MISSING).astype(np.int32)
    return ranks, seen.sum(axis=1).astype(np.int32)


def look_up(ranks: Ints, run: RunObservation) -> Ints:
    """(T,) rank of each bar's label; a label unseen in training ranks as the most volatile: nobody knows it."""
    if not run.labels:
        return np.full(len(run.bar), MISSING, dtype=np.int32)
    found = ranks[window_rows(run), np.clip(run.state, 0, None)]
    worst = np.maximum(ranks.max(axis=1), 0)[window_rows(run)]
    result: Ints = np.where(found == MISSING, worst, found).astype(np.int32)
    return result
