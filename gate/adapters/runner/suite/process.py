"""One turn as a process in a session of its own: listened to, timed from outside, and killed with all it started."""

import os
import selectors
import subprocess
import time
from dataclasses import dataclass

import psutil

from gate.adapters.runner.sandbox import Task, start

_CHUNK = 1 << 16
_KEPT = 256 * 1024
"""Bytes of output that are kept, the last ones: pytest's summary stands at the end."""
_SLICE = 0.25
"""Seconds between two looks whether it has ended while a child holds its pipe open."""
_SHORTLY = 0.01
"""Seconds between two looks once it has closed its output."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """How a turn's process ended."""

    code: int | None
    """Its exit code, below 0 a signal; None where it took too long and was killed."""
    cpu_seconds: float
    """User and system, of it and of every child that it waited for; counted by the kernel."""
    output: str
    """The end of what it printed."""


def run(task: Task, timeout: float) -> Ran:
    """Run a task to its end, at most `timeout` seconds. Raises OSError where it cannot be started."""
    held = start(task, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    process = held.popen
    assert process.stdout is not None  # noqa: S101 (asked for above)
    try:
        output, in_time = listened(process.stdout.fileno(), process.pid, time.monotonic() + timeout)
    finally:
        held.end()  # before it is waited for, while its id is its own
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    return Ran(
        code=held.code() if in_time else None,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        output=output.decode(errors="replace"),
    )


def listened(pipe: int, pid: int, deadline: float) -> tuple[bytes, bool]:
    """The end of what comes out of a process, and whether it ended before the deadline."""
    os.set_blocking(pipe, False)
    kept, closed, look = b"", False, 0.0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while (now := time.monotonic()) < deadline:
            if closed:
                time.sleep(_SHORTLY)
            elif selector.select(min(_SLICE, deadline - now)):
                chunk = taken(pipe)
                kept, closed = (kept + chunk)[-_KEPT:], not chunk
            if closed or now >= look:
                if has_ended(pid):
                    return (kept + rest(pipe))[-_KEPT:], True
                look = now + _SLICE
    return kept, False


def taken(pipe: int) -> bytes:
    """What is there to be read; nothing at its end."""
    return os.read(pipe, _CHUNK)


def rest(pipe: int) -> bytes:
    """What was still on its way; a child that goes on writing is not listened to for ever."""
    try:
        return b"".join(os.read(pipe, _CHUNK) for _ in range(_KEPT // _CHUNK))
    except BlockingIOError:
        return b""


def has_ended(pid: int) -> bool:
    """Dead, and not yet waited for."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
