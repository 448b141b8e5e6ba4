"""Runs one model, in the version's own environment, and hands out what it predicts.

Stands alone: imports nothing of gate.

Needs Python 3.9 and numpy; pandas only where the model takes DataFrames. It speaks frames on the pipes it was started
with: four bytes of length, then JSON. The model's own prints go to stderr. Bars arrive as they become known, so at the
moment of a live call the future is not in this process. Nothing here grades or times anything: the gate reads clock and
memory from outside, and an answer is only what the model said.
"""

from __future__ import annotations

import base64
import copy
import importlib
import importlib.util
import inspect
import json
import math
import os
import random
import struct
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any

import numpy as np

LABELS = ("state", "regime", "label", "regime_label", "hidden_state", "prediction")
CONFIDENCES = ("confidence", "probability", "prob", "proba", "conf", "regime_probability")
SEEDS = ("random_state", "seed")
POSTERIORS = ("predict_proba", "predict_state_proba")
FILTERS = ("filter_proba", "predict_proba_online")
LIVE_METHODS = ("step", "predict_regime", "predict_live", "predict_online", "predict_current_regime", "update")
PRICES = ("open", "high", "low", "close", "volume")
MAX_ERROR = 300
MAX_STATES = 64
MUTATION_CHECKED_CALLS = 20
VOLATILITY_BARS = 21
BACK = np.arange(VOLATILITY_BARS)


# ------------------------------------------------------------------ frames


class Wire:
    """Frames in and out, on private copies of the first two file descriptors."""

    def __init__(self) -> None:
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)

    def receive(self) -> dict[str, Any]:
        """Block for the next command; the gate closing its end ends this process."""
        head = self._in.read(4)
        if len(head) < 4:
            os._exit(0)
        message: dict[str, Any] = json.loads(self._in.read(struct.unpack(">I", head)[0]))
        return message

    def send(self, message: dict[str, Any]) -> None:
        """Write one frame whole."""
        body = json.dumps(message).encode()
        view = memoryview(struct.pack(">I", len(body)) + body)
        while view:
            view = view[os.write(self._out, view) :]


def told(error: BaseException) -> str:
    """One line of what the model raised."""
    try:
        said = str(error)[: 4 * MAX_ERROR]
    except BaseException:
        said = "(its message cannot be printed)"
    return " ".join(f"{type(error).__name__}: {said}".split())[:MAX_ERROR]


# ------------------------------------------------------------------ bars known so far


class Bars:
    """The bars that have become known, and features of them; nothing later than the newest bar is here."""

    def __init__(self, capacity: int, features: list[str]) -> None:
        self.size = 0
        self.time = np.zeros(capacity, dtype="datetime64[ns]")
        self.prices = np.zeros((capacity, len(PRICES)))
        self.features = np.full((capacity, len(features)), np.nan)
        self._functions = [FEATURES[name] for name in features]

    def _make_room(self, rows: int) -> None:
        if rows > len(self.time):
            self.time, self.prices = doubled(self.time, rows), doubled(self.prices, rows)
            self.features = doubled(self.features, rows)

    def append(self, rows: dict[str, Any]) -> None:
        """Take new bars and compute their features from them and earlier ones."""
        count = len(rows["time"])
        self._make_room(self.size + count)
        span = slice(self.size, self.size + count)
        self.time[span] = np.asarray(rows["time"], dtype="int64").astype("datetime64[ns]")
        for column, name in enumerate(PRICES):
            self.prices[span, column] = rows[name]
        past = max(0, self.size - VOLATILITY_BARS)
        self.size += count
        known = self.prices[past : self.size]
        for column, function in enumerate(self._functions):
            self.features[span, column] = function(known)[-count:]


def doubled(array: Any, rows: int) -> Any:
    """The same array with room for twice as many rows, or for `rows`."""
    room = np.zeros((max(rows, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    room[: len(array)] = array
    return room


def log_return(prices: Any) -> Any:
    """log(close / previous close), (T,); the first is NaN."""
    logs = np.log(prices[:, 3])
    out = np.full(len(logs), np.nan)
    np.subtract(logs[1:], logs[:-1], out=out[1:])
    return out


def volatility(prices: Any) -> Any:
    """Standard deviation of the last 21 log returns, (T,); the first 21 are NaN.

    Written out (numpy's `std` takes thrice as long for one bar), on rows of their own: a bar alone gives the same bits
    as among others.
    """
    returns = log_return(prices)
    out = np.full(len(returns), np.nan)
    rows = len(returns) - VOLATILITY_BARS
    if rows > 0:
        windows = returns[np.arange(1, rows + 1)[:, None] + BACK]
        windows -= windows.sum(axis=1, keepdims=True) / VOLATILITY_BARS
        windows *= windows
        out[VOLATILITY_BARS:] = np.sqrt(windows.sum(axis=1) / (VOLATILITY_BARS - 1))
    return out


def log_volatility(prices: Any) -> Any:
    """Logarithm of `volatility`, floored where prices stand still."""
    return np.log(np.maximum(volatility(prices), 1e-8))


def log_range(prices: Any) -> Any:
    """log(high / low), (T,)."""
    return np.log(prices[:, 1] / prices[:, 2])


FEATURES: dict[str, Callable[[Any], Any]] = {
    "log_return": log_return,
    "volatility": volatility,
    "log_volatility": log_volatility,
    "log_range": log_range,
}


# ------------------------------------------------------------------ finding what the user named


class MissingError(Exception):
    """The module or the name is not there."""


def resolve(name: str) -> Any:
    """Return what `package.module:attribute` or `/path/file.py:attribute` names."""
    place, _, attribute = name.rpartition(":")
    if not place:
        raise MissingError(f"'{name}' is not of the form module:name")
    value: Any = load_file(place) if place.endswith(".py") else load_module(place)
    for part in attribute.split("."):
        if not hasattr(value, part):
            raise MissingError(f"{place} has no '{part}'")
        value = getattr(value, part)
    return value


def load_module(name: str) -> Any:
    """Import a module; that itself (not something it imports) being absent is MissingError."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise MissingError(f"there is no module '{error.name}'") from error
        raise


def load_file(path: str) -> Any:
    """Import a file that is on no import path."""
    if not os.path.isfile(path):
        raise MissingError(f"there is no file {os.path.basename(path)}")
    spec = importlib.util.spec_from_file_location("gate_named_" + os.path.basename(path)[:-3], path)
    if spec is None or spec.loader is None:
        raise MissingError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# ------------------------------------------------------------------ reading what models return


def plain(label: Any) -> Any:
    """Return a label as int or str; None where there is none."""
    if type(label) is int and -(2**31) < label < 2**31:  # nearly all of them
        return label
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(label, Enum):
        return str(label.name)[:100]
    if isinstance(label, (bool, np.bool_)):
        return int(label)
    if isinstance(label, (int, np.integer)):
        return int(label) if abs(int(label)) < 2**31 else None
    if isinstance(label, (float, np.floating)):
        return int(label) if math.isfinite(label) and float(label).is_integer() else None
    if isinstance(label, str):
        return str(label)[:100]
    if isinstance(label, bytes):
        return label.decode(errors="replace")[:100]
    name = attribute(label, LABELS)
    return plain(name) if name is not None and name is not label else str(label)[:100]


def attribute(value: Any, names: tuple[str, ...]) -> Any:
    """Return the first public attribute or key of these names."""
    for name in names:
        if isinstance(value, dict) and name in value:
            return value[name]
        if not isinstance(value, dict) and hasattr(value, name) and not callable(getattr(value, name)):
            return getattr(value, name)
    return None


class Answer:
    """What one predict call said: labels, and a posterior or confidences where it had them. N rows."""

    labels: Any
    posterior: Any
    confidence: Any

    def __init__(self, output: Any) -> None:
        self.labels = self.posterior = self.confidence = None
        self._read(output)
        if self.labels is None and self.posterior is not None:
            self.labels = argmax_rows(self.posterior)

    def __len__(self) -> int:
        return 0 if self.labels is None else len(self.labels)

    def last_labels(self, count: int) -> list[Any]:
        """The newest `count` labels as int, str or None."""
        tail = self.labels[-count:]
        return [plain(label) for label in (tail.tolist() if isinstance(tail, np.ndarray) else list(tail))]

    def last_confidence(self) -> float | None:
        """The newest confidence, where one came with the labels."""
        if self.confidence is None or not len(self.confidence):
            return None
        return number(self.confidence[-1])

    def _read(self, output: Any) -> None:
        if isinstance(output, tuple) and hasattr(output, "_asdict"):
            self._read_fields(output._asdict())
        elif isinstance(output, (tuple, list)) and len(output) == 2 and is_pair(output):
            self._read(output[0])
            self._read_certainty(output[1])
        elif hasattr(output, "columns") and hasattr(output, "to_numpy"):
            self._read_frame(output)
        elif isinstance(output, dict):
            self._read_fields(output)
        elif hasattr(output, "to_numpy"):
            self.labels = output.to_numpy()
        elif hasattr(output, "__array__"):
            self._read_array(np.asarray(output))
        elif isinstance(output, (list, tuple)):
            self._read_items(list(output))
        elif output is not None:
            self._read_items([output])

    def _read_array(self, output: Any) -> None:
        if output.ndim == 2 and output.shape[1] > 1:
            self.posterior = output
        else:
            self.labels = output.reshape(-1)

    def _read_items(self, items: list[Any]) -> None:
        self.labels = items
        if items and all(isinstance(item, tuple) and len(item) == 2 and is_pair(item) for item in items):
            self.labels, self.confidence = [item[0] for item in items], [item[1] for item in items]
        elif items and not isinstance(items[-1], (str, int, float, np.generic, Enum)) and items[-1] is not None:
            found = [attribute(item, CONFIDENCES) for item in items]
            self.labels = [attribute(item, LABELS) if attribute(item, LABELS) is not None else item for item in items]
            self.confidence = None if found[-1] is None else found

    def _read_frame(self, frame: Any) -> None:
        names = {str(column).lower(): column for column in frame.columns}
        label = next((names[name] for name in LABELS if name in names), None)
        confidence = next((names[name] for name in CONFIDENCES if name in names), None)
        if label is None and confidence is None:
            self._read_array(frame.to_numpy())
            return
        if label is not None:
            self.labels = frame[label].to_numpy()
        if confidence is not None:
            self.confidence = frame[confidence].to_numpy()

    def _read_fields(self, fields: dict[str, Any]) -> None:
        labels = attribute(fields, (*LABELS, "states", "regimes", "labels"))
        certainty = attribute(fields, (*CONFIDENCES, "probabilities", "posterior", "confidences"))
        self._read(labels)
        if certainty is not None:
            self._read_certainty(certainty)

    def _read_certainty(self, value: Any) -> None:
        array = np.atleast_1d(np.asarray(value, dtype=float))
        one_row = array.ndim == 1 and len(self) == 1 and len(array) > 1
        if array.ndim == 2 and array.shape[1] > 1:
            self.posterior = array
        elif one_row:
            self.posterior = array.reshape(1, -1)
        else:
            self.confidence = array.reshape(-1)


def is_pair(output: Any) -> bool:
    """(labels, confidence) rather than two labels: the second is numbers, and the first alone is no number."""
    first, second = output
    if isinstance(second, (int, float, np.floating)) and not isinstance(first, (int, float, np.number)):
        return isinstance(output, tuple) or not isinstance(first, str)
    if isinstance(output, tuple) and isinstance(first, (int, np.integer)) and isinstance(second, (float, np.floating)):
        return True
    return hasattr(second, "__len__") and not isinstance(second, (str, dict))


def argmax_rows(posterior: Any) -> list[int | None]:
    """The likeliest state of each row; None where the row has no number."""
    return [None if np.isnan(row).all() else int(np.nanargmax(row)) for row in np.asarray(posterior, dtype=float)]


def number(value: Any) -> float:
    """A float; NaN for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def posterior_rows(output: Any) -> Any:
    """(N, K) floats of a posterior in any of its shapes; (N,) where it is one number a bar.

    A single row of K is told from N numbers by adding up to 1.
    """
    if isinstance(output, tuple) and len(output) == 2:
        output = output[1] if np.ndim(output[1]) == 2 else output[0]
    array = np.asarray(output.to_numpy() if hasattr(output, "to_numpy") else output, dtype=float)
    if array.ndim < 2 and not (array.size > 1 and 0.999 < array.sum() < 1.001):
        return array.reshape(-1)
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    return np.atleast_2d(array)[:, :MAX_STATES]


# ------------------------------------------------------------------ the model


class Model:
    """The user's model behind the few calls that the gate makes. Only public names are called."""

    def __init__(self, asked: dict[str, Any], bars: Bars) -> None:
        self._asked = asked
        self._bars = bars
        self._functions = {key: resolve(asked[key]) for key in ("fit", "predict") if ":" in asked[key]}
        self._factory = resolve(asked["factory"]) if asked["factory"] else None
        self._adapter = resolve(asked["adapter"]) if asked["adapter"] else None
        self._strategy = resolve(asked["strategy"]) if asked["strategy"] else None
        self._object: Any = None
        self._fitted: Any = None
        self._centre: Any = 0.0
        self._scale: Any = 1.0
        self._live_calls = 0
        self.mutated = False
        if self._factory is None and not self._functions:
            raise MissingError("no factory is named")

    # -- building and fitting

    def build(self, seed: int) -> None:
        """Seed everything and make a new model."""
        seed_everything(seed)
        kwargs = copy.deepcopy(self._asked["kwargs"])
        if self._factory is not None:
            keyword = self._seed_keyword()
            if keyword:
                kwargs[keyword] = seed
            self._object = self._factory(**kwargs)
        if self._adapter is not None:
            self._object = self._adapter(self._object)
        self._fitted = self._object
        self.mutated = False
        self._live_calls = 0

    def _seed_keyword(self) -> str:
        asked = self._asked["seed"]
        if asked is not None:
            return str(asked)
        try:
            parameters = inspect.signature(self._factory).parameters  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return ""
        return next((name for name in SEEDS if name in parameters), "")

    def fit(self, start: int, stop: int) -> None:
        """Fit on bars start .. stop-1; the scale of the features is learned here and nowhere else."""
        if self._asked["input"] == "features":
            train = self._bars.features[start:stop]
            self._centre = train.mean(axis=0)
            spread = train.std(axis=0)
            self._scale = np.where(spread > 0, spread, 1.0)
        given = self._given(start, stop)
        before = fingerprint(given)
        if "fit" in self._functions:
            self._fitted = self._functions["fit"](given)
        else:
            returned = getattr(self._object, self._asked["fit"])(given)
            lost = not hasattr(self._object, self._asked["predict"]) and hasattr(returned, self._asked["predict"])
            self._fitted = returned if lost else self._object
        self.mutated |= fingerprint(given) != before

    # -- predicting

    def labels(self, start: int, stop: int) -> tuple[list[Any], list[float | None]]:
        """Labels and confidences of bars start .. stop-1 by one call; aligned right, missing to the left."""
        answer, given, found = self._batch(start, stop)
        count = stop - start
        posterior = answer.posterior
        if posterior is None and answer.confidence is None:
            posterior = self._posterior(answer, given, causal=False)
        sure = confidences(answer, posterior)[-count:]
        return found, pad(sure, count)

    def labels_alone(self, start: int, stop: int) -> list[Any]:
        """The same without the confidences, which cost a model of their own a second pass."""
        return self._batch(start, stop)[2]

    def _batch(self, start: int, stop: int) -> tuple[Answer, Any, list[Any]]:
        given = self._given(start, stop)
        answer = self._predict(given)
        count = stop - start
        return answer, given, pad(answer.last_labels(min(len(answer), count)), count)

    def live(self, context: int, tail: int, live_input: str) -> dict[str, Any]:
        """What the model says of the newest bar, given it and up to `context`-1 before it."""
        stop = self._bars.size
        start = max(self._first_usable(), stop - context)
        given = self._given(start, stop)
        checked = self._live_calls < MUTATION_CHECKED_CALLS
        before = fingerprint(given) if checked else b""
        said: dict[str, Any] = {}
        try:
            said = self._causal(given, stop - start, tail)
        except BaseException as error:
            said["error"] = told(error)
        if checked:
            self.mutated |= fingerprint(given) != before
        self._live_calls += 1
        if self._asked["live"]:
            said.update(self._ask_live(start if live_input == "tail" else stop - 1, stop))
        return said

    def _causal(self, given: Any, count: int, tail: int) -> dict[str, Any]:
        answer = self._predict(given)
        posterior = answer.posterior
        if answer.confidence is None:
            own = self._posterior(answer, given, causal=True)
            posterior = posterior if own is None else own
        rows = max(len(answer), 0 if posterior is None else len(posterior)) - count
        said: dict[str, Any] = {"rows": rows, "labels": answer.last_labels(tail) if len(answer) else []}
        if posterior is not None and len(posterior):
            said["posterior"] = [float(p) for p in np.asarray(posterior, dtype=float)[-1]]
        elif answer.confidence is not None:
            said["confidence"] = answer.last_confidence()
        return said

    def _ask_live(self, start: int, stop: int) -> dict[str, Any]:
        try:
            answer = Answer(getattr(self._fitted, self._asked["live"])(self._given(start, stop)))
            return {"live": answer.last_labels(1)[0] if len(answer) else None}
        except BaseException as error:
            return {"live_error": told(error)}

    def _predict(self, given: Any) -> Answer:
        if "predict" not in self._functions:
            return Answer(getattr(self._fitted, self._asked["predict"])(given))
        function = self._functions["predict"]
        if isinstance(self._fitted, tuple) and takes(function) == len(self._fitted) + 1:
            return Answer(function(*self._fitted, given))
        return Answer(function(self._fitted, given))

    def _posterior(self, answer: Answer, given: Any, *, causal: bool) -> Any:
        """(N, K) posterior where the model has one. The last row of predict_proba on a prefix is the exact filter.

        A method of that name that gives one number a bar tells confidences: they join the answer.
        """
        name = self._method("filter_proba", FILTERS) if causal else ""
        name = name or self._method("predict_proba", POSTERIORS)
        if not name:
            return None
        rows = posterior_rows(getattr(self._fitted, name)(given))
        if rows.ndim == 2:
            return rows
        answer.confidence = rows
        return None

    def _method(self, key: str, known: tuple[str, ...]) -> str:
        asked = self._asked[key]
        if asked is not None:
            return str(asked)
        return next((name for name in known if callable(getattr(self._fitted, name, None))), "")

    # -- input

    def _first_usable(self) -> int:
        return VOLATILITY_BARS + 1 if self._asked["input"] == "features" else 0

    def _given(self, start: int, stop: int) -> Any:
        """A copy of the bars for the model alone: what it does to them reaches nobody."""
        if self._asked["input"] == "features":
            return (self._bars.features[start:stop] - self._centre) / self._scale
        return self.frame(start, stop)

    def frame(self, start: int, stop: int, *, as_asked: bool = True) -> Any:
        """Bars start .. stop-1 as a DataFrame in the layout that the user named."""
        import pandas as pd  # noqa: PLC0415 (only models that take DataFrames need pandas)

        index = pd.DatetimeIndex(self._bars.time[start:stop].copy(), name="date")
        frame = pd.DataFrame(self._bars.prices[start:stop].copy(), columns=list(PRICES), index=index)
        if as_asked and self._asked["columns"]:
            frame = frame.rename(columns=self._asked["columns"])
        if as_asked and self._asked["date_column"]:
            frame.insert(0, self._asked["date_column"], index)
            frame = frame.reset_index(drop=True)
        return frame

    # -- what else is asked

    def strategy(self, start: int, stop: int, regimes: list[Any]) -> list[float]:
        """Positions of the user's strategy on bars start .. stop-1."""
        import pandas as pd  # noqa: PLC0415

        frame = self.frame(start, stop, as_asked=False)
        positions = self._strategy(frame, pd.Series(regimes, index=frame.index, name="regime"))  # type: ignore[misc]
        return [number(position) for position in np.asarray(positions).reshape(-1)]

    def diagnosis(self) -> dict[str, Any]:
        """What the fitted model shows of its fit."""
        return diagnose(self._fitted)

    def unasked_live(self) -> str:
        """A live method that production may call and that nobody asked to be measured."""
        if self._asked["live"]:
            return ""
        return next((name for name in LIVE_METHODS if callable(getattr(self._fitted, name, None))), "")


def takes(function: Any) -> int:
    """How many positional arguments a function must be given."""
    parameters = inspect.signature(function).parameters.values()
    return sum(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def seed_everything(seed: int) -> None:
    """Every generator that a model may draw from without being asked."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 (models use the global generator)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)


def fingerprint(given: Any) -> bytes:
    """Names, shape and values of an input."""
    if isinstance(given, np.ndarray):
        return given.tobytes()
    columns = [given.iloc[:, position].to_numpy() for position in range(given.shape[1])]  # together they are objects
    values = b"".join(column.tobytes() for column in [*columns, given.index.to_numpy()])
    return repr((list(given.columns), given.shape)).encode() + values


def confidences(answer: Answer, posterior: Any) -> list[float | None]:
    """The confidence of each row, NaN where the row is none."""
    if posterior is not None:
        return [float(value) for value in np.max(np.asarray(posterior, dtype=float), axis=1)]
    if answer.confidence is not None:
        return [number(value) for value in answer.confidence]
    return []


def pad(values: list[Any], count: int) -> list[Any]:
    """Align right: models drop their warm-up at the left."""
    return [None] * (count - len(values)) + values[-count:] if count else []


# ------------------------------------------------------------------ what a fit shows


def diagnose(model: Any) -> dict[str, Any]:
    """Iterations, gain and parameters of the HMMs inside a model; nothing is called, attributes are only read."""
    parts = list(inner_models(model))
    said: dict[str, Any] = {}
    arrays = [a for part in parts for a in parameters_of(part)]
    if arrays:
        said["finite"] = all(bool(np.isfinite(a).all()) for a in arrays)
    for part in parts:
        monitor = fields_of(part).get("monitor_")
        if monitor is not None and hasattr(monitor, "history"):
            said.update(convergence(monitor))
    restarts = attribute(model, ("n_init", "n_restarts", "restarts", "n_starts"))
    if isinstance(restarts, (int, np.integer)):
        said["restarts"] = int(restarts)
    return said


def fields_of(value: Any) -> dict[str, Any]:
    """The instance's own attributes."""
    return getattr(value, "__dict__", {}) if not isinstance(value, type) else {}


def inner_models(model: Any, depth: int = 2) -> Any:
    """The model and the fitted estimators it holds (a wrapper's `model`, a pipeline's last step)."""
    yield model
    if depth == 0:
        return
    for value in list(fields_of(model).values())[:50]:
        if fields_of(value) and any(name.endswith("_") and not name.startswith("_") for name in fields_of(value)):
            yield from inner_models(value, depth - 1)


def parameters_of(part: Any) -> list[Any]:
    """Float arrays by scikit-learn's convention of fitted names (a trailing underscore)."""
    return [
        value
        for name, value in fields_of(part).items()
        if name.endswith("_") and isinstance(value, np.ndarray) and value.dtype.kind == "f"
    ]


def convergence(monitor: Any) -> dict[str, Any]:
    """Hmmlearn's monitor, without its own opinion: `converged` is True when the iterations ran out."""
    history = [number(value) for value in monitor.history]
    said: dict[str, Any] = {}
    for key, name in (("iterations", "iter"), ("max_iterations", "n_iter")):
        value = getattr(monitor, name, None)
        if isinstance(value, (int, np.integer)):
            said[key] = int(value)
    if len(history) > 1:
        said["last_gain"] = history[-1] - history[-2]
    if hasattr(monitor, "tol"):
        said["tolerance"] = number(monitor.tol)
    return said


# ------------------------------------------------------------------ commands


class Session:
    """Answers the gate's commands one after the other."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._asked: dict[str, Any] = {}
        self._bars: Bars
        self._model: Model

    def serve(self) -> None:
        """Until the gate closes its end."""
        while True:
            message = self._wire.receive()
            command = message.pop("cmd")
            if command == "exit":
                os._exit(0)
            try:
                reply = getattr(self, "do_" + command)(**message)
            except MissingError as error:
                reply = {"error": str(error), "missing": True}
            except BaseException as error:
                reply = {"error": told(error)}
            self._wire.send(reply)

    def do_load(self, **asked: Any) -> dict[str, Any]:
        """Import everything that the runs will need."""
        root = asked["root"]
        sys.path[0:1] = [root, os.path.join(root, "src")]
        self._asked = asked
        self._bars = Bars(asked["capacity"], asked["features"] if asked["input"] == "features" else [])
        if asked["input"] == "bars" or asked["strategy"]:
            import pandas  # noqa: F401, ICN001, PLC0415
        self._model = Model(asked, self._bars)
        seed_everything(0)  # imports numpy.random (6 MB) now, or the first fit's memory would bear it
        return {"python": sys.version.split()[0], "numpy": np.__version__}

    def do_plant(self, name: str, size: float) -> dict[str, Any]:
        """A self-test: go on with a defect in the model."""
        plants = load_file(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plants.py"))
        self._model = plants.planted(self._model, self._bars, name, size)
        return {}

    def do_bars(self, packed: str) -> dict[str, Any]:
        """Many bars at once: six columns of eight bytes a bar (time in nanoseconds first), base64."""
        columns = np.frombuffer(base64.b64decode(packed), dtype="<f8").reshape(1 + len(PRICES), -1)
        self._bars.append({"time": columns[0].view("<i8"), **dict(zip(PRICES, columns[1:]))})
        return {}

    def do_build(self, seed: int) -> dict[str, Any]:
        self._model.build(seed)
        return {}

    def do_fit(self, start: int, stop: int) -> dict[str, Any]:
        self._model.fit(start, stop)
        return {}

    def do_inspect(self, start: int, stop: int) -> dict[str, Any]:
        """After a fit: its diagnosis, and the labels of its own training window."""
        labels = self._model.labels_alone(start, stop)
        return {"diagnosis": self._model.diagnosis(), "labels": labels, "unasked_live": self._model.unasked_live()}

    def do_live(self, rows: dict[str, list[float]]) -> dict[str, Any]:
        """New bars, one answer each, in order."""
        answers = []
        for position in range(len(rows["time"])):
            self._bars.append({name: values[position : position + 1] for name, values in rows.items()})
            answers.append(self._model.live(self._asked["context"], self._asked["tail"], self._asked["live_input"]))
        return {"answers": answers}

    def do_again(self, count: int) -> dict[str, Any]:
        """Ask for the newest bar `count` times more: does memory grow with calls?"""
        for _ in range(count):
            self._model.live(self._asked["context"], self._asked["tail"], self._asked["live_input"])
        return {}

    def do_batch(self, start: int, stop: int) -> dict[str, Any]:
        labels, sure = self._model.labels(start, stop)
        return {"labels": labels, "confidence": sure}

    def do_strategy(self, start: int, stop: int, regimes: list[Any]) -> dict[str, Any]:
        return {"positions": self._model.strategy(start, stop, regimes)}

    def do_mutated(self) -> dict[str, Any]:
        return {"mutated": self._model.mutated}

    def do_fork(self) -> dict[str, Any]:
        """Go on in a child with everything imported; this process waits for it, and answers when it is gone."""
        if threads_alive() or not hasattr(os, "fork"):
            return {"pid": 0}
        child = os.fork()
        if child == 0:
            return {"pid": os.getpid()}
        _, status = os.waitpid(child, 0)
        return {"joined": status}


def threads_alive() -> bool:
    """Forking a process with threads can deadlock in the child."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return True


if __name__ == "__main__":
    Session(Wire()).serve()
