"""`start` and `end` of [data]: which times are used."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt

from gate.errors import DataError

Nanoseconds = npt.NDArray[np.int64]
"""Since 1970-01-01, UTC where the source said a zone."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = np.iinfo(np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Times from `first` to `last`, both inclusive, in nanoseconds since 1970-01-01."""

    first: int = int(_INT64.min)
    last: int = int(_INT64.max)
    words: str = "the whole time"

    @classmethod
    def between(cls, start: str | None, end: str | None) -> Self:
        """Read two ISO 8601 dates; an `end` without a time of day is the whole day. Raises DataError."""
        first = int(_INT64.min) if start is None else _instant("start", start)
        last = int(_INT64.max) if end is None else _instant("end", end)
        if first > last:
            raise DataError(f"[data] start = {start} is after end = {end}.", "Swap them, or leave one out.")
        words = " ".join(f"{word} {text}" for word, text in (("from", start), ("to", end)) if text is not None)
        return cls(first=first, last=last, words=words or "the whole time")

    def select(self, times: Nanoseconds, origin: str) -> slice | npt.NDArray[np.int64]:
        """Return the positions inside the period; slice(None) where that is all. Raises DataError if none is."""
        inside = (times >= self.first) & (times <= self.last)
        if inside.all():
            return slice(None)
        if not inside.any():
            earliest, latest = show_time(times.min()), show_time(times.max())
            raise DataError(
                f"{origin}: no bars {self.words}; there are bars from {earliest} to {latest}.",
                "Widen [data] start and end.",
            )
        return np.flatnonzero(inside)


def show_time(nanoseconds: int | np.int64) -> str:
    """A date as a person writes it; with the time of day where there is one."""
    day, clock = str(np.datetime64(int(nanoseconds), "ns")).split("T")
    clock = clock.rstrip("0").rstrip(".:") if "." in clock else clock
    return day if not clock.strip("0:") else f"{day} {_padded(clock)}"


def _padded(clock: str) -> str:
    """Undo what stripping zeros took from hh:mm:ss itself."""
    return clock if "." in clock else (clock + "00:00:00"[len(clock) :])


def _instant(key: str, text: str) -> int:
    """Nanoseconds of an ISO date or date-time, clipped to what 64 bits hold."""
    try:
        moment = _moment(text, whole_day=key == "end")
    except ValueError:
        raise DataError(f'[data] {key} = "{text}" is not an ISO 8601 date.', "Write it as YYYY-MM-DD.") from None
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    # The last microsecond of a day ends with its last nanosecond.
    nanoseconds = microseconds * 1000 + (999 if key == "end" else 0)
    return min(max(nanoseconds, int(_INT64.min)), int(_INT64.max))


def _moment(text: str, *, whole_day: bool) -> datetime:
    """Raises ValueError. A time without a zone is taken as UTC, as the bars are."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.combine(day, time.max if whole_day else time.min, tzinfo=UTC)
