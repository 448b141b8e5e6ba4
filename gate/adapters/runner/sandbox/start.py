"""Starts a task as it was agreed, and knows its processes from outside until all of them are gone."""

import contextlib
import errno
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from gate.adapters.runner.leftovers import MARK, end_all, end_strays
from gate.adapters.runner.sandbox import bubblewrap, limits
from gate.adapters.runner.sandbox.inside import Inside
from gate.adapters.runner.sandbox.stage import Stage
from gate.adapters.runner.sandbox.task import Task
from gate.domain.sandbox import Level

_SHORTLY = 2.0
HOLDERS = tuple(f"{name}: " for name in ("bwrap", "setpriv", "prlimit", "choom"))
"""How their complaints begin."""
Process = subprocess.Popen[bytes]

_starter = ThreadPoolExecutor(1, thread_name_prefix="starter")
"""A process that is to die with its parent dies with the *thread* that started it (prctl(2), PR_SET_PDEATHSIG)."""
_stage = Stage()
"""The starter's."""


class Held(Protocol):
    """A started task."""

    popen: Process

    @property
    def pid(self) -> int:
        """The id, seen from here, of the process that runs the command. Raises ProcessLookupError where it is gone."""

    def own(self, claimed: int) -> int:
        """The id of the child that calls itself so; 0 where there is none such."""

    def end(self) -> None:
        """Kill it with all that it started; from any thread, before `popen` is waited for."""

    def end_strays(self, others: frozenset[int]) -> None:
        """Kill all that it started; spare itself, and the `others` with what they started."""

    def over(self) -> bool:
        """Dead, though a child of it may hold its pipes open."""

    def code(self) -> int | None:
        """How it ended, as `Popen.returncode` says it."""


def start(task: Task, **pipes: int) -> Held:
    """Start a task; `pipes` are Popen's stdin, stdout and stderr. Raises OSError where it cannot be started."""
    if task.containment.level is Level.SANDBOX:
        return Sandboxed(task, pipes)
    return Limited(task, pipes)


class Limited:
    """A process group and limits; what leaves both is known by a mark in its environment."""

    def __init__(self, task: Task, pipes: dict[str, int]) -> None:
        refuse_missing(task)
        self._mark = secrets.token_hex(8)
        words = [*limits.first_to_go(), *limits.limited(task.containment.policy, own_user=False), *task.command]
        environment = {**task.environment, MARK: self._mark}
        options = {"cwd": task.root, "env": environment, "pass_fds": task.handed_on, **pipes}
        self.popen = started(lambda: words, options)

    @property
    def pid(self) -> int:
        """Each of the words before the command became the next."""
        return self.popen.pid

    def own(self, claimed: int) -> int:
        """It says the id that everybody uses."""
        try:
            return claimed if claimed != self.pid and os.getpgid(claimed) == self.pid else 0
        except OSError:
            return 0

    def end(self) -> None:
        """Group, session, and what carries the mark."""
        end_all(self.popen.pid, self._mark)

    def end_strays(self, others: frozenset[int]) -> None:
        """The same, but for itself and the others."""
        end_strays(self.popen.pid, self._mark, others)

    def over(self) -> bool:
        """It is the child."""
        return self.popen.poll() is not None

    def code(self) -> int | None:
        """As it is."""
        return self.popen.returncode


class Sandboxed:
    """A pid namespace: whatever is in it ends with its first process."""

    def __init__(self, task: Task, pipes: dict[str, int]) -> None:
        refuse_missing(task)
        self._mark = secrets.token_hex(8)
        self._counted = task.counted
        told, telling = os.pipe()
        bwrap = shutil.which(bubblewrap.NAME) or bubblewrap.NAME
        lay = _stage.lay if os.geteuid() == 0 else None
        outside = {"PATH": os.environ.get("PATH", os.defpath), MARK: self._mark}
        options = {"cwd": "/", "env": outside, "pass_fds": (*task.handed_on, telling), **pipes}
        try:
            self.popen = started(lambda: bubblewrap.command(task, bwrap, telling, lay), options)
        except BaseException:
            os.close(told)
            raise
        finally:
            os.close(telling)
        self._inside = Inside(told)

    @property
    def pid(self) -> int:
        """The one process that bubblewrap's first process started."""
        return self._inside.pid

    def own(self, claimed: int) -> int:
        """It says the id that it has inside."""
        return self._inside.child(claimed)

    def end(self) -> None:
        """The namespace, then what watched over it; the mark finds what was killed while it was being started."""
        if self._inside.end(counted=self._counted):
            wait_shortly(self.popen.pid)
        end_all(self.popen.pid, self._mark)

    def end_strays(self, others: frozenset[int]) -> None:
        """All in the namespace but the process itself and the others."""
        self._inside.end_strays(others)

    def over(self) -> bool:
        """Itself, or what watches over it; that can be held up from inside."""
        return self.popen.poll() is not None or self._inside.over()

    def code(self) -> int | None:
        """Bubblewrap says signals as shells do."""
        code = self.popen.returncode
        return code if code is None or code not in SIGNALS else 128 - code


SIGNALS = frozenset(128 + known for known in signal.valid_signals())


def wait_shortly(pid: int) -> None:
    """Let bubblewrap see the end that it waits for, or nobody would count its CPU."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        select.select([handle], [], [], _SHORTLY)
        os.close(handle)


def refuse_missing(task: Task) -> None:
    """What the programs before it would only say on its stderr. Raises OSError."""
    if not os.access(task.python, os.X_OK):
        Path(task.python).stat()
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), task.python)
    Path(task.root).stat()


def started(words: Callable[[], list[str]], options: dict[str, Any]) -> Process:
    """The process, in a session of its own."""
    future = _starter.submit(lambda: subprocess.Popen(words(), start_new_session=True, **options))
    try:
        return future.result()
    except BaseException:
        with contextlib.suppress(Exception):  # interrupted: it may have been started all the same
            future.result(timeout=5).kill()
        raise
