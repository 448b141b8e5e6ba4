"""Memory over time of one process, by memory_profiler, for the picture.

Short peaks are missed: no verdict rests on it.
"""

import threading

from gate.domain.observation import TimedRun
from gate.domain.version import Role

_INTERVAL = 0.1
_MAX_POINTS = 3000


class MemorySampler:
    """Samples a process from a thread until it is told to stop or the process is gone."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._samples: list[tuple[float, float]] = []
        self._thread = threading.Thread(target=self._sample, name=f"memory of {pid}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more samples."""
        self._stop.set()
        self._thread.join(timeout=5)

    def picture(self, role: Role) -> TimedRun:
        """Seconds since the first sample, and MiB."""
        begin = self._samples[0][1] if self._samples else 0.0
        return TimedRun(
            role=role,
            seconds=tuple(round(at - begin, 3) for _, at in self._samples),
            mebibytes=tuple(round(size, 2) for size, _ in self._samples),
        )

    def _sample(self) -> None:
        from memory_profiler import memory_usage  # noqa: PLC0415 (not wanted by runs without a picture)
        from psutil import Error  # noqa: PLC0415

        while not self._stop.is_set() and len(self._samples) < _MAX_POINTS:
            try:
                self._samples += memory_usage(self._pid, interval=_INTERVAL, timeout=_INTERVAL, timestamps=True)
            except Error:
                return
