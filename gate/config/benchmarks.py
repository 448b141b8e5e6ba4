"""[benchmarks]: the user's own pytest-benchmark suite."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from gate.config.limits import check_limit
from gate.config.tables import refuse_unknown, section
from gate.domain.limit import Limit
from gate.domain.settings import EVERY_BENCHMARK, BenchmarkSettings
from gate.errors import ConfigError

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
