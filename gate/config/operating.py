"""What happens around the model while it trades: monitor, alerts, incidents, history, dashboard.

Read apart from the question: none of it changes what a verdict says, so none of it is part of the verdict's policy.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from gate.config.alerting import alerts
from gate.config.dashboard import check_dashboard
from gate.config.history import checked as check_history
from gate.config.incidents import checked as check_incidents
from gate.config.limits import limits
from gate.config.monitor import check_monitor
from gate.config.tables import document_of, section
from gate.domain.alerting import AlertSettings
from gate.domain.operating import (
    DashboardSettings,
    HistorySettings,
    IncidentSettings,
    MonitorSettings,
    Operating,
)

TABLES: dict[str, type[msgspec.Struct]] = {
    "monitor": MonitorSettings,
    "alerts": AlertSettings,
    "incidents": IncidentSettings,
    "history": HistorySettings,
    "dashboard": DashboardSettings,
}


def parse_operating(text: str, name: str) -> Operating:
    """Read what stands around the question. Raises ConfigError with one line that says what to do."""
    document = document_of(text, name)
    found: dict[str, Any] = {table: _table(kind, document, name, table) for table, kind in TABLES.items()}
    check_history(found["history"], name)
    check_incidents(found["incidents"], name)
    check_monitor(found["monitor"], name)
    check_dashboard(found["dashboard"], name)
    return Operating(**found, limits=limits(document.get("limits", {}), name))


def _table(kind: type[msgspec.Struct], document: Mapping[str, Any], name: str, table: str) -> msgspec.Struct:
    given = document.get(table, {})
    return alerts(given, name) if kind is AlertSettings else section(kind, given, name, table)
