"""Trying again, in bounds of number and time, and never sooner than the service asks."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import tenacity

from gate.domain.alert import Alert, Delivery, Sent

FIRST = 0.5
"""Seconds before the second try; doubled each time."""
LONGEST = 8.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What one try came to."""

    outcome: Sent
    sentence: str = ""
    again: bool = False
    """Trying again can help."""
    wait: float = 0.0
    """Seconds that the service asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often and how long one channel may try."""

    tries: int
    timeout: float
    """Seconds of one try."""
    within: float
    """Seconds of all of them."""
    first: float = FIRST


def delivered(channel: str, alert: Alert, attempt: Callable[[float], Tried], patience: Patience) -> Delivery:
    """Try until it is delivered, cannot be, or the time is over. A doubt that arose once stays."""
    started = time.monotonic()
    doubts: list[str] = []
    count = 0

    def once() -> Tried:
        nonlocal count
        count += 1
        left = patience.within - (time.monotonic() - started)
        tried = attempt(max(0.05, min(patience.timeout, left)))
        if tried.outcome is Sent.UNKNOWN:
            doubts.append(tried.sentence)
        return tried

    last = _retrying(patience)(once)
    unsure = bool(doubts) and last.outcome is not Sent.DELIVERED
    return Delivery(
        alert=alert.id,
        channel=channel,
        outcome=Sent.UNKNOWN if unsure else last.outcome,
        at=now(),
        tries=count,
        sentence=_sentence(last, patience, doubts if unsure else []),
        seconds=round(time.monotonic() - started, 3),
    )


def _retrying(patience: Patience) -> "tenacity.Retrying":
    return tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda tried: tried.again),
        wait=lambda state: _pause(state, patience.first),
        stop=tenacity.stop_any(
            tenacity.stop_after_attempt(patience.tries), tenacity.stop_before_delay(patience.within)
        ),
        retry_error_callback=_last,
    )


def _last(state: tenacity.RetryCallState) -> Tried:
    assert state.outcome is not None  # noqa: S101 (there was a try)
    tried: Tried = state.outcome.result()
    return tried


def _pause(state: tenacity.RetryCallState, first: float) -> float:
    """As long as was asked for, or twice as long as before; a little more, so that many do not come at once."""
    own = min(LONGEST, math.ldexp(first, state.attempt_number - 1))
    asked: float = _last(state).wait
    return max(asked, own * random.uniform(0.75, 1.0)) + random.uniform(0, 0.05)  # noqa: S311 (no secret)


def _sentence(last: Tried, patience: Patience, doubts: list[str]) -> str:
    if last.again and last.wait >= patience.within:
        return f"{last.sentence}; it asks to wait {last.wait:g} s, at most {patience.within:g} s may be waited"
    if doubts and last.sentence not in doubts:
        return f"{doubts[-1]}; then: {last.sentence}"
    return last.sentence


def asked_to_wait(*answers: object) -> float:
    """Seconds out of a Retry-After: whole, fractional, or a date; 0 where there is none that makes sense."""
    return max((_seconds(answer) for answer in answers), default=0.0)


def _seconds(answer: object) -> float:
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        return 0.0
    try:
        found = float(answer)
    except ValueError:
        return _until(str(answer))
    except OverflowError:
        return 0.0
    return found if math.isfinite(found) and found > 0 else 0.0


def _until(date: str) -> float:
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, IndexError, TypeError):
        return 0.0
    then = then.replace(tzinfo=UTC) if then.tzinfo is None else then
    return max(0.0, (then - datetime.now(tz=UTC)).total_seconds())


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
