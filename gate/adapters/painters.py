"""Pictures drawn in processes of their own: they have the drawing library ready when the verdict is there to draw."""

import contextlib
import pickle
import subprocess
import sys
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
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Return itself; nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        for process in self._processes:
            process.kill()
            process.communicate()

    def get_ready(self) -> None:
        """Start them: importing the drawing library takes half a second of a core that has nothing else to do."""
        while len(self._processes) < PAINTERS:
            command = [sys.executable, "-P", "-c", _PROGRAM, _ROOT]
            self._processes.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )

    def draw(self, series: Series) -> dict[str, bytes]:
        """Every picture, by file name; the painters share them. Raises GateError."""
        self.get_ready()
        for part, process in enumerate(self._processes):
            assert process.stdin  # noqa: S101 (asked for above)
            with contextlib.suppress(OSError), process.stdin as stdin:  # where it died, its last words are read below
                pickle.dump((series, part, PAINTERS), stdin)
            process.stdin = None
        pictures: dict[str, bytes] = {}
        for process in self._processes:
            drawn, said = process.communicate()
            if process.returncode:
                last = said.decode(errors="replace").strip().rpartition("\n")[2]
                raise GateError(f"the pictures cannot be drawn: {last}", "--no-pictures does without them")
            pictures |= pickle.loads(drawn)  # noqa: S301 (our own process's)
        return dict(sorted(pictures.items()))


def paint() -> None:
    """What a painter does: get ready, wait for the series, draw its part."""
    from gate.report.charts import draw  # noqa: PLC0415 (half a second)

    asked = sys.stdin.buffer.read()
    if asked:
        series, part, parts = pickle.loads(asked)  # noqa: S301 (our own process's)
        sys.stdout.buffer.write(pickle.dumps(draw(series, part, parts)))
