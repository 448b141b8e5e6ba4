"""[monitor]: refuse windows that could never ring, or never be quiet again."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from gate.config.limits import limits
from gate.config.tables import document_of, refuse_unknown, section
from gate.domain.monitoring import Policy
from gate.domain.operating import MonitorSettings, TriggerSettings
from gate.domain.settings import ModelSettings, StrategySettings
from gate.errors import ConfigError

WATCHED = (
    "regime_change_rate",
    "confidence",
    "prediction_errors",
    "invalid_predictions",
    "training_failures",
    "strategy_crashes",
    "strategy_performance",
)
"""The metrics that records can show."""


def parse_policy(text: str, name: str, versions: tuple[str, ...] = ()) -> Policy:
    """What the monitor goes by; `versions` over those of the file. Raises ConfigError with one line of what to do."""
    document = document_of(text, name)
    monitor = section(MonitorSettings, document.get("monitor", {}), name, "monitor")
    check_monitor(monitor, name)
    return Policy(
        monitor=msgspec.structs.replace(monitor, versions=versions or monitor.versions),
        limits=limits(document.get("limits", {}), name),
        strategy=section(StrategySettings, document.get("strategy", {}), name, "strategy"),
        states=states_of(document, name),
    )


def states_of(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The labels that the live version may say: the candidate's, else the model's."""
    for table in ("candidate", "model"):
        given = document.get(table, {})
        states = given.get("states") if isinstance(given, dict) else None
        if states is not None:
            return tuple(map(str, section(ModelSettings, {"states": states}, name, table).states))
    return ()


def check_monitor(monitor: MonitorSettings, name: str) -> None:
    """Windows of a sensible size, within each other."""
    refuse_unknown(monitor.triggers, WATCHED, name, "monitor.triggers")
    least = {"long": 2, "short": 1, "minimum": 1, "attempts": 1, "minimum_attempts": 1, "bars": 1, "points": 0}
    for key, smallest in least.items():
        _least(getattr(monitor, key), smallest, f"{name}: monitor.{key}")
    _share(monitor.clear, f"{name}: monitor.clear")
    for key in ("stale_after", "future"):
        seconds = getattr(monitor, key)
        if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
            raise ConfigError(f"{name}: monitor.{key} = {seconds} is no time", "write seconds above 0")
    _windows(monitor.long, monitor.short, monitor.minimum, f"{name}: [monitor]")
    for metric, own in monitor.triggers.items():
        _check_trigger(monitor, metric, own, f"{name}: [monitor.triggers.{metric}]")


def _check_trigger(monitor: MonitorSettings, metric: str, own: TriggerSettings, place: str) -> None:
    for key in ("long", "minimum", "bars"):
        value = getattr(own, key)
        if value is not None:
            _least(value, 1, f"{place} {key}")
    if own.clear is not None:
        _share(own.clear, f"{place} clear")
    if metric == "training_failures":
        _windows(own.long or monitor.attempts, 1, own.minimum or monitor.minimum_attempts, place)
        return
    if own.long:
        raise ConfigError(f"{place} long: all metrics that bars add to have one window", "set long in [monitor]")
    _windows(monitor.long, monitor.short, own.minimum or monitor.minimum, place)


def _windows(long: int, short: int, minimum: int, place: str) -> None:
    if short > long:
        raise ConfigError(f"{place} short = {short} is longer than long = {long}", "write a shorter one")
    if minimum > long:
        raise ConfigError(f"{place} minimum = {minimum} is more than the {long} that fit in", "nothing would ever ring")


def _least(value: int, smallest: int, place: str) -> None:
    if value < smallest:
        raise ConfigError(f"{place} = {value} is too small", f"write at least {smallest}")


def _share(value: float, place: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise ConfigError(f"{place} = {value} is no share", "write from 0 to 1, e.g. 0.8")
