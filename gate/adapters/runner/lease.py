"""Processes that have imported a version already: a run is a fork of one, so that imports are not paid once a run.

A server waits while its fork runs, and serves the next run when the fork is gone. Where forking is not safe (the
imports left threads behind) a run gets a process of its own. So does one whose cold memory is to be read: a server that
no other run needs any more, which has imported the version and done nothing else, and is gone with the run.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, Protocol

from gate.adapters.runner.process import DiedError, OverdueError, WorkerProcess, content, ended
from gate.adapters.runner.words import words
from gate.domain.plan import RunRequest
from gate.domain.version import Role

LOAD_TIMEOUT = 120.0
"""Seconds for starting an interpreter and importing the model's module."""
_FAREWELL = 10.0
_JOINED = b'{"joined"'
"""So begins the answer of a server whose fork is gone."""


class Worker(Protocol):
    """A process that answers questions about one model."""

    @property
    def pid(self) -> int:
        """Its id as it is seen from here."""

    def ask(self, command: str, timeout: float, **fields: Any) -> dict[str, Any]:
        """Raises DiedError or OverdueError; the process is then gone."""

    def show(self, bar: bytes, timeout: float) -> bytes:
        """Send the newest bar; the answer as it came. Raises DiedError or OverdueError."""

    def kill(self) -> None:
        """End it. Can be called again."""

    def strike(self) -> None:
        """From another thread: end it, and leave the rest to whoever is speaking to it."""


class ForkDiedError(DiedError):
    """The fork is gone; its parent listens again."""


def require(reply: dict[str, Any]) -> dict[str, Any]:
    """An answer without which the process is of no use."""
    if "error" in reply:
        raise DiedError(words(reply["error"]))
    return reply


def alive(reply: dict[str, Any]) -> dict[str, Any]:
    """Raise ForkDiedError where the answer is the parent's, telling how its fork ended."""
    if "joined" not in reply:
        return reply
    try:
        raise ForkDiedError(ended(os.waitstatus_to_exitcode(reply["joined"])))
    except (TypeError, ValueError, OverflowError) as error:
        raise ForkDiedError("ended") from error


def fork(server: WorkerProcess) -> int:
    """Fork a server; the fork's process id, 0 where forking is not safe."""
    claimed: Any = server.ask("fork", LOAD_TIMEOUT).get("pid")
    if claimed == 0:
        return 0
    pid = server.own(claimed)
    if not pid:
        raise DiedError("answered with a process that is not its own")
    return pid


class Fork:
    """A fork of a server, for one run; the server goes back when the fork is gone."""

    def __init__(self, server: WorkerProcess, pid: int, give_back: Callable[[WorkerProcess], None]) -> None:
        self.pid = pid
        self._server = server
        self._give_back = give_back
        self._over = False

    def ask(self, command: str, timeout: float, **fields: Any) -> dict[str, Any]:
        """As a process of its own would; when the fork dies its server tells how."""
        if self._over:
            raise DiedError("the process is gone")
        return self._alive(self._server.ask(command, timeout, **fields))

    def show(self, bar: bytes, timeout: float) -> bytes:
        """As a process of its own would; only an answer that tells of a death is read now."""
        if self._over:
            raise DiedError("the process is gone")
        body = self._server.show(bar, timeout)
        if body.startswith(_JOINED):
            self._alive(content(body))
        return body

    def kill(self) -> None:
        """Send the fork away; a server that does not say that it is gone is ended with it."""
        if self._over:
            return
        try:
            if not self._server.gone:
                self._server.tell("exit", _FAREWELL)
                self._server.answer(_FAREWELL)
        except (DiedError, OverdueError):
            self._server.kill()
        self._leave()

    def strike(self) -> None:
        """End fork and server."""
        self._server.strike()

    def _alive(self, reply: dict[str, Any]) -> dict[str, Any]:
        try:
            return alive(reply)
        except ForkDiedError:
            self._leave()
            raise

    def _leave(self) -> None:
        self._over = True
        self._server.end_strays()
        self._give_back(self._server)


class Servers:
    """Servers by role, as many as runs go on at once; started when one is asked for and none is free."""

    def __init__(self) -> None:
        self._free: dict[Role, list[WorkerProcess]] = {}
        self._all: list[WorkerProcess] = []
        self._lock = threading.Lock()
        self._closed = False
        self._unforkable: set[Role] = set()

    def idle(self, role: Role) -> bool:
        """A version's process waits to be forked."""
        return bool(self._free.get(role))

    def cannot_fork(self, role: Role) -> bool:
        """Its imports left threads behind: every run loads it anew."""
        return role in self._unforkable

    def start(self, request: RunRequest, message: dict[str, Any]) -> Worker:
        """A worker that has imported the request's version. Raises DiedError or OverdueError."""
        role = request.version.role
        server = self._take(role) or self._new(request, message)
        if request.watch_memory:
            return server
        pid = fork(server)
        if not pid:
            self._unforkable.add(role)
            return server
        return Fork(server, pid, lambda back: self._put(role, back))

    def offer(self, role: Role, server: WorkerProcess) -> None:
        """Add a server that was loaded elsewhere; it is closed by whoever loaded it."""
        self._put(role, server)

    def withdraw(self) -> None:
        """Forget the free servers: from now on they serve somebody else."""
        with self._lock:
            self._free.clear()

    def strike(self) -> None:
        """From another thread: end every server that was started here, and start no more."""
        self._closed = True
        for server in list(self._all):
            server.strike()

    def close(self) -> None:
        """End every server that was started here."""
        self._closed = True
        for server in self._all:
            server.kill()

    def _new(self, request: RunRequest, message: dict[str, Any]) -> WorkerProcess:
        server = WorkerProcess.of(request)
        with self._lock:
            self._all.append(server)
        if self._closed:
            server.kill()
        require(server.ask("load", LOAD_TIMEOUT, **message))
        return server

    def _take(self, role: Role) -> WorkerProcess | None:
        with self._lock:
            free = self._free.get(role, [])
            while free:
                server = free.pop()
                if not server.gone:
                    return server
        return None

    def _put(self, role: Role, server: WorkerProcess) -> None:
        if not server.gone:
            with self._lock:
                self._free.setdefault(role, []).append(server)
