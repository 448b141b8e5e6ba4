"""gate.toml (or [tool.gate] of pyproject.toml) into settings. Pure: text in, settings out; unknown keys are refused."""

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from gate.domain.limit import Limit
from gate.domain.metric import Metric, Unit
from gate.domain.settings import (
    EVERY_BENCHMARK,
    BenchmarkSettings,
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
from gate.metrics.registry import DEFAULT_LIMITS, METRICS

_SECTIONS: dict[str, type[msgspec.Struct]] = {
    "data": DataSettings,
    "run": RunSettings,
    "strategy": StrategySettings,
    "timing": TimingSettings,
    "calibration": CalibrationSettings,
    "sandbox": SandboxSettings,
}
_TABLES = (*_SECTIONS, "model", "baseline", "candidate", "benchmarks", "limits")
_BENCHMARK_BOUNDS = ("max_ratio", "warn_ratio", "floor", "blocking", "rule")
_NOT_FOR_BENCHMARKS = {
    "-n": "pytest-xdist switches benchmarks off",
    "--numprocesses": "pytest-xdist switches benchmarks off",
    "--dist": "pytest-xdist switches benchmarks off",
    "--benchmark-disable": "nothing would be timed",
    "--benchmark-skip": "nothing would be timed",
    "--benchmark-json": "the gate names that file",
    "--benchmark-timer": 'write timer = "process" or timer = "perf"',
}
T = TypeVar("T", bound=msgspec.Struct)
_VERSION_KEYS = VersionSettings.__struct_fields__


def parse(text: str, name: str) -> Settings:
    """Read the text of a settings file. Raises ConfigError with one line that says what to do."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{name} is not TOML: {error}", "mend that line; gate.toml is explained in the README"
        ) from error
    return from_document(in_pyproject(document, name) if name.endswith("pyproject.toml") else document, name)


def in_pyproject(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table [tool.gate]."""
    tool = document.get("tool")
    found = tool.get("gate") if isinstance(tool, dict) else None
    if not isinstance(found, dict):
        raise ConfigError(f"{name} has no table [tool.gate]", "write [tool.gate.model] and so on, or use a gate.toml")
    return found


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


def refuse_unknown(given: Iterable[str], known: Iterable[str], name: str, table: str) -> None:
    """Name the first unknown key, and the nearest one that exists."""
    known = list(known)
    for key in given:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            advice = f"did you mean '{nearest[0]}'?" if nearest else f"known here: {', '.join(known)}"
            place = f" in [{table}]" if table else ""
            raise ConfigError(f"{name}: unknown key '{key}'{place}", advice)


def section(kind: type[T], given: Mapping[str, Any], name: str, table: str) -> T:
    """One table as its settings."""
    refuse_unknown(given, kind.__struct_fields__, name, table)
    try:
        return msgspec.convert(dict(given), kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: [{table}] {lowered(error)}", "see the README for what this key takes") from error


def lowered(error: msgspec.ValidationError) -> str:
    """Msgspec's words with the key in front: "train: expected `int`, got `str`"."""
    message, _, place = str(error).partition(" - at `$.")
    return f"{place.rstrip('`')}: {message[:1].lower()}{message[1:]}" if place else message


# ------------------------------------------------------------------ limits


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


# ------------------------------------------------------------------ benchmarks


def benchmarks(given: Mapping[str, Any] | None, name: str) -> BenchmarkSettings:
    """The user's own suite, where there is one. What a pattern's limit leaves open is as for every benchmark."""
    if given is None:
        return BenchmarkSettings()
    plain = {key: value for key, value in given.items() if key != "limits"}
    suite = section(BenchmarkSettings, plain, name, "benchmarks")
    patterns = given.get("limits", {})
    if not isinstance(patterns, dict):
        raise ConfigError(f"{name}: [benchmarks] limits is a table", 'write [benchmarks.limits] and "*" = { ... }')
    base = benchmark_limit(suite.limits[EVERY_BENCHMARK], EVERY_BENCHMARK, patterns.get(EVERY_BENCHMARK, {}), name)
    held = {pattern: benchmark_limit(base, pattern, changes, name) for pattern, changes in patterns.items()}
    suite = msgspec.structs.replace(suite, limits={EVERY_BENCHMARK: base, **held})
    check_benchmarks(suite, name)
    return suite


def benchmark_limit(base: Limit, pattern: str, changes: Any, name: str) -> Limit:
    """One pattern's limit. Only ratios: a benchmark's seconds on one machine say nothing of another's."""
    table = f"benchmarks.limits.{pattern}"
    if not isinstance(changes, dict):
        raise ConfigError(f"{name}: [{table}] is a table", f'write "{pattern}" = {{ max_ratio = 3.0 }}')
    refuse_unknown(changes, _BENCHMARK_BOUNDS, name, table)
    changed = section(Limit, changes, name, table)
    found = msgspec.structs.replace(base, **{key: getattr(changed, key) for key in changes})
    check_limit(found, changes, f"{name}: [{table}]")
    return found


def check_benchmarks(suite: BenchmarkSettings, name: str) -> None:
    """Refuse a suite that no run can answer."""
    if not suite.paths:
        raise ConfigError(f"{name}: [benchmarks] names no paths", 'write e.g. paths = ["benchmarks/"]')
    for path in suite.paths:
        if not path or path.startswith(("-", "/")) or ".." in path.split("/"):
            raise ConfigError(
                f"{name}: benchmarks.paths has '{path}'", "write a file or folder inside the repository, from its root"
            )
    for argument in suite.args:
        option = next((o for o in _NOT_FOR_BENCHMARKS if taken_for(argument, o)), None)
        if option is not None:
            raise ConfigError(f"{name}: benchmarks.args may not have {option}", _NOT_FOR_BENCHMARKS[option])
    for key, least in (("pairs_min", 1), ("pairs_max", suite.pairs_min), ("min_rounds", 1)):
        if getattr(suite, key) < least:
            raise ConfigError(
                f"{name}: benchmarks.{key} = {getattr(suite, key)} is too small", f"write at least {least}"
            )
    for key in ("timeout", "max_time"):
        if not (getattr(suite, key) > 0 and math.isfinite(getattr(suite, key))):
            raise ConfigError(
                f"{name}: benchmarks.{key} = {getattr(suite, key)} is no time limit", "write seconds above 0"
            )


def taken_for(argument: str, option: str) -> bool:
    """Whether pytest would take the argument for this option: `--dist`, `--dist=x`, `-n4`."""
    return argument.partition("=")[0] == option or (len(option) == 2 and argument.startswith(option))


# ------------------------------------------------------------------ what cannot be answered


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
        if not model.factory and not (":" in model.fit and ":" in model.predict):
            raise ConfigError(
                f"{name}: no model is named for the {role}",
                'write factory = "package.module:Class" under [model]',
            )
        for key in ("factory", "adapter"):
            value = getattr(model, key)
            if value and not re.fullmatch(r"[^:\s]+:[\w.]+", value):
                raise ConfigError(f"{name}: {key} = '{value}' names nothing", f'write {key} = "package.module:Name"')
