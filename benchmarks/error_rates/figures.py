"""What the scripts of this folder share: their options, progress, and a table of figures beside their targets."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from gate.judging.tries import exact_interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number that was measured."""

    name: str
    value: float
    unit: str = ""
    """"%" for a share, else what stands behind the number."""
    low: float | None = None
    high: float | None = None
    """95% interval of the value, where it is known."""
    at_least: float | None = None
    at_most: float | None = None
    """The target; neither: for information."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """The value is within its target; None where there is none."""
        if self.at_least is None and self.at_most is None:
            return None
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)


def share(name: str, count: int, n: int, **told) -> Figure:
    """A rate with its exact 95% interval (Clopper & Pearson 1934)."""
    low, high = exact_interval(count, n)
    return Figure(name=name, value=count / n, unit="%", low=low, high=high, **told)


def options(doc: str) -> argparse.ArgumentParser:
    """The options that every script has."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    return parser


def watched(items: Iterable, what: str, total: int | None = None) -> Iterable:
    """The items, with a bar of progress on stderr where a person looks at it."""
    shown = Console(stderr=True)
    return track(items, what, total=total, console=shown, transient=True, disable=not sys.stderr.isatty())


def report(title: str, figures: Sequence[Figure], keep: Path | None = None, remarks: Sequence[str] = ()) -> None:
    """Print the table, and keep the figures where asked."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in ("measured", "value", "95% interval", "target", "", "note"):
        table.add_column(column, justify="right" if column in ("value", "95% interval", "target") else "left")
    for figure in figures:
        table.add_row(*written(figure))
    Console(width=None if sys.stdout.isatty() else 150).print(table, *remarks, sep="\n")
    if keep is not None:
        kept = {"title": title, "remarks": list(remarks), "figures": [asdict(figure) for figure in figures]}
        keep.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def written(figure: Figure) -> tuple[str, ...]:
    """One row of the table."""
    between = "" if figure.low is None else f"{number(figure.low, figure.unit)} – {number(figure.high, figure.unit)}"
    met = {True: "ok", False: "MISSED", None: ""}[figure.met]
    return figure.name, number(figure.value, figure.unit), between, target(figure), met, figure.note


def target(figure: Figure) -> str:
    """The target in words."""
    least, most = (None if end is None else number(end, figure.unit) for end in (figure.at_least, figure.at_most))
    if least and most:
        return f"{least} – {most}"
    return f"≥ {least}" if least else f"≤ {most}" if most else ""


def number(value: float, unit: str) -> str:
    """A number with its unit."""
    return f"{value:.1%}" if unit == "%" else f"{value:.3g}{unit}"
