"""What a person sees in the terminal when it is done."""

import contextlib
import os

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


LOG_WIDTH = 140
"""Columns where nobody says how many there are: a job's log, a file. Eighty would cut names short."""


def printed(what: object) -> None:
    """Print something that rich knows how to show."""
    from rich.console import Console  # noqa: PLC0415

    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = LOG_WIDTH
    # rich leaves with 1 when its reader does; who stops reading changes no verdict
    with contextlib.suppress(SystemExit):
        console.print(what)


def verdict(record: VerdictRecord, *, as_json: bool, quiet: bool) -> int:
    """Print a verdict and return its exit code."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(record), indent=2))
    elif not quiet:
        from gate.metrics.registry import metrics_of  # noqa: PLC0415
        from gate.report.terminal import terminal  # noqa: PLC0415

        printed(terminal(record, metrics_of(judgement.metric for judgement in record.judgements)))
    return EXIT_CODES[record.verdict]
