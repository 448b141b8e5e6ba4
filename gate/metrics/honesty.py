"""Is what the model says now what it will have said, what production says, and what it says again?"""

from functools import lru_cache

import msgspec
import numpy as np

from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import MISSING, TAIL, Call, Repeat
from gate.domain.version import Role
from gate.metrics.evidence import Evidence
from gate.metrics.failures import first, rate
from gate.metrics.grading import Graded, certainty
from gate.metrics.panel import Ratios, difference, ratios

CONFIDENCE_TOLERANCE = 1e-6


def repaint(evidence: Evidence, role: Role) -> Measurement:
    """Share of bars whose label is another one TAIL-1 bars later, when the model looks back at them.

    Looked at on every bar; the note says how it is around the changes of state, where looking ahead pays most.
    """
    counts = [repainted(graded) for graded in evidence.runs(role)]
    n = sum(int(looked.sum()) for _, looked in counts)
    near = [turning(graded) for graded in evidence.runs(role)]
    there, around = (int(sum(np.dot(count[k], at) for count, at in zip(counts, near, strict=True))) for k in (0, 1))
    found = rate("repaint", role, sum(int(changed.sum()) for changed, _ in counts), n)
    return msgspec.structs.replace(found, note=f"{there} of {around} around changes of state" if around else "")


def repaint_difference(evidence: Evidence) -> Comparison:
    """How many more of its labels the candidate changes afterwards."""
    return difference("repaint", repaint_ratios(evidence), sign=1.0)


@lru_cache(maxsize=2)
def repaint_ratios(evidence: Evidence) -> Ratios:
    """Share of labels changed, of every seed."""
    return ratios(evidence, repainted)


def repainted(graded: Graded) -> tuple[np.ndarray, np.ndarray]:
    """(T,) 1.0 where the bar's label was changed later; (T,) 1.0 where it was looked back at."""
    run, later = graded.run, TAIL - 1
    changed, looked = np.zeros(len(run.bar)), np.zeros(len(run.bar))
    if len(run.bar) <= later:
        return changed, looked
    first_said, then_said = run.tail[:-later, -1], run.tail[later:, 0]
    both = (run.window[:-later] == run.window[later:]) & (first_said != MISSING) & (then_said != MISSING)
    both &= graded.valid[:-later]
    looked[:-later], changed[:-later] = both, both & (first_said != then_said)
    return changed, looked


def turning(graded: Graded) -> np.ndarray:
    """(T,) 1.0 within TAIL-1 bars before and after a change of the causal state."""
    moved = np.zeros(len(graded.run.bar))
    if not len(moved):
        return moved
    moved[1:] = graded.run.state[1:] != graded.run.state[:-1]
    near = np.convolve(moved, np.ones(2 * TAIL - 1))[TAIL - 1 : len(moved) + TAIL - 1]
    return np.asarray(near > 0, dtype=float)


def live_parity(evidence: Evidence, role: Role) -> Measurement:
    """Share of bars at which the model's own live method says another state than its causal path, or raises."""
    differ = total = 0
    for graded in evidence.runs(role):
        asked = (graded.run.live_call != Call.NOT_CALLED) & graded.valid
        agree = (graded.run.live_call == Call.OK) & (graded.run.live_state == graded.run.state)
        total += int(asked.sum())
        differ += int((asked & ~agree).sum())
    return rate("live_parity", role, differ, total)


def determinism(evidence: Evidence, role: Role) -> Measurement:
    """Share of live calls that another process with the same seed and the same bars answers differently."""
    runs = {g.run.key: g for g in evidence.runs(role)}
    differ = total = 0
    for repeat in evidence.observations.repeats:
        if repeat.key.role is role and repeat.key in runs:
            changed, looked = differences(runs[repeat.key], repeat)
            differ, total = differ + changed, total + looked
    return rate("determinism", role, differ, total)


def differences(graded: Graded, repeat: Repeat) -> tuple[int, int]:
    """(different, compared) answers of the first N live calls of one window.

    A confidence that is a number one time and none the other is another answer.
    """
    run = graded.run
    at = np.flatnonzero(run.window == repeat.window)[: len(repeat.state)]
    answered = run.call[at] == Call.OK
    at, again_at = at[answered], np.flatnonzero(answered)
    said = [run.labels[code] if code != MISSING else "" for code in run.state[at]]
    again = [repeat.labels[code] if code != MISSING else "" for code in repeat.state[again_at]]
    sure, sure_again = certainty(run)[at], repeat.confidence[again_at]
    other_label = np.array([one != two for one, two in zip(said, again, strict=True)], dtype=bool)
    known, known_again = np.isfinite(sure), np.isfinite(sure_again)
    apart = np.where(known, sure, 0.0) - np.where(known_again, sure_again, 0.0)
    other_confidence = (known != known_again) | (np.abs(apart) > CONFIDENCE_TOLERANCE)
    return int((other_label | other_confidence).sum()), len(at)


def input_mutation(evidence: Evidence, role: Role) -> Measurement:
    """Windows in which the model changed the bars it was given / windows."""
    windows = [w for g in evidence.runs(role) for w in g.run.windows]
    return rate("input_mutation", role, sum(w.mutated for w in windows), len(windows))


def unmeasured_live(evidence: Evidence, role: Role) -> str:
    """A live method that nobody asked to be measured."""
    return first([g.run.unmeasured_live for g in evidence.runs(role)])
