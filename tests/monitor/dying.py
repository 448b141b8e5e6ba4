"""A monitor that reads records in small bites and tells a file, to be killed: `dying.py RECORDS DATABASE TOLD [BITE]`.

Says "go" when it begins to read, "done" when all is read and told.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from gate.adapters.monitor_store import MonitorDatabase
from gate.adapters.record_feed import RecordFiles, follower
from gate.domain.alert import Delivery, Sent
from gate.domain.monitoring import Policy
from gate.metrics.registry import DEFAULT_LIMITS
from gate.usecases.monitoring.courier import Courier
from gate.usecases.monitoring.watch import Watch


class Diary:
    """Tells a file, one id a line."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def tell(self, alert):
        os.write(self.file, f"{alert.id}\n".encode())
        return [Delivery(alert=alert.id, channel="file", outcome=Sent.DELIVERED, at=alert.at)]

    def remind(self):
        return []


def main(records, database, told, bite="8192"):
    follower.CHUNK = int(bite)
    now = datetime(2026, 6, 1, tzinfo=UTC)
    with MonitorDatabase(Path(database)) as store:
        source = RecordFiles([("live", Path(records))], store.places())
        watch = Watch(source=source, store=store, policy=Policy(limits=DEFAULT_LIMITS), now=now, environment={})
        courier = Courier(store=store, alarm=Diary(told), clock=lambda: now)
        sys.stdout.write("go\n")
        sys.stdout.flush()
        while watch.step(now, live=False) is not None:
            if watch.alerts:
                courier.deliver()
        courier.deliver()
        sys.stdout.write(f"done {watch.engine.state.records} {dict(watch.engine.state.problems)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
