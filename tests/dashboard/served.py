"""A live dashboard in a process of its own, over files: `python -m tests.dashboard.served FOLDER PORT [--public]`."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gate.adapters.dashboard_server import Serving, serve
from gate.adapters.file_watch import FileWatch
from gate.adapters.live_file import LiveFile
from gate.domain.history import HistoryEntry
from gate.domain.incident import Incident
from gate.domain.operating import DashboardSettings
from gate.usecases.dashboard import Desk

SETTINGS = DashboardSettings(title="Regime models", service="Example Trading")


class FilePast:
    """Implements the port Past."""

    def __init__(self, path):
        self._path = path

    def drawn(self, newest):
        return tuple(msgspec.json.decode(self._path.read_bytes(), type=list[HistoryEntry]))[-newest:]

    whole = drawn


class FileCases:
    """Implements the port Cases."""

    def __init__(self, path):
        self._path = path

    def all(self):
        return tuple(msgspec.json.decode(self._path.read_bytes(), type=list[Incident]))


def now():
    return datetime.now(tz=UTC).replace(microsecond=0)


def desk(folder):
    names = {"history": "history.json", "incidents": "incidents.json", "live": "monitor.json"}
    return Desk(
        past=FilePast(folder / names["history"]),
        incidents=FileCases(folder / names["incidents"]),
        live=LiveFile(folder / names["live"]),
        clock=now,
        settings=SETTINGS,
        limits={},
        watches={name: FileWatch([folder / file]) for name, file in names.items()},
        grace=0.5,
        silence=5.0,
    )


def write(folder, *, history=None, incidents=None, live=None):
    """Lay down what the process reads, each file whole."""
    for name, content in (("history", history), ("incidents", incidents), ("monitor", live)):
        if content is not None:
            beside = folder / f".{name}"
            beside.write_bytes(msgspec.json.encode(content))
            beside.replace(folder / f"{name}.json")


def snapshot(live):
    """The monitor's own file of a `Live`."""
    words = {"within": "ok", "breached": "firing"}
    standings = [
        {
            "metric": one.metric,
            "state": words.get(one.state, "unknown"),
            "value": one.value,
            "n": one.n,
            "baseline": one.baseline,
            "limit": json.loads(msgspec.json.encode(one.limit)),
            "sentence": one.sentence,
        }
        for one in live.metrics
    ]
    series = [
        {
            "symbol": tail.symbol,
            "version": live.version,
            "points": list(zip(tail.at, tail.state, tail.price, strict=True)),
        }
        for tail in live.tails
    ]
    return {
        "schema": 1,
        "at": live.at,
        "started_at": live.at,
        "feed": {"state": "ok", "last_record_at": live.at, "stale_after": 60.0, "records": 1000, "problems": {}},
        "versions": [live.version],
        "standings": standings,
        "firing": [],
        "series": series,
    }


if __name__ == "__main__":
    serving = Serving(port=int(sys.argv[2]), public_only="--public" in sys.argv, look=0.1, beat=0.5, shutdown=1.0)
    serve(desk(Path(sys.argv[1])), serving, lambda url: print(url, flush=True))  # noqa: T201
