"""Keeping what a command found in the history. It fails alone: a line is said, and the command's answer stands."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate import wiring
from gate.cli import options
from gate.domain.operating import HistorySettings
from gate.errors import ConfigError, GateError

if TYPE_CHECKING:
    from gate.domain.history import HistoryEntry
    from gate.domain.verdict import VerdictRecord

EVENTS = {"": "local", "schedule": "nightly", "pull_request_target": "pull_request", "workflow_run": "pull_request"}
"""What started the job, in the history's words; another event keeps its own name."""


OFF = "GATE_HISTORY"
"""The variable that switches off: `off`, `false`, `no` or `0`."""


class Place:
    """Which history, and where its paths start."""

    def __init__(self, settings: HistorySettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder


def history_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Where the verdict is kept."""
    named = click.option("--history", metavar="URL", help="Keep the verdict there, over [history] in gate.toml.")
    none = click.option("--no-history", is_flag=True, help="Do not keep the verdict (for good: GATE_HISTORY=off).")
    return named(none(function))


def place_of(config: Path | None, history: str | None, *, no_history: bool = False) -> Place | None:
    """What the command line says over gate.toml; None where nothing is to be kept. Raises ConfigError."""
    if history and no_history:
        raise click.UsageError("--history and --no-history exclude each other")
    path = config or _lying_here()
    if no_history or (path is None and not history):
        return None
    found = options.read_operating(path).history if path else HistorySettings()
    if history:
        import msgspec  # noqa: PLC0415

        found = msgspec.structs.replace(found, url=history, url_env="", enabled=True)
    return Place(found, (path or Path("gate.toml")).resolve().parent) if found.enabled else None


def place_if_any(config: Path | None, history: str | None, *, no_history: bool) -> Place | None:
    """The same for a command that needs no gate.toml: one that lies here and cannot be read stops nothing."""
    try:
        return place_of(config, history, no_history=no_history)
    except ConfigError as error:
        if config is not None or history is not None:
            raise
        click.echo(f"gate: not kept in the history: {error.message}\n      {error.advice}", err=True)
        return None


def _lying_here() -> Path | None:
    try:
        return options.find_config(None)
    except ConfigError:
        return None


def keep_verdict(place: Place | None, record: "VerdictRecord") -> None:
    """Keep a verdict. Whatever goes wrong is one line."""
    from gate.usecases.history import verdict_entry  # noqa: PLC0415

    keep(place, lambda: verdict_entry(record, at=now(), source=source(), url=wiring.job().url()))


@contextmanager
def keeping(place: Place | None, record: "VerdictRecord") -> Iterator[None]:
    """Keep a verdict beside what is done inside: neither waits for the other until both are done."""
    with ThreadPoolExecutor(1) as beside:
        kept = beside.submit(keep_verdict, place, record)
        yield
    kept.result()


def keep_afterwards(config: Path | None, made: "Callable[[], HistoryEntry]") -> None:
    """Keep what was done without asking for a history first: an emergency does not wait for a gate.toml."""
    try:
        place = place_of(config, None)
    except GateError as error:
        click.echo(f"gate: not kept in the history: {error.message}\n      {error.advice}", err=True)
        return
    keep(place, made)


def keep(place: Place | None, made: "Callable[[], HistoryEntry]") -> None:
    """Keep an entry; nothing that goes wrong changes what the command says."""
    if place is None or os.environ.get(OFF, "").strip().lower() in {"off", "false", "no", "0"}:
        return
    from gate.wiring.history import ledger_at  # noqa: PLC0415

    try:
        ledger_at(place.settings, place.folder).append([made()])
    except GateError as error:
        click.echo(f"gate: not kept in the history: {error.message}\n      {error.advice}", err=True)
    except Exception as error:  # noqa: BLE001  a fault in here is no verdict
        click.echo(f"gate: not kept in the history: {type(error).__name__}, a fault of gate", err=True)


def now() -> str:
    """The moment, as entries have it."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def source() -> str:
    """What started this command."""
    name, _ = wiring.job().event()
    return EVENTS.get(name, name)
