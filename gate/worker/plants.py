"""Defects that `gate selftest` plants into the user's own model: the worker loads this file when it is told to.

Stands alone, as the worker does: Python 3.9 and numpy, nothing of gate. A defect lies around the worker's model, where
its answers leave and its questions enter, so it fits a model of any shape. Chance comes from the CRC-32 of the bar's
time, so that a defect shows in the same places in every process (but for the one that must not).
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

Said = dict[str, Any]
"""A live answer: `labels` of the newest bars, `posterior` or `confidence`, `rows`, `live`, or an `error`."""


def chance(*what: Any) -> float:
    """A number in [0, 1) that is the same wherever the same is asked."""
    return zlib.crc32(repr(what).encode()) / 2**32


def burn(seconds: float) -> None:
    """Use up CPU, as a slower model would."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


class Planted:
    """A worker's model with one defect; all else is the model's own."""

    def __init__(self, model: Any, bars: Any, size: float) -> None:
        self._model = model
        self._bars = bars
        self.size = size
        self.states: list[Any] = []
        """Labels of the training window, the calmest first."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def fit(self, start: int, stop: int) -> None:
        """The model's fit."""
        self._model.fit(start, stop)

    def live(self, context: int, tail: int, live_input: str) -> Said:
        """The model's live answer, spoilt."""
        said: Said = self._model.live(context, tail, live_input)
        return said if "error" in said else self.spoil(said)

    def spoil(self, said: Said) -> Said:
        """What the defect makes of an answer."""
        return said

    def when(self, back: int = 0) -> int:
        """Time of the newest bar, or of one `back` bars before it."""
        return int(self._bars.time[self._bars.size - 1 - back].astype("int64"))

    def learn_states(self, start: int, stop: int) -> None:
        """Order the labels by how volatile their training bars are."""
        labels = self._model.labels_alone(start, stop)
        returns = np.diff(np.log(self._bars.prices[start:stop, 3]), prepend=np.nan)
        spread = {
            label: float(np.nanstd([r for r, name in zip(returns, labels) if name == label] or [np.nan]))
            for label in set(labels)
            if label is not None
        }
        self.states = sorted(spread, key=lambda label: spread[label])

    def relabel(self, said: Said, other: Callable[[Any, int], Any]) -> Said:
        """Pass every label through `other(label, bars back)`."""
        labels = said.get("labels") or []
        said["labels"] = [other(label, len(labels) - 1 - at) for at, label in enumerate(labels)]
        return said


class Relabelling(Planted):
    """A defect that needs to know the states."""

    def fit(self, start: int, stop: int) -> None:
        self._model.fit(start, stop)
        self.learn_states(start, stop)

    def next_to(self, label: Any) -> Any:
        """Another state than this one."""
        if label not in self.states:
            return label
        return self.states[(self.states.index(label) + 1) % len(self.states)]


class Flicker(Relabelling):
    """This share of the bars is one state further."""

    def spoil(self, said: Said) -> Said:
        return self.relabel(
            said, lambda label, back: self.next_to(label) if chance("flicker", self.when(back)) < self.size else label
        )


class Constant(Relabelling):
    """The same state on this share of the bars."""

    def spoil(self, said: Said) -> Said:
        calm = self.states[0] if self.states else 0
        return self.relabel(said, lambda label, back: calm if chance("calm", self.when(back)) < self.size else label)


class Shuffled(Relabelling):
    """A random state on this share of the bars."""

    def spoil(self, said: Said) -> Said:
        def other(label: Any, back: int) -> Any:
            if not self.states or chance("shuffle", self.when(back)) >= self.size:
                return label
            return self.states[int(chance("state", self.when(back)) * len(self.states))]

        return self.relabel(said, other)


class Inverted(Relabelling):
    """Calm is called volatile and volatile calm on this share of the bars."""

    def spoil(self, said: Said) -> Said:
        def other(label: Any, back: int) -> Any:
            if label not in self.states or chance("invert", self.when(back)) >= self.size:
                return label
            return self.states[-1 - self.states.index(label)]

        return self.relabel(said, other)


class Lagging(Planted):
    """States come this many bars late."""

    def __init__(self, model: Any, bars: Any, size: float) -> None:
        super().__init__(model, bars, size)
        self._told: list[Any] = []

    def fit(self, start: int, stop: int) -> None:
        self._model.fit(start, stop)
        self._told = self._model.labels_alone(start, stop)

    def spoil(self, said: Said) -> Said:
        labels = said.get("labels") or []
        if not labels:
            return said
        self._told.append(labels[-1])
        late = self._told[: len(self._told) - int(self.size)]
        said["labels"] = late[-len(labels) :]
        return said


class Repainting(Relabelling):
    """This share of the labels is changed when the next bar comes."""

    def spoil(self, said: Said) -> Said:
        return self.relabel(
            said,
            lambda label, back: self.next_to(label) if back and chance("paint", self.when(back)) < self.size else label,
        )


class NonDeterministic(Relabelling):
    """This share of the answers is drawn anew in every process."""

    def spoil(self, said: Said) -> Said:
        drawn = int.from_bytes(os.urandom(4), "big") / 2**32
        labels = said.get("labels") or []
        if labels and drawn < self.size:
            said["labels"] = [*labels[:-1], self.next_to(labels[-1])]
        return said


class DeadLive(Relabelling):
    """The live method always says the calmest state."""

    def spoil(self, said: Said) -> Said:
        if "live" in said:
            said["live"] = self.states[0] if self.states else 0
        return said


class LowConfidence(Planted):
    """The posterior is mixed with this share of ignorance."""

    def spoil(self, said: Said) -> Said:
        if said.get("posterior"):
            count = len(said["posterior"])
            said["posterior"] = [(1 - self.size) * p + self.size / count for p in said["posterior"]]
        elif said.get("confidence") is not None:
            said["confidence"] = (1 - self.size) * said["confidence"] + self.size / 2
        return said


class OverConfident(Planted):
    """The posterior to this power: the same states, more certainty."""

    def spoil(self, said: Said) -> Said:
        if said.get("posterior"):
            powers = np.power(np.clip(np.asarray(said["posterior"], dtype=float), 1e-300, 1.0), self.size)
            said["posterior"] = [float(p) for p in powers / powers.sum()]
        elif said.get("confidence") is not None:
            sure = float(np.clip(said["confidence"], 1e-12, 1 - 1e-12))
            said["confidence"] = sure**self.size / (sure**self.size + (1 - sure) ** self.size)
        return said


class NotANumber(Planted):
    """This share of the answers is no number, or no label where there is no posterior."""

    def spoil(self, said: Said) -> Said:
        if chance("nan", self.when()) < self.size:
            if said.get("posterior"):
                said["posterior"] = [float("nan")] * len(said["posterior"])
            else:
                said["labels"] = [*(said.get("labels") or [])[:-1], None]
        return said


class NoDistribution(Planted):
    """Every posterior sums to this."""

    def spoil(self, said: Said) -> Said:
        if said.get("posterior"):
            said["posterior"] = [p * self.size for p in said["posterior"]]
        elif said.get("confidence") is not None:
            said["confidence"] = 1.0 + self.size
        return said


class WrongLength(Planted):
    """So many rows too many."""

    def spoil(self, said: Said) -> Said:
        said["rows"] = said.get("rows", 0) + int(self.size)
        return said


class PredictErrors(Planted):
    """This share of the calls raises."""

    def spoil(self, said: Said) -> Said:
        return {"error": "RuntimeError: planted"} if chance("raise", self.when()) < self.size else said


class Crash(Planted):
    """This share of the calls ends the process."""

    def spoil(self, said: Said) -> Said:
        if chance("crash", self.when()) < self.size:
            os._exit(3)
        return said


class FitFailures(Planted):
    """This share of the fits raises."""

    def fit(self, start: int, stop: int) -> None:
        if chance("fit", self.when()) < self.size:
            raise RuntimeError("planted")
        self._model.fit(start, stop)


class EndlessFit(Planted):
    """This share of the fits never ends."""

    def fit(self, start: int, stop: int) -> None:
        while chance("endless", self.when()) < self.size:
            time.sleep(0.01)
        self._model.fit(start, stop)


class SlowFit(Planted):
    """A fit takes so many times the CPU."""

    def fit(self, start: int, stop: int) -> None:
        before = time.process_time()
        self._model.fit(start, stop)
        burn((self.size - 1.0) * (time.process_time() - before))


class SlowPredict(Planted):
    """A live call takes so many times the CPU."""

    def live(self, context: int, tail: int, live_input: str) -> Said:
        before = time.process_time()
        said: Said = self._model.live(context, tail, live_input)
        burn((self.size - 1.0) * (time.process_time() - before))
        return said


class Memory(Planted):
    """So many MiB more during the fit."""

    def fit(self, start: int, stop: int) -> None:
        held = np.ones(int(self.size * 2**17))
        self._model.fit(start, stop)
        del held


class Leak(Planted):
    """So many bytes are kept at every call."""

    def __init__(self, model: Any, bars: Any, size: float) -> None:
        super().__init__(model, bars, size)
        self._kept: list[bytes] = []

    def spoil(self, said: Said) -> Said:
        self._kept.append(b"x" * int(self.size))
        return said


class InputMutation(Planted):
    """The bars are changed while the model looks at them."""

    def __init__(self, model: Any, bars: Any, size: float) -> None:
        super().__init__(model, bars, size)
        ask = model._predict  # noqa: SLF001 (the only place where the model's own input passes)

        def predict(given: Any) -> Any:
            answer = ask(given)
            self.change(given)
            return answer

        model._predict = predict  # noqa: SLF001

    def change(self, given: Any) -> None:
        """Move the newest number by `size` of itself."""
        if isinstance(given, np.ndarray):
            given[-1, -1] += self.size
        else:
            column = [at for at, kind in enumerate(given.dtypes) if kind.kind == "f"][-1]
            given.iloc[-1, column] += self.size


PLANTS: dict[str, type[Planted]] = {
    "flicker": Flicker,
    "low_confidence": LowConfidence,
    "inverted_states": Inverted,
    "memory": Memory,
    "slow_fit": SlowFit,
    "slow_predict": SlowPredict,
    "fit_failures": FitFailures,
    "endless_fit": EndlessFit,
    "predict_errors": PredictErrors,
    "crash": Crash,
    "not_a_number": NotANumber,
    "no_distribution": NoDistribution,
    "wrong_length": WrongLength,
    "repainting": Repainting,
    "dead_live_path": DeadLive,
    "non_determinism": NonDeterministic,
    "input_mutation": InputMutation,
    "leak": Leak,
    "constant_state": Constant,
    "shuffled_states": Shuffled,
    "lagging_states": Lagging,
    "overconfidence": OverConfident,
}


def planted(model: Any, bars: Any, name: str, size: float) -> Planted:
    """The model with a defect. Raises KeyError for one that there is not."""
    return PLANTS[name](model, bars, size)
