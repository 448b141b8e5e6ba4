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
    strike_all(leader, mark, spared=frozenset())


def end_strays(leader: int, mark: str, others: frozenset[int]) -> None:
    """Kill whatever a fork left behind; the server lives on, and so do its other forks with what is theirs."""
    strike_all(leader, mark, spared=frozenset({leader}), families=others)


def strike_all(leader: int, mark: str, spared: frozenset[int], families: frozenset[int] = frozenset()) -> None:
    """Look and kill until nothing is found, or patience ends; never who is spared or of one of the families."""
    struck = spared
    deadline = time.monotonic() + _PATIENCE
    while found := {
        pid for pid in psutil.pids() if pid not in struck and belongs(pid, leader, mark) and not is_of(pid, families)
    }:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if not is_of(pid, families):
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


def is_of(pid: int, families: frozenset[int]) -> bool:
    """It is one of them, or came from one that lives."""
    try:
        return pid in families or any(parent.pid in families for parent in psutil.Process(pid).parents())
    except psutil.Error:
        return True  # it is gone
