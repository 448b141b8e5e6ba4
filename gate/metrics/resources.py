"""CPU and memory of the model: ratios of what was read from outside."""

import numpy as np

from gate.domain.market import Floats
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Pair, Reading, RunObservation
from gate.domain.version import Role
from gate.metrics.evidence import Evidence
from gate.metrics.values import median_of_seeds, real

CPU_PARTS = ("fit", "predict", "whole process")
_WARM_UP = 0.25
"""Share of the calls after which memory should have settled."""


def part_seconds(reading: Reading, part: str) -> float:
    """CPU seconds of one part of a timed run."""
    if part == "fit":
        return reading.fit
    if part == "predict":
        return reading.predict
    return reading.imports + reading.fit + reading.predict


def log_ratios(pairs: tuple[Pair, ...], part: str) -> Floats:
    """(pairs,) log of candidate / baseline."""
    return np.array(
        [np.log(max(part_seconds(p.candidate, part), 1e-9) / max(part_seconds(p.baseline, part), 1e-9)) for p in pairs]
    )


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


def cpu_ratios(evidence: Evidence) -> list[Comparison]:
    """Exp of the mean paired log ratio of each part: the estimator with the least spread."""
    pairs = evidence.observations.pairs
    found = []
    for part in CPU_PARTS:
        logs = log_ratios(pairs, part)
        found.append(
            Comparison(
                metric="cpu",
                part=part,
                change=real(np.exp(logs.mean())) if len(logs) else None,
                kind="ratio",
                n=len(logs),
                note=evidence.observations.timing_error,
            )
        )
    return found


def memory(evidence: Evidence, role: Role) -> list[Measurement]:
    """The model's own peak (peak of fit and predict minus resting), and the whole process's. Median of cold runs."""
    readings = [g.run.memory for g in evidence.runs(role) if g.run.memory is not None]
    own = [float(max(r.fit_peak, r.predict_peak) - r.rest) for r in readings]
    whole = [float(max(r.fit_peak, r.predict_peak)) for r in readings]
    return [
        Measurement(metric="memory", role=role, part="model", value=median_of_seeds(own), n=len(own)),
        Measurement(metric="memory", role=role, part="whole process", value=median_of_seeds(whole), n=len(whole)),
    ]


def memory_growth(evidence: Evidence, role: Role) -> Measurement:
    """Bytes a live call by which resident memory grows once it has settled (Theil 1950, Sen 1968: median of slopes)."""
    slopes = [growth(g.run) for g in evidence.runs(role)]
    return Measurement(
        metric="memory_growth",
        role=role,
        value=median_of_seeds(slopes),
        n=int(sum(len(g.run.rss_calls) for g in evidence.runs(role))),
    )


def growth(run: RunObservation) -> float:
    """Median of the slopes between points half the record apart; NaN with fewer than 8 readings."""
    settled = run.rss_calls >= run.rss_calls.max(initial=0) * _WARM_UP
    calls, size = run.rss_calls[settled].astype(float), run.rss_bytes[settled].astype(float)
    half = len(calls) // 2
    if half < 4:
        return np.nan
    apart = calls[half : 2 * half] - calls[:half]
    slopes = (size[half : 2 * half] - size[:half])[apart > 0] / apart[apart > 0]
    return float(np.median(slopes)) if len(slopes) else np.nan
