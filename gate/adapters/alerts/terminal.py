"""A line on stderr: for logs, and where nobody else can be told."""

import sys
import time
from dataclasses import dataclass

from gate.adapters.alerts.patience import now
from gate.domain.alert import Alert, Delivery, Sent
from gate.report.alerts import line


@dataclass(frozen=True, kw_only=True, slots=True)
class TerminalChannel:
    """Implements the port Channel."""

    name: str = "terminal"

    def deliver(self, alert: Alert) -> Delivery:
        """One write, so that lines of several do not mix."""
        started = time.monotonic()
        outcome, sentence = Sent.DELIVERED, "written to stderr"
        try:
            sys.stderr.write(f"gate: {line(alert)}\n")
            sys.stderr.flush()
        except (OSError, ValueError) as error:  # a pipe that is closed, an encoding without these letters
            outcome, sentence = Sent.FAILED, f"stderr cannot be written ({type(error).__name__})"
        seconds = round(time.monotonic() - started, 3)
        return Delivery(
            alert=alert.id, channel=self.name, outcome=outcome, at=now(), sentence=sentence, seconds=seconds
        )
