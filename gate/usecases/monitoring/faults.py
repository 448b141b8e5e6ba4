"""What is wrong with the input: counted, and said the first, the tenth, the hundredth time."""

from collections.abc import Container, Iterable, Sized
from datetime import UTC, datetime
from typing import Protocol

from gate.domain.monitoring import Problem, Record

EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LONGEST_NAME = 200
MOST_SYMBOLS = 10_000
MOST_SAID = 300
"""Characters of a line for whoever watches."""


class Known(Sized, Container[str], Protocol):
    """The symbols that came before."""


class Faults:
    """Changed in place, with the counts that the engine keeps."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts
        self.said: list[str] = []
        """Lines about the input, for whoever watches."""

    def found(self, problem: Problem, sentence: str, count: int = 1) -> None:
        """Count it; say the first, the tenth, the hundredth."""
        before = self._counts.get(problem, 0)
        self._counts[problem.value] = after = before + count
        if len(str(after)) > len(str(before)) or not before:
            more = f" ({after} by now)" if before else ""
            self.said.append(" ".join(f"{problem.value}: {sentence}{more}".split())[:MOST_SAID])

    def note(self, problems: Iterable[Problem], path: str) -> None:
        """What was wrong with a file."""
        for problem in problems:
            self.found(problem, path)

    def unreadable(self, line: bytes, error: Exception) -> None:
        """A line that is no record, or the beginning of one."""
        whole = line.rstrip().endswith(b"}")
        self.found(Problem.UNREADABLE if whole else Problem.CUT, f"{error}: {shown(line)}")

    def take(self) -> list[str]:
        """The lines since it was last asked."""
        taken, self.said = self.said, []
        return taken


def odd_of(record: Record, symbols: Known) -> str:
    """What no record of a strategy holds; "" for nothing of that kind."""
    if not EARLIEST <= record.time <= LATEST:
        return "its time is in no century of ours"
    if len(record.symbol) > LONGEST_NAME or len(record.version) > LONGEST_NAME:
        return f"its symbol or version is longer than {LONGEST_NAME} characters"
    if len(symbols) >= MOST_SYMBOLS and record.symbol not in symbols:
        return f"there are more than {MOST_SYMBOLS} symbols"
    return ""


def shown(line: bytes) -> str:
    """The beginning of a stranger's line, as it may be printed."""
    text = line[:120].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)
