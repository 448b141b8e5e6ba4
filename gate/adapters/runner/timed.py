"""CPU of one version, read from outside at the borders between phases, with nothing else running beside it.

The version's imports are paid once; each measurement runs in a fork of that process, or in a fresh one where the
model's imports left threads behind.
"""

import os
from typing import Any

import numpy as np

from gate.adapters.runner import readings
from gate.adapters.runner.labels import Labels, as_float
from gate.adapters.runner.process import DiedError, WorkerProcess
from gate.adapters.runner.run import LOAD_TIMEOUT, load_message, rows
from gate.domain.observation import Ending, Loading, Reading, Repeat, RunKey
from gate.domain.plan import RunRequest


class LoadedVersion:
    """A process that has imported a version and does nothing until it is forked."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._worker = WorkerProcess(request.version.python, request.version.root)
        self.imports = 0.0

    def load(self) -> Loading:
        """Import and build once: does this version exist?"""
        try:
            reply = self._worker.ask("load", LOAD_TIMEOUT, **load_message(self._request))
            if "error" not in reply:
                self.imports = readings.cpu_seconds(self._worker.pid)
                return Loading(ending=Ending.OK)
        except DiedError as error:
            return Loading(ending=Ending.CRASHED, error=str(error))
        except TimeoutError:
            return Loading(ending=Ending.TIMED_OUT, error=f"no answer to its import within {LOAD_TIMEOUT:.0f} s")
        return Loading(ending=Ending.RAISED, error=str(reply["error"])[:300], missing=bool(reply.get("missing")))

    def close(self) -> None:
        """End the process."""
        self._worker.kill()

    def measure(self, request: RunRequest, calls: int) -> tuple[Reading, Repeat]:
        """Fit the last window of `request` once and make `calls` live calls. Raises DiedError or OverdueError."""
        pid = self._fork()
        if pid:
            measured = self._measure(self._worker, pid, self.imports, request, calls)
            self._worker.tell("exit", LOAD_TIMEOUT)
            self._worker.answer(LOAD_TIMEOUT)  # "joined": the fork is gone, its parent listens again
            return measured
        with WorkerProcess(request.version.python, request.version.root) as worker:
            worker.ask("load", LOAD_TIMEOUT, **load_message(request))
            return self._measure(worker, worker.pid, readings.cpu_seconds(worker.pid), request, calls)

    def _fork(self) -> int:
        pid = self._worker.ask("fork", LOAD_TIMEOUT).get("pid", 0)
        if pid and (not isinstance(pid, int) or os.getpgid(pid) != self._worker.pid):
            raise DiedError("answered with a process that is not its own")
        return int(pid)

    def _measure(
        self, worker: WorkerProcess, pid: int, imports: float, request: RunRequest, calls: int
    ) -> tuple[Reading, Repeat]:
        plan, limit = request.windows[-1], request.settings.timeout
        calls = min(calls, plan.test_stop - plan.train_stop)
        worker.ask("bars", LOAD_TIMEOUT, rows=rows(request.bars, 0, plan.train_stop))
        start = readings.cpu_seconds(pid)
        require(worker.ask("build", limit, seed=request.seed))
        require(worker.ask("fit", limit, start=plan.train_start, stop=plan.train_stop))
        fitted = readings.cpu_seconds(pid)
        reply = worker.ask("live", limit, rows=rows(request.bars, plan.train_stop, plan.train_stop + calls))
        done = readings.cpu_seconds(pid)
        reading = Reading(imports=imports, fit=fitted - start, predict=done - fitted, calls=calls)
        return reading, repeat(request, require(reply).get("answers"))


def require(reply: dict[str, Any]) -> dict[str, Any]:
    """A phase that raised cannot be timed."""
    if "error" in reply:
        raise DiedError(str(reply["error"])[:300])
    return reply


def repeat(request: RunRequest, answers: Any) -> Repeat:
    """What the live calls said this time."""
    labels = Labels()
    told = answers if isinstance(answers, list) else []
    state, confidence = [], []
    for said in told:
        posterior = said.get("posterior")
        state.append(labels.code((said.get("labels") or [None])[-1]))
        confidence.append(max(map(as_float, posterior)) if posterior else as_float(said.get("confidence")))
    return Repeat(
        key=RunKey(role=request.version.role, symbol=request.bars.symbol, seed=request.seed),
        window=request.windows[-1].index,
        labels=labels.names,
        state=np.array(state, dtype=np.int32),
        confidence=np.array(confidence, dtype=np.float64),
    )
