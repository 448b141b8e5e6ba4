"""A secret that cannot be printed by accident, and libraries that are not heard while they hold one."""

import base64
import http.client
import logging
import re
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote

WITHHELD = "(withheld: what a library says while it holds a secret)"
HIDDEN = "•••"
SHORTEST = 6
"""Characters of a part that is looked for; `services` and a host's name are hidden along with the token."""


class Secret:
    """A webhook's address, a password. Its text is taken out where it is sent, and nowhere else."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a secret is not copied into files")

    def reveal(self) -> str:
        """Take it out, to send it."""
        return self._text

    def scrub(self, text: str) -> str:
        """Hide the secret, its parts and their usual encodings in what a stranger answered."""
        for part in sorted(self._parts(), key=len, reverse=True):
            text = re.sub(re.escape(part), HIDDEN, text, flags=re.IGNORECASE)
        return text

    def _parts(self) -> set[str]:
        words = {self._text, unquote(self._text), *re.split(r"[/?&=:@\s]+", self._text)}
        parts = {word for word in words if len(word) >= SHORTEST} | ({self._text} - {""})
        encoded = {base64.b64encode(word.encode("utf-8", "replace")).decode().rstrip("=") for word in parts}
        return parts | {quote(word, safe="", errors="replace") for word in parts} | encoded


_sending = threading.local()
_NEVER_HEARD = ("apprise",)
"""Loads and sends on threads of its own."""


@contextmanager
def withheld() -> Iterator[None]:
    """Keep what libraries log on this thread, at any level: urllib3 logs a webhook's whole path at DEBUG."""
    _listen()
    before = getattr(_sending, "now", False)
    _sending.now = True
    try:
        yield
    finally:
        _sending.now = before


class _Prints:
    """`http.client` and `smtplib` print what they send where somebody sets a class's `debuglevel`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before: list[int] = []

    def stop(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = [one.debuglevel for one in _PRINTING]
                for one in _PRINTING:
                    one.debuglevel = 0
            self._inside += 1

    def go_on(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                for one, level in zip(_PRINTING, self._before, strict=True):
                    one.debuglevel = level


_PRINTING: tuple[Any, ...] = (http.client.HTTPConnection, smtplib.SMTP)
_prints = _Prints()


@contextmanager
def unprinted() -> Iterator[None]:
    """For libraries whose connections are not ours to make: nothing of them is printed meanwhile, in this process."""
    _prints.stop()
    try:
        yield
    finally:
        _prints.go_on()


def _listen() -> None:
    """Stand between the libraries and every handler; once, and again where somebody set another factory since."""
    made = logging.getLogRecordFactory()
    if getattr(made, "withholds", False):
        return

    def factory(*args: Any, **keywords: Any) -> logging.LogRecord:
        record = made(*args, **keywords)
        if getattr(_sending, "now", False) or record.name.split(".")[0] in _NEVER_HEARD:
            record.msg, record.args, record.exc_info, record.exc_text = WITHHELD, (), None, None
            record.stack_info = None
        return record

    factory.withholds = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)
