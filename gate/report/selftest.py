"""The self-test's results as Markdown and for the terminal."""

from typing import TYPE_CHECKING

from gate.domain.selftest import Caught, PlantResult, SelfTest
from gate.domain.verdict import Verdict
from gate.report.text import plain, prose

if TYPE_CHECKING:
    from rich.table import Table

SIGNS = {Caught.CAUGHT: "✅", Caught.MISSED: "❌", Caught.CANNOT_TELL: "⚪"}
COLOURS = {Caught.CAUGHT: "green", Caught.MISSED: "bold red", Caught.CANNOT_TELL: "dim"}
SENTENCE, NAME = 300, 60


def headline(found: SelfTest) -> str:
    """The result in one line."""
    tried = [result for result in found.results if result.caught is not Caught.CANNOT_TELL]
    if found.control is not Verdict.PASS:
        return f"The candidate does not pass against itself ({found.control}): the gate proves nothing here yet"
    caught = sum(result.caught is Caught.CAUGHT for result in tried)
    return f"{caught} of {len(tried)} planted defects caught; identical code passes; {found.seconds:.0f} s"


def by(result: PlantResult) -> str:
    """What caught it at its gross size."""
    return ", ".join(result.tried[0].caught_by) if result.tried else ""


def smaller(result: PlantResult) -> str:
    """Where catching ends, as far as it was looked for."""
    missed = result.largest_missed
    return "" if missed is None or result.smallest_caught is None else f"no longer at {missed:g}"


def selftest_report(found: SelfTest) -> str:
    """Markdown."""
    lines = [
        f"## Self-test: {prose(headline(found), SENTENCE)}",
        "",
        f"Control (identical code on both sides): **{found.control}**. {prose(found.control_reason, SENTENCE)}",
        "",
        "| | defect | planted | caught by | smaller | seconds |",
        "|---|---|---|---|---|--:|",
    ]
    lines += [
        f"| {SIGNS[r.caught]} {r.caught} | {prose(r.name, NAME)} | {prose(r.words, SENTENCE)} "
        f"| {prose(by(r), SENTENCE)} | {prose(smaller(r), SENTENCE)} | {r.seconds:.1f} |"
        for r in found.results
    ]
    if found.missed:
        advice = (
            "a limit that never blocks (`blocking = false`, a bound too wide) or too few bars lets a defect through"
        )
        lines += ["", f"**Missed: {prose(', '.join(found.missed), SENTENCE)}.** Look at its limit: {advice}."]
    return "\n".join([*lines, ""])


def selftest_table(found: SelfTest) -> "Table":
    """For the terminal."""
    from rich.table import Table  # noqa: PLC0415 (only a person's terminal needs rich)
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=plain(headline(found), SENTENCE), title_justify="left", box=None, pad_edge=False)
    for column in ("", "defect", "planted", "caught by", "smaller"):
        table.add_column(column, overflow="fold")  # a name is broken before it is cut short
    table.add_column("s", justify="right")
    for result in found.results:
        cells = (result.name, result.words, by(result), smaller(result))
        table.add_row(
            Text(result.caught, style=COLOURS[result.caught]),
            *(Text(plain(cell, SENTENCE)) for cell in cells),
            f"{result.seconds:.1f}",
        )
    return table
