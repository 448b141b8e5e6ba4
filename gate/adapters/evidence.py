"""What gate's own records prove, read strictly: anything else in those folders proves nothing, and is named."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from gate.domain.culprit import Culprits
from gate.domain.incident import moment, written
from gate.domain.rollback import Drill, Proof, Record
from gate.domain.verdict import VerdictRecord
from gate.errors import GateError

LARGEST = 32_000_000
"""Bytes of a file that are read."""
KINDS: tuple[tuple[type[Any], str], ...] = (
    (Drill, "rehearsals"),
    (Proof, "checks"),
    (VerdictRecord, "judgements"),
    (Culprits, "findings"),
    (Record, "ending"),
)
"""Each with the field that no other has."""


def read(path: Path) -> Any | None:
    """A record, proof, drill, verdict or culprit; None where it is none of them, or of another schema."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        content = path.read_bytes()
        raw = msgspec.json.decode(content)
        kind = next((kind for kind, field in KINDS if isinstance(raw, dict) and field in raw), None)
        found = msgspec.json.decode(content, type=kind) if kind else None
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    return found if found is not None and found.schema == 1 else None


def ended_at(path: Path) -> str:
    """When what a record tells was done: its time and how long it took; "" where it says nothing."""
    found = read(path)
    at, seconds = getattr(found, "at", ""), getattr(found, "seconds", 0.0)
    try:
        return written(moment(at) + timedelta(seconds=seconds if isinstance(seconds, float) else 0.0)) if at else ""
    except (GateError, OverflowError, ValueError):
        return ""
