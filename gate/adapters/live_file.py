"""The monitor's newest word, out of the file that it writes about once a second (monitor.json).

Only what is shown is read; what else stands there is the monitor's own. What it does not say for certain is unknown.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gate.domain.limit import Limit
from gate.domain.live import Live, LiveMetric, LiveState, Tail
from gate.errors import OutputError

SCHEMA = 1
LARGEST = 16 * 2**20
"""Bytes; a snapshot holds some hundred bars of some symbols."""
STATES = {"ok": LiveState.WITHIN, "firing": LiveState.BREACHED}
"""Any other word is unknown."""
WORST = (LiveState.WITHIN, LiveState.WARNING, LiveState.UNKNOWN, LiveState.BREACHED)


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    metric: str
    state: str
    symbol: str = ""
    value: float | None = None
    n: int = 0
    baseline: float | None = None
    limit: Limit = Limit()
    sentence: str = ""


class _Point(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    state: str = ""
    price: float | None = None


class _Series(msgspec.Struct, frozen=True, kw_only=True):
    symbol: str
    points: tuple[_Point, ...] = ()


class _Feed(msgspec.Struct, frozen=True, kw_only=True):
    state: str = ""
    last_record_at: str = ""


class _Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    at: str
    feed: _Feed = _Feed()
    versions: tuple[str, ...] = ()
    standings: tuple[_Standing, ...] = ()
    undelivered: int = 0
    series: tuple[_Series, ...] = ()


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
            found = msgspec.json.decode(self._path.read_bytes(), type=_Snapshot)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(f"cannot read {self._path.name}: {error.strerror}", "may gate read it?") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise OutputError(f"{self._path.name} is no snapshot of the monitor: {error}", advice) from error
        if found.schema != SCHEMA:
            raise OutputError(f"{self._path.name} has schema {found.schema}; this gate knows {SCHEMA}", advice)
        return _live(found)


def _live(found: _Snapshot) -> Live:
    flows = found.feed.state == "ok"
    return Live(
        at=found.at,
        version=found.versions[-1] if found.versions else "",
        metrics=tuple(_metric(those, flows=flows) for those in _by_metric(found.standings)),
        tails=tuple(_tail(series) for series in found.series if series.points),
        trouble=_trouble(found, flows=flows),
    )


def _trouble(found: _Snapshot, *, flows: bool) -> str:
    """What makes it less certain than it looks."""
    words = []
    if not flows:
        since = found.feed.last_record_at
        words.append(f"The strategy has written no record since {since}." if since else "No record has come yet.")
    if found.undelivered:
        words.append(f"{found.undelivered} alerts wait to be told.")
    return " ".join(words)


def _by_metric(standings: Iterable[_Standing]) -> Iterable[list[_Standing]]:
    found: dict[str, list[_Standing]] = {}
    for one in standings:
        found.setdefault(one.metric, []).append(one)
    return found.values()


def _metric(those: list[_Standing], *, flows: bool) -> LiveMetric:
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


def _state(standing: _Standing) -> LiveState:
    return STATES.get(standing.state, LiveState.UNKNOWN)


def _tail(series: _Series) -> Tail:
    return Tail(
        symbol=series.symbol,
        at=tuple(_moment(point.at) for point in series.points),
        price=tuple(point.price for point in series.points),
        state=tuple(point.state for point in series.points),
    )


def _moment(at: datetime) -> str:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
