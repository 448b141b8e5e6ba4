"""Decisions counted: shares with exact intervals, costs, and the Markdown table of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.error_rates.cpu import SAME
from benchmarks.peers.tools import CANDIDATES, Decided
from gate.judging.tries import exact_interval

LARGEST = "x3.2"


@dataclass(frozen=True, kw_only=True, slots=True)
class ColdRun:
    """One cold run of the baseline."""

    load: float
    """Wall seconds of start and imports."""
    work: float
    """Wall seconds of the fit and the calls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One tool in one situation."""

    tool: str
    where: str
    blocks: Sequence[Mapping[str, Decided]]
    cold: Sequence[ColdRun]

    def slower(self, arm: str) -> tuple[int, int]:
        """(decisions that say slower, decisions)."""
        return sum(block[arm].slower for block in self.blocks), len(self.blocks)

    def over(self, arm: str) -> tuple[int, int]:
        """(decisions that say beyond the limit, decisions)."""
        return sum(block[arm].over for block in self.blocks), len(self.blocks)

    @property
    def undecided(self) -> int:
        """Decisions about any candidate that the tool left open."""
        return sum(block[arm].undecided for block in self.blocks for arm in CANDIDATES)

    @property
    def cost(self) -> float:
        """Median cost of a decision about identical code, in cold runs of the baseline."""
        load, work = self._cold
        return float(np.median([one.loads * load + one.loading + one.seconds for one in self._same])) / (load + work)

    @property
    def cost_in_turn(self) -> float:
        """The same, had two versions that were imported side by side been imported one after the other."""
        load, work = self._cold
        return float(np.median([2 * load + one.seconds for one in self._same])) / (load + work)

    @property
    def _same(self) -> list[Decided]:
        return [block[SAME] for block in self.blocks]

    @property
    def _cold(self) -> tuple[float, float]:
        load, work = (float(np.median([getattr(one, part) for one in self.cold])) for part in ("load", "work"))
        return load, work


def revived(block: Mapping[str, Mapping]) -> dict[str, Decided]:
    """A block out of JSON."""
    return {arm: Decided(**told) for arm, told in block.items()}


def pooled(rows: Sequence[Row], kept: Sequence[Mapping]) -> list[Row]:
    """The rows with the decisions of earlier runs, as JSON keeps them, added."""
    return [
        replace(
            row,
            blocks=[*row.blocks, *(revived(block) for one in same for block in one["blocks"])],
            cold=[*row.cold, *(ColdRun(**told) for one in same for told in one["cold"])],
        )
        for row in rows
        for same in [[one for one in kept if (one["tool"], one["where"]) == (row.tool, row.where)]]
    ]


HEAD = (
    *("tool", "beside it", "decisions each", "v1 itself: called slower", "x1.25: found", "x1.5: found"),
    *(f"{LARGEST}: found", f"{LARGEST}: beyond 3x", "cost in runs of v1"),
)


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table."""
    shares = [rate(*row.slower(arm)) for arm in CANDIDATES]
    return row.tool, row.where, str(len(row.blocks)), *shares, rate(*row.over(LARGEST)), f"{row.cost:.1f}"


def rate(count: int, n: int) -> str:
    """A share with its exact 95% interval."""
    low, high = exact_interval(count, n)
    return f"{count / n:.0%} ({low:.0%}–{high:.0%})"


def markdown(rows: Sequence[Row]) -> str:
    """The table as it stands in the documents."""
    lines = [HEAD, ("---", "---", *("--:" for _ in HEAD[2:])), *(cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
