"""What is seen of long work: a display in a person's terminal, now and then a line in a job's log."""

import sys
import time
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import Self

import click

from gate.ports import Progress

EVERY = 30.0
"""Seconds between two lines of a log; what is done sooner needs none."""


def progress(*, quiet: bool) -> AbstractContextManager[Progress]:
    """Progress on stderr, as who looks there can use it."""
    if not quiet and sys.stderr.isatty():
        return TerminalProgress()
    return LogProgress(every=float("inf") if quiet else EVERY)


class TerminalProgress:
    """Implements the port Progress with rich."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 (only a person's terminal needs rich)
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )
        from rich.progress import Progress as Display  # noqa: PLC0415

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._display = Display(*columns, TextColumn("[dim]{task.fields[note]}"), console=Console(stderr=True))
        self._stage = Stage()

    def __enter__(self) -> Self:
        """Start the display."""
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._display.stop()

    def stage(self, name: str, total: int | None = None, seconds: float | None = None) -> None:
        """Begin a stage; the one before is done."""
        if self._display.tasks:
            task = self._display.tasks[-1]
            self._display.update(task.id, total=task.completed or 1, completed=task.completed or 1, note="")
        self._stage = Stage(name, total, seconds)
        self._display.add_task(name, total=total, note=self._stage.left())

    def step(self, note: str = "") -> None:
        """One step of the stage."""
        self._stage.done += 1
        if self._display.tasks:
            said = "  ".join(filter(None, (note, self._stage.left())))
            self._display.update(self._display.tasks[-1].id, advance=1, note=said)


class LogProgress:
    """Implements the port Progress with a line now and then, as a log keeps it."""

    def __init__(self, *, every: float) -> None:
        self._every, self._said = every, time.monotonic()
        self._stage = Stage()

    def __enter__(self) -> Self:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""

    def stage(self, name: str, total: int | None = None, seconds: float | None = None) -> None:
        """Begin a stage; one that takes long says so before it does."""
        self._stage = Stage(name, total, seconds)
        self._say(at_once=(seconds or 0.0) >= self._every)

    def step(self, note: str = "") -> None:
        """One step of the stage; its note is for who watches."""
        del note
        self._stage.done += 1
        self._say()

    def _say(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._said >= self._every:
            self._said = now
            click.echo(str(self._stage), err=True)


class Stage:
    """One stage, what of it is done, and how long the rest takes."""

    def __init__(self, name: str = "", total: int | None = None, seconds: float | None = None) -> None:
        self.name, self.total, self.seconds = name, total, seconds
        self.done, self.began = 0, time.monotonic()

    def __str__(self) -> str:
        """E.g. "Running the models: 12 of 48 after 0:02:30, about 0:07:30 left"."""
        after = f"after {lasting(time.monotonic() - self.began)}" if self.done else ""
        steps = f"{self.done} of {self.total}" if self.total else str(self.done or "")
        said = ", ".join(filter(None, (" ".join(filter(None, (steps, after))), self.left())))
        return f"{self.name}: {said}" if said else self.name

    def left(self) -> str:
        """How long the rest takes: by its own steps, before the first by what was expected; else nothing."""
        if not self.done or not self.total:
            return f"about {lasting(self.seconds)}" if self.seconds else ""
        rest = (time.monotonic() - self.began) / self.done * (self.total - self.done)
        return f"about {lasting(rest)} left" if rest >= 1.0 else ""


def lasting(seconds: float) -> str:
    """E.g. "0:02:30"."""
    return str(timedelta(seconds=round(seconds)))
