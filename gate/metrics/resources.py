"""CPU and memory of the model: ratios of what was read from outside."""

from collections.abc import Sequence

import numpy as np

from gate.domain.market import Floats
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Pair, Reading, RunObservation
from gate.domain.version import Role
from gate.metrics.evidence import Evidence
from gate.metrics.values import median_of_seeds, real

WHOLE = "whole process"
CPU_PARTS = ("fit", "predict", WHOLE)
MIB = 1024.0 * 1024.0
READING_SPREAD = 0.25 * MIB
"""Peak minus resting repeats within .06 to .15 MiB (docs/metrics.md)."""
PROCESS_SPREAD = 0.02
"""Share by which a whole process's peak moves from one start to the next."""
LEAST_READINGS = 8
LEAST_SECONDS = 1e-9
"""The CPU clock's own step."""
NORMAL = 1.959963984540054
_WARM_UP = 0.25
"""Share of the calls after which memory should have settled."""


def part_seconds(reading: Reading, part: str) -> float:
    """CPU seconds of one part of a timed run."""
    if part == "fit":
        return reading.fit
    if part == "predict":
        return reading.predict
    return reading.imports + reading.fit + reading.predict


def log_ratios(pairs: Sequence[Pair], part: str, floor: float = 0.0) -> Floats:
    """(pairs,) log of candidate / baseline; seconds below the floor count as the floor."""
    least = max(floor, LEAST_SECONDS)
    seconds = np.array([[part_seconds(r, part) for r in (p.candidate, p.baseline)] for p in pairs]).reshape(-1, 2)
    logs: Floats = np.log(np.maximum(seconds[:, 0], least) / np.maximum(seconds[:, 1], least))
    return logs


def identical_code(pairs: tuple[Pair, ...]) -> tuple[float, float] | None:
    """Smallest and largest ratio of the model's CPU (fit and predict) that identical code read here."""
    ratios = [
        max(second.fit + second.predict, 1e-9) / max(first.fit + first.predict, 1e-9)
        for first, second in ((pair.baseline, pair.again) for pair in pairs)
        if second is not None
    ]
    return (min(ratios), max(ratios)) if ratios else None


def cpu(evidence: Evidence, role: Role) -> list[Measurement]:
    """Median CPU seconds of each part, with imports on their own line."""
    readings = [p.baseline if role is Role.BASELINE else p.candidate for p in evidence.observations.pairs]
    parts = {part: [part_seconds(reading, part) for reading in readings] for part in CPU_PARTS}
    parts["imports"] = [reading.imports for reading in readings]
    return [
        Measurement(metric="cpu", role=role, part=part, value=median_of_seeds(values), n=len(values))
        for part, values in parts.items()
    ]


def import_cpu(evidence: Evidence, role: Role) -> Measurement:
    """CPU seconds of starting an interpreter and importing the version: on a line of its own, with its own limit."""
    found = next(m for m in cpu(evidence, role) if m.part == "imports")
    return Measurement(metric="import_cpu", role=role, value=found.value, n=found.n)


def memory(evidence: Evidence, role: Role) -> list[Measurement]:
    """The model's own peak (peak of fit and predict minus resting), and the whole process's. Median of cold runs."""
    readings = [g.run.memory for g in evidence.runs(role) if g.run.memory is not None]
    own = [float(max(r.fit_peak, r.predict_peak) - r.rest) for r in readings]
    whole = [float(max(r.fit_peak, r.predict_peak)) for r in readings]
    return [
        Measurement(metric="memory", role=role, part="model", value=median_of_seeds(own), n=len(own)),
        Measurement(metric="memory", role=role, part=WHOLE, value=median_of_seeds(whole), n=len(whole)),
    ]


def memory_ratios(evidence: Evidence) -> list[Comparison]:
    """Candidate over baseline of each part, with what the readings themselves leave open."""
    floor = evidence.settings.limits["memory"].floor or 0.0
    values = [{m.part: m.value for m in memory(evidence, role)} for role in (Role.BASELINE, Role.CANDIDATE)]
    return [memory_ratio(part, values[0][part], values[1][part], floor) for part in values[0]]


def memory_ratio(part: str, ours: float | None, theirs: float | None, floor: float) -> Comparison:
    """A ratio of peaks, none below the floor; the interval is that of two readings, each off by READING_SPREAD."""
    if ours is None or theirs is None or not max(ours, floor) > 0:
        return Comparison(metric="memory", part=part, change=None, kind="ratio")
    slack = READING_SPREAD if part == "model" else READING_SPREAD + PROCESS_SPREAD * ours
    ends = [max(theirs + way * slack, floor) / max(ours - way * slack, floor, 1.0) for way in (0, -1, 1)]
    return Comparison(metric="memory", part=part, change=ends[0], kind="ratio", low=ends[1], high=ends[2], n=1)


def memory_growth(evidence: Evidence, role: Role) -> Measurement:
    """Bytes a live call by which resident memory grows once it has settled (Theil 1950, Sen 1968: median of slopes)."""
    found = [found for found in (growth(g.run) for g in evidence.runs(role)) if found is not None]
    low, middle, high = np.median(found, axis=0) if found else (np.nan, np.nan, np.nan)
    return Measurement(
        metric="memory_growth",
        role=role,
        value=real(middle),
        n=int(sum(len(g.run.rss_calls) for g in evidence.runs(role))),
        low=real(low),
        high=real(high),
    )


def growth_difference(evidence: Evidence) -> Comparison:
    """How many more bytes a call the candidate keeps; the intervals of both slopes are independent of each other."""
    ours, theirs = (memory_growth(evidence, role) for role in (Role.BASELINE, Role.CANDIDATE))
    numbers = [(m.low, m.value, m.high) for m in (ours, theirs)]
    if any(number is None for three in numbers for number in three):
        return Comparison(metric="memory_growth", change=None, kind="difference")
    before, after = np.array(numbers, dtype=float)
    down, up = (
        np.hypot(after[1] - after[0], before[2] - before[1]),
        np.hypot(after[2] - after[1], before[1] - before[0]),
    )
    change = after[1] - before[1]
    return Comparison(
        metric="memory_growth",
        change=real(change),
        kind="difference",
        low=real(change - down),
        high=real(change + up),
        n=2,
    )


def growth(run: RunObservation) -> tuple[float, float, float] | None:
    """(low, median, high) of the slopes between all readings, with Sen's 95% interval; None with fewer than 8 of them.

    As `scipy.stats.theilslopes`: the interval is that of Kendall's rank correlation (Sen 1968, §4).
    """
    settled = run.rss_calls >= run.rss_calls.max(initial=0) * _WARM_UP
    calls, size = run.rss_calls[settled].astype(float), run.rss_bytes[settled].astype(float)
    earlier, later = np.triu_indices(len(calls), k=1)
    apart = calls[later] - calls[earlier]
    slopes = np.sort((size[later] - size[earlier])[apart > 0] / apart[apart > 0])
    count = len(calls)
    if count < LEAST_READINGS or not len(slopes):
        return None
    ties = np.unique(size, return_counts=True)[1]
    variance = (count * (count - 1) * (2 * count + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18.0
    half = NORMAL * np.sqrt(max(variance, 0.0))
    low = max(round((len(slopes) - half) / 2.0) - 1, 0)
    high = min(round((len(slopes) + half) / 2.0), len(slopes) - 1)
    return float(slopes[low]), float(np.median(slopes)), float(slopes[high])
