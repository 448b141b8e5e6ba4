"""What searching for a culprit needs of the world: the line of commits, a log that survives, somebody who measures."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from gate.domain.culprit import Commit, Entry, Evaluation, Said


class LineAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which commits are searched."""

    folder: Path
    """In the user's repository; `paths` begin here."""
    good: str
    bad: str
    paths: tuple[str, ...] = ()
    """What is measured; empty: all of the folder."""
    reverted: tuple[str, ...] = ()
    """Commits that every commit after them is to be taken without."""


class CommitHistory(Protocol):
    """Where commits come from. Nothing of the user's repository is written."""

    def line(self, asked: LineAsked, note: Callable[[str], None]) -> AbstractContextManager[tuple[Commit, ...]]:
        """Return the first-parent line from the good end (first) to the bad end (last). Raises VersionError.

        What was made for it is gone when the context closes.
        """

    def sources(self, folder: Path, commit: Commit, names: Sequence[str]) -> dict[str, bytes]:
        """Return those of the files that the commit has, by name relative to `folder`."""


class Journal(Protocol):
    """A log of what was learned, by the name of the question. What was added is there after a kill."""

    def read(self, name: str) -> list[Entry]:
        """In the order in which it was added; what a kill cut off is left out."""

    def add(self, name: str, entry: Entry) -> None:
        """Write the entry whole or not at all, and to the disk before returning."""


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of timed runs: the log ratio of each part, or who could not be timed."""

    logs: Mapping[str, float] = {}
    failed: Commit | None = None
    said: Said = Said.UNKNOWN
    error: str = ""


class Evaluator(Protocol):
    """Who measures commits against each other."""

    def question(self) -> str:
        """Name all but the code that decides an evaluation: environment, data, policy, gate."""

    def policy(self, metrics: Sequence[str] | None) -> str:
        """Name what is measured for these metrics; None: for all of them."""

    def look(self, commit: Commit) -> str:
        """Say in a moment, without running anything, why the commit cannot be tested; "" where nothing shows."""

    def evaluate(self, good: Commit, commit: Commit, metrics: Sequence[str] | None) -> Evaluation:
        """Observe and judge the commit against the good end. Raises VersionError where it cannot be prepared."""

    def pair(self, commit: Commit, beside: Commit, metric: str, number: int) -> Pairing:
        """Time both once, in an order that `number` draws, with nothing beside them. Raises VersionError."""
