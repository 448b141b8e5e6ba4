"""The gate's commands, answered one after the other."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

from .bars import Bars
from .model import Model, seed_everything
from .naming import MissingError
from .wire import Wire, told


def serve(hand: int) -> None:
    """Until the gate closes its end; `hand` is the socket through which it passes pipes."""
    Session(Wire(hand)).serve()


class Session:
    """Answers the gate's commands one after the other."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._asked: dict[str, Any] = {}
        self._bars: Bars
        self._model: Any
        """The model, or one with a planted defect around it."""

    def serve(self) -> None:
        """Until the gate closes its end."""
        while True:
            message = self._wire.receive()
            command = message.pop("cmd")
            try:
                reply = getattr(self, "do_" + command)(**message)
            except MissingError as error:
                reply = {"error": str(error), "missing": True}
            except BaseException as error:
                reply = {"error": told(error)}
            if reply is not None:
                self._wire.send(reply)

    def do_load(self, **asked: Any) -> dict[str, Any]:
        """Import everything that the runs will need."""
        root = asked["root"]
        sys.path[0:0] = [root, os.path.join(root, "src")]
        self._asked = asked
        self._bars = Bars(asked["capacity"], len(asked["features"]) if asked["input"] == "features" else 0)
        if asked["input"] == "bars" or asked["strategy"]:
            import pandas  # noqa: F401, ICN001, PLC0415
        self._model = Model(asked, self._bars)
        seed_everything(0)  # imports numpy.random (6 MB) now, or the first fit's memory would bear it
        return {"python": sys.version.split()[0], "numpy": np.__version__}

    def do_plant(self, name: str, size: float) -> dict[str, Any]:
        """A self-test: go on with a defect in the model."""
        from . import plants  # noqa: PLC0415 (only a self-test needs them)

        self._model = plants.planted(self._model, self._bars, name, size)
        return {}

    def do_bars(self, bars: bytes) -> dict[str, Any]:
        """Many bars at once."""
        self._bars.append(self._bars.rows(bars))
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

    def do_live(self, bars: bytes) -> dict[str, Any]:
        """New bars, one answer each, in order."""
        answers = []
        rows = self._bars.rows(bars)
        for position in range(len(rows)):
            self._bars.append(rows[position : position + 1])
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

    def do_fork(self) -> dict[str, Any] | None:
        """Have a child with everything imported, which answers through pipes of its own; this process listens on."""
        pipes = self._wire.pipes()
        child = -1 if threads_alive() or not hasattr(os, "fork") else os.fork()
        if child == 0:
            self._wire.move_to(*pipes)
            return None
        for pipe in pipes:
            os.close(pipe)
        return {"pid": max(child, 0)}

    def do_join(self, pid: int, patience: float) -> dict[str, Any]:
        """Wait for a child to end, so many seconds."""
        deadline = time.monotonic() + patience
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended or time.monotonic() > deadline:
                return {"status": status if ended else None}
            time.sleep(0.001)


def threads_alive() -> bool:
    """Forking a process with threads can deadlock in the child."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return True
