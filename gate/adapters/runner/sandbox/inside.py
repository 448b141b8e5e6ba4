"""Processes inside a pid namespace, seen from outside.

bubblewrap names the first process of the namespace; that one starts the command and nothing else. Ids inside are not
those outside: /proc says both (NSpid, proc(5)).
"""

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_PATIENCE = 10.0
"""Seconds for a namespace to be made, or to be gone: root starts two programs before it is."""
_SHORTLY = 0.002
_COUNTING = 1.0
"""Seconds for the first process to see the command's end."""


class Inside:
    """One namespace."""

    def __init__(self, told: int) -> None:
        self._told = told
        self._lock = threading.Lock()
        self._asked = False
        self._first = 0
        self._handle = -1
        self._pid = 0
        self._watch = -1

    def __del__(self) -> None:
        """Let go of what is open."""
        for handle in (self._told, self._handle, self._watch):
            if handle >= 0:
                with contextlib.suppress(OSError):
                    os.close(handle)

    @property
    def pid(self) -> int:
        """The command's process. Raises ProcessLookupError where there is none (any more)."""
        if not self._pid:
            self._pid, self._watch = self._only_child()
        return self._pid

    def over(self) -> bool:
        """The command's process is dead, even where the first process was stopped before it could tell."""
        try:
            return bool(self.pid and select.select([self._watch], [], [], 0)[0])
        except ProcessLookupError:
            return True

    def child(self, claimed: int) -> int:
        """The child of the command's process that has this id inside; 0 where there is none."""
        try:
            return next((pid for pid in children(self.pid) if id_inside(pid) == claimed), 0)
        except ProcessLookupError:
            return 0

    def end_strays(self, others: frozenset[int]) -> None:
        """Kill everything but the first process, the command's, and the `others` with what is below them."""
        with contextlib.suppress(ProcessLookupError):
            spared = {self.pid}
            deadline = time.monotonic() + _PATIENCE
            while found := set(descendants(self._first_known(), others)) - spared:
                for pid in found:
                    kill(pid)
                spared |= found
                if time.monotonic() > deadline:
                    return

    def end(self, *, counted: bool) -> bool:
        """Kill the first process, and see that it is gone: the kernel ends all others before. False: there was none."""
        if not self._first_or_none() or self._handle < 0:
            return False
        if counted:
            self._end_command()
        if sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            select.select([self._handle], [], [], _PATIENCE)
        return True

    def _end_command(self) -> None:
        """The command alone, so that the first process waits for it: what the kernel ends it does not count."""
        with contextlib.suppress(ProcessLookupError):
            kill(self.pid)
            select.select([self._handle], [], [], _COUNTING)

    def _only_child(self) -> tuple[int, int]:
        first, deadline = self._first_known(), time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for pid in children(first):
                return pid, watched(pid)
            time.sleep(_SHORTLY)
        raise ProcessLookupError("the sandbox started nothing")

    def _first_known(self) -> int:
        first = self._first_or_none()
        if not first:
            raise ProcessLookupError("the sandbox was not made")
        return first

    def _first_or_none(self) -> int:
        """The first process, once it was named; 0 where it never will be."""
        with self._lock:
            if not self._asked:
                self._asked = True
                self._first = self._read()
                if self._first:
                    with contextlib.suppress(ProcessLookupError):
                        self._handle = watched(self._first)
        return self._first

    def _read(self) -> int:
        said, deadline = b"", time.monotonic() + _PATIENCE
        while b"\n" not in said and (left := deadline - time.monotonic()) > 0:
            if select.select([self._told], [], [], left)[0]:
                chunk = os.read(self._told, 4096)
                if not chunk:
                    return 0
                said += chunk
        with contextlib.suppress(ValueError, KeyError):
            return int(json.loads(said.partition(b"\n")[0])["child-pid"])
        return 0


def watched(pid: int) -> int:
    """A descriptor that means this process and no later one of the same id, and can be read when it is dead."""
    return os.pidfd_open(pid) if sys.platform == "linux" else -1


def children(pid: int) -> list[int]:
    """Processes that this one started with its first thread. Raises ProcessLookupError where it is gone."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_bytes().split()]
    except OSError as error:
        if Path(f"/proc/{pid}/stat").exists():  # a kernel without CONFIG_PROC_CHILDREN
            return [child.pid for child in psutil.Process(pid).children()]
        raise ProcessLookupError("it is gone") from error


def descendants(pid: int, others: frozenset[int] = frozenset()) -> Iterator[int]:
    """All below a process, but `others` and what is below them; whose parent died meanwhile stands below the first."""
    with contextlib.suppress(ProcessLookupError):
        for child in children(pid):
            if child not in others:
                yield child
                yield from descendants(child, others)


def id_inside(pid: int) -> int:
    """What a process is called in its own namespace; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_bytes().splitlines():
            if line.startswith(b"NSpid:"):
                return int(line.split()[-1])
    return 0


def kill(pid: int) -> None:
    """End one process."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
