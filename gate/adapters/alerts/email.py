"""E-mail by SMTP: TLS with a checked certificate, AUTH, and a Message-ID that a second sending repeats."""

import contextlib
import hashlib
import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from gate.adapters.alerts.patience import Patience, Tried, delivered
from gate.adapters.alerts.secrets import Secret, withheld
from gate.domain.alert import Alert, Delivery, Sent
from gate.domain.alerting import EmailSettings
from gate.report.alerts import mail
from gate.report.text import plain

PORTS = {"starttls": 587, "implicit": 465, "none": 25}
HELLO = "[127.0.0.1]"
"""What smtplib says itself where a machine has no full name; asking for that can take long."""
NO_TLS = 'the mail server offers no TLS: nothing was sent; mend it, or tls = "none" for one on this machine'
SAID = 120
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


class _Plain(smtplib.SMTP):
    """One conversation in bounded time: smtplib's own time-out begins anew with each answer."""

    debuglevel = 0  # smtplib prints passwords where somebody sets the class's

    def __init__(self, host: str, port: int, seconds: float, **more: Any) -> None:
        self._until = time.monotonic() + seconds
        super().__init__(host, port, local_hostname=HELLO, timeout=seconds, **more)

    def getreply(self) -> tuple[int, bytes]:
        """Wait no longer than is left."""
        if self.sock is not None:
            self.sock.settimeout(max(0.05, self._until - time.monotonic()))
        return super().getreply()


class _Implicit(_Plain, smtplib.SMTP_SSL):
    """The same inside TLS from the first byte."""


class _RefusedError(Exception):
    """The server said no. Only what is safe to say is in it."""

    def __init__(self, tried: Tried) -> None:
        super().__init__(tried.sentence)
        self.tried = tried


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailChannel:
    """Implements the port Channel."""

    name: str = "email"
    settings: EmailSettings
    user: Secret | None
    password: Secret | None
    patience: Patience

    def deliver(self, alert: Alert) -> Delivery:
        """Send to every recipient; who has it is not sent to again."""
        message = letter(alert, self.settings).as_bytes(policy=SMTP.clone(cte_type="7bit"))
        letter_ = _Sending(channel=self, message=message, left=list(self.settings.to))
        return delivered(self.name, alert, letter_.once, self.patience)

    def scrub(self, text: str) -> str:
        """Hide name and password in what the server said."""
        for secret in (self.password, self.user):
            text = secret.scrub(text) if secret else text
        return plain(text, SAID)


@dataclass(kw_only=True, slots=True)
class _Sending:
    """One letter, until everybody has it."""

    channel: EmailChannel
    message: bytes
    left: list[str]
    handed_over: bool = False

    def once(self, timeout: float) -> Tried:
        """One connection."""
        self.handed_over = False
        try:
            with withheld():
                return self._once(timeout)
        except _RefusedError as error:
            return error.tried
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return self._silence(error)

    def _once(self, timeout: float) -> Tried:
        smtp = self._connected(timeout)
        try:
            self._secured(smtp)
            self._known(smtp)
            tried = self._handed(smtp)
            _goodbye(smtp)
            return tried
        finally:
            smtp.close()

    def _connected(self, timeout: float) -> smtplib.SMTP:
        settings = self.channel.settings
        port = settings.port or PORTS[settings.tls]
        if settings.tls != "implicit":
            return _Plain(settings.host, port, timeout)
        return _Implicit(settings.host, port, timeout, context=ssl.create_default_context())

    def _secured(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.channel.settings.tls != "starttls":
            return
        if not smtp.has_extn("starttls"):
            raise _RefusedError(Tried(outcome=Sent.FAILED, sentence=NO_TLS))
        code, said = smtp.starttls(context=ssl.create_default_context())
        if code != 220:
            raise _RefusedError(self._answered("does not begin TLS", code, said))
        smtp.ehlo()

    def _known(self, smtp: smtplib.SMTP) -> None:
        user, password = self.channel.user, self.channel.password
        if user is None or password is None:
            return
        try:
            smtp.login(user.reveal(), password.reveal())
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            raise _RefusedError(
                self._answered("refuses name and password", error.smtp_code, error.smtp_error)
            ) from None
        except smtplib.SMTPException:  # no AUTH, or no way of it that smtplib knows
            sentence = "the mail server takes no name and password (no AUTH)"
            raise _RefusedError(Tried(outcome=Sent.FAILED, sentence=sentence)) from None
        except UnicodeError:
            sentence = "name or password hold letters that AUTH cannot carry"
            raise _RefusedError(Tried(outcome=Sent.FAILED, sentence=sentence)) from None

    def _handed(self, smtp: smtplib.SMTP) -> Tried:
        code, said = smtp.mail(self.channel.settings.sender)
        if code != 250:
            return self._answered("refuses the sender", code, said)
        refused = [(to, *answer) for to in self.left if (answer := smtp.rcpt(to))[0] not in (250, 251)]
        if len(refused) == len(self.left):
            return self._answered("refuses every recipient", refused[0][1], refused[0][2])
        self.handed_over = True
        try:
            code, said = smtp.data(self.message)
        except smtplib.SMTPDataError as error:
            return self._answered("refuses the message", error.smtp_code, error.smtp_error)
        if code != 250:
            return self._answered("refuses the message", code, said)
        if not refused:
            return Tried(outcome=Sent.DELIVERED, sentence=f"answered {code}")
        self.left = [to for to, *_ in refused]
        count = f"{len(refused)} of {len(self.channel.settings.to)} recipients"
        return self._answered(f"refuses {count}, the others have it", refused[0][1], refused[0][2])

    def _answered(self, what: str, code: int, said: bytes | str) -> Tried:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        shown = self.channel.scrub(text)
        sentence = f"the mail server {what}: {code}" + (f" {shown}" if shown else "")
        return Tried(outcome=Sent.FAILED, sentence=sentence, again=400 <= code < 500)

    def _silence(self, error: Exception) -> Tried:
        if self.handed_over:
            return Tried(outcome=Sent.UNKNOWN, sentence="sent, and no answer came from the mail server", again=True)
        if isinstance(error, ssl.SSLError):
            return Tried(outcome=Sent.FAILED, sentence="the mail server's certificate is not trusted; nothing was sent")
        if isinstance(error, smtplib.SMTPResponseException):
            return self._answered("refuses", error.smtp_code, error.smtp_error)
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib wraps it
            return Tried(outcome=Sent.FAILED, sentence="the mail server does not answer in time", again=True)
        if isinstance(error, socket.gaierror):
            return Tried(outcome=Sent.FAILED, sentence="there is no mail server of this name", again=True)
        return Tried(
            outcome=Sent.FAILED, sentence="the mail server ends the connection, or cannot be reached", again=True
        )


def _goodbye(smtp: smtplib.SMTP) -> None:
    """Politely, and not waiting for long: the letter is there."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        if smtp.sock is not None:
            smtp.sock.settimeout(0.5)
        smtp.quit()


def letter(alert: Alert, settings: EmailSettings) -> EmailMessage:
    """The whole message. The same alert makes the same Message-ID; alerts of one key make one thread."""
    words = mail(alert)
    domain = settings.sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Subject"] = words.subject
    message["Date"] = format_datetime(_date(alert.at))
    message["Message-ID"] = f"<{_hash(alert.id)}.alert.gate@{domain}>"
    message["References"] = f"<{_hash(alert.key)}.key.gate@{domain}>"
    message["X-Gate-Alert"] = alert.id if _NAME.fullmatch(alert.id) else _hash(alert.id)
    message["Auto-Submitted"] = "auto-generated"
    if words.urgent:
        message["Importance"] = "high"
        message["X-Priority"] = "1"
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    return message


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _date(at: str) -> datetime:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return datetime.now(tz=UTC)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
