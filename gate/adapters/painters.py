"""Pictures drawn in processes of their own: they have the drawing library ready when the verdict is there to draw."""

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Self

import gate
from gate.domain.series import Series
from gate.errors import GateError

PAINTERS = 2
_ROOT = str(Path(gate.__file__).parent.parent)
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from gate.adapters.painters import paint; paint()"
"""Run with -P: the folder that the gate is called in belongs to whoever wrote the candidate."""


class PaintingProcesses:
    """A context: no process is left when it closes. Where the gate is killed, they see their input end, and go."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Return itself; nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what was started."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def get_ready(self) -> None:
        """Start it: importing the drawing library takes half a second of a core that has nothing else to do."""
        if self._process is None:
            command = [sys.executable, "-P", "-c", _PROGRAM, _ROOT]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )

    def draw(self, series: Series) -> dict[str, bytes]:
        """Every picture, by file name. Raises GateError."""
        self.get_ready()
        assert self._process is not None  # noqa: S101 (just started)
        drawn, said = self._process.communicate(pickle.dumps(series))
        if self._process.returncode:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise GateError(f"the pictures cannot be drawn: {last}", "--no-pictures does without them")
        pictures: dict[str, bytes] = pickle.loads(drawn)  # noqa: S301 (our own process's)
        return dict(sorted(pictures.items()))


def paint() -> None:
    """What the process does: get ready, wait for the series, and share the pictures out among its forks.

    Forks have the drawing library already; each names a picture and draws it, and whoever is done takes the next.
    """
    from gate.report import charts  # noqa: PLC0415 (half a second)

    charts.warm_up()
    asked = sys.stdin.buffer.read()
    if asked:
        names, draw = charts.prepared(pickle.loads(asked))  # noqa: S301 (our own process's)
        _DRAWING.append(draw)
        with ProcessPoolExecutor(PAINTERS, mp_context=multiprocessing.get_context("fork")) as forks:
            sys.stdout.buffer.write(pickle.dumps(dict(zip(names, forks.map(_drawn, names), strict=True))))
            sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to be put in order, and the gate waits


_DRAWING: list[Callable[[str], bytes]] = []
"""What the forks inherit."""


def _drawn(name: str) -> bytes:
    return _DRAWING[0](name)
