"""Turns what models call their states into codes, and checks each answer's shape on the way in."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gate.adapters.runner.channel import DiedError
from gate.adapters.runner.words import whole
from gate.domain.market import Floats, Ints
from gate.domain.observation import MISSING

MAX_LENGTH = 100
LARGEST = 2**31
_PLAIN = frozenset({int, str})
MAX_LABELS = 256
"""A model with more different labels is naming something else than regimes."""


class Labels:
    """The labels of one run, coded in order of appearance."""

    def __init__(self) -> None:
        self._codes: dict[int | str, int] = {}

    def code(self, label: Any) -> int:
        """Return the label's code; MISSING for none. Raises DiedError for what no worker of ours sends."""
        if type(label) is int or type(label) is str:  # the many; a bool is told apart from 0 and 1 below
            known = self._codes.get(label)
            if known is not None:
                return known
        if label is None:
            return MISSING
        if isinstance(label, bool) or not isinstance(label, int | str):
            raise DiedError("sent a label that is neither a number nor a text")
        if isinstance(label, str):
            label = whole(label[:MAX_LENGTH])
        elif abs(label) >= LARGEST:
            return MISSING
        known = self._codes.get(label)
        if known is None:
            if len(self._codes) >= MAX_LABELS:
                return MISSING
            known = self._codes[label] = len(self._codes)
        return known

    def known(self, labels: list[Any]) -> list[int]:
        """Codes of many labels: nearly always known ones."""
        if _PLAIN.issuperset(map(type, labels)):
            known = [self._codes.get(label) for label in labels]
            if None not in known:
                return known  # type: ignore[return-value]
        return [self.code(label) for label in labels]

    def codes(self, labels: Any, count: int) -> Ints:
        """Return (count,) codes."""
        if not isinstance(labels, list) or len(labels) != count:
            raise DiedError("sent another number of labels than was asked for")
        return np.array(self.known(labels), dtype=np.int32)

    def name(self, code: int) -> int | str | None:
        """Return the label of a code."""
        return list(self._codes)[code] if code >= 0 else None

    @property
    def names(self) -> tuple[str, ...]:
        """Every label, as text, by code."""
        return tuple(str(label) for label in self._codes)

    @property
    def numeric(self) -> bool:
        """Every label is an integer."""
        return all(isinstance(label, int) for label in self._codes)

    def volatility(self, codes: Ints, returns: Floats) -> tuple[list[int], list[float]]:
        """Return by code how many bars bear it and how much their log returns vary (sample sd; NaN under two bars)."""
        counts, spread = [], []
        for code in range(len(self._codes)):
            own = returns[(codes == code) & np.isfinite(returns)]
            counts.append(int((codes == code).sum()))
            spread.append(float(own.std(ddof=1)) if len(own) > 1 else math.nan)
        return counts, spread


def numbers(values: Any, count: int) -> list[float]:
    """Return `count` floats of an answer; none is NaN."""
    if not isinstance(values, list) or len(values) != count:
        raise DiedError("sent another number of values than was asked for")
    return [as_float(value) for value in values]


def as_float(value: Any) -> float:
    """A float of an answer; what is none is NaN, a number too large for a float is infinite."""
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return math.nan


def table(rows: Sequence[Sequence[float]], fill: float) -> Floats:
    """(W, C) array of rows that grew as labels appeared."""
    width = max((len(row) for row in rows), default=0)
    out = np.full((len(rows), width), fill)
    for index, row in enumerate(rows):
        out[index, : len(row)] = row
    return out
