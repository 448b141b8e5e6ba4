"""Change points for the dashboard's charts: advisory, of the nightly verdicts."""

from collections.abc import Mapping, Sequence

from gate.domain.history import Glance
from gate.judging.drifting import drifts, tracks
from gate.metrics.registry import METRICS
from gate.report.dashboard.given import Mark
from gate.report.dashboard.when import moment

NIGHTLY = frozenset(("nightly",))
NEWEST = 400
"""Nights that are looked at: a year's; the search takes their square."""


def shifts(glances: Sequence[Glance]) -> Mapping[str, Sequence[Mark]]:
    """By metric, where its level changed and stayed so."""
    nights = [one for one in glances if one.source in NIGHTLY][-NEWEST:]
    return {
        drift.metric: tuple(
            Mark(at=at.timestamp(), kind="shift") for change in drift.changes if (at := moment(change.at)) is not None
        )
        for drift in drifts(tracks(nights, METRICS))
        if drift.changes
    }
