"""Observations as files: `observations.json` for words and numbers, `arrays.npz` for arrays. No pickle, sizes capped.

Written into a folder beside and renamed into place, so that a half-written observation is never read as one.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gate.domain.observation import (
    SCHEMA,
    TAIL,
    Loading,
    Market,
    MemoryReading,
    Observations,
    Pair,
    Repeat,
    RunKey,
    RunObservation,
    TimedRun,
    Window,
)
from gate.domain.version import Role, Version
from gate.errors import ObservationError, OutputError

MAX_BYTES = 512 * 1024 * 1024
"""More than any honest observation: 16 symbols, 20 years, 10 seeds, both versions take about 100 MB."""
MAX_ARRAYS = 40_000
_JSON, _ARRAYS = "observations.json", "arrays.npz"
_KINDS = {"f": "f", "i": "iu", "M": "M"}


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


_RUN_ARRAYS = tuple(f.name for f in fields(RunObservation) if f.name not in RunHead.__struct_fields__)
_REPEAT_ARRAYS = ("state", "confidence")
_PLAIN = tuple(name for name in Document.__struct_fields__ if name not in ("schema", "markets", "runs", "repeats"))


class ObservationFiles:
    """Implements the port ObservationStore."""

    def write(self, observations: Observations, folder: Path) -> None:
        """Write all or nothing; an older observation in the same place is replaced."""
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                (beside / _JSON).write_bytes(
                    msgspec.json.format(msgspec.json.encode(document_of(observations)), indent=1)
                )
                np.savez(beside / _ARRAYS, **dict(arrays_of(observations)))
                beside.chmod(0o755)
                if folder.exists():
                    shutil.rmtree(folder)
                beside.rename(folder)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        except OSError as error:
            raise OutputError(
                f"cannot write {folder}: {error.strerror}", "name another folder with --output"
            ) from error

    def read(self, folder: Path) -> Observations:
        """Read and check. Raises ObservationError."""
        document = read_document(folder / _JSON)
        with opened(folder / _ARRAYS) as arrays:
            try:
                return joined(document, arrays)
            except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
                raise ObservationError(f"{folder / _ARRAYS} is damaged: {error}", "observe again") from error


def document_of(observations: Observations) -> Document:
    """Everything but the arrays."""
    plain = {name: getattr(observations, name) for name in _PLAIN}
    return Document(
        schema=SCHEMA,
        markets=tuple(observations.markets),
        runs=tuple(
            RunHead(**{name: getattr(run, name) for name in RunHead.__struct_fields__}) for run in observations.runs
        ),
        repeats=tuple(RepeatHead(key=r.key, window=r.window, labels=r.labels) for r in observations.repeats),
        **plain,
    )


def arrays_of(observations: Observations) -> Iterator[tuple[str, Any]]:
    """Every array with its name."""
    for index, market in enumerate(observations.markets.values()):
        yield f"market{index}.time", market.time
        yield f"market{index}.close", market.close
        if market.regimes is not None:
            yield f"market{index}.regimes", market.regimes
    for index, run in enumerate(observations.runs):
        for name in _RUN_ARRAYS:
            yield f"run{index}.{name}", getattr(run, name)
    for index, repeat in enumerate(observations.repeats):
        for name in _REPEAT_ARRAYS:
            yield f"repeat{index}.{name}", getattr(repeat, name)


def read_document(path: Path) -> Document:
    """observations.json, typed and of our schema."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ObservationError(f"{path} is larger than {MAX_BYTES:,} bytes", "observe again")
        document = msgspec.json.decode(path.read_bytes(), type=Document)
    except FileNotFoundError as error:
        raise ObservationError(f"there is no {path}", "give the folder that `gate observe` wrote") from error
    except (OSError, msgspec.DecodeError) as error:
        raise ObservationError(f"{path} is damaged: {error}", "observe again") from error
    if document.schema != SCHEMA:
        raise ObservationError(f"{path} has schema {document.schema}, this gate reads {SCHEMA}", "observe again")
    return document


def opened(path: Path) -> Any:
    """arrays.npz, if it is no larger unpacked than it may be."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_ARRAYS or sum(member.file_size for member in members) > MAX_BYTES:
                raise ObservationError(f"{path} unpacks to more than is taken", "observe again")
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ObservationError(f"{path} is missing or damaged: {error}", "observe again") from error


def joined(document: Document, arrays: Any) -> Observations:
    """Put heads and arrays together, checking every shape."""
    plain = {name: getattr(document, name) for name in _PLAIN}
    markets = {symbol: market_of(symbol, index, arrays) for index, symbol in enumerate(document.markets)}
    return Observations(
        markets=markets,
        runs=tuple(run_of(head, index, arrays, markets) for index, head in enumerate(document.runs)),
        repeats=tuple(repeat_of(head, index, arrays) for index, head in enumerate(document.repeats)),
        **plain,
    )


def taken(arrays: Any, name: str, kind: str, shape: tuple[int | None, ...]) -> Any:
    """One array of the right kind and shape; None in `shape` is any length."""
    array = arrays[name]
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if array.dtype.kind not in _KINDS[kind] or not fits:
        raise ValueError(f"{name} is {array.dtype} {array.shape}")
    return array


def market_of(symbol: str, index: int, arrays: Any) -> Market:
    """One symbol's bars."""
    close = taken(arrays, f"market{index}.close", "f", (None,))
    name = f"market{index}.regimes"
    return Market(
        symbol=symbol,
        time=taken(arrays, f"market{index}.time", "M", (len(close),)),
        close=close,
        regimes=taken(arrays, name, "i", (len(close),)) if name in arrays else None,
    )


def run_of(head: RunHead, index: int, arrays: Any, markets: dict[str, Market]) -> RunObservation:
    """One run; positions and codes must point at what exists."""
    bars = taken(arrays, f"run{index}.bar", "i", (None,))
    count, windows, labels = len(bars), len(head.windows), len(head.labels)
    readings = len(arrays[f"run{index}.rss_calls"])
    shapes: dict[str, tuple[str, tuple[int | None, ...]]] = {
        "posterior": ("f", (count, None)),
        "tail": ("i", (count, TAIL)),
        "train_count": ("i", (windows, labels)),
        "train_volatility": ("f", (windows, labels)),
        "rss_calls": ("i", (readings,)),
        "rss_bytes": ("i", (readings,)),
        "confidence": ("f", (count,)),
        "batch_confidence": ("f", (count,)),
        "position": ("f", (count,)),
    }
    found = {name: taken(arrays, f"run{index}.{name}", *shapes.get(name, ("i", (count,)))) for name in _RUN_ARRAYS}
    if count and not 0 <= bars.min() <= bars.max() < len(markets[head.key.symbol].close):
        raise ValueError(f"run{index} points at bars that do not exist")
    for name in ("state", "tail", "batch_state", "live_state"):
        if count and not -1 <= found[name].min() <= found[name].max() < max(labels, 1):
            raise ValueError(f"run{index}.{name} holds a label that does not exist")
    if count and not set(found["window"].tolist()) <= {window.index for window in head.windows}:
        raise ValueError(f"run{index} points at windows that do not exist")
    return RunObservation(**{name: getattr(head, name) for name in RunHead.__struct_fields__}, **found)


def repeat_of(head: RepeatHead, index: int, arrays: Any) -> Repeat:
    """One repeat."""
    state = taken(arrays, f"repeat{index}.state", "i", (None,))
    if len(state) and not -1 <= state.min() <= state.max() < max(len(head.labels), 1):
        raise ValueError(f"repeat{index} holds a label that does not exist")
    confidence = taken(arrays, f"repeat{index}.confidence", "f", (len(state),))
    return Repeat(key=head.key, window=head.window, labels=head.labels, state=state, confidence=confidence)
