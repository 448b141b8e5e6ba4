"""What a self-test plants, and what came of it."""

from enum import StrEnum

import msgspec

from gate.domain.verdict import Outcome, Verdict


class PlantKind(msgspec.Struct, frozen=True, kw_only=True):
    """A defect, the metric that must show it, and how large it is planted."""

    name: str
    """As in `gate/worker/plants.py`."""
    metrics: tuple[str, ...]
    """Any of these blocking says that it was caught; the first is the one it is made for."""
    sizes: tuple[float, ...]
    """From gross to small; the first must be caught."""
    means: str
    """What a size is, with {size} in it."""
    timed: bool = False
    """Needs timed pairs, with nothing beside them."""
    cold: bool = False
    """Needs a process of its own, whose memory is read."""
    simulated: bool = False
    """Shows on simulated bars only."""
    needs: str = ""
    """What the model must have: "live" or "certainty"."""


class Caught(StrEnum):
    """Whether the gate found a planted defect."""

    CAUGHT = "CAUGHT"
    MISSED = "MISSED"
    CANNOT_TELL = "CANNOT TELL"
    """The model without the defect does not pass this metric, or has not what the defect is planted into."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One size of one defect."""

    size: float
    outcome: Outcome
    """Of the metric it is made for."""
    verdict: Verdict
    caught_by: tuple[str, ...]
    """Every metric that blocked."""


class PlantResult(msgspec.Struct, frozen=True, kw_only=True):
    """One defect over its sizes."""

    name: str
    metric: str
    caught: Caught
    tried: tuple[Tried, ...] = ()
    smallest_caught: float | None = None
    largest_missed: float | None = None
    words: str = ""
    """The gross size, or the smallest caught, in words; or why nothing can be told."""
    seconds: float = 0.0
    """Wall seconds until the gross size was judged (runs that went side by side share them)."""


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """selftest.json."""

    schema: int = 1
    control: Verdict
    """Identical code on both sides: must be PASS."""
    control_reason: str
    results: tuple[PlantResult, ...]
    quick: bool
    seconds: float
    data_sha256: str
    policy_sha256: str
    at: str = ""
    """When it was done: UTC, ISO 8601."""

    @property
    def missed(self) -> tuple[str, ...]:
        """Defects that the gate let through at their gross size."""
        return tuple(result.name for result in self.results if result.caught is Caught.MISSED)
