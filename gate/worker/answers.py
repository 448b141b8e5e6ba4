"""Reading what models return, in all the shapes that people have."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

import numpy as np

LABELS = ("state", "regime", "label", "regime_label", "hidden_state", "prediction")
CONFIDENCES = ("confidence", "probability", "prob", "proba", "conf", "regime_probability")
MAX_STATES = 64


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
