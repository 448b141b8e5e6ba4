"""Who watches the live strategy. `alarm_of` and `incidents_of` are where channels and incidents are plugged in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gate.domain.monitoring import Policy
    from gate.ports.alarm import Alarm
    from gate.ports.incidents import Incidents
    from gate.ports.monitoring import Remedy, Role
    from gate.usecases.monitoring.courier import Courier
    from gate.usecases.monitoring.watch import Watch


def alarm_of(config: "Path", say: Callable[[str], object]) -> "Alarm":
    """Who is told."""
    del config
    from gate.adapters.printing_alarm import PrintingAlarm

    return PrintingAlarm(say)


def incidents_of(config: "Path") -> "Incidents | None":
    """Where incidents are opened."""
    del config
    return None


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
    config: "Path", policy: "Policy", database: "Path", say: Callable[[str], object], *, real: bool
) -> "Iterator[Courier]":
    """Who carries alerts, with a connection of its own: a channel that hangs holds no record up.

    Not `real`: to the terminal alone, nothing is opened and nothing taken back.
    """
    from gate.adapters.monitor_store import MonitorDatabase
    from gate.adapters.printing_alarm import PrintingAlarm
    from gate.usecases.monitoring.courier import Courier

    with MonitorDatabase(database) as store:
        yield Courier(
            store=store,
            alarm=alarm_of(config, say) if real else PrintingAlarm(say),
            incidents=incidents_of(config) if real else None,
            remedy=remedy_of(config, policy) if real else None,
            clock=now,
        )


def write_whole(path: "Path", content: bytes) -> None:
    """Replace a file in one step. Raises OutputError."""
    from gate.adapters.report_folder import whole
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
