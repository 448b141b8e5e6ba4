"""The user's model behind the few calls that the gate makes."""

from __future__ import annotations

import copy
import inspect
import random
import sys
from typing import Any

import numpy as np

from .answers import Answer, number, posterior_rows
from .bars import PRICES, VOLATILITY_BARS, Bars
from .diagnosis import diagnose
from .naming import MissingError, resolve
from .wire import told

SEEDS = ("random_state", "seed")
POSTERIORS = ("predict_proba", "predict_state_proba")
FILTERS = ("filter_proba", "predict_proba_online")
LIVE_METHODS = ("step", "predict_regime", "predict_live", "predict_online", "predict_current_regime", "update")
MUTATION_CHECKED_CALLS = 20


class Model:
    """The user's model behind the few calls that the gate makes. Only public names are called."""

    def __init__(self, asked: dict[str, Any], bars: Bars) -> None:
        self._asked = asked
        self._bars = bars
        self._functions = {key: resolve(asked[key]) for key in ("fit", "predict") if ":" in asked[key]}
        self._factory = resolve(asked["factory"]) if asked["factory"] else None
        self._adapter = resolve(asked["adapter"]) if asked["adapter"] else None
        if self._factory is None and not self._functions:
            self._factory, self._adapter = self._adapter, None  # alone, it builds what the gate calls
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
