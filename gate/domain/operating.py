"""What a user may set of what happens around the model while it trades. `gate.config` reads it, nobody changes it."""

import msgspec

from gate.domain.alerting import AlertSettings
from gate.domain.limit import Limit
from gate.domain.settings import Section


class MonitorSettings(Section, frozen=True):
    """[monitor]: the records of the deployed strategy, and when they ring."""


class IncidentSettings(Section, frozen=True):
    """[incidents]: where records lie, and whether a GitHub issue is kept in step."""

    folder: str = "reports/incidents"
    """Relative to gate.toml."""
    github_issue: bool = True
    """Keep a GitHub issue in step with each record, where there is a token."""
    labels: tuple[str, ...] = ("gate:incident",)
    """Of the issue."""
    author: str = ""
    """As whom the token writes. Unset: GitHub is asked; a job's own token is github-actions[bot]."""
    component: str = ""
    """What the public status page calls the part that is hit; "" for the whole service."""


class HistorySettings(Section, frozen=True):
    """[history]: where verdicts are kept."""

    url: str = "sqlite:///.gate/history.sqlite"
    """Any SQLAlchemy URL (a relative SQLite path starts at gate.toml), or `git:gate-history` for a branch."""
    enabled: bool = True
    """False: `gate run`, `gate judge` and `gate publish` keep nothing, unless --history names where."""
    url_env: str = ""
    """The environment variable that holds the URL; one with a password stands nowhere else."""
    remote: str = "origin"
    """Of a branch: the remote it lives at; "." = this repository alone."""
    timeout: float = 10.0
    """Seconds after which a database or remote that does not answer is given up, and the entry kept in `outbox`."""
    outbox: str = ".gate/outbox"
    """Where entries wait until they are delivered; relative to gate.toml."""


class DashboardSettings(Section, frozen=True):
    """[dashboard]: what is shown, and what the public may see."""


class Operating(Section, frozen=True):
    """All of it."""

    monitor: MonitorSettings = MonitorSettings()
    alerts: AlertSettings = AlertSettings()
    incidents: IncidentSettings = IncidentSettings()
    history: HistorySettings = HistorySettings()
    dashboard: DashboardSettings = DashboardSettings()
    limits: dict[str, Limit] = msgspec.field(default_factory=dict)
    """Every metric's limit, the defaults with the user's changes: the same as before the merge."""
