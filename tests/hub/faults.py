"""What goes wrong on demand: which request, how, and the how-manieth time."""

import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from tests.hub.exchange import DOCUMENTATION, Answer

SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


class When(StrEnum):
    INSTEAD = "instead"
    """The request changes nothing."""
    AFTER = "after"
    """The change is made, and its answer is lost."""


class Way(StrEnum):
    ANSWER = "answer"
    RESET = "reset"
    TRUNCATED = "truncated"
    HTML = "html"
    SLOW = "slow"


@dataclass(frozen=True, kw_only=True)
class Fault:
    way: Way
    when: When = When.INSTEAD
    answer: Answer | None = None
    seconds: float = 0.0

    def instead(self) -> Answer:
        """What is answered where the request is not looked at."""
        if self.way is Way.HTML:
            page = b"<!DOCTYPE html><html><body>Sign in</body></html>"
            return Answer(raw=page, headers={"Content-Type": "text/html"})
        return self.answer or Answer()


def status(code: int, message: str = "", *, when: When = When.INSTEAD, headers: dict[str, str] | None = None) -> Fault:
    body: dict[str, Any] = {"message": message or _USUAL.get(code, "Server Error"), "documentation_url": DOCUMENTATION}
    if code == 422:
        body["errors"] = []
    return Fault(way=Way.ANSWER, when=when, answer=Answer(status=code, body=body, headers=headers or {}))


def rate_limited(*, retry_after: int | None = None, resets_in: int = 1, code: int = 429) -> Fault:
    """The primary limit is used up: 429 (or 403) with its headers."""
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(time.time()) + resets_in),
        "x-ratelimit-resource": "core",
    }
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return status(code, "API rate limit exceeded for installation ID 1.", headers=headers)


def secondary_limit(*, retry_after: int | None = 1, code: int = 403) -> Fault:
    return status(code, SECONDARY, headers={} if retry_after is None else {"Retry-After": str(retry_after)})


def bad_gateway(*, when: When = When.INSTEAD) -> Fault:
    """502 with HTML, as GitHub's proxies answer."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    answer = Answer(status=502, raw=page, headers={"Content-Type": "text/html"})
    return Fault(way=Way.ANSWER, when=when, answer=answer)


def reset(*, when: When = When.INSTEAD) -> Fault:
    return Fault(way=Way.RESET, when=when)


def slow(seconds: float) -> Fault:
    return Fault(way=Way.SLOW, when=When.AFTER, seconds=seconds)


def truncated() -> Fault:
    """A full Content-Length, half of the JSON."""
    return Fault(way=Way.TRUNCATED, when=When.AFTER)


def html() -> Fault:
    """200 with a page instead of JSON, as a proxy's login form."""
    return Fault(way=Way.HTML, when=When.INSTEAD)


_USUAL = {
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    422: "Validation Failed",
    500: "Server Error",
    502: "Server Error",
    503: "Service Unavailable",
}


@dataclass(kw_only=True)
class Planned:
    method: str
    path: str
    fault: Fault
    first: int
    last: int
    seen: int = 0


@dataclass
class Faults:
    """The list that the server asks before it serves."""

    planned: list[Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, method: str, path: str, fault: Fault, *, nth: int = 1, times: int | None = 1) -> None:
        """Let the ``nth`` request that fits (and the ``times - 1`` after it; None: all) meet the fault."""
        last = nth + times - 1 if times is not None else 1 << 30
        self.planned.append(Planned(method=method, path=path, fault=fault, first=nth, last=last))

    def meet(self, method: str, path: str) -> Fault | None:
        """Counts this request and says what goes wrong with it."""
        with self._lock:
            hit = None
            for plan in self.planned:
                if fnmatchcase(method, plan.method) and fnmatchcase(path, plan.path):
                    plan.seen += 1
                    if plan.first <= plan.seen <= plan.last and hit is None:
                        hit = plan.fault
            return hit

    def clear(self) -> None:
        self.planned.clear()
