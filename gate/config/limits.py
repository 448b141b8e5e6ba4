"""[limits]: the defaults with the user's changes."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from gate.config.tables import refuse_unknown, section
from gate.domain.limit import Limit
from gate.domain.metric import Metric, Unit
from gate.errors import ConfigError
from gate.metrics.registry import DEFAULT_LIMITS, METRICS


def limits(given: Mapping[str, Any], name: str) -> dict[str, Limit]:
    """The defaults with the user's changes. A bound that is named replaces the metric's default bound of its kind."""
    refuse_unknown(given, DEFAULT_LIMITS, name, "limits")
    found = dict(DEFAULT_LIMITS)
    for metric, changes in given.items():
        if not isinstance(changes, dict):
            raise ConfigError(
                f"{name}: [limits] {metric} is a table", f"write `{metric} = {{ max = ... }}` or [limits.{metric}]"
            )
        table = f"limits.{metric}"
        changed = section(Limit, changes, name, table)
        found[metric] = msgspec.structs.replace(
            DEFAULT_LIMITS[metric], **{key: getattr(changed, key) for key in changes}
        )
        check_limit(found[metric], changes, f"{name}: [{table}]")
        check_share(METRICS[metric], found[metric], f"{name}: [{table}]")
    return found


def check_limit(limit: Limit, changes: Mapping[str, Any], place: str) -> None:
    """A limit that no value, or every value, meets is a mistake, not a policy."""
    for key in changes:
        value = getattr(limit, key)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(
                f"{place} {key} = {value} allows everything or nothing",
                "write a number; to only report the metric set blocking = false",
            )
        if key != "min" and isinstance(value, float) and value < 0:
            raise ConfigError(
                f"{place} {key} = {value} is below zero", "no value could ever pass; write a limit from 0"
            )
        if key in ("max_ratio", "warn_ratio") and value == 0:
            raise ConfigError(f"{place} {key} = 0 is no ratio", "no value could ever pass; write a ratio, e.g. 2.0")
    if limit.max is not None and limit.min is not None and limit.min > limit.max:
        raise ConfigError(f"{place} min = {limit.min} is above max = {limit.max}", "no value could ever pass")


def check_share(metric: Metric, limit: Limit, place: str) -> None:
    """15 where 0.15 is meant would let everything pass."""
    if metric.unit is not Unit.SHARE or metric.name == "total_return":  # growth has no upper end
        return
    if limit.min is not None and limit.min < 0:
        raise ConfigError(
            f"{place} min = {limit.min} is below zero, and {metric.title.lower()} is a share",
            "every value would pass; write a share, or set blocking = false",
        )
    for key, value in (("max", limit.max), ("min", limit.min)):
        if value is not None and value > 1:
            raise ConfigError(
                f"{place} {key} = {value} is above 1, and {metric.title.lower()} is a share",
                f"write {key} = {value / 100:g} for {value:g}%",
            )
