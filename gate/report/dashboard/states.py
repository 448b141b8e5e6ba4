"""The states of a metric and of the whole, and their words. The worst wins; what is stale is never green."""

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

from gate.domain.limit import Limit
from gate.domain.live import LiveState
from gate.domain.verdict import Outcome, Verdict
from gate.report.dashboard.given import Judged


class State(StrEnum):
    """How one thing stands. In this order: each is worse than the one before it."""

    WATCHED = "watched"
    """It has no limit."""
    GOOD = "good"
    WARN = "warn"
    UNKNOWN = "unknown"
    BAD = "bad"

    @property
    def rank(self) -> int:
        """0 for the least bad."""
        return list(State).index(self)


def worst(states: Iterable[State], empty: State = State.UNKNOWN) -> State:
    """The worst of them; of none, nothing is known."""
    return max(states, key=lambda state: state.rank, default=empty)


def word(state: State) -> str:
    """What a metric's state is called."""
    match state:
        case State.WATCHED:
            return "no limit"
        case State.GOOD:
            return "within limit"
        case State.WARN:
            return "warning"
        case State.UNKNOWN:
            return "unknown"
        case State.BAD:
            return "breached"
        case _:
            assert_never(state)


def sign(state: State) -> str:
    """One character, so that no state is told by colour alone."""
    match state:
        case State.WATCHED:
            return "·"
        case State.GOOD:
            return "✓"
        case State.WARN:
            return "!"
        case State.UNKNOWN:
            return "?"
        case State.BAD:
            return "✕"
        case _:
            assert_never(state)


def of_judgement(judgement: Judged) -> State:
    """What the gate found."""
    state = of_outcome(judgement.outcome)
    if state is State.GOOD and not has_bound(judgement.limit):
        return State.WATCHED
    return State.WARN if state is State.BAD and not judgement.blocking else state


def of_outcome(outcome: Outcome) -> State:
    """The same of an outcome alone."""
    match outcome:
        case Outcome.PASS:
            return State.GOOD
        case Outcome.WARN:
            return State.WARN
        case Outcome.FAIL:
            return State.BAD
        case Outcome.NO_DATA | Outcome.ERROR | Outcome.FLAKY:
            return State.UNKNOWN
        case _:
            assert_never(outcome)


def has_bound(limit: Limit) -> bool:
    """Tell whether anything could be breached."""
    bounds = (limit.max, limit.min, limit.max_ratio, limit.max_worse, limit.max_increase)
    return any(bound is not None for bound in bounds)


def of_live(state: LiveState) -> State:
    """What the monitor found."""
    match state:
        case LiveState.WITHIN:
            return State.GOOD
        case LiveState.WARNING:
            return State.WARN
        case LiveState.BREACHED:
            return State.BAD
        case LiveState.UNKNOWN:
            return State.UNKNOWN
        case _:
            assert_never(state)


def of_verdict(verdict: Verdict) -> State:
    """How the whole answer looks."""
    match verdict:
        case Verdict.PASS:
            return State.GOOD
        case Verdict.BLOCK | Verdict.ROLL_BACK:
            return State.BAD
        case Verdict.INCONCLUSIVE | Verdict.GATE_ERROR:
            return State.UNKNOWN
        case _:
            assert_never(verdict)
