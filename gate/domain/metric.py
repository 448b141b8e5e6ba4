"""What a metric is, and one measured value of it."""

from enum import StrEnum

import msgspec

from gate.domain.version import Role


class Unit(StrEnum):
    """How a value is read and printed."""

    SHARE = "share"
    """0 .. 1, printed in percent."""
    NUMBER = "number"
    BYTES = "bytes"
    SECONDS = "seconds"
    BYTES_PER_CALL = "bytes/call"
    COUNT = "count"


class Direction(StrEnum):
    """Which way is worse."""

    LOWER_IS_BETTER = "lower is better"
    HIGHER_IS_BETTER = "higher is better"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A name that stands in verdict.json and under [limits]."""

    name: str
    title: str
    unit: Unit
    direction: Direction
    explains: str
    """One sentence for the report."""
    source: str = ""
    """Paper or page that the formula follows."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one role. A value that is not a number is written as None."""

    metric: str
    role: Role
    value: float | None
    n: int = 0
    """Tries, bars or pairs behind the value."""
    count: int | None = None
    """The numerator, where the value is a rate: rates are compared as integers."""
    part: str = ""
    """Which part of the metric, e.g. "fit" of cpu."""
    shared: int = 0
    """Failures that the other version shares on the same bars: they say nothing of this one, and prove nothing."""
    low: float | None = None
    high: float | None = None
    """95% interval."""
    note: str = ""
    seeds: tuple[float, ...] = ()
    """The value of each seed alone."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Candidate against baseline on one metric, where the difference is measured as such (paired)."""

    metric: str
    part: str = ""
    change: float | None
    """A ratio for cpu and memory; relative worsening or difference elsewhere, as `kind` says. More is worse."""
    kind: str
    low: float | None = None
    """95% interval: of the ratio, or of the difference in the metric's own unit. More is worse."""
    high: float | None = None
    n: int = 0
    note: str = ""
