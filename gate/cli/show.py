"""What a person sees in the terminal: progress while it runs, a table when it is done."""

import contextlib
import sys
from types import TracebackType
from typing import Self

import click
import msgspec

from gate.domain.verdict import Verdict, VerdictRecord
from gate.errors import ExitCode

EXIT_CODES = {
    Verdict.PASS: ExitCode.PASS,
    Verdict.BLOCK: ExitCode.BLOCK,
    Verdict.ROLL_BACK: ExitCode.BLOCK,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    Verdict.GATE_ERROR: ExitCode.GATE_ERROR,
}


class TerminalProgress:
    """Implements the port Progress with rich, on stderr; silent when piped or asked to be."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()
        self._task: object = None

    def __enter__(self) -> Self:
        """Start the display."""
        if not self._quiet:
            from rich.console import Console  # noqa: PLC0415 (only a person's terminal needs rich)
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                MofNCompleteColumn,
                Progress,
                SpinnerColumn,
                TextColumn,
                TimeElapsedColumn,
            )

            columns = (
                SpinnerColumn(),
                TextColumn("{task.description:<28}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, TextColumn("[dim]{task.fields[note]}"), console=Console(stderr=True))
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        if not self._quiet:
            self._progress.stop()

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage; the one before is done."""
        if self._quiet:
            return
        if self._task is not None:
            task = self._progress.tasks[self._task]  # type: ignore[call-overload]
            self._progress.update(task.id, total=task.completed or 1, completed=task.completed or 1, note="")
        self._task = self._progress.add_task(name, total=total, note="")

    def step(self, note: str = "") -> None:
        """One step of the stage."""
        if not self._quiet and self._task is not None:
            self._progress.update(self._task, advance=1, note=note)  # type: ignore[arg-type]


def printed(what: object) -> None:
    """Print something that rich knows how to show."""
    from rich.console import Console  # noqa: PLC0415

    # rich leaves with 1 when its reader does; who stops reading changes no verdict
    with contextlib.suppress(SystemExit):
        Console().print(what)


def verdict(record: VerdictRecord, *, as_json: bool, quiet: bool) -> int:
    """Print a verdict and return its exit code."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(record), indent=2))
    elif not quiet:
        from gate.metrics.registry import metrics_of  # noqa: PLC0415
        from gate.report.terminal import terminal  # noqa: PLC0415

        printed(terminal(record, metrics_of(judgement.metric for judgement in record.judgements)))
    return EXIT_CODES[record.verdict]
