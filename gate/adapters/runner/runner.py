"""The runner: loads versions, runs them side by side where nothing is timed, and one after the other where it is."""

import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Self

import gate
from gate.adapters.runner import readings
from gate.adapters.runner.channel import DiedError
from gate.adapters.runner.lease import Servers
from gate.adapters.runner.run import Run
from gate.adapters.runner.timed import LoadedVersion
from gate.adapters.runner.turns import Turns
from gate.adapters.runner.words import words
from gate.domain.observation import Loading, Reading, Repeat, RunObservation, TimedRun
from gate.domain.plan import RunRequest
from gate.domain.version import Role
from gate.ports import RunFailedError


class LocalRunner:
    """Runs models in processes of this machine. A context: no process is left when it closes."""

    def __init__(self) -> None:
        self._loaded: dict[Role, LoadedVersion] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        self.close()

    def close(self) -> None:
        """End the versions that were loaded."""
        for loaded in self._loaded.values():
            loaded.close()
        self._loaded.clear()

    def load(self, requests: Sequence[RunRequest]) -> dict[Role, Loading]:
        """Import each version once, side by side."""
        self.close()
        versions = [LoadedVersion(request) for request in requests]
        self._loaded = {request.version.role: version for request, version in zip(requests, versions, strict=True)}
        with ThreadPoolExecutor(max(len(requests), 1)) as pool:
            try:
                loading = list(pool.map(LoadedVersion.load, versions))
            except BaseException:
                for version in versions:
                    version.strike()
                raise
        return {request.version.role: loaded for request, loaded in zip(requests, loading, strict=True)}

    def observe(
        self, requests: Sequence[RunRequest], jobs: int, done: Callable[[RunObservation], None]
    ) -> list[tuple[RunObservation, TimedRun | None]]:
        """Run all requests, `jobs` at once (0: one a core); answers in the order of the requests."""
        servers = Servers()
        for role, loaded in self._loaded.items():
            if loaded.server is not None:
                servers.offer(role, loaded.server)
        try:
            return self._observe([Run(request, servers) for request in requests], servers, jobs or cores(), done)
        finally:
            servers.withdraw()
            servers.close()

    def _observe(
        self, runs: list[Run], servers: Servers, jobs: int, done: Callable[[RunObservation], None]
    ) -> list[tuple[RunObservation, TimedRun | None]]:
        turns = Turns(runs, servers)
        futures: list[Future[tuple[Run, tuple[RunObservation, TimedRun | None]]]] = []
        with ThreadPoolExecutor(jobs) as pool:
            try:  # from the first start on: an interruption meets runs that must be ended, or it waits for them
                for _ in runs:
                    futures.append(pool.submit(turns.next))  # noqa: PERF401 (what was started must be known)
                for future in as_completed(futures):
                    done(future.result()[1][0])
            except BaseException:
                for future in futures:
                    future.cancel()
                for run in runs:
                    run.abort()
                servers.strike()
                turns.stop()
                raise
        observed = {id(run): found for run, found in (future.result() for future in futures)}
        return [observed[id(run)] for run in runs]

    def measure(self, request: RunRequest, calls: int) -> tuple[Reading, Repeat]:
        """Time one version on the last window of `request`. Raises RunFailedError with the model's own words."""
        try:
            return self._loaded[request.version.role].measure(request, calls)
        except TimeoutError as error:
            raise RunFailedError("a timed run did not end in time") from error
        except (DiedError, OSError) as error:
            raise RunFailedError(words(str(error))) from error

    def readings(self) -> dict[str, str]:
        """The machine, and how CPU and memory are read on it, for the report."""
        machine = {
            "gate": gate.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(terse=True),
        }
        return {**machine, "cores": str(cores()), **readings.method()}


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
