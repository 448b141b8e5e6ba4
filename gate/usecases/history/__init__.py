"""Keeping what happened: entries out of verdicts, rollbacks, drills and incidents, and their way into the ledger."""

from gate.usecases.history.entries import (
    deployment_entry,
    drill_entry,
    incident_entry,
    note_entry,
    rollback_entry,
    verdict_entry,
)
from gate.usecases.history.keeping import KeptLedger

__all__ = [
    "KeptLedger",
    "deployment_entry",
    "drill_entry",
    "incident_entry",
    "note_entry",
    "rollback_entry",
    "verdict_entry",
]
