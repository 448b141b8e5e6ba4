"""Where a turn writes its report: nowhere on this machine's disk where it is held in a sandbox."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gate.adapters.runner.suite.report import MOST_BYTES, REPORT
from gate.domain.sandbox import Containment, Level

_INSIDE = "/tmp/gate-suite"  # noqa: S108 (the sandbox's own)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What pytest is told, and where the report is found when it is over."""

    folder: Path
    scratch: str
    told: str
    handed_on: tuple[int, ...] = ()

    def kept(self) -> Path:
        """The report's file; there is none where nothing was written."""
        report = self.folder / REPORT
        for handle in self.handed_on:
            if written := os.pread(handle, MOST_BYTES + 1, 0):
                report.write_bytes(written)
        return report


@contextmanager
def report_place(containment: Containment) -> Iterator[Place]:
    """A folder of its own; into a sandbox only memory is handed, by a descriptor."""
    with TemporaryDirectory(prefix="gate-suite-") as folder:
        if containment.level is not Level.SANDBOX:
            yield Place(folder=Path(folder), scratch=folder, told=str(Path(folder) / REPORT))
            return
        handle = os.memfd_create(REPORT)
        try:
            yield Place(folder=Path(folder), scratch=_INSIDE, told=f"/proc/self/fd/{handle}", handed_on=(handle,))
        finally:
            os.close(handle)
