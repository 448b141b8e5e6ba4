"""Where incidents are kept, and who opens them."""

from collections.abc import Sequence
from typing import Protocol

from gate.domain.alert import Alert
from gate.domain.incident import Entry, Incident


class IncidentBook(Protocol):
    """The records, one file each. Raises OutputError, or BrokenQuestionError for one that is not there."""

    def all(self) -> Sequence[Incident]:
        """Every incident, the oldest first."""

    def read(self, name: str) -> Incident:
        """Return one by its id, or by a beginning of it that only one has."""

    def write(self, incident: Incident) -> str:
        """Write whole, and return the path. One that somebody else changed meanwhile is merged, never lost."""


class Incidents(Protocol):
    """What a trigger asks for."""

    def opened(self, alert: Alert, facts_at: str = "") -> Incident:
        """Return the open incident of the alert's key, made where there is none. `facts_at` = onset in the data."""

    def noted(self, incident: str, entry: Entry) -> Incident:
        """Add to the timeline; an entry whose id stands there already is there once."""
