"""A level that changed and stayed so: what no pull request shows, and a history of many does."""

from enum import StrEnum

import msgspec

from gate.domain.metric import Unit

FEWEST = 40
"""Verdicts below which noise and change cannot be told apart."""


class Course(StrEnum):
    """What a metric's history says."""

    STEADY = "steady"
    WORSE = "worse"
    BETTER = "better"
    TOO_SHORT = "too short"
    """So few verdicts have no course yet."""


class Point(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One value of one metric, as one verdict of the history has it."""

    uid: str
    at: str
    sha: str
    value: float
    limit: float | None = None
    """What it is held against, in the same unit; None where no single number is."""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over the history, the oldest first."""

    metric: str
    title: str
    unit: Unit
    ratio: bool
    """The values are candidate / baseline."""
    higher_is_worse: bool
    points: tuple[Point, ...]
    gaps: int = 0
    """Verdicts that did not measure it."""


class ChangePoint(msgspec.Struct, frozen=True, kw_only=True):
    """Since this verdict the metric has another level."""

    uid: str
    at: str
    sha: str
    """What was judged first at the new level: it, or something merged shortly before, is what to look at."""
    place: int
    """Of this point in the track."""
    before: float
    after: float
    """Mean levels, up to the change before and the change after."""
    worse: bool


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one metric. Advice, never a verdict."""

    metric: str
    course: Course
    """By the newest change: what was mended since is no warning."""
    changes: tuple[ChangePoint, ...] = ()
    points: int = 0
    gaps: int = 0
    correlation: float = 0.0
    """Of neighbours, once the changes are taken out: how little each further verdict says that is new."""
