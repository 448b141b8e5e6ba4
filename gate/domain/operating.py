"""What a user may set of what happens around the model while it trades. `gate.config` reads it, nobody changes it."""

from typing import Literal

import msgspec

from gate.domain.alerting import AlertSettings
from gate.domain.limit import Limit
from gate.domain.settings import Section


class TriggerSettings(Section, frozen=True):
    """[monitor.triggers.METRIC]: what is unset is as in [monitor]."""

    scope: Literal["pooled", "symbol", "both"] | None = None
    long: int | None = None
    """Of training_failures alone: attempts in the window."""
    minimum: int | None = None
    bars: int | None = None
    clear: float | None = None


class MonitorSettings(Section, frozen=True):
    """[monitor]: the records of the deployed strategy, and when they ring. The limits are those of [limits]."""

    records: str = "live"
    """File or folder of the deployed strategy's records, relative to gate.toml."""
    shadow_records: str = ""
    """File or folder of the baseline's shadow run, where it has one of its own."""
    database: str = ".gate/monitor.sqlite"
    """Where the monitor keeps its place; monitor.json (the snapshot) lies beside it."""
    scope: Literal["pooled", "symbol", "both"] = "pooled"
    """Whether a limit holds for all symbols together, as before the merge, or for each alone."""
    long: int = 300
    """Bars of each symbol in the long window."""
    short: int = 30
    """Bars of the short window: both must be beyond the limit, and when this one is well again the alert ends."""
    minimum: int = 60
    """Bars behind a value before it rings."""
    attempts: int = 60
    """Training attempts in the window."""
    minimum_attempts: int = 20
    bars: int = 3
    """So many bars in a row must be beyond the limit, and well within it before the alert ends."""
    clear: float = 0.8
    """Well within: a limit so much tighter (0.8 x 15% = 12%; for a least value the distance from 1 counts)."""
    stale_after: float | None = None
    """Seconds without a record that are too long. Unset: five times the usual distance of bars, at least a minute."""
    future: float = 60.0
    """Seconds that a record's clock may be ahead."""
    versions: tuple[str, ...] = ()
    """Versions that may be live (a beginning is enough). Unset: any."""
    shadow_versions: tuple[str, ...] = ()
    """Versions whose records are the shadow run, whatever their role says."""
    shadow: Literal["required", "none"] = "required"
    """"required": without a shadow run, limits against the baseline are unknown. "none": they are not asked."""
    rollback: Literal["off", "propose", "carry_out"] = "off"
    """What a trigger may do by itself: nothing, print the plan, or open the pull request that takes it back."""
    points: int = 240
    """Newest bars of each symbol that the snapshot shows."""
    triggers: dict[str, TriggerSettings] = msgspec.field(default_factory=dict)
    """By metric."""


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
