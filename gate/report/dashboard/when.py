"""Moments and spans for people: always UTC, always absolute; what remains stands beside it."""

from datetime import UTC, datetime

UNKNOWN = "time unknown"


def moment(text: str) -> datetime | None:
    """Read ISO 8601; without a zone it is UTC. None for anything else."""
    try:
        read = datetime.fromisoformat(text)
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def machine(at: datetime | None) -> str:
    """For <time datetime=...> and for the script."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def said(at: datetime | None) -> str:
    """E.g. "29 Nov 2026, 14:30 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC" if at else UNKNOWN


def to_the_second(at: datetime | None) -> str:
    """E.g. "29 Nov 2026, 14:30:05 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M:%S} UTC" if at else UNKNOWN


def clock(at: datetime) -> str:
    """E.g. "14:30:05 UTC"."""
    return f"{at:%H:%M:%S} UTC"


def span(seconds: float) -> str:
    """E.g. "2 d 3 h", "3 h 12 min", "12 min", "40 s": rounded down, so that nobody has less time than it says."""
    whole = int(abs(seconds))
    days, hours, minutes = whole // 86_400, whole % 86_400 // 3600, whole % 3600 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{whole} s"


def ago(at: datetime | None, now: datetime) -> str:
    """How long since; what lies ahead of the clock is said to."""
    if at is None:
        return UNKNOWN
    seconds = (now - at).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"{span(seconds)} ahead of this clock"
