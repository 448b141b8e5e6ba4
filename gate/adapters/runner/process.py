"""One worker process: started thin, forked where imports are to be paid once, killed whole."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

import psutil

import gate
from gate.adapters.runner import readings
from gate.adapters.runner.channel import Channel, DiedError, OverdueError
from gate.adapters.runner.sandbox import HOLDERS, Task, start
from gate.adapters.runner.words import words
from gate.domain.plan import RunRequest
from gate.domain.sandbox import BY_LIMITS, Containment
from gate.errors import GateError

WORKER = Path(gate.__file__).parent / "worker"
LOAD_TIMEOUT = 120.0
"""Seconds for starting an interpreter and importing the model's module."""
_FAREWELL = 10.0
_SHORTLY = 2.0
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE",
)
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_ARROW_WITHOUT_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""pandas imports pyarrow, whose allocator starts a thread; a process with threads cannot be forked safely."""


def clean_environment() -> dict[str, str]:
    """Nothing of the gate's own environment (tokens!) but what an interpreter needs; threads pinned to one."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    pinned = dict.fromkeys(_THREADS, "1")
    return {
        **passed,
        **pinned,
        **_ARROW_WITHOUT_THREADS,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


class WorkerProcess(Channel):
    """A worker in its own session, so that whatever it starts is killed with it.

    Raises DiedError where it cannot be started.
    """

    def __init__(
        self, python: str, root: str, containment: Containment = BY_LIMITS, readable: tuple[str, ...] = ()
    ) -> None:
        self._hand, theirs = socket.socketpair()
        task = Task(
            command=(python, "-s", str(WORKER), str(theirs.fileno())),
            python=python,
            root=root,
            environment=clean_environment(),
            readable=(str(WORKER), *readable),
            handed_on=(theirs.fileno(),),
            containment=containment,
        )
        try:
            self._held = start(task, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            self._hand.close()
            raise DiedError(f"cannot be started with {python} in {root}: {error.strerror}") from error
        finally:
            theirs.close()
        self._popen = self._held.popen
        self._gone = False
        self._forks: set[Fork] = set()
        self._lock = threading.RLock()
        assert self._popen.stdin and self._popen.stdout and self._popen.stderr  # noqa: PT018, S101 (asked for above)
        super().__init__(self._popen.stdin, self._popen.stdout, self._popen.stderr)

    @classmethod
    def of(cls, request: RunRequest) -> Self:
        """The worker of one run's version, held as was agreed."""
        named = (request.model.adapter, request.strategy)
        files = tuple(place for place, _, _ in ((name or "").rpartition(":") for name in named) if is_file(place))
        containment = request.containment
        return cls(request.version.python, request.version.root, containment, (*files, *containment.policy.read))

    @property
    def pid(self) -> int:
        """Its id as it is seen from here. Raises ProcessLookupError where a sandbox has nobody in it any more."""
        return self._held.pid

    @property
    def gone(self) -> bool:
        """It was killed, or died and was buried: there is nobody to ask."""
        return self._gone

    def fork(self) -> "Fork | None":
        """A child with everything imported that answers by itself; None where forking is not safe.

        May be called by several threads; this process goes on listening.
        """
        ours, theirs = pipes()
        fork = None
        with self._lock:
            try:
                inside, pid = self._forked(theirs)
                if pid:
                    fork = Fork(self, inside, pid, ours)
                    self._forks.add(fork)
            finally:
                for end in theirs if fork else (*ours, *theirs):
                    os.close(end)
        return fork

    def _forked(self, theirs: tuple[int, ...]) -> tuple[int, int]:
        """The id that the new child has for itself, and the one that it has here; 0 and 0 where there is none."""
        with contextlib.suppress(OSError):  # it is gone: the question tells how
            self._hand.settimeout(_FAREWELL)
            socket.send_fds(self._hand, [b"f"], theirs)
        inside: Any = self.ask("fork", LOAD_TIMEOUT).get("pid")
        if inside == 0:
            return 0, 0
        pid = self._held.own(inside) if is_id(inside) else 0
        if not pid:
            raise DiedError("answered with a process that is not its own")
        return inside, pid

    def join(self, inside: int, patience: float) -> int | None:
        """Wait for a child to end; its return code, None where it goes on or nobody knows."""
        with self._lock, contextlib.suppress(DiedError, OverdueError, TypeError, ValueError, OverflowError):
            status = self.ask("join", patience + _FAREWELL, pid=inside, patience=patience).get("status")
            return None if status is None else os.waitstatus_to_exitcode(status)
        return None

    def left(self, fork: "Fork") -> None:
        """A fork is over: end what it started and did not take with it, and nothing of the others."""
        with self._lock:
            self._forks.discard(fork)
            if not self._gone:
                self._held.end_strays(frozenset(other.pid for other in self._forks))

    def strike(self) -> None:
        """From another thread: kill the process, and leave it to its owner to notice and to clean up."""
        if not self._gone:
            self._held.end()

    def kill(self) -> None:
        """End the process, its children and its pipes. Can be called again."""
        if self._gone:
            return
        self._held.end()
        self._gone = True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=_FAREWELL)
        self._hand.close()
        self._close()

    def _is_over(self) -> bool:
        return self._held.over()

    def _code(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=_SHORTLY)
        return self._held.code()

    def _refuse(self, said: str) -> None:
        if said.startswith(HOLDERS):
            raise GateError(f"the code under test cannot be held: {words(said, 200)}", "see docs/sandbox.md")


class Fork(Channel):
    """A child of a worker that has imported a version, on pipes of its own: what befalls it befalls no other."""

    def __init__(self, server: WorkerProcess, inside: int, pid: int, ends: tuple[int, int, int]) -> None:
        self._server, self._inside, self._pid = server, inside, pid
        self._gone = self._joined = False
        questions, answers, prints = ends
        super().__init__(
            os.fdopen(questions, "wb", buffering=0),
            os.fdopen(answers, "rb", buffering=0),
            os.fdopen(prints, "rb", buffering=0),
        )

    @property
    def pid(self) -> int:
        """Its id as it is seen from here."""
        return self._pid

    @property
    def gone(self) -> bool:
        """It is over."""
        return self._gone

    def ask(self, command: str, timeout: float, bars: bytes | None = None, **fields: Any) -> dict[str, Any]:
        """As any worker would; one that did away with its server is not believed any more."""
        reply = super().ask(command, timeout, bars, **fields)
        if not self._is_the_servers():
            self.kill()
            raise DiedError("killed the process that it came from")
        return reply

    def kill(self) -> None:
        """End it and what it started; the server goes on."""
        if self._gone:
            return
        self._gone = True
        if not self._joined and not self._server.gone:
            self._end()
        self._close()
        self._server.left(self)

    def strike(self) -> None:
        """From another thread: end it with its server."""
        self._server.strike()

    def _end(self) -> None:
        """A child that is not buried keeps its id, so nobody else is struck."""
        if self._is_the_servers():
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
            self._server.join(self._inside, _FAREWELL)
        else:
            self._server.kill()

    def _is_the_servers(self) -> bool:
        try:
            return readings.parent(self._pid) == self._server.pid
        except (OSError, ValueError):
            return False

    def _is_over(self) -> bool:
        try:
            return psutil.Process(self._pid).status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return True

    def _code(self) -> int | None:
        code = self._server.join(self._inside, _SHORTLY)
        self._joined = code is not None
        return code


def pipes() -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Our ends of three pipes, and the child's: questions, answers, prints."""
    (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = os.pipe(), os.pipe(), os.pipe()
    return (ours_in, ours_out, ours_err), (theirs_in, theirs_out, theirs_err)


def is_id(pid: Any) -> bool:
    """A number that can be a process id."""
    return isinstance(pid, int) and not isinstance(pid, bool) and 1 < pid < 2**31


def is_file(place: str) -> bool:
    """A file of Python; where links led elsewhere, it is none."""
    return place.endswith(".py") and Path(place).is_file()
