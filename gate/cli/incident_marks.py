"""What a rollback and its proof write into the incident that they are for. Nothing that fails here stops them."""

from pathlib import Path
from typing import TYPE_CHECKING

from gate.cli import incident_place
from gate.errors import BrokenQuestionError, GateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gate.domain.incident import Entry
    from gate.domain.rollback import Record


def marked(
    config: Path | None,
    named: str,
    record: "Record | None",
    make: "Callable[[str], Sequence[Entry]]",
    proof: Path | None,
    *,
    online: bool,
) -> str:
    """Write entries into the incident that was named, or the open ones of this version. One line of what failed."""
    try:
        return _marked(config, named, record, make, proof, online=online)
    except GateError as error:
        line = f"the incident is not written: {error.message}"
    except OSError as error:
        line = f"the incident is not written: {error.strerror}"
    incident_place.told(line)
    return line


def _marked(
    config: Path | None,
    named: str,
    record: "Record | None",
    make: "Callable[[str], Sequence[Entry]]",
    proof: Path | None,
    *,
    online: bool,
) -> str:
    from gate.judging.incident_marks import meant  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    place = incident_place.place_of(config)
    found, damaged = incidents.book(place).survey()
    chosen = meant(found, named, record)
    if named and len(chosen) != 1:
        why = "; ".join(damaged) or f"{len(chosen)} are kept in {place.folder}"
        raise BrokenQuestionError(f"no one incident '{named:.80}': {why}", "gate incident list names them")
    if chosen:
        path = incidents.proof_of(place, str(proof)) if proof else ""
        with incidents.keeper(place, incident_place.told, issue=online) as keeper:
            for incident in chosen:
                keeper.noted_all(incident.id, make(path))
    return ""
