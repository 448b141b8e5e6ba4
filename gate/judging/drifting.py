"""Has a metric another level than it had? Change points over the history of verdicts. Advisory: it blocks nothing.

Verdicts of neighbouring nights share nearly all their bars, so their noise is correlated, and every method that takes
it for independent cries wolf. Here the penalty of a change is measured in the noise's long-run variance,
sigma^2 (1 + phi) / (1 - phi) of an AR(1) process, estimated from what is left once the changes are taken out: left in,
a change looks like correlation and hides itself. The search is ruptures' (Truong, Oudre & Vayatis 2020, Selective
review of offline change point detection methods, Signal Processing 167): KernelCPD with the linear kernel, changes of
the mean. `python -m benchmarks.drift` prints how often this is wrong and how often it finds a change.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gate.domain.drift import FEWEST, ChangePoint, Course, Drift, Point, Track
from gate.domain.history import Glance, Happened, JudgementGlance, VerdictGlance
from gate.domain.metric import Direction, Metric

if TYPE_CHECKING:
    from gate.domain.market import Floats

SHORTEST = 5
"""Points of a level: a night or two are an accident."""
HARSHNESS, SHORTNESS = 1.5, 40.0
"""The penalty is 2 log(n) HARSHNESS (1 + SHORTNESS / n) long-run variances: in a short history phi is known badly."""
MOST_CORRELATED = 0.98
AT_FIRST = (1, 2, 3, 4)
"""Changes that are taken out before the noise is estimated for the first time; FEWEST points have room for all."""
ROUNDS = 4
"""Of taking the found changes out and estimating the noise again; it settles in two."""
FAINTEST = 1e-9
"""Squares of values that span 1: less is what rounding leaves, also in ruptures' sums (3e-11 of 4000 points)."""


def tracks(
    glances: Iterable[Glance], metrics: Mapping[str, Metric], *, sources: frozenset[str] = frozenset()
) -> tuple[Track, ...]:
    """Every metric over the verdicts that were asked in full; of `sources` alone, where some are named."""
    kept = [
        (one, verdict)
        for one in glances
        if one.kind is Happened.VERDICT
        and (verdict := one.verdict)
        and not verdict.quick
        and (not sources or one.source in sources)
    ]
    names = dict.fromkeys(judged.metric for _, verdict in kept for judged in verdict.judgements)
    return tuple(_track(metrics[name], kept) for name in names if name in metrics)


def drifts(found: Sequence[Track]) -> tuple[Drift, ...]:
    """Look at every track; among many, each must be surer, so that all of them together are seldom wrong."""
    among = sum(len(track.points) >= FEWEST for track in found)
    return tuple(drift_of(track, among=among) for track in found)


def drift_of(track: Track, *, among: int = 1) -> Drift:
    """Where one metric changed its level."""
    values = [point.value for point in track.points]
    if len(values) < FEWEST:
        return Drift(metric=track.metric, course=Course.TOO_SHORT, points=len(values), gaps=track.gaps)
    places, correlation = change_points(values, among=among)
    changes = tuple(_change(track, (0, *places, len(values)), number) for number in range(1, len(places) + 1))
    newest = Course.STEADY if not changes else Course.WORSE if changes[-1].worse else Course.BETTER
    return Drift(
        metric=track.metric,
        course=newest,
        changes=changes,
        points=len(values),
        gaps=track.gaps,
        correlation=correlation,
    )


def _change(track: Track, edges: Sequence[int], number: int) -> ChangePoint:
    start, place, stop = edges[number - 1 : number + 2]
    before, after = (_mean([point.value for point in track.points[a:b]]) for a, b in ((start, place), (place, stop)))
    first = track.points[place]
    return ChangePoint(
        uid=first.uid,
        at=first.at,
        sha=first.sha,
        place=place,
        before=before,
        after=after,
        worse=(after > before) == track.higher_is_worse,
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


# ------------------------------------------------------------------ out of the history


def _track(metric: Metric, kept: Sequence[tuple[Glance, VerdictGlance]]) -> Track:
    judged = [(one, _judgement(verdict, metric.name)) for one, verdict in kept]
    asked = [(one, judgement) for one, judgement in judged if judgement is not None]
    ratio = any(judgement.limit.max_ratio is not None for _, judgement in asked)
    points = [point for one, judgement in asked if (point := _point(one, judgement, ratio=ratio)) is not None]
    return Track(
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        ratio=ratio,
        higher_is_worse=ratio or metric.direction is Direction.LOWER_IS_BETTER,
        points=tuple(points),
        gaps=len(kept) - len(points),
    )


def _judgement(verdict: VerdictGlance, name: str) -> JudgementGlance | None:
    return next((judgement for judgement in verdict.judgements if judgement.metric == name), None)


def _point(one: Glance, judged: JudgementGlance, *, ratio: bool) -> Point | None:
    """None where nothing was measured: a gap, never a nought."""
    value = (judged.change if judged.change_kind == "ratio" else None) if ratio else judged.candidate
    if value is None or not math.isfinite(value):
        return None
    limit = judged.limit.max_ratio if ratio else judged.limit.max if judged.limit.max is not None else judged.limit.min
    return Point(uid=one.uid, at=one.at, sha=one.sha, value=value, limit=limit)


# ------------------------------------------------------------------ the search


def change_points(values: Sequence[float], *, among: int = 1) -> tuple[tuple[int, ...], float]:
    """Return where a new level begins, and how correlated neighbours are beside that."""
    import numpy as np  # noqa: PLC0415

    raw = np.asarray(values)
    if len(raw) < FEWEST or np.ptp(raw) <= 1e-12 * np.abs(raw).max():
        return (), 0.0
    scaled = (raw - raw.mean()) / np.ptp(raw)
    return _searched(scaled, _harshness(len(raw), among))


def _harshness(count: int, among: int) -> float:
    return 2.0 * HARSHNESS * (1.0 + SHORTNESS / count) * (math.log(count) + math.log(max(among, 1)))


def _searched(scaled: "Floats", harshness: float) -> tuple[tuple[int, ...], float]:
    """Begin from one change, from two, ...; of what each settles on, the one with most changes.

    A level that rose and fell again looks like correlation when a single change is taken out, and would hide itself.
    """
    import ruptures  # noqa: PLC0415  0.5 s

    search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(scaled)
    settled = [_settled(search, scaled, search.predict(n_bkps=number), harshness) for number in AT_FIRST]
    return max(settled, key=lambda found: len(found[0]))


def _settled(search: Any, scaled: "Floats", edges: list[int], harshness: float) -> tuple[tuple[int, ...], float]:
    """Take the changes out, estimate the noise, search; again with what was found."""
    for _ in range(ROUNDS):
        variance, correlation = _noise(scaled, edges)
        penalty = harshness * variance * (1.0 + correlation) / (1.0 - correlation)
        found: list[int] = search.predict(pen=max(penalty, FAINTEST))
        if found == edges:
            break
        edges = found
    return tuple(int(edge) for edge in edges[:-1]), correlation  # some of ruptures' are numpy's, and no JSON


def _noise(scaled: "Floats", edges: Sequence[int]) -> tuple[float, float]:
    """Variance and correlation of neighbours, once each level's mean is taken off.

    Both come out too small, the more so the shorter the levels; Kendall 1954 (Note on bias in the estimation of
    autocorrelation, Biometrika 41) says by how much: (1 + 3 phi) / n.
    """
    import numpy as np  # noqa: PLC0415

    levels = np.split(scaled, list(edges[:-1]))
    left = np.concatenate([level - level.mean() for level in levels])
    total = float(left @ left)
    if total <= FAINTEST:
        return 0.0, 0.0
    seen = float(left[1:] @ left[:-1]) / total
    bias = (1.0 + 3.0 * max(seen, 0.0)) * len(levels) / len(left)
    return total / (len(left) - len(levels)), min(max(seen + bias, 0.0), MOST_CORRELATED)
