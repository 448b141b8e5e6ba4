"""What the policy allows for one metric."""

from typing import Literal

import msgspec


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of [limits]. Exactly at the limit passes; several bounds must all hold."""

    max: float | None = None
    """The candidate's value may not be above this."""
    min: float | None = None
    """The candidate's value may not be below this."""
    max_ratio: float | None = None
    """candidate / baseline may not be above this."""
    warn_ratio: float | None = None
    """Timings: pairs are made until candidate / baseline is known to be below this, or above 1: then it warns."""
    max_worse: float | None = None
    """(baseline - candidate) / |baseline| in the metric's bad direction may not be above this."""
    max_increase: float | None = None
    """candidate - baseline may not be above this, in the metric's own unit."""
    floor: float | None = None
    """Values below this count as this much when a ratio or a relative change is formed (near-zero baselines)."""
    blocking: bool = True
    """False: a breach is a warning."""
    rule: Literal["point", "evidence"] = "point"
    """"point": the value decides. "evidence": a breach must also lie outside the 95% interval."""
