"""Whether there are records at all: of the strategy, and of each symbol. What is missing is unknown, never green."""

from collections.abc import Mapping
from datetime import datetime

from gate.domain.alert import Alert
from gate.domain.monitoring import Policy, Watched
from gate.metrics.live import Track
from gate.usecases.monitoring import telling
from gate.usecases.monitoring.lanes import EngineState, iso

LEAST_STALE = 60.0
STALE_BARS = 5
UNKNOWN_STALE = 900.0
"""Seconds without a record that are too long while nobody knows how far bars lie apart."""
GAPS = 9


class Presence:
    """Notes when records come, in the state that is kept; tells when they do not."""

    def __init__(self, policy: Policy, state: EngineState, tracks: Mapping[str, Track], alerts: list[Alert]) -> None:
        self.policy, self.state, self.tracks, self.alerts = policy, state, tracks, alerts

    def seen(self, track: Track, time: datetime, now: datetime, *, late: bool, bar: bool) -> None:
        """A live record came."""
        state = self.state
        if state.last_at is None or time > state.last_at:
            state.last_at = min(time, now)
        if not bar or late:
            return
        if time != state.bar_at:
            if state.bar_at is not None and time > state.bar_at:
                state.gaps.append((time - state.bar_at).total_seconds())
                del state.gaps[:-GAPS]
            state.bar_at = time
            state.turns += 1
            self._look_for_quiet(time)
        track.turn = state.turns
        if track.symbol in state.quiet:
            began = state.quiet.pop(track.symbol)
            self.alerts.append(telling.quiet_alert(track.symbol, quiet=False, at=iso(time), began=began))

    def _look_for_quiet(self, time: datetime) -> None:
        """One symbol has no records while the others have: the pool would hide it."""
        long_ago = self.state.turns - 1 - self.policy.monitor.short
        for _, track in sorted(self.tracks.items()):
            if track.bars and track.turn < long_ago and track.symbol not in self.state.quiet:
                self.state.quiet[track.symbol] = iso(time)
                self.alerts.append(telling.quiet_alert(track.symbol, quiet=True, at=iso(time), began=iso(time)))

    def stale_after(self) -> float:
        """Seconds without a record that are too long."""
        if self.policy.monitor.stale_after is not None:
            return self.policy.monitor.stale_after
        gaps = sorted(self.state.gaps)
        return max(LEAST_STALE, STALE_BARS * gaps[len(gaps) // 2]) if gaps else UNKNOWN_STALE

    def tick(self, now: datetime) -> None:
        """Ask the clock whether records still come."""
        state = self.state
        last = state.last_at or state.started_at or now
        stale = (now - last).total_seconds() > self.stale_after()
        if stale == state.stale:
            return
        state.stale = stale
        self.alerts.append(telling.stale_alert(stale=stale, last=iso(last), now=iso(now), began=state.stale_since))
        state.stale_since = iso(now) if stale else ""

    def feed(self) -> Watched:
        """Whether records come."""
        if self.state.stale:
            return Watched.FIRING
        return Watched.OK if self.state.last_at else Watched.UNKNOWN
