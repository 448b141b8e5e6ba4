"""What the user's own pytest-benchmark suite said of itself, turn by turn. Never a grade: that comes later.

A turn is one run of the suite under one version. Unlike the CPU of fit and predict, which is read from outside, the
seconds here are the version's own word; only the turn's whole CPU is not.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from gate.domain.version import Role

MOST_BENCHMARKS = 500
"""Benchmarks in one turn."""
LONGEST_NAME = 300
"""Characters of a benchmark's name."""
MOST_TRIES = 10**12
"""Rounds, and iterations a round: more is no count."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0)]
Tries = Annotated[int, msgspec.Meta(ge=1, le=MOST_TRIES)]


class TurnEnding(StrEnum):
    """How one turn ended."""

    OK = "ok"
    """pytest came to its end; single benchmarks may have failed."""
    NOT_STARTED = "not started"
    """pytest refused: an option or a node id it does not know, a conftest.py that does not import."""
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    DAMAGED = "damaged"
    """Its report is none that could be believed."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark in one turn, as pytest-benchmark reports it. Seconds are those of one iteration."""

    fullname: Name
    """pytest's node id, e.g. `benchmarks/test_models.py::test_fit[v1]`."""
    name: Name
    timer: str
    """The timer's name, e.g. "process_time"; a marker may have chosen another than was asked for."""
    min: Seconds
    median: Seconds
    mean: Seconds
    rounds: Tries
    iterations: Tries
    """Calls a round."""

    @property
    def total(self) -> float:
        """Seconds in all that were measured: the reported values are means over the iterations of a round."""
        return self.mean * self.rounds * self.iterations


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the suite under one version."""

    ending: TurnEnding
    error: str = ""
    """Why it did not end well; one line, capped."""
    samples: tuple[Sample, ...] = ()
    failures: tuple[str, ...] = ()
    """pytest's own lines of what failed: "node id" or "node id - words"; the id may be a file or a class."""
    cpu_seconds: Seconds = 0.0
    """Of the whole turn, read from outside: start, imports and children included."""


class SuitePair(msgspec.Struct, frozen=True, kw_only=True):
    """One turn under each version, one after the other, with nothing beside them."""

    first: Role
    baseline: Turn
    candidate: Turn

    def turn(self, role: Role) -> Turn:
        """The turn of one role."""
        return self.baseline if role is Role.BASELINE else self.candidate


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """All turns of the suite in one question."""

    pairs: tuple[SuitePair, ...]
    sources: dict[Role, dict[str, str]] = {}
    """SHA-256 of each benchmark file with every conftest.py over it, by the file's path; "" where there is none."""
