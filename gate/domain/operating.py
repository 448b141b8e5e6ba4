"""What a user may set of what happens around the model while it trades. `gate.config` reads it, nobody changes it."""

import msgspec

from gate.domain.limit import Limit
from gate.domain.settings import Section


class MonitorSettings(Section, frozen=True):
    """[monitor]: the records of the deployed strategy, and when they ring."""


class AlertSettings(Section, frozen=True):
    """[alerts]: whom to tell, and how. Secrets are named here, and stand in the environment only."""


class IncidentSettings(Section, frozen=True):
    """[incidents]: where records lie, and whether a GitHub issue is kept in step."""

    folder: str = "reports/incidents"
    """Relative to gate.toml."""


class HistorySettings(Section, frozen=True):
    """[history]: where verdicts are kept."""

    url: str = "sqlite:///.gate/history.sqlite"
    """Any SQLAlchemy URL (a relative SQLite path starts at gate.toml), or `git:gate-history` for a branch."""


class DashboardSettings(Section, frozen=True):
    """[dashboard]: what is shown, and what the public may see."""

    title: str = "gate"
    """Stands at the head of the internal pages."""
    service: str = "Trading system"
    """The name that the public reads, and nothing else of yours."""
    stale_verdict: float = 48.0
    """Hours after which a verdict no longer says how things are: its metrics read unknown."""
    stale_live: float = 60.0
    """Seconds after which the monitor's word (it writes every second) is no longer true: unknown."""
    stale_page: float = 3600.0
    """Seconds for which a page that was built, and is not served, may be read as current."""
    history: int = 20_000
    """Newest entries of the history that are drawn."""
    details: int = 100
    """Newest verdicts that get a page of their own."""


class Operating(Section, frozen=True):
    """All of it."""

    monitor: MonitorSettings = MonitorSettings()
    alerts: AlertSettings = AlertSettings()
    incidents: IncidentSettings = IncidentSettings()
    history: HistorySettings = HistorySettings()
    dashboard: DashboardSettings = DashboardSettings()
    limits: dict[str, Limit] = msgspec.field(default_factory=dict)
    """Every metric's limit, the defaults with the user's changes: the same as before the merge."""
