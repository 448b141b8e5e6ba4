"""One run: a version's model over the windows of one symbol with one seed, whatever it does on the way."""

import contextlib
import time
from typing import Any

import numpy as np

from gate.adapters.runner import readings
from gate.adapters.runner.channel import Channel, DiedError, OverdueError
from gate.adapters.runner.labels import Labels, as_float, numbers
from gate.adapters.runner.lease import Servers, require
from gate.adapters.runner.packing import Packed
from gate.adapters.runner.process import LOAD_TIMEOUT, WorkerProcess
from gate.adapters.runner.record import RunRecord, WindowRecord
from gate.adapters.runner.sampler import MemorySampler
from gate.adapters.runner.words import words
from gate.domain.observation import (
    TAIL,
    Call,
    Diagnosis,
    Ending,
    MemoryReading,
    Phase,
    RunObservation,
    TimedRun,
)
from gate.domain.plan import RunRequest, WindowPlan
from gate.domain.version import Role

AGAIN, READINGS, ENOUGH_READINGS = 16, 25, 12
"""Calls between two readings of growing memory, readings wanted, and how many a slow model gets by with."""
AGAIN_SECONDS = 15.0


def load_message(request: RunRequest) -> dict[str, Any]:
    """What the worker needs to know about the model."""
    model = request.model
    return {
        "root": request.version.root,
        "factory": model.factory,
        "kwargs": model.kwargs,
        "seed": model.seed,
        "input": model.input,
        "features": list(model.features),
        "fit": model.fit,
        "predict": model.predict,
        "predict_proba": model.predict_proba,
        "filter_proba": model.filter_proba,
        "live": model.live,
        "live_input": model.live_input,
        "adapter": model.adapter,
        "columns": model.columns,
        "date_column": model.date_column,
        "strategy": request.strategy,
        "context": request.settings.context,
        "tail": TAIL,
        "capacity": len(request.bars),
    }


def plant(worker: Channel, request: RunRequest) -> None:
    """Put a self-test's defect into the model."""
    if request.plant is not None:
        require(worker.ask("plant", LOAD_TIMEOUT, name=request.plant.name, size=request.plant.size))


class Run:
    """Walks the windows; when the process dies, records it and goes on with the next window in a new one."""

    def __init__(self, request: RunRequest, servers: Servers | None = None) -> None:
        self._request = request
        self._servers = servers
        self._labels = Labels()
        self._record = RunRecord(request, cold=servers is None or request.watch_memory)
        self._packed = Packed.of(request)
        self._returns = np.diff(np.log(request.bars.close), prepend=np.nan)
        self._worker: Channel | None = None
        self._sampler: MemorySampler | None = None
        self._known = 0
        self._rest = 0
        self._aborted = False

    @property
    def role(self) -> Role:
        """Whose model it runs."""
        return self._request.version.role

    @property
    def alone(self) -> bool:
        """It wants a process of its own, that nobody used before."""
        return self._request.watch_memory

    def abort(self) -> None:
        """Stop for good, from another thread: the process is killed and no new one is started."""
        self._aborted = True
        worker = self._worker
        if worker is not None:
            worker.strike()

    def observe(self) -> tuple[RunObservation, TimedRun | None]:
        """Run every window. Never raises for what the model does."""
        started = time.monotonic()
        dead_in_a_row = 0
        try:
            for plan in self._request.windows:
                if dead_in_a_row >= self._request.settings.give_up:
                    self._record.give_up(plan, dead_in_a_row)
                    continue
                died = self._window(plan)
                dead_in_a_row = dead_in_a_row + 1 if died else 0
        finally:
            self._end_process()
        picture = self._sampler.picture(self._request.version.role) if self._sampler else None
        return self._record.observation(self._labels, time.monotonic() - started), picture

    def _window(self, plan: WindowPlan) -> bool:
        """Run one window; True where the process did not survive it."""
        if self._aborted:
            raise InterruptedError
        window = self._record.begin(plan)
        try:
            self._start(plan)
            deadline = time.monotonic() + self._request.settings.timeout
            if self._fit(plan, window, deadline):
                self._predict(plan, window, deadline)
        except OverdueError:
            window.fail(Phase(ending=Ending.TIMED_OUT, error="no answer in time; killed"))
            self._end_process()
        except (DiedError, OSError) as error:  # OSError: it was gone when its memory was to be read
            window.fail(Phase(ending=Ending.CRASHED, error=words(str(error))))
            self._end_process()
        return window.died

    # -- process

    def _start(self, plan: WindowPlan) -> None:
        """Have a worker that knows every bar before the window's test bars, and no later one."""
        if self._worker is None:
            self._worker = self._new_worker()
            plant(self._worker, self._request)
            if self._aborted:  # between the last look and the start
                raise DiedError("interrupted")
            self._known = 0
            if self._request.watch_memory and self._sampler is None:
                self._sampler = MemorySampler(self._worker.pid)
        if self._known < plan.train_stop:
            unknown = self._packed.rows(self._known, plan.train_stop)
            require(self._worker.ask("bars", LOAD_TIMEOUT, bars=unknown))
            self._known = plan.train_stop

    def _new_worker(self) -> Channel:
        """A fork of a process that has imported the version, or a process of its own."""
        message = load_message(self._request)
        if self._servers is not None:
            return self._servers.start(self._request, message)
        worker = self._worker = WorkerProcess.of(self._request)
        require(worker.ask("load", LOAD_TIMEOUT, **message))
        return worker

    def _end_process(self) -> None:
        if self._worker is None:
            return
        with contextlib.suppress(OSError, LookupError):  # where it died, its clock is gone with it
            self._record.cpu_seconds += readings.cpu_seconds(self._worker.pid)
        if self._sampler is not None:
            self._sampler.stop()
        self._worker.kill()
        self._worker = None

    def _ask(self, command: str, deadline: float, **fields: Any) -> dict[str, Any]:
        assert self._worker is not None  # noqa: S101 (started at the window's begin)
        return self._worker.ask(command, max(0.0, deadline - time.monotonic()), **fields)

    # -- phases of a window

    def _fit(self, plan: WindowPlan, window: WindowRecord, deadline: float) -> bool:
        """Build and fit; True where there is a model to predict with."""
        assert self._worker is not None  # noqa: S101
        first = self._record.memory_wanted
        if first:
            readings.reset_peak(self._worker.pid)
            self._rest = readings.resident_bytes(self._worker.pid)
        window.build = phase(self._ask("build", deadline, seed=self._request.seed))
        if window.build.ending is not Ending.OK:
            return False
        window.fit = phase(self._ask("fit", deadline, start=plan.train_start, stop=plan.train_stop))
        if first:
            self._record.fit_peak = readings.peak_bytes(self._worker.pid)
            readings.reset_peak(self._worker.pid)
        if window.fit.ending is Ending.OK:
            self._inspect(plan, window, deadline)
        return window.fit.ending is Ending.OK

    def _inspect(self, plan: WindowPlan, window: WindowRecord, deadline: float) -> None:
        """The fit's diagnosis, and what its labels mean: how volatile the bars are that bear them."""
        reply = self._ask("inspect", deadline, start=plan.train_start, stop=plan.train_stop)
        if "error" in reply:
            return  # the live calls will tell it again, each for itself
        window.diagnosis = diagnosis(reply.get("diagnosis"))
        self._record.unmeasured_live = words(reply.get("unasked_live", ""), 100)
        codes = self._labels.codes(reply.get("labels"), plan.train_stop - plan.train_start)
        window.counts, window.volatility = self._labels.volatility(
            codes, self._returns[plan.train_start : plan.train_stop]
        )

    def _predict(self, plan: WindowPlan, window: WindowRecord, deadline: float) -> None:
        try:
            for bar in range(plan.train_stop, plan.test_stop):
                self._live_call(bar, window, deadline)
        finally:
            window.read(self._labels)
        if self._record.memory_wanted:
            self._record.memory = self._memory()
        context = max(plan.train_start, plan.train_stop - self._request.settings.context)
        reply = self._ask("batch", deadline, start=context, stop=plan.test_stop)
        window.batch = phase(reply)
        if window.batch.ending is Ending.OK:
            count = plan.test_stop - context
            codes = self._labels.codes(reply.get("labels"), count)
            sure = numbers(reply.get("confidence"), count)
            window.batched(codes[plan.train_stop - context :], sure[plan.train_stop - context :])
        self._strategy(plan, window, deadline)
        window.mutated = bool(self._ask("mutated", deadline).get("mutated"))
        if self._request.watch_memory and plan is self._request.windows[-1]:
            self._again()

    def _memory(self) -> MemoryReading:
        assert self._worker is not None  # noqa: S101
        return MemoryReading(
            rest=self._rest,
            fit_peak=self._record.fit_peak,
            predict_peak=readings.peak_bytes(self._worker.pid),
            method=readings.method()["memory"],
        )

    def _again(self) -> None:
        """Many calls on one fit: a window has too few to show a small leak, and a refit frees it.

        Outside the window's time limit: these calls are the gate's wish, and a slow model must not die of them.
        """
        assert self._worker is not None  # noqa: S101
        started = time.monotonic()
        self._worker.ask("again", self._request.settings.timeout, count=1)
        a_call = time.monotonic() - started
        count = min(AGAIN, max(1, int(1.0 / max(a_call, 1e-6))))
        for reading in range(1, READINGS + 1):
            self._worker.ask("again", self._request.settings.timeout, count=count)
            self._record.resident(reading * count, readings.resident_bytes(self._worker.pid))
            if reading >= ENOUGH_READINGS and time.monotonic() - started > AGAIN_SECONDS:
                return

    def _live_call(self, bar: int, window: WindowRecord, deadline: float) -> None:
        """One bar becomes known; the model says what it is."""
        assert self._worker is not None  # noqa: S101
        limit = min(self._request.settings.call_timeout, max(0.0, deadline - time.monotonic()))
        try:
            body = self._worker.show(self._packed.rows(bar, bar + 1), limit)
            self._known = bar + 1
            window.heard(bar, body, self._labels)
        except OverdueError:
            window.called(bar, Call.TIMED_OUT)
            raise
        except DiedError:
            window.called(bar, Call.CRASHED)
            raise

    def _strategy(self, plan: WindowPlan, window: WindowRecord, deadline: float) -> None:
        if not self._request.strategy:
            window.strategy = Phase(ending=Ending.NOT_OFFERED)
            return
        regimes = window.regimes(self._labels)
        reply = self._ask("strategy", deadline, start=plan.train_stop, stop=plan.test_stop, regimes=regimes)
        window.strategy = phase(reply)
        positions = reply.get("positions")
        if window.strategy.ending is not Ending.OK:
            return
        if not isinstance(positions, list) or len(positions) != plan.test_stop - plan.train_stop:
            got = len(positions) if isinstance(positions, list) else "no"
            window.strategy = Phase(
                ending=Ending.RAISED, error=f"returned {got} positions for {plan.test_stop - plan.train_stop} bars"
            )
            return
        window.positions = [as_float(position) for position in positions]


def phase(reply: dict[str, Any]) -> Phase:
    """How a phase ended, from the worker's answer to it."""
    if "error" in reply:
        return Phase(ending=Ending.RAISED, error=words(reply["error"]))
    return Phase(ending=Ending.OK)


def diagnosis(said: Any) -> Diagnosis:
    """Keep what is of the right type; a model's attributes can be anything."""
    fields = said if isinstance(said, dict) else {}

    def whole(name: str) -> int | None:
        value = fields.get(name)
        plain = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
        return value if plain else None

    def real(name: str) -> float | None:
        value = as_float(fields.get(name))
        return value if np.isfinite(value) else None

    finite = fields.get("finite")
    return Diagnosis(
        finite=finite if isinstance(finite, bool) else None,
        iterations=whole("iterations"),
        max_iterations=whole("max_iterations"),
        last_gain=real("last_gain"),
        tolerance=real("tolerance"),
        restarts=whole("restarts"),
    )
