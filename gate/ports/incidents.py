"""Where incidents are kept, and who opens them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gate.domain.alert import Alert
from gate.domain.checklist import Evidence, Word
from gate.domain.incident import Entry, Incident, IssueKept, IssuePage


class IncidentBook(Protocol):
    """The records, one file each. Raises OutputError, or BrokenQuestionError for one that is not there."""

    def all(self) -> Sequence[Incident]:
        """Every incident, the oldest first. One that is damaged is an error: it is not passed over."""

    def survey(self) -> tuple[Sequence[Incident], Sequence[str]]:
        """Return those that can be read, the oldest first, and a line for each that cannot."""

    def read(self, name: str) -> Incident:
        """Return one by its id, or by a beginning of it that only one has."""

    def write(self, incident: Incident) -> str:
        """Write whole, and return the path. One that somebody else changed meanwhile is merged, never lost."""

    def open(self, key: str, make: Callable[[frozenset[str]], Incident]) -> tuple[Incident, bool]:
        """Return the open incident of this key, or write what `make` gives; True where it is new.

        `make` is given the ids that are taken. Two that ask at once get the same one. A damaged record of something
        else does not stand in the way of an alarm.
        """

    def by_hand(self, name: str) -> str:
        """What a person wrote into the record, below the line."""

    def add_by_hand(self, name: str, heading: str, text: str) -> str:
        """Add a section below the line, and return the path. Raises BrokenQuestionError where there is one already."""


class Incidents(Protocol):
    """What a trigger asks for."""

    def opened(self, alert: Alert, facts_at: str = "") -> Incident:
        """Return the open incident of the alert's key, made where there is none. `facts_at` = onset in the data."""

    def noted(self, incident: str, entry: Entry) -> Incident:
        """Add to the timeline; an entry whose id stands there already is there once."""


class IssueTracker(Protocol):
    """Where people talk about it. Raises GateError where it cannot be asked."""

    def keep(self, page: IssuePage, known: int | None) -> IssueKept:
        """Make the one issue of this incident what the page says; `known` is its number, where that is known."""


class EvidenceFolder(Protocol):
    """What gate's own records prove, and what people say."""

    def seen(self) -> tuple[Sequence[Evidence], Sequence[str]]:
        """Return everything that proves something, and a line for each file that should and cannot be read."""

    def words(self) -> Sequence[Word]:
        """Return what people said of boxes. Raises ObservationError."""

    def say(self, word: Word) -> None:
        """Write down what somebody says. Raises OutputError."""
