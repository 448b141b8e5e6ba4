"""pytest-benchmark's JSON, read as what a stranger wrote: a regular file, no larger than it may be, strictly typed."""

import os
import stat
from pathlib import Path
from typing import Annotated

import msgspec

from gate.domain.suite import MOST_BENCHMARKS, Name, Sample, Seconds, Tries

REPORT = "report.json"
MOST_BYTES = 32 * 1024 * 1024
"""The report holds the seconds of every round; a round takes half a millisecond at least."""
_ROUNDING = 1.0 + 1e-9


class ReportError(Exception):
    """The report is none that could be believed; the message goes on after "its report"."""


class _Stats(msgspec.Struct, frozen=True):
    min: Seconds
    median: Seconds
    mean: Seconds
    rounds: Tries
    iterations: Tries


class _Options(msgspec.Struct, frozen=True):
    timer: Annotated[str, msgspec.Meta(max_length=100)]


class _Benchmark(msgspec.Struct, frozen=True):
    name: Name
    fullname: Name
    stats: _Stats
    options: _Options


class _Report(msgspec.Struct, frozen=True):
    benchmarks: Annotated[list[_Benchmark], msgspec.Meta(max_length=MOST_BENCHMARKS)]


def samples_of(path: Path) -> tuple[Sample, ...]:
    """Every benchmark of a report; none where none was written, as pytest-benchmark does. Raises ReportError."""
    text = content(path)
    if text is None:
        return ()
    try:
        report = msgspec.json.decode(text, type=_Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(f"cannot be read: {error}") from error
    samples = tuple(map(sample_of, report.benchmarks))
    if len({sample.fullname for sample in samples}) != len(samples):
        raise ReportError("names a benchmark twice")
    return samples


def sample_of(benchmark: _Benchmark) -> Sample:
    """One benchmark, in numbers that can be true and names that can be shown. Raises ReportError."""
    stats, names = benchmark.stats, (benchmark.name, benchmark.fullname, benchmark.options.timer)
    if not all(name.isprintable() for name in names):
        raise ReportError("has a name that cannot be printed")
    if stats.min > stats.median * _ROUNDING or stats.min > stats.mean * _ROUNDING:
        raise ReportError(f"says that the least of {benchmark.fullname} is above its middle")
    return Sample(
        fullname=benchmark.fullname,
        name=benchmark.name,
        timer=benchmark.options.timer,
        min=stats.min,
        median=stats.median,
        mean=stats.mean,
        rounds=stats.rounds,
        iterations=stats.iterations,
    )


def content(path: Path) -> bytes | None:
    """All of the file; None where there is none. Raises ReportError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReportError(f"cannot be opened: {error.strerror}") from error
    try:
        return regular(handle)
    finally:
        os.close(handle)


def regular(handle: int) -> bytes:
    """All of an open file, unless it is none or too large. Raises ReportError."""
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise ReportError("is no file")
    if found.st_size > MOST_BYTES:
        raise ReportError(f"is larger than {MOST_BYTES:,} bytes")
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(MOST_BYTES)
