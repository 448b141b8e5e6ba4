"""One POST of JSON over HTTPS to a secret address; every answer and every silence is one sentence without the address.

Why requests and not slack_sdk's WebhookClient: its rate-limit handler reads `int(Retry-After)`, so a fractional one is
an exception, it sleeps as long as it is told, and urllib follows redirects. Why not apprise: docs/alerts.md.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from gate.adapters.alerts.patience import Tried, asked_to_wait
from gate.adapters.alerts.secrets import Secret, withheld
from gate.domain.alert import Sent
from gate.report.text import plain

LARGEST = 4096
"""Bytes of an answer that are read."""
SAID = 120
BUSY = {408, 425, 429, 500, 503}
BETWEEN = {502, 504}
"""A gateway's word: what is behind it may have taken the message."""
LOCAL = {"localhost", "127.0.0.1", "::1"}


class _Wire(threading.local):
    """How far this thread's request has come. Behind a proxy urllib3 says "unable to connect to proxy" of both ends."""

    handed_over = False


_wire = _Wire()


class _HTTP(HTTPConnection):
    debuglevel = 0  # http.client prints requests where somebody sets the class's

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _wire.handed_over = True
        super().send(data)


class _HTTPS(HTTPSConnection):
    debuglevel = 0

    def request(self, *args: Any, **keywords: Any) -> None:
        """By then the tunnel stands, and the certificate was checked."""
        _wire.handed_over = True
        super().request(*args, **keywords)


class _Adapter(HTTPAdapter):
    """Connections that print nothing, whatever `http.client.HTTPConnection.debuglevel` says, and know what they did."""

    def get_connection_with_tls_context(self, *args: Any, **keywords: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **keywords)
        pool.ConnectionCls = _HTTPS if pool.scheme == "https" else _HTTP
        return pool


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the service said."""

    status: int
    headers: "requests.structures.CaseInsensitiveDict[str]"
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The answer as a JSON object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def why_no_address(url: str) -> str:
    """Say what is wrong with an address, without it; "" where nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "holds no web address"
    if parts.scheme == "http" and host in LOCAL:
        return ""
    if parts.scheme != "https" or not host or not url.isascii() or not url.isprintable() or " " in url:
        return "holds no https address"
    return ""


def post(url: Secret, body: object, timeout: float, accepts: Callable[[Answer], bool]) -> Tried:
    """Send once."""
    _wire.handed_over = False
    try:
        with withheld(), _session() as session:
            answer = _sent(session, url.reveal(), json.dumps(body).encode(), timeout)
    except (requests.RequestException, ValueError, OSError) as error:
        return _silence(error)
    return _judged(answer, accepts, url)


def _session() -> requests.Session:
    session = requests.Session()
    session.auth = lambda request: request  # nothing out of a .netrc
    session.mount("https://", _Adapter())
    session.mount("http://", _Adapter())
    return session


def _sent(session: requests.Session, url: str, body: bytes, timeout: float) -> Answer:
    headers = {"Content-Type": "application/json", "User-Agent": "regime-gate"}
    with session.post(
        url, data=body, headers=headers, timeout=(timeout, timeout), allow_redirects=False, stream=True
    ) as response:
        read = next(response.iter_content(LARGEST), b"")
        return Answer(status=response.status_code, headers=response.headers, body=read[:LARGEST])


def _silence(error: Exception) -> Tried:
    """No answer. Before the message was handed over it has failed; after that nobody knows."""
    late = isinstance(error, requests.exceptions.Timeout)
    if _wire.handed_over:
        why = "no answer came in time" if late else "the connection ended without an answer"
        return Tried(outcome=Sent.UNKNOWN, sentence=f"sent, and {why}", again=True)
    if isinstance(error, requests.exceptions.SSLError):
        return Tried(outcome=Sent.FAILED, sentence="its certificate is not trusted; nothing was sent")
    if late:
        return Tried(outcome=Sent.FAILED, sentence="cannot be reached in time", again=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return Tried(outcome=Sent.FAILED, sentence="the proxy does not let it through", again=True)
    if isinstance(error, requests.exceptions.ConnectionError):
        return Tried(outcome=Sent.FAILED, sentence="cannot be reached", again=True)
    # e.g. a host's name that urllib3 refuses, a bundle of certificates that is not there
    return Tried(outcome=Sent.FAILED, sentence=f"cannot be sent to ({type(error).__name__})")


def _judged(answer: Answer, accepts: Callable[[Answer], bool], url: Secret) -> Tried:
    status = answer.status
    if 200 <= status < 300:
        if accepts(answer):
            return Tried(outcome=Sent.DELIVERED, sentence=f"answered {status}")
        return Tried(outcome=Sent.UNKNOWN, sentence=f"answered {status}, and not as the service does")
    if 300 <= status < 400:
        return Tried(outcome=Sent.FAILED, sentence=f"answered {status}, a redirect: it is not followed")
    sentence = f"answered {status}" + _said(answer, url)
    if status in BETWEEN:
        return Tried(outcome=Sent.UNKNOWN, sentence=sentence, again=True)
    return Tried(outcome=Sent.FAILED, sentence=sentence, again=status in BUSY, wait=_wait(answer))


def _wait(answer: Answer) -> float:
    """Discord says it in the body, too, to the millisecond."""
    if answer.status not in BUSY:
        return 0.0
    return asked_to_wait(answer.headers.get("Retry-After"), answer.document.get("retry_after"))


def _said(answer: Answer, url: Secret) -> str:
    """The service's own reason, where it is short and no page."""
    told = answer.document.get("message")
    text = told if isinstance(told, str) else answer.body.decode("utf-8", "replace")
    shown = plain(url.scrub(text), SAID)
    return f": {shown}" if shown and not shown.startswith(("<", "{", "[")) else ""
