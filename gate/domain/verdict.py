"""The answer: an outcome for each metric, and the worst of them."""

from enum import StrEnum

import msgspec

from gate.domain.limit import Limit
from gate.domain.version import Version

SCHEMA = 1


class Outcome(StrEnum):
    """One metric held against its limit."""

    PASS = "PASS"
    WARN = "WARN"
    """An advisory limit is breached."""
    FAIL = "FAIL"
    NO_DATA = "NO_DATA"
    ERROR = "ERROR"
    """The gate could not measure."""
    FLAKY = "FLAKY"
    """A failure that did not repeat."""


class Reason(StrEnum):
    """Why an outcome is what it is. Closed: a new reason is a new member."""

    WITHIN_LIMIT = "WITHIN_LIMIT"
    ABOVE_LIMIT = "ABOVE_LIMIT"
    BELOW_LIMIT = "BELOW_LIMIT"
    WORSE_THAN_BASELINE = "WORSE_THAN_BASELINE"
    DRIFT = "DRIFT"
    """Within the limit, and worse than the baseline beyond doubt."""
    NOT_SHOWN_BY_EVIDENCE = "NOT_SHOWN_BY_EVIDENCE"
    """Beyond the limit, but the interval reaches back across it, and the rule asks for evidence."""
    NOT_REPEATED = "NOT_REPEATED"
    """A failure that fresh processes did not show again."""
    TOO_FEW_TRIES = "TOO_FEW_TRIES"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NO_BASELINE = "NO_BASELINE"
    BASELINE_SICK = "BASELINE_SICK"
    """The baseline itself breaches the limit: reverting cannot cure it."""
    NO_OBSERVATION = "NO_OBSERVATION"
    MACHINE_TOO_NOISY = "MACHINE_TOO_NOISY"
    DOES_NOT_LOAD = "DOES_NOT_LOAD"
    CRASHED = "CRASHED"
    ADVISORY = "ADVISORY"
    GATE_FAULT = "GATE_FAULT"


class Verdict(StrEnum):
    """The whole answer."""

    PASS = "PASS"
    BLOCK = "BLOCK"
    ROLL_BACK = "ROLL_BACK"
    INCONCLUSIVE = "INCONCLUSIVE"
    GATE_ERROR = "GATE_ERROR"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One line under a judgement, e.g. "fit" under cpu."""

    name: str
    baseline: float | None = None
    candidate: float | None = None
    change: float | None = None
    interval: tuple[float, float] | None = None
    outcome: Outcome = Outcome.PASS
    sentence: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One metric held against its limit."""

    metric: str
    outcome: Outcome
    reason: Reason
    sentence: str
    """One plain sentence: what was seen, what was allowed."""
    blocking: bool
    baseline: float | None = None
    candidate: float | None = None
    change: float | None = None
    """As `change_kind` says; positive is worse."""
    change_kind: str = ""
    """"ratio", "relative", "difference", "points" or ""."""
    limit: Limit = Limit()
    interval: tuple[float, float] | None = None
    """95% interval of what is held against the limit."""
    n: int = 0
    certainty: str = ""
    """How sure this is, in words."""
    parts: tuple[Part, ...] = ()
    false_alarms: float | None = None
    """Share of comparisons of the baseline with itself under other seeds that would breach this limit."""


class VersionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A version as verdict.json names it."""

    ref: str
    sha: str
    factory: str
    dirty: bool = False
    environment: str = ""

    @classmethod
    def of(cls, version: Version) -> "VersionRecord":
        """Leave out what only this machine knows."""
        return cls(
            ref=version.ref,
            sha=version.sha,
            factory=version.factory,
            dirty=version.dirty,
            environment=version.environment,
        )


class DataRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The data as verdict.json names it."""

    symbols: tuple[str, ...]
    bars: int
    sha256: str
    sources: tuple[str, ...] = ()


class VerdictRecord(msgspec.Struct, frozen=True, kw_only=True):
    """verdict.json."""

    schema: int = SCHEMA
    verdict: Verdict
    level: int | None = None
    """The rollback level that this verdict means, 1-3; None where nothing is to be taken back."""
    reason: str
    """One sentence."""
    quick: bool = False
    """Floors were not held: never published as a success."""
    judgements: tuple[Judgement, ...]
    baseline: VersionRecord | None
    candidate: VersionRecord
    data: DataRecord
    policy_sha256: str
    environment: dict[str, str]
    not_measured: tuple[str, ...] = ()
    seconds: dict[str, float] = {}
    """Wall seconds by stage."""
