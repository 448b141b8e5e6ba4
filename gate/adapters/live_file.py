"""The monitor's newest word, out of the file that it writes about once a second (monitor.json).

What it does not say for certain is unknown.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gate.domain.live import Live, LiveMetric, LiveState, Tail
from gate.domain.monitoring import SNAPSHOT_SCHEMA, Series, Snapshot, Standing, Watched
from gate.errors import OutputError

LARGEST = 16 * 2**20
"""Bytes; a snapshot holds some hundred bars of some symbols."""
STATES = {Watched.OK: LiveState.WITHIN, Watched.FIRING: LiveState.BREACHED, Watched.UNKNOWN: LiveState.UNKNOWN}
WORST = (LiveState.WITHIN, LiveState.WARNING, LiveState.UNKNOWN, LiveState.BREACHED)


class LiveFile:
    """Implements the port LiveSource."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self) -> Live | None:
        """Read it whole. Raises OutputError for one that is damaged, too large or of another schema."""
        advice = "is the monitor of the same version of gate?"
        try:
            if self._path.stat().st_size > LARGEST:
                raise OutputError(f"{self._path.name} is larger than {LARGEST >> 20} MiB", advice)
            found = msgspec.json.decode(self._path.read_bytes(), type=Snapshot)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(f"cannot read {self._path.name}: {error.strerror}", "may gate read it?") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise OutputError(f"{self._path.name} is no snapshot of the monitor: {error}", advice) from error
        if found.schema != SNAPSHOT_SCHEMA:
            raise OutputError(f"{self._path.name} has schema {found.schema}; this gate knows {SNAPSHOT_SCHEMA}", advice)
        return _live(found)


def _live(found: Snapshot) -> Live:
    flows = found.feed.state is Watched.OK
    return Live(
        at=found.at,
        version=found.versions[-1] if found.versions else "",
        metrics=tuple(_metric(those, flows=flows) for those in _by_metric(found.standings)),
        tails=tuple(_tail(series) for series in found.series if series.points),
        trouble=_trouble(found, flows=flows),
    )


def _trouble(found: Snapshot, *, flows: bool) -> str:
    """What makes it less certain than it looks."""
    words = []
    if not flows:
        since = found.feed.last_record_at
        words.append(f"The strategy has written no record since {since}." if since else "No record has come yet.")
    if found.feed.quiet:
        words.append(f"No records of {', '.join(found.feed.quiet[:5])}, while others have some.")
    if found.undelivered:
        words.append(f"{found.undelivered} alerts wait to be told.")
    return " ".join(words)


def _by_metric(standings: Iterable[Standing]) -> Iterable[list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for one in standings:
        found.setdefault(one.metric, []).append(one)
    return found.values()


def _metric(those: list[Standing], *, flows: bool) -> LiveMetric:
    """One line a metric: the worst of its scopes; of equals the pooled one."""
    worst = max(those, key=lambda one: (WORST.index(_state(one)), not one.symbol))
    state = _state(worst)
    if not flows and state is not LiveState.BREACHED:
        state = LiveState.UNKNOWN
    scope = f"{worst.symbol}: " if worst.symbol and worst.sentence else ""
    return LiveMetric(
        metric=worst.metric,
        state=state,
        value=worst.value,
        baseline=worst.baseline,
        limit=worst.limit,
        n=worst.n,
        sentence=f"{scope}{worst.sentence}",
    )


def _state(standing: Standing) -> LiveState:
    return STATES[standing.state]


def _tail(series: Series) -> Tail:
    return Tail(
        symbol=series.symbol,
        at=tuple(_moment(point.at) for point in series.points),
        price=tuple(point.price for point in series.points),
        state=tuple(point.state for point in series.points),
    )


def _moment(at: datetime) -> str:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
