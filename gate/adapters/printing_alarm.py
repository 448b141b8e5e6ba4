"""The smallest way to tell people: a line on a stream, for whoever looks at the terminal or the service's log."""

from collections.abc import Callable, Sequence

from gate.domain.alert import Alert, Delivery, Sent

CHANNEL = "terminal"


class PrintingAlarm:
    """Implements the port Alarm."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say

    def tell(self, alert: Alert) -> Sequence[Delivery]:
        """Print one line."""
        text = f"{alert.at} {alert.severity.value.upper()} {alert.kind.value}: {alert.title}: {alert.text} [{alert.id}]"
        line = "".join(char if char.isprintable() else "?" for char in text)
        try:
            self._say(line)
        except OSError as error:
            return [_delivery(alert, Sent.FAILED, f"cannot be printed: {error.strerror}")]
        return [_delivery(alert, Sent.DELIVERED, "")]

    def remind(self) -> Sequence[Delivery]:
        """Whoever reads the stream has been told once, and that is all that it can do."""
        return ()


def _delivery(alert: Alert, outcome: Sent, sentence: str) -> Delivery:
    return Delivery(alert=alert.id, channel=CHANNEL, outcome=outcome, at=alert.at, sentence=sentence)
