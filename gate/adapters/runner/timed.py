"""CPU of one version, read from outside at the borders between phases, with nothing else running beside it.

The version's imports are paid once; each measurement runs in a fork of that process, or in a fresh one where the
model's imports left threads behind.
"""

from typing import Any

import numpy as np

from gate.adapters.runner import readings
from gate.adapters.runner.channel import Channel, DiedError, OverdueError
from gate.adapters.runner.labels import Labels
from gate.adapters.runner.lease import require
from gate.adapters.runner.packing import Packed
from gate.adapters.runner.process import LOAD_TIMEOUT, WorkerProcess
from gate.adapters.runner.record import WindowRecord
from gate.adapters.runner.run import load_message, plant
from gate.adapters.runner.words import words
from gate.domain.observation import Ending, Loading, Reading, Repeat, RunKey
from gate.domain.plan import RunRequest


class LoadedVersion:
    """A process that has imported a version and does nothing until it is forked."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._worker: WorkerProcess | None = None
        self._closed = False
        self.imports = 0.0

    def load(self) -> Loading:
        """Import and build once: does this version exist?"""
        try:
            self._worker = WorkerProcess.of(self._request)
            if self._closed:  # the caller left while the process was being started
                self._worker.kill()
            reply = self._worker.ask("load", LOAD_TIMEOUT, **load_message(self._request))
            self.imports = readings.cpu_seconds(self._worker.pid)
        except OverdueError:
            return Loading(ending=Ending.TIMED_OUT, error=f"no answer to its import within {LOAD_TIMEOUT:.0f} s")
        except (DiedError, OSError) as error:
            return Loading(ending=Ending.CRASHED, error=words(str(error)))
        if "error" in reply:
            return Loading(ending=Ending.RAISED, error=words(reply["error"]), missing=bool(reply.get("missing")))
        return Loading(ending=Ending.OK)

    def strike(self) -> None:
        """From another thread: end the process, and leave the rest to whoever is speaking to it."""
        self._closed = True
        worker = self._worker
        if worker is not None:
            worker.strike()

    def close(self) -> None:
        """End the process."""
        self._closed = True
        if self._worker is not None:
            self._worker.kill()

    def measure(self, request: RunRequest, calls: int) -> tuple[Reading, Repeat]:
        """Fit the last window of `request` once and make `calls` live calls. Raises DiedError or OverdueError."""
        fork = self._alive().fork()
        if fork is not None:
            with fork:
                return self._measure(fork, self.imports, request, calls)
        with WorkerProcess.of(request) as cold:
            require(cold.ask("load", LOAD_TIMEOUT, **load_message(request)))
            return self._measure(cold, readings.cpu_seconds(cold.pid), request, calls)

    @property
    def server(self) -> WorkerProcess | None:
        """The process, while it is there to be forked."""
        return None if self._worker is None or self._worker.gone else self._worker

    def _alive(self) -> WorkerProcess:
        """The process; a run that died may have taken it along, then it is loaded anew."""
        if self._worker is None or (self._worker.gone and not self._closed):
            loaded = self.load()
            if loaded.ending is not Ending.OK:
                raise DiedError(f"cannot be loaded again: {loaded.error}")
        assert self._worker is not None  # noqa: S101 (loaded above)
        return self._worker

    def _measure(self, worker: Channel, imports: float, request: RunRequest, calls: int) -> tuple[Reading, Repeat]:
        """The same questions in the same order as a run asks them, so that the answers can be held against it."""
        pid, plan, limit = worker.pid, request.windows[-1], request.settings.timeout
        calls = min(calls, plan.test_stop - plan.train_stop)
        train: dict[str, Any] = {"start": plan.train_start, "stop": plan.train_stop}
        plant(worker, request)
        bars = Packed.of(request)
        require(worker.ask("bars", LOAD_TIMEOUT, bars=bars.rows(0, plan.train_stop)))
        clock = [readings.cpu_seconds(pid)]
        require(worker.ask("build", limit, seed=request.seed))
        require(worker.ask("fit", limit, **train))
        clock.append(readings.cpu_seconds(pid))
        worker.ask("inspect", limit, **train)
        clock.append(readings.cpu_seconds(pid))
        reply = require(worker.ask("live", limit, bars=bars.rows(plan.train_stop, plan.train_stop + calls)))
        clock.append(readings.cpu_seconds(pid))
        reading = Reading(imports=imports, fit=clock[1] - clock[0], predict=clock[3] - clock[2], calls=calls)
        return reading, repeat(request, reply.get("answers"), calls)


def repeat(request: RunRequest, answers: Any, calls: int) -> Repeat:
    """What the live calls said this time, read as it was read the first time."""
    if not isinstance(answers, list) or len(answers) != calls:
        raise DiedError("sent another number of answers than was asked for")
    labels, window = Labels(), WindowRecord(request.windows[-1])
    for bar, said in enumerate(answers, window.plan.train_stop):
        window.replied(bar, {"answers": [said]}, labels)
    pairs = zip(window.posterior, window.confidence.tolist(), strict=True)
    sure = [np.max(row) if row else said for row, said in pairs]  # max() would pass over NaN unless it comes first
    return Repeat(
        key=RunKey(role=request.version.role, symbol=request.bars.symbol, seed=request.seed),
        window=window.plan.index,
        labels=labels.names,
        state=window.state[:calls],
        confidence=np.array(sure[:calls], dtype=np.float64),
    )
