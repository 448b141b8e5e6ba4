"""The many other services, by apprise. It says yes or no, and not why; it is asked again once, and not soon.

apprise reads no Retry-After, and its plugin for Discord sends again at once: for that service there is one of our own.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import apprise
from apprise import AppriseAsset, NotifyFormat, NotifyType
from apprise.common import PersistentStoreMode

from gate.adapters.alerts.patience import Patience, Tried, delivered
from gate.adapters.alerts.secrets import Secret, unprinted, withheld
from gate.domain.alert import Alert, AlertKind, Delivery, Sent, Severity
from gate.report.alerts import lines

TRIES = 2
PAUSE = 2.0
"""Seconds: nobody tells how long the service wants to be left alone."""
UNKNOWN = "an address is none that apprise knows"
NO_ANSWER = "sent, and no answer came in time"
KINDS = {Severity.INFO: NotifyType.INFO, Severity.WARNING: NotifyType.WARNING, Severity.CRITICAL: NotifyType.FAILURE}


@dataclass(frozen=True, kw_only=True, slots=True)
class AppriseChannel:
    """Implements the port Channel."""

    name: str = "apprise"
    urls: tuple[Secret, ...]
    patience: Patience
    pause: float = PAUSE

    def deliver(self, alert: Alert) -> Delivery:
        """Send to each address; who has it is not sent to again."""
        sending = _Sending(urls=list(self.urls), alert=alert)
        tries = min(TRIES, self.patience.tries)
        patience = Patience(tries=tries, timeout=self.patience.timeout, within=self.patience.within, first=self.pause)
        return delivered(self.name, alert, sending.once, patience)


@dataclass(kw_only=True, slots=True)
class _Sending:
    urls: list[Secret]
    alert: Alert
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = len(self.urls)

    def once(self, timeout: float) -> Tried:
        """Ask every service that has not said yes, one after the other within the time."""
        until = time.monotonic() + timeout
        said = {url: _notified(url, self.alert, until - time.monotonic()) for url in self.urls}
        self.urls = [url for url, why in said.items() if why]
        yes = f"{self.total - len(self.urls)} of {self.total} services say yes"
        if not self.urls:
            return Tried(outcome=Sent.DELIVERED, sentence=yes)
        reasons = sorted({why for why in said.values() if why})
        outcome = Sent.UNKNOWN if NO_ANSWER in reasons else Sent.FAILED
        return Tried(outcome=outcome, sentence=f"{yes}; {', '.join(reasons)}", again=reasons != [UNKNOWN])


def _notified(url: Secret, alert: Alert, timeout: float) -> str:
    """Say why not, or nothing where the service said yes."""
    if timeout <= 0:
        return "there was no time left for the rest"
    title, body = lines(alert)
    kind = NotifyType.SUCCESS if alert.kind is AlertKind.RECOVERED else KINDS[alert.severity]
    started = time.monotonic()
    try:
        with withheld(), unprinted():
            service: Any = apprise.Apprise.instantiate(url.reveal(), asset=_asset(), suppress_exceptions=True)
            if service is None:
                return UNKNOWN
            started = time.monotonic()
            service.socket_connect_timeout = service.socket_read_timeout = timeout / 2
            said = service.notify(body=body, title=title, notify_type=kind, body_format=NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001 (a hundred plugins; none may stop the others)
        return f"a service's plugin fails ({type(error).__name__})"
    if said:
        return ""
    return NO_ANSWER if time.monotonic() - started >= timeout / 2 else "the rest say no"


def _asset() -> Any:
    return AppriseAsset(async_mode=False, secure_logging=True, storage_mode=PersistentStoreMode.MEMORY)
