"""Kills what a model started: its group, its session, and whoever left both but still carries the worker's mark.

A process that leaves its session and wipes its environment is found by nobody here: that takes a pid namespace.
"""

import contextlib
import os
import signal
import time

import psutil

MARK = "GATE_WORKER"
"""The environment variable by which the descendants of one worker are known."""
_PATIENCE = 5.0
"""Seconds for a bomb that forks faster than it is killed."""


def end_all(leader: int, mark: str) -> None:
    """Kill a worker and everything it started; must be called before the worker is waited for, so its id is its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    strike_all(leader, mark, spared=set())


def end_strays(leader: int, mark: str) -> None:
    """Kill whatever a fork left behind; the server that forked lives on."""
    strike_all(leader, mark, spared={leader})


def strike_all(leader: int, mark: str, spared: set[int]) -> None:
    """Look and kill until nothing is found, or patience ends."""
    struck = set(spared)
    deadline = time.monotonic() + _PATIENCE
    while found := {pid for pid in psutil.pids() if pid not in struck and belongs(pid, leader, mark)}:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        struck |= found
        if time.monotonic() > deadline:
            return


def belongs(pid: int, leader: int, mark: str) -> bool:
    """Tell whether a process is of the worker's session, or carries its mark."""
    if pid == os.getpid():
        return False
    try:
        return os.getsid(pid) == leader or psutil.Process(pid).environ().get(MARK) == mark
    except (OSError, psutil.Error):
        return False
