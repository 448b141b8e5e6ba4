"""observations.json: everything but the arrays, typed."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from gate.adapters.observation_store.reading import content, damaged
from gate.domain.observation import (
    SCHEMA,
    Loading,
    MemoryReading,
    Observations,
    Pair,
    RunKey,
    RunObservation,
    TimedRun,
    Window,
)
from gate.domain.origin import Origin
from gate.domain.shard import Shard
from gate.domain.suite import Suite
from gate.domain.version import Role, Version
from gate.errors import ObservationError

MAX_JSON = 32 * 1024 * 1024
"""A window takes about a kilobyte, and a run has twenty."""
MAX_CONTAINERS = 300_000
MAX_VALUES = 1_500_000
"""An honest document of MAX_JSON bytes has about half of each."""


class RunHead(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a run that is no array."""

    key: RunKey
    windows: tuple[Window, ...]
    labels: tuple[str, ...]
    numeric: bool
    memory: MemoryReading | None
    cpu_seconds: float
    wall_seconds: float
    unmeasured_live: str


class RepeatHead(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a repeat that is no array."""

    key: RunKey
    window: int
    labels: tuple[str, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """observations.json."""

    schema: int
    versions: dict[Role, Version]
    loading: dict[Role, Loading]
    markets: tuple[str, ...]
    """Symbols, in the order of their arrays."""
    runs: tuple[RunHead, ...]
    repeats: tuple[RepeatHead, ...]
    pairs: tuple[Pair, ...]
    timing_error: str
    memory_over_time: tuple[TimedRun, ...]
    data_sha256: str
    data_sources: tuple[str, ...]
    data_bars: int
    settings_json: str
    policy_sha256: str
    environment: dict[str, str]
    quick: bool
    not_measured: tuple[str, ...]
    wall_seconds: dict[str, float]
    suite: Suite | None = None
    shard: Shard | None = None
    origin: Origin | None = None


class Schema(msgspec.Struct, frozen=True):
    """What is read first: whether the rest can be."""

    schema: int


RUN_ARRAYS = tuple(f.name for f in fields(RunObservation) if f.name not in RunHead.__struct_fields__)
REPEAT_ARRAYS = ("state", "confidence")
PLAIN = tuple(name for name in Document.__struct_fields__ if name not in ("schema", "markets", "runs", "repeats"))


def document_of(observations: Observations) -> Document:
    """Everything but the arrays."""
    plain = {name: getattr(observations, name) for name in PLAIN}
    return Document(
        schema=SCHEMA,
        markets=tuple(observations.markets),
        runs=tuple(
            RunHead(**{name: getattr(run, name) for name in RunHead.__struct_fields__}) for run in observations.runs
        ),
        repeats=tuple(RepeatHead(key=r.key, window=r.window, labels=r.labels) for r in observations.repeats),
        **plain,
    )


def written(document: Document) -> bytes:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def read(path: Path) -> Document:
    """observations.json, typed and of our schema. Raises ObservationError."""
    return typed(content(path, MAX_JSON), path)


def typed(text: bytes, path: Path) -> Document:
    """observations.json that is in memory already; `path` is what it is called. Raises ObservationError."""
    try:
        check_counts(text)
        schema = msgspec.json.decode(text, type=Schema).schema
        if schema != SCHEMA:
            raise ObservationError(f"{path} has schema {schema}, this gate reads {SCHEMA}", "observe again")
        json.loads(text, object_pairs_hook=each_key_once)
        return msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise damaged(path, error) from error


def check_counts(text: bytes) -> None:
    """Counted before they are built: an empty list of two bytes takes sixty in memory."""
    if text.count(b"[") + text.count(b"{") > MAX_CONTAINERS or text.count(b",") > MAX_VALUES:
        raise ValueError("it has more values than any observation")


def each_key_once(pairs: list[tuple[str, Any]]) -> None:
    """Two readers may take different ones of two equal keys, so neither is taken."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
