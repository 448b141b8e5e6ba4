"""One step of the monitor: read, look, keep. Whatever dies between two steps goes on from the last that was kept."""

from datetime import datetime

import msgspec

from gate.domain.alert import Alert, AlertKind
from gate.domain.monitoring import Policy, Snapshot
from gate.domain.verdict import VerdictRecord
from gate.ports.monitoring import Batch, MonitorStore, RecordSource
from gate.usecases.monitoring.engine import Engine
from gate.usecases.monitoring.verdict import snapshot_of, verdict_of

VERDICT = "verdict:"
"""Parts of the state that begin so hold the verdict on which an alert may take something back."""
DEADLINE = "watch"
"""The part of the state that says until when is watched."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A watch, as it is kept: started again, it ends at the same time."""

    began: datetime
    until: datetime


class Watch:
    """Reads the records and keeps what follows from them."""

    def __init__(
        self, *, source: RecordSource, store: MonitorStore, policy: Policy, now: datetime, environment: dict[str, str]
    ) -> None:
        kept = store.state()
        self.source, self.store, self.policy, self.environment = source, store, policy, environment
        self.engine = Engine(policy, kept, now)
        self.alerts: list[Alert] = []
        """Those of the last step; they are kept."""
        raw = kept.get(DEADLINE)
        self.deadline = msgspec.msgpack.decode(raw, type=Deadline) if raw else None

    def begin(self, deadline: Deadline) -> None:
        """Watch until then; a watch that was begun and has not ended goes on."""
        if self.deadline is not None:
            return
        self.deadline = deadline
        self.engine.begin_watch(deadline.began)
        self.store.commit({**self.engine.kept(), DEADLINE: msgspec.msgpack.encode(deadline)}, None, ())

    def end(self) -> None:
        """The watch is over: the next one begins anew."""
        self.deadline = None
        self.store.commit({DEADLINE: b""}, None, ())

    def step(self, now: datetime, *, live: bool = True, clock: bool = True) -> Batch | None:
        """Read one batch and keep what follows.

        `live`: what is found, is found now. `clock`: it may be asked whether records still come.
        """
        batch = self.source.read()
        engine = self.engine
        if batch is not None:
            engine.faults.note(batch.problems, batch.path)
            engine.feed(batch.lines, batch.role, now, live=live)
        elif live and clock:
            engine.presence.tick(now)
        alerts = self.alerts = engine.take()
        if batch is None and not alerts:
            return None
        kept = engine.kept()
        if self.policy.monitor.rollback != "off" and any(alert.kind is AlertKind.FIRING for alert in alerts):
            record = msgspec.msgpack.encode(verdict_of(engine, now, self.environment, evidence=True))
            kept |= {f"{VERDICT}{alert.id}": record for alert in alerts if alert.kind is AlertKind.FIRING}
        self.store.commit(kept, batch, alerts)
        return batch

    def snapshot(self, now: datetime) -> Snapshot:
        """All that is known at this moment."""
        until = self.deadline.until if self.deadline else None
        return snapshot_of(self.engine, now, until=until, undelivered=len(self.store.waiting()))

    def verdict(self, now: datetime) -> VerdictRecord:
        """The last word."""
        return verdict_of(self.engine, now, self.environment)
