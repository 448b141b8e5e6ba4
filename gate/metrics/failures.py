"""What went wrong, counted: every rate is a pair of integers."""

import numpy as np

from gate.domain.metric import Measurement
from gate.domain.observation import MISSING, Call, Diagnosis, Ending, Phase, RunObservation, Window
from gate.domain.version import Role
from gate.metrics.evidence import Evidence
from gate.metrics.grading import Graded

_DEAD = (Ending.CRASHED, Ending.TIMED_OUT)


def rate(metric: str, role: Role, count: int, n: int, note: str = "") -> Measurement:
    """Count / n, with both kept."""
    return Measurement(metric=metric, role=role, value=count / n if n else None, n=n, count=count, note=note)


def training_failures(evidence: Evidence, role: Role) -> Measurement:
    """Failed fits / attempted fits.

    A failure: an exception, a time-out or a crash; a parameter that is no number; the iterations ran out with the last
    gain still above the tolerance (hmmlearn's `converged` says True then); a state that no training bar bears
    (where each state has a name of its own: `names_each`).
    """
    causes: dict[str, int] = {}
    attempts = 0
    for graded in evidence.runs(role):
        for row, window in enumerate(graded.run.windows):
            attempts += 1
            cause = why_failed(graded.run, window, row)
            if cause:
                causes[cause] = causes.get(cause, 0) + 1
    note = ", ".join(f"{count} x {cause}" for cause, count in sorted(causes.items(), key=lambda item: -item[1])[:3])
    return rate("training_failures", role, sum(causes.values()), attempts, note)


def why_failed(run: RunObservation, window: Window, row: int) -> str:
    """Why this fit counts as failed; "" where it does not."""
    for phase in (window.build, window.fit):
        if phase.ending is not Ending.OK:
            return phase.error or str(phase.ending)
    if window.diagnosis.finite is False:
        return "a fitted parameter is not a number"
    if ran_out(window.diagnosis):
        return f"all {window.diagnosis.iterations} iterations used without converging"
    width = states_offered(run, window)
    if names_each(run) and 0 < (run.train_count[row] > 0).sum() < width:
        return "a state that no training bar bears"
    return ""


def states_offered(run: RunObservation, window: Window) -> int:
    """How many states this fit has: models that choose the number themselves choose another one each time."""
    offered = run.posterior[run.window == window.index] != -np.inf
    return int(offered.any(axis=0).sum())


def names_each(run: RunObservation) -> bool:
    """Whether each state has a name of its own: where several share one, a name that is not borne is no empty state.

    Texts are mostly chosen after the fit, by what a state looks like ("bull", "bear"), and two states may look alike.
    They count as names of their own only where the run shows each column of the posterior under one, and always it.
    """
    width: int = run.posterior.shape[1]
    if run.numeric or not 0 < width <= len(run.labels):
        return len(run.labels) >= width
    said = np.isfinite(run.posterior).all(axis=1) & (run.state != MISSING)
    seen = set(zip(run.posterior[said].argmax(axis=1).tolist(), run.state[said].tolist(), strict=True))
    return len(seen) == len({column for column, _ in seen}) == len({name for _, name in seen}) == width


def ran_out(seen: Diagnosis) -> bool:
    """Every iteration was used, and the last one still gained more than the tolerance (or a gain nobody knows)."""
    if seen.iterations is None or seen.iterations != seen.max_iterations:
        return False
    return seen.last_gain is None or seen.tolerance is None or seen.last_gain > seen.tolerance


def prediction_errors(evidence: Evidence, role: Role) -> Measurement:
    """Live predict calls that raise or time out / calls made."""
    calls = [graded.run.call for graded in evidence.runs(role)]
    joined = np.concatenate(calls) if calls else np.zeros(0, dtype=np.int8)
    failed = np.isin(joined, (Call.RAISED, Call.TIMED_OUT, Call.CRASHED))
    messages = [m for g in evidence.runs(role) for w in g.run.windows for m in w.call_errors]
    return rate("prediction_errors", role, int(failed.sum()), int((joined != Call.NOT_CALLED).sum()), first(messages))


def invalid_predictions(evidence: Evidence, role: Role) -> Measurement:
    """Bars whose prediction is missing or no distribution over known states / bars."""
    runs = evidence.runs(role)
    bars = sum(len(graded.valid) for graded in runs)
    return rate("invalid_predictions", role, bars - sum(int(graded.valid.sum()) for graded in runs), bars)


def strategy_crashes(evidence: Evidence, role: Role) -> Measurement:
    """Windows in which the worker or the strategy died, and the other version survived the same bars."""
    died_too = {
        (key_of(g.run), window.index) for g in others(evidence, role) for window in g.run.windows if death(window)
    }
    deaths: list[str] = []
    shared: list[str] = []
    for graded in evidence.runs(role):
        for window in filter(death, graded.run.windows):
            (shared if (key_of(graded.run), window.index) in died_too else deaths).append(death(window))
    n = sum(len(g.run.windows) for g in evidence.runs(role))
    # A death that both versions share proves neither a fault of this one nor that it is well.
    known = n > 0 and (bool(deaths) or not shared)
    return Measurement(
        metric="strategy_crashes",
        role=role,
        value=float(len(deaths)) if known else None,
        count=len(deaths),
        n=n,
        shared=len(shared),
        note=first(deaths or shared),
    )


def others(evidence: Evidence, role: Role) -> list[Graded]:
    """Runs of the other version."""
    return [g for g in evidence.graded if g.run.key.role is not role]


def key_of(run: RunObservation) -> tuple[str, int]:
    """What both versions were given."""
    return run.key.symbol, run.key.seed


def death(window: Window) -> str:
    """How the process or the strategy died in this window; "" where it lived."""
    phases: tuple[Phase, ...] = (window.build, window.fit, window.batch, window.strategy)
    for phase in phases:
        if phase.ending in _DEAD:
            return phase.error or str(phase.ending)
    return window.strategy.error or "raised" if window.strategy.ending is Ending.RAISED else ""


def first(messages: list[str]) -> str:
    """The first message, for a person."""
    return next((message for message in messages if message), "")
