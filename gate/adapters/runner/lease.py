"""Processes that have imported a version already: a run is a fork of one, so that imports are not paid once a run.

One server a version has as many forks as there are runs at once. Where forking is not safe (the imports left threads
behind) a run gets a process of its own. So does one whose cold memory is to be read: a server that no other run needs
any more, which has imported the version and done nothing else, and is gone with the run.
"""

import threading
from collections import defaultdict
from typing import Any

from gate.adapters.runner.channel import Channel, DiedError
from gate.adapters.runner.process import LOAD_TIMEOUT, WorkerProcess
from gate.adapters.runner.words import words
from gate.domain.plan import RunRequest
from gate.domain.version import Role


def require(reply: dict[str, Any]) -> dict[str, Any]:
    """An answer without which the process is of no use."""
    if "error" in reply:
        raise DiedError(words(reply["error"]))
    return reply


class Servers:
    """A server for each role; loaded when one is asked for and none is there."""

    def __init__(self) -> None:
        self._there: dict[Role, WorkerProcess] = {}
        self._loading: defaultdict[Role, threading.Lock] = defaultdict(threading.Lock)
        self._own: list[WorkerProcess] = []
        self._closed = False
        self._unforkable: set[Role] = set()

    def idle(self, role: Role) -> bool:
        """A version's process waits to be forked."""
        server = self._there.get(role)
        return server is not None and not server.gone

    def start(self, request: RunRequest, message: dict[str, Any]) -> Channel:
        """A worker that has imported the request's version. Raises DiedError or OverdueError."""
        role = request.version.role
        with self._loading[role]:
            server = self._there.pop(role, None)
            if server is None or server.gone:
                server = self._new(request, message)
            if request.watch_memory:
                return server
            fork = None if role in self._unforkable else server.fork()
            if fork is None:
                self._unforkable.add(role)
                return server
            self._there[role] = server
            return fork

    def offer(self, role: Role, server: WorkerProcess) -> None:
        """Add a server that was loaded elsewhere; it is closed by whoever loaded it."""
        self._there[role] = server

    def withdraw(self) -> None:
        """Forget the servers: from now on they serve somebody else."""
        self._there.clear()

    def strike(self) -> None:
        """From another thread: end every server that was started here, and start no more."""
        self._closed = True
        for server in list(self._own):
            server.strike()

    def close(self) -> None:
        """End every server that was started here."""
        self._closed = True
        for server in self._own:
            server.kill()

    def _new(self, request: RunRequest, message: dict[str, Any]) -> WorkerProcess:
        server = WorkerProcess.of(request)
        self._own.append(server)
        if self._closed:
            server.kill()
        require(server.ask("load", LOAD_TIMEOUT, **message))
        return server
