"""How pytest is called for a turn: nothing but what times benchmarks, and nothing written into the checkout."""

from pathlib import Path

from gate.adapters.runner.process import clean_environment
from gate.domain.plan import TurnRequest

LACKING = (
    "from importlib.util import find_spec\n"
    "named = {'pytest': 'pytest', 'pytest_benchmark': 'pytest-benchmark'}\n"
    "print(' and no '.join(name for module, name in named.items() if find_spec(module) is None))\n"
)
"""A program that prints what is not installed."""
LACKING_TIMEOUT = 60.0
_TIMERS = {"process": "time.process_time", "perf": "time.perf_counter"}
_MIN_TIME = 0.0005
"""Seconds a round at least: against the cost of reading the CPU clock, and so that a report stays small."""
_WIDTH = "1000"
"""Columns of the terminal that pytest cuts its summary to."""


def turn_environment() -> dict[str, str]:
    """Nothing of the gate's own; a summary whose lines are not cut."""
    return {**clean_environment(), "COLUMNS": _WIDTH}


def pytest_command(request: TurnRequest, scratch: str, report: str) -> list[str] | None:
    """The command of one turn; None where the version has none of the suite's files."""
    settings, root = request.settings, Path(request.version.root)
    # One path that is not there would keep pytest from running the others.
    asked = list(request.only) or [path for path in settings.paths if (root / path).exists()]
    if not asked:
        return None
    return [
        *(request.version.python, "-s", "-m", "pytest"),
        "--benchmark-only",
        f"--benchmark-json={report}",
        f"--benchmark-storage=file://{scratch}/storage",  # else pytest-benchmark makes a folder in the checkout
        f"--benchmark-timer={_TIMERS[settings.timer]}",
        f"--benchmark-max-time={settings.max_time}",
        f"--benchmark-min-rounds={settings.min_rounds}",
        f"--benchmark-min-time={_MIN_TIME}",
        "--benchmark-quiet",
        # addopts may ask for xdist or --benchmark-disable, which switch benchmarks off.
        *("-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:randomly"),
        *("--rootdir=.", "--continue-on-collection-errors"),
        *("-q", "-rfE", "--tb=short", "--color=no"),
        *settings.args,
        "--",
        *asked,
    ]
