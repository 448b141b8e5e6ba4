"""Records of a live strategy for the monitor's tests, and a monitor that lives in memory."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from gate.domain.monitoring import Policy
from gate.domain.operating import MonitorSettings
from gate.metrics.registry import DEFAULT_LIMITS
from gate.usecases.monitoring.engine import Engine

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def at(bar, minutes=1):
    return (START + timedelta(minutes=minutes * bar)).isoformat().replace("+00:00", "Z")


def record(bar, symbol="A", **values):
    """One bar as a line; what is not given is healthy."""
    state = values.get("state", 0)
    sure = [0.985 if k == state else 0.0075 for k in range(3)]
    healthy = {
        "schema": 1,
        "kind": "bar",
        "time": at(bar),
        "symbol": symbol,
        "sequence": bar,
        "role": "live",
        "version": "abc",
        "state": 0,
        "posterior": sure,
        "position": 1.0,
        "return": 0.001 if bar % 3 else -0.001,
        "price": 100.0,
    }
    return json.dumps({**healthy, **values}).encode()


def stream(bars, *, symbols=("A",), seed=0, change=0.05, role="live", begin=0, **values):
    """Healthy bars of some symbols, one after the other in time; `change` of them in another state than the last."""
    random = np.random.default_rng(seed)
    states = dict.fromkeys(symbols, 0)
    lines = []
    for bar in range(begin, begin + bars):
        for symbol in symbols:
            if random.random() < change:
                states[symbol] = (states[symbol] + 1) % 3
            earned = float(random.normal(1e-4, 1e-3))
            given = {"state": states[symbol], "return": earned, "role": role}
            lines.append(record(bar, symbol, **(given | values)))
    return lines


def policy(limits=None, **settings):
    changed = {
        name: msgspec.structs.replace(limit, **(limits or {}).get(name, {})) for name, limit in DEFAULT_LIMITS.items()
    }
    small = {"long": 60, "short": 10, "minimum": 20, "bars": 2, "minimum_attempts": 5, "attempts": 20}
    return Policy(monitor=MonitorSettings(**(small | settings)), limits=changed)


def engine(under=None, kept=None, now=NOW):
    return Engine(under or policy(), kept or {}, now)


def fed(lines, under=None, *, side="live", now=NOW):
    """An engine that has read these lines."""
    made = engine(under)
    made.feed(lines, side, now)
    return made


def told(alerts):
    """What is compared of alerts: id, key and kind, in their order."""
    return [(alert.id, alert.key, alert.kind.value) for alert in alerts]
