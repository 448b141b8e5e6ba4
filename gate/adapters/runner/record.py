"""What is written down while a run goes on, and its final form."""

from typing import Any

import numpy as np

from gate.adapters.runner.channel import content
from gate.adapters.runner.labels import Labels, as_float, table
from gate.adapters.runner.words import words
from gate.domain.observation import (
    MISSING,
    TAIL,
    Call,
    Diagnosis,
    Ending,
    MemoryReading,
    Phase,
    RunKey,
    RunObservation,
    Window,
)
from gate.domain.plan import RunRequest, WindowPlan

MAX_STATES = 64
_KEPT_ERRORS = 3
_HELD = 1 << 20
"""Bytes of answers that wait to be read, before they are read at once."""


class WindowRecord:
    """One window as it is being observed; N = its test bars."""

    def __init__(self, plan: WindowPlan) -> None:
        count = plan.test_stop - plan.train_stop
        self.plan = plan
        self.build = self.fit = self.batch = self.strategy = Phase()
        self.diagnosis = Diagnosis()
        self.died = False
        self.mutated = False
        self.errors: list[str] = []
        self.counts: list[int] = []
        self.volatility: list[float] = []
        self.call = np.zeros(count, dtype=np.int8)
        self.live_call = np.zeros(count, dtype=np.int8)
        self.rows = np.zeros(count, dtype=np.int32)
        self.state = np.full(count, MISSING, dtype=np.int32)
        self.tail = np.full((count, TAIL), MISSING, dtype=np.int32)
        self.batch_state = np.full(count, MISSING, dtype=np.int32)
        self.live_state = np.full(count, MISSING, dtype=np.int32)
        self.confidence = np.full(count, np.nan)
        self.batch_confidence = np.full(count, np.nan)
        self.positions: list[float] = [np.nan] * count
        self.posterior: list[list[float]] = [[] for _ in range(count)]
        self._unread: list[tuple[int, bytes]] = []
        self._held = 0

    def fail(self, phase: Phase) -> None:
        """The process is gone: the first phase that was not over bears it, or else the last."""
        self.died = True
        phases = ("build", "fit", "batch", "strategy")
        open_ones = (name for name in phases if getattr(self, name).ending is Ending.NOT_REACHED)
        setattr(self, next(open_ones, phases[-1]), phase)

    def called(self, bar: int, call: Call, error: str = "") -> None:
        """A live call ended without an answer."""
        self.call[bar - self.plan.train_stop] = call
        if error and len(self.errors) < _KEPT_ERRORS:
            self.errors.append(error)

    def heard(self, bar: int, body: bytes, labels: Labels) -> None:
        """Keep the answer to one new bar as it came; `read` reads what has gathered, all in one go."""
        self._unread.append((bar, body))
        self._held += len(body)
        if self._held > _HELD:
            self.read(labels)

    def read(self, labels: Labels) -> None:
        """Read the answers that were heard. Raises DiedError for what no worker of ours sends."""
        unread, self._unread, self._held = self._unread, [], 0
        for bar, body in unread:
            self.replied(bar, content(body), labels)

    def replied(self, bar: int, reply: dict[str, Any], labels: Labels) -> None:
        """The worker's reply to one new bar."""
        answers = reply.get("answers")
        if isinstance(answers, list) and len(answers) == 1 and isinstance(answers[0], dict):
            self.answered(bar, answers[0], labels)
        else:
            self.called(bar, Call.RAISED, words(reply.get("error", "no answer")))

    def answered(self, bar: int, said: dict[str, Any], labels: Labels) -> None:
        """A live call ended with an answer; what is odd about it is kept as it is."""
        at = bar - self.plan.train_stop
        self._answered_live(at, said, labels)
        if "error" in said:
            self.called(bar, Call.RAISED, words(said["error"]))
            return
        rows = said.get("rows", 0)
        self.rows[at] = max(-(2**30), min(2**30, rows)) if isinstance(rows, int) else 0
        told = said.get("labels")
        codes = labels.known(told[-TAIL:]) if isinstance(told, list) else []
        if codes:
            self.tail[at, -len(codes) :] = codes
            self.state[at] = codes[-1]
        posterior = said.get("posterior")
        if isinstance(posterior, list):
            self.posterior[at] = [kept(p) for p in posterior[:MAX_STATES]]
        self.confidence[at] = as_float(said.get("confidence"))
        self.call[at] = Call.OK

    def batched(self, codes: Any, confidence: list[float]) -> None:
        """The one batch call on the whole window."""
        self.batch_state[:] = codes
        self.batch_confidence[:] = confidence

    def regimes(self, labels: Labels) -> list[int | str | None]:
        """The causal labels as a strategy takes them: numbers mean nothing across fits, so they become ranks."""
        if not labels.numeric:
            return [labels.name(int(code)) for code in self.state]
        order = np.argsort(np.argsort(np.array(self.volatility)))  # NaN, the unseen, to the end
        ranks = order.tolist()
        return [ranks[code] if 0 <= code < len(ranks) else None for code in self.state.tolist()]

    def window(self) -> Window:
        """Its final form."""
        return Window(
            index=self.plan.index,
            train_start=self.plan.train_start,
            train_stop=self.plan.train_stop,
            test_stop=self.plan.test_stop,
            build=self.build,
            fit=self.fit,
            batch=self.batch,
            strategy=self.strategy,
            diagnosis=self.diagnosis,
            call_errors=tuple(self.errors),
            mutated=self.mutated,
        )

    def _answered_live(self, at: int, said: dict[str, Any], labels: Labels) -> None:
        if "live_error" in said:
            self.live_call[at] = Call.RAISED
        elif "live" in said:
            self.live_state[at] = labels.code(said["live"])
            self.live_call[at] = Call.OK


class RunRecord:
    """All windows of a run."""

    def __init__(self, request: RunRequest, *, cold: bool = True) -> None:
        self._request = request
        self._cold = cold
        self._windows: list[WindowRecord] = []
        self._rss: list[tuple[int, int]] = []
        self.memory: MemoryReading | None = None
        self.fit_peak = 0
        self.cpu_seconds = 0.0
        self.unmeasured_live = ""

    @property
    def memory_wanted(self) -> bool:
        """Peaks are read in the first window of a process that is cold."""
        return self._cold and len(self._windows) == 1

    def begin(self, plan: WindowPlan) -> WindowRecord:
        """Open a window's record."""
        window = WindowRecord(plan)
        self._windows.append(window)
        return window

    def give_up(self, plan: WindowPlan, dead: int) -> None:
        """A window that was not tried, since the ones before it all died."""
        window = self.begin(plan)
        window.build = Phase(ending=Ending.CRASHED, error=f"not tried: {dead} windows in a row died")

    def resident(self, calls: int, size: int) -> None:
        """Resident memory after so many more calls on one fit."""
        self._rss.append((calls, size))

    def observation(self, labels: Labels, seconds: float) -> RunObservation:
        """Put the windows one behind the other."""
        request, windows = self._request, self._windows
        width = max((len(row) for w in windows for row in w.posterior), default=0)
        posterior = np.full((sum(len(w.call) for w in windows), width), -np.inf)
        for index, row in enumerate(row for w in windows for row in w.posterior):
            posterior[index, : len(row)] = row
        rss = np.array(self._rss, dtype=np.int64).reshape(-1, 2)

        def joined(name: str, dtype: type) -> Any:
            return np.concatenate([getattr(w, name) for w in windows]).astype(dtype)

        return RunObservation(
            key=RunKey(role=request.version.role, symbol=request.bars.symbol, seed=request.seed),
            windows=tuple(w.window() for w in windows),
            labels=labels.names,
            numeric=labels.numeric,
            bar=np.concatenate([np.arange(w.plan.train_stop, w.plan.test_stop) for w in windows]).astype(np.int32),
            window=np.concatenate([np.full(len(w.call), w.plan.index) for w in windows]).astype(np.int32),
            call=joined("call", np.int8),
            rows=joined("rows", np.int32),
            state=joined("state", np.int32),
            posterior=posterior,
            confidence=joined("confidence", np.float64),
            tail=joined("tail", np.int32),
            batch_state=joined("batch_state", np.int32),
            batch_confidence=joined("batch_confidence", np.float64),
            live_state=joined("live_state", np.int32),
            live_call=joined("live_call", np.int8),
            position=joined("positions", np.float64),
            train_count=padded_counts(windows, len(labels.names)),
            train_volatility=padded_volatility(windows, len(labels.names)),
            rss_calls=rss[:, 0].astype(np.int32),
            rss_bytes=rss[:, 1],
            memory=self.memory,
            cpu_seconds=self.cpu_seconds,
            wall_seconds=seconds,
            unmeasured_live=self.unmeasured_live,
        )


def kept(probability: Any) -> float:
    """A float; -inf pads the rows, so a model's own -inf is kept as NaN, no more a number than it was."""
    value = as_float(probability)
    return np.nan if value == -np.inf else value


def padded_counts(windows: list[WindowRecord], labels: int) -> Any:
    """(W, C): a label that appeared later was borne by no bar before."""
    rows = [w.counts + [0] * (labels - len(w.counts)) for w in windows]
    return np.array(rows, dtype=np.int32).reshape(len(windows), labels)


def padded_volatility(windows: list[WindowRecord], labels: int) -> Any:
    """(W, C), NaN where no bar bears the label."""
    rows = [w.volatility + [np.nan] * (labels - len(w.volatility)) for w in windows]
    return table(rows, np.nan).reshape(len(windows), labels)
