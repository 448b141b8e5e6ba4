"""Which run goes next: one whose version is loaded, before one for which a version must be loaded again.

A run whose cold memory is to be read takes its version's server with it, so it waits until no other needs one.
"""

from collections import Counter
from threading import Condition

from gate.adapters.runner.lease import Servers
from gate.adapters.runner.run import Run
from gate.domain.observation import RunObservation, TimedRun


class Turns:
    """Hands out runs, each once, to as many threads as ask."""

    def __init__(self, runs: list[Run], servers: Servers) -> None:
        self._waiting = list(runs)
        self._servers = servers
        self._going_on: Counter[str] = Counter()
        self._change = Condition()
        self._over = False

    def next(self) -> tuple[Run, tuple[RunObservation, TimedRun | None]]:
        """Wait for the best run to begin, and make it: the run and what it observed."""
        run = self._take()
        try:
            return run, run.observe()
        finally:
            with self._change:
                self._going_on[run.role] -= not run.alone
                self._change.notify_all()

    def stop(self) -> None:
        """From another thread: nobody waits any more; what is begun from now on has been aborted."""
        with self._change:
            self._over = True
            self._change.notify_all()

    def _take(self) -> Run:
        with self._change:
            self._change.wait_for(lambda: self._over or self._best() is not None)
            run = self._best() or self._waiting[0]
            self._waiting.remove(run)
            self._going_on[run.role] += not run.alone
            return run

    def _best(self) -> Run | None:
        forked = [run for run in self._waiting if not run.alone]
        loaded = (run for run in forked if self._servers.idle(run.role))
        needed = {*(run.role for run in forked), *(role for role, count in self._going_on.items() if count)}
        last = (run for run in self._waiting if run.alone and run.role not in needed)
        return next(loaded, None) or next(iter(forked), None) or next(last, None)
