"""Whether heads and arrays fit each other: every code, window and position must point at what exists."""

import math
import re
from typing import Any

from gate.adapters.observation_store.arrays import Arrays
from gate.adapters.observation_store.document import RUN_ARRAYS, Document, RepeatHead, RunHead
from gate.domain.observation import TAIL, Call, Market, Repeat, RunObservation, Window
from gate.domain.suite import Turn
from gate.domain.version import Role

_KINDS = {"f": ("float64",), "i": ("int8", "int16", "int32", "int64"), "M": ("datetime64[ns]",)}
_NUMBER = re.compile(r"-?\d{1,10}")
_CODES = ("state", "tail", "batch_state", "live_state")
_CALLS = ("call", "live_call")


def taken(arrays: Arrays, name: str, kind: str, shape: tuple[int | None, ...]) -> Any:
    """One array of the right kind and shape; None in `shape` is any length."""
    if name not in arrays:
        raise ValueError(f"{name} is not there")
    array = arrays[name]
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if str(array.dtype) not in _KINDS[kind] or not fits:
        raise ValueError(f"{name} is {array.dtype} {array.shape}")
    return array


def within(name: str, values: Any, low: int, high: int) -> None:
    """Every value is in low .. high-1."""
    if values.size and not low <= values.min() <= values.max() < high:
        raise ValueError(f"{name} points at what does not exist")


def market_of(symbol: str, index: int, arrays: Arrays) -> Market:
    """One symbol's bars."""
    close = taken(arrays, f"market{index}.close", "f", (None,))
    name = f"market{index}.regimes"
    return Market(
        symbol=symbol,
        time=taken(arrays, f"market{index}.time", "M", (len(close),)),
        close=close,
        regimes=taken(arrays, name, "i", (len(close),)) if name in arrays else None,
    )


def run_of(head: RunHead, index: int, arrays: Arrays, markets: dict[str, Market]) -> RunObservation:
    """One run."""
    found = run_arrays(head, index, arrays)
    if head.key.symbol not in markets:
        raise ValueError(f"run{index} is of a symbol that does not exist")
    bars = len(markets[head.key.symbol].close)
    for name in _CODES:
        within(f"run{index}.{name}", found[name], -1, max(len(head.labels), 0))
    for name in _CALLS:
        within(f"run{index}.{name}", found[name], 0, max(Call) + 1)
    check_labels(head.labels, numeric=head.numeric)
    check_windows(head.windows, bars)
    check_bars(head.windows, found)
    return RunObservation(**{name: getattr(head, name) for name in RunHead.__struct_fields__}, **found)


def run_arrays(head: RunHead, index: int, arrays: Arrays) -> dict[str, Any]:
    """The arrays of one run, in shape."""
    count = len(taken(arrays, f"run{index}.bar", "i", (None,)))
    readings = len(taken(arrays, f"run{index}.rss_calls", "i", (None,)))
    table = (len(head.windows), len(head.labels))
    shapes: dict[str, tuple[str, tuple[int | None, ...]]] = {
        "posterior": ("f", (count, None)),
        "tail": ("i", (count, TAIL)),
        "train_count": ("i", table),
        "train_volatility": ("f", table),
        "rss_calls": ("i", (readings,)),
        "rss_bytes": ("i", (readings,)),
        "confidence": ("f", (count,)),
        "batch_confidence": ("f", (count,)),
        "position": ("f", (count,)),
    }
    return {name: taken(arrays, f"run{index}.{name}", *shapes.get(name, ("i", (count,)))) for name in RUN_ARRAYS}


def check_labels(labels: tuple[str, ...], *, numeric: bool) -> None:
    """Where they are said to be numbers, they are."""
    if numeric and not all(_NUMBER.fullmatch(label) for label in labels):
        raise ValueError("a label is said to be a number and is none")


def check_windows(windows: tuple[Window, ...], bars: int) -> None:
    """Oldest first, inside the market."""
    indices = [window.index for window in windows]
    if indices != sorted(set(indices)):
        raise ValueError("windows are out of order")
    if not all(0 <= w.train_start <= w.train_stop <= w.test_stop <= bars for w in windows):
        raise ValueError("a window points at bars that do not exist")


def check_bars(windows: tuple[Window, ...], found: dict[str, Any]) -> None:
    """The bars are those of the windows, each once."""
    if sum(window.test_stop - window.train_stop for window in windows) != len(found["bar"]):
        raise ValueError("there are more or fewer bars than the windows have")
    expected = [(window.index, bar) for window in windows for bar in range(window.train_stop, window.test_stop)]
    if expected != list(zip(found["window"].tolist(), found["bar"].tolist(), strict=True)):
        raise ValueError("the bars are not those of the windows")


def repeat_of(head: RepeatHead, index: int, arrays: Arrays) -> Repeat:
    """One repeat."""
    state = taken(arrays, f"repeat{index}.state", "i", (None,))
    within(f"repeat{index}.state", state, -1, len(head.labels))
    confidence = taken(arrays, f"repeat{index}.confidence", "f", (len(state),))
    return Repeat(key=head.key, window=head.window, labels=head.labels, state=state, confidence=confidence)


def check_keys(document: Document) -> None:
    """Each run and each market once: what stands twice would count twice."""
    if len(set(document.markets)) != len(document.markets):
        raise ValueError("a market stands twice")
    if len({head.key for head in document.runs}) != len(document.runs):
        raise ValueError("a run stands twice")
    for pair in document.suite.pairs if document.suite else ():
        for role in Role:
            check_turn(pair.turn(role))


def check_turn(turn: Turn) -> None:
    """Each benchmark once, and seconds that are finite."""
    if len({sample.fullname for sample in turn.samples}) != len(turn.samples):
        raise ValueError("a benchmark stands twice")
    seconds = [turn.cpu_seconds, *(second for s in turn.samples for second in (s.min, s.median, s.mean))]
    if not all(map(math.isfinite, seconds)):
        raise ValueError("a benchmark took no finite time")
