"""The worst wins: one explicit order of outcomes, no weighted score."""

from collections.abc import Iterable

from gate.domain.verdict import Outcome

FROM_WORST = (Outcome.FAIL, Outcome.ERROR, Outcome.NO_DATA, Outcome.FLAKY, Outcome.WARN, Outcome.PASS)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of several outcomes; PASS of none."""
    return min(outcomes, key=FROM_WORST.index, default=Outcome.PASS)
