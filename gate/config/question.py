"""What is asked: models, versions, data, windows and limits, as `gate run` needs them."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gate.config.benchmarks import benchmarks
from gate.config.limits import limits
from gate.config.operating import TABLES as OPERATING
from gate.config.tables import document_of, refuse_unknown, section
from gate.domain.settings import (
    CalibrationSettings,
    DataSettings,
    ModelSettings,
    RunSettings,
    SandboxSettings,
    Settings,
    StrategySettings,
    TimingSettings,
    VersionSettings,
)
from gate.errors import ConfigError

_SECTIONS: dict[str, type[msgspec.Struct]] = {
    "data": DataSettings,
    "run": RunSettings,
    "strategy": StrategySettings,
    "timing": TimingSettings,
    "calibration": CalibrationSettings,
    "sandbox": SandboxSettings,
}
_TABLES = (*_SECTIONS, "model", "baseline", "candidate", "benchmarks", "limits", *OPERATING)
_VERSION_KEYS = VersionSettings.__struct_fields__


def parse(text: str, name: str) -> Settings:
    """Read the text of a settings file. Raises ConfigError with one line that says what to do."""
    return from_document(document_of(text, name), name)


def from_document(document: Mapping[str, Any], name: str) -> Settings:
    """Check every key of a parsed file."""
    refuse_unknown(document, _TABLES, name, "")
    for table in document:
        if not isinstance(document[table], dict):
            raise ConfigError(f"{name}: '{table}' is a table", f"write [{table}] on a line of its own")
    model = document.get("model", {})
    section(ModelSettings, model, name, "model")
    found: dict[str, Any] = {
        table: section(kind, document.get(table, {}), name, table) for table, kind in _SECTIONS.items()
    }
    for role in ("baseline", "candidate"):
        given = document.get(role, {})
        refuse_unknown(given, (*_VERSION_KEYS, *ModelSettings.__struct_fields__), name, role)
        version = {key: value for key, value in given.items() if key in _VERSION_KEYS}
        overrides = {key: value for key, value in given.items() if key not in _VERSION_KEYS}
        found[role] = section(VersionSettings, version, name, role)
        found[f"{role}_model"] = section(ModelSettings, {**model, **overrides}, name, role)
    found["benchmarks"] = benchmarks(document.get("benchmarks"), name)
    found["limits"] = limits(document.get("limits", {}), name)
    settings = Settings(**found)
    check(settings, name)
    return settings


def check(settings: Settings, name: str) -> None:
    """Refuse settings that no run can answer."""
    run, timing = settings.run, settings.timing
    least = {
        "run.train": (run.train, 30),
        "run.test": (run.test, 1),
        "run.windows": (run.windows, 1),
        "run.seeds": (run.seeds, 1),
        "run.context": (run.context, 1),
        "run.give_up": (run.give_up, 1),
        "run.jobs": (run.jobs, 0),
        "timing.pairs_min": (timing.pairs_min, 1),
        "timing.calls": (timing.calls, 1),
        "timing.identical": (timing.identical, 0),
        "calibration.bars": (settings.calibration.bars, 100),
        "calibration.draws": (settings.calibration.draws, 1),
    }
    for key, (value, smallest) in least.items():
        if value < smallest:
            raise ConfigError(f"{name}: {key} = {value} is too small", f"write at least {smallest}")
    for key, seconds in (("run.timeout", run.timeout), ("run.call_timeout", run.call_timeout)):
        if not (seconds > 0 and math.isfinite(seconds)):
            raise ConfigError(f"{name}: {key} = {seconds} is no time limit", "write seconds above 0")
    check_strategy(settings.strategy, name)
    check_sandbox(settings.sandbox, name)
    if timing.pairs_max < timing.pairs_min:
        raise ConfigError(f"{name}: timing.pairs_max is below timing.pairs_min", "write at least as many")
    if not settings.data.sources:
        raise ConfigError(f"{name}: [data] sources is empty", 'name some, e.g. sources = ["arch:sp500"]')
    check_models(settings, name)


def check_strategy(strategy: StrategySettings, name: str) -> None:
    """Costs that are paid, and years that have an end."""
    if not (strategy.cost >= 0 and math.isfinite(strategy.cost)):
        raise ConfigError(f"{name}: strategy.cost = {strategy.cost} is no cost", "write a fraction from 0, e.g. 0.0005")
    year = strategy.periods_per_year
    if year is not None and not (year > 0 and math.isfinite(year)):
        raise ConfigError(f"{name}: strategy.periods_per_year = {year} is no number of bars", "write e.g. 252")


def check_sandbox(sandbox: SandboxSettings, name: str) -> None:
    """Caps under which an interpreter starts at all."""
    for key, least in (("memory", 0.25), ("processes", 8), ("disk", 0.01)):
        value = getattr(sandbox, key)
        if not (value >= least and math.isfinite(value)):
            raise ConfigError(f"{name}: sandbox.{key} = {value} is too small", f"write at least {least}")


def check_models(settings: Settings, name: str) -> None:
    """Names of the form that the worker resolves."""
    for role, model in (("baseline", settings.baseline_model), ("candidate", settings.candidate_model)):
        if not (model.factory or model.adapter) and not (":" in model.fit and ":" in model.predict):
            raise ConfigError(
                f"{name}: no model is named for the {role}",
                'write factory = "package.module:Class" under [model]',
            )
        for key in ("factory", "adapter"):
            value = getattr(model, key)
            if value and not re.fullmatch(r"[^:\s]+:[\w.]+", value):
                raise ConfigError(f"{name}: {key} = '{value}' names nothing", f'write {key} = "package.module:Name"')
