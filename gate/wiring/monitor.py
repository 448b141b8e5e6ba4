"""Who watches the live strategy, whom it tells, and where it opens incidents."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gate.domain.alert import Alert
    from gate.domain.incident import Entry, Incident
    from gate.domain.monitoring import Policy
    from gate.domain.operating import Operating
    from gate.ports.alarm import Alarm
    from gate.ports.monitoring import Remedy, Role
    from gate.usecases.incidents import IncidentKeeper
    from gate.usecases.monitoring.courier import Courier
    from gate.usecases.monitoring.watch import Watch


def alarm_of(config: "Path", operating: "Operating", say: Callable[[str], None]) -> "Alarm":
    """Who is told: the channels of [alerts]; where there is none, this terminal."""
    from gate.adapters.printing_alarm import PrintingAlarm
    from gate.wiring import alerting

    if not alerting.anybody(operating):
        return PrintingAlarm(say)
    return alerting.alarm(operating, os.environ, config.resolve().parent)


@dataclass(kw_only=True)
class IncidentsAside:
    """Implements the port Incidents: an alarm waits for the record's file, and for nothing that GitHub does."""

    keeper: "IncidentKeeper"
    """Files alone."""
    in_step: "Callable[[Incident], Incident]"
    """With the issue."""
    touched: set[str] = field(default_factory=set)

    def opened(self, alert: "Alert", facts_at: str = "") -> "Incident":
        """Return the open incident of the alert's key, made where there is none."""
        incident = self.keeper.opened(alert, facts_at)
        self.touched.add(incident.id)
        return incident

    def noted(self, incident: str, entry: "Entry") -> "Incident":
        """Add to the timeline."""
        self.touched.add(incident)
        return self.keeper.noted(incident, entry)

    def settle(self) -> None:
        """Once people are told: bring the issues in step."""
        while self.touched:
            self.in_step(self.keeper.book.read(self.touched.pop()))


@contextmanager
def incidents_of(config: "Path", operating: "Operating", say: Callable[[str], None]) -> "Iterator[IncidentsAside]":
    """Where incidents are opened; a context."""
    from gate.wiring import incidents

    place = incidents.Place(root=config.resolve().parent, settings=operating.incidents)
    online = bool(os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN"))
    with incidents.keeper(place, lambda line: say(f"gate: {line}"), issue=online) as keeper:
        yield IncidentsAside(
            keeper=replace(keeper, in_step=lambda incident: incident),
            in_step=keeper.in_step,
        )


def remedy_of(config: "Path", policy: "Policy") -> "Remedy | None":
    """Who takes back, where the policy allows it."""
    from gate.adapters.rollback_command import RollbackCommand

    if policy.monitor.rollback == "off":
        return None
    carry_out = policy.monitor.rollback == "carry_out"
    return RollbackCommand(config.parent, config, carry_out=carry_out)


@contextmanager
def watch(policy: "Policy", roots: "list[tuple[Role, Path]]", database: "Path") -> "Iterator[Watch]":
    """Who reads and keeps; a context."""
    import platform

    import gate
    from gate.adapters.monitor_store import MonitorDatabase, alone
    from gate.adapters.record_feed import RecordFiles
    from gate.usecases.monitoring.watch import Watch

    environment = {"gate": gate.__version__, "python": platform.python_version(), "source": "monitor"}
    with alone(database), MonitorDatabase(database) as store:
        source = RecordFiles(roots, store.places())
        try:
            yield Watch(source=source, store=store, policy=policy, now=now(), environment=environment)
        finally:
            source.close()


@contextmanager
def courier(
    config: "Path",
    operating: "Operating",
    policy: "Policy",
    database: "Path",
    say: Callable[[str], None],
    *,
    real: bool,
) -> "Iterator[Courier]":
    """Who carries alerts, with a connection of its own: a channel that hangs holds no record up.

    Not `real`: to the terminal alone, nothing is opened and nothing taken back.
    """
    from gate.adapters.monitor_store import MonitorDatabase
    from gate.adapters.printing_alarm import PrintingAlarm
    from gate.usecases.monitoring.courier import Courier

    with ExitStack() as stack:
        store = stack.enter_context(MonitorDatabase(database))
        if not real:
            yield Courier(store=store, alarm=PrintingAlarm(say), clock=now)
            return
        incidents = stack.enter_context(incidents_of(config, operating, say))
        yield Courier(
            store=store,
            alarm=alarm_of(config, operating, say),
            incidents=incidents,
            remedy=remedy_of(config, policy),
            clock=now,
            settle=incidents.settle,
        )


def write_whole(path: "Path", content: bytes) -> None:
    """Replace a file in one step. Raises OutputError."""
    from gate.disk import whole
    from gate.errors import OutputError

    try:
        whole(path, content)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}", "is the disk full?") from error


def forget(database: "Path") -> None:
    """Begin anew."""
    for end in ("", "-wal", "-shm", ".lock"):
        database.with_name(database.name + end).unlink(missing_ok=True)


def now() -> datetime:
    """The machine's clock."""
    return datetime.now(tz=UTC)
