"""CPU and memory of another process, read from outside. The one place that knows what a platform can tell.

Linux: the process's own CPU clock (nanoseconds, all threads) and VmHWM, which writing 5 to clear_refs resets, so that a
phase's peak is exact. Elsewhere: what psutil has; a peak is then the largest sample seen, and the report says so.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_CLEAR_PEAK = b"5"
_KIB = 1024


@contextmanager
def of_the_living() -> Iterator[None]:
    """What psutil raises of a process that is gone, as the operating system says it."""
    try:
        yield
    except psutil.Error as error:
        raise ProcessLookupError("it died before it was read") from error


def cpu_seconds(pid: int) -> float:
    """User and system seconds of all threads of a living process. Raises OSError where it is gone, as all here do."""
    if sys.platform == "linux":
        # clock_gettime(2): the CPU clock of another process is (~pid << 3) | CPUCLOCK_SCHED (2).
        return time.clock_gettime((~pid << 3) | 2)
    with of_the_living():
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)


def parent(pid: int) -> int:
    """Whose child it is."""
    if sys.platform == "linux":  # read at every question: psutil takes five times as long, for it asks more
        said = Path(f"/proc/{pid}/stat").read_bytes()
        return int(said[said.rindex(b")") + 2 :].split()[1])  # its name may hold anything, brackets too
    with of_the_living():
        return int(psutil.Process(pid).ppid())


def resident_bytes(pid: int) -> int:
    """Resident memory now."""
    if sys.platform == "linux":
        size = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    else:
        with of_the_living():
            size = int(psutil.Process(pid).memory_info().rss)
    if not size:  # dead, and not yet waited for
        raise ProcessLookupError("it died before its memory was read")
    return size


def reset_peak(pid: int) -> None:
    """Forget the peak so far, where that can be done."""
    if sys.platform == "linux":
        Path(f"/proc/{pid}/clear_refs").write_bytes(_CLEAR_PEAK)


def peak_bytes(pid: int) -> int:
    """The largest resident memory since `reset_peak`."""
    if sys.platform == "linux":
        for line in Path(f"/proc/{pid}/status").read_bytes().splitlines():
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * _KIB
    return resident_bytes(pid)


def method() -> dict[str, str]:
    """How CPU and memory are read on this machine, for the report."""
    if sys.platform == "linux":
        return {"cpu": "process CPU clock, from outside", "memory": "VmHWM, reset before each phase"}
    return {"cpu": "psutil cpu_times", "memory": "psutil rss at the borders between phases (short peaks are missed)"}
