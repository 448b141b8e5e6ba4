"""Who is told what: a key rings once at each channel until it recovers, and louder when nobody answers.

Everything here runs inside `Rings.held`: of several processes one after the other decides, each on what the last left.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from gate.domain.alert import Alert, AlertKind, Delivery, Sent, Severity
from gate.domain.ringing import Ring, Telling
from gate.ports.alarm import Rings
from gate.usecases.alerting.fan_out import delivery, stamp

MOST_TRIES = 12
"""Tries of what may have arrived, over all calls and restarts; what has not arrived is tried on, with pauses."""
LONGEST_PAUSE = 60
"""Minutes."""
LONGEST_NOTICE = timedelta(days=1)
"""Who cannot be told so long that it is over is not told any more."""
_SINCE = re.compile(r"^Rings since .{0,40}?, and nobody has answered\. ?")
GRACE = 10.0
"""Seconds beyond the bound in which a telling that somebody began may still be under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How often, how late, how loud."""

    within: float = 20.0
    escalate_minutes: float = 15.0
    escalate_most: int = 3
    cooldown_minutes: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is sent, and what is not."""

    alert: Alert
    """As it is sent: under the id of the ringing where that is told again."""
    send: tuple[str, ...]
    """Channels, in their order."""
    known: tuple[Delivery, ...] = ()
    """Of the other channels: what is known already, or why nothing is sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planner:
    """Decides, and remembers what it decided."""

    rings: Rings
    """Held."""
    listeners: Mapping[str, Severity]
    """Each channel's least severity."""
    policy: Policy
    now: datetime

    def planned(self, alert: Alert) -> Plan:
        """What follows from an alert."""
        if alert.kind in (AlertKind.TEST, AlertKind.NOTICE):
            return self._to(alert, self._hearing(alert), same=True)
        return self._ringing(alert, self.rings.ring(alert.key))

    def _ringing(self, alert: Alert, ring: Ring | None) -> Plan:
        if self.rings.tellings(alert.id) and (
            ring is None or alert.id not in (ring.first, ring.alert.id, ring.recovery)
        ):
            return self._silent(alert, "it was told before, and is over")
        if alert.kind is AlertKind.RECOVERED:
            return self._recovered(alert, ring)
        if ring is None or (not ring.rings and ring.first != alert.id):
            return self._began(alert, ring)
        if not ring.rings:  # told again after its recovery: what was known is said
            return self._silent(alert, "it has recovered")
        if alert.severity.rank > ring.severity.rank or (
            alert.kind is AlertKind.ESCALATED and alert.id != ring.alert.id
        ):
            return self._louder(alert, ring)
        return self._again(alert, ring)

    def due(self) -> tuple[Plan, ...]:
        """What has to be said without being asked: escalations, what was held back, what nobody has got yet."""
        plans = (self._due(ring) for ring in self.rings.rings())
        return tuple(plan for plan in plans if plan is not None and plan.send)

    # ------------------------------------------------------------------ one key

    def _began(self, alert: Alert, before: Ring | None) -> Plan:
        held = self._held_until(alert, before)
        at = stamp(self.now)
        ring = Ring(alert=alert, first=alert.id, severity=alert.severity, since=at, told_at=at, held_until=held)
        if held and before is not None:  # flapping on does not begin the cooldown anew
            ring = msgspec.structs.replace(ring, recovered_at=before.recovered_at)
        self.rings.put(ring)
        if held:
            return self._silent(
                alert, f"held back: it rang and recovered just before; told after {held} if it still rings"
            )
        return self._to(alert, self._hearing(alert), same=True)

    def _held_until(self, alert: Alert, before: Ring | None) -> str:
        if before is None or alert.severity is Severity.CRITICAL or not before.recovered_at:
            return ""
        until = datetime.fromisoformat(before.recovered_at) + timedelta(minutes=self.policy.cooldown_minutes)
        return stamp(until) if until > self.now else ""

    def _louder(self, alert: Alert, ring: Ring) -> Plan:
        loudest = max(alert.severity, ring.severity, key=lambda severity: severity.rank)
        changed = msgspec.structs.replace(
            ring,
            alert=alert,
            severity=loudest,
            told_at=stamp(self.now),
            acknowledged_at="",
            acknowledged_by="",
            held_until="",
        )
        self.rings.put(changed)
        return self._to(alert, self._hearing(alert), same=True)

    def _again(self, alert: Alert, ring: Ring) -> Plan:
        """It rings: whoever has not heard it is told, under the id that the others know."""
        same = alert.id in (ring.alert.id, ring.first)
        if ring.held_until:
            return self._silent(alert, f"held back until {ring.held_until}")
        told = ring.alert if same else msgspec.structs.replace(alert, id=ring.alert.id)
        return self._to(told, self._hearing(ring.alert), same=same, why=f"it rings already, since {ring.since}")

    def _recovered(self, alert: Alert, ring: Ring | None) -> Plan:
        quiet = msgspec.structs.replace(alert, severity=Severity.INFO)
        if ring is None or (not ring.rings and ring.recovery != alert.id):
            return self._silent(quiet, "it does not ring")
        if ring.rings:
            since = ring.recovered_at if ring.held_until else stamp(self.now)
            ring = msgspec.structs.replace(ring, recovery=alert.id, recovered_at=since, notice=quiet)
            self.rings.put(ring)
        return self._to(quiet, ring.heard, same=True, why="it has not heard that it rang")

    def _due(self, ring: Ring) -> Plan | None:
        if ring.notice is not None and not ring.rings:
            return self._ended(ring, ring.notice)
        if ring.held_until:
            left = datetime.fromisoformat(ring.held_until) - self.now
            held = timedelta(0) < left <= timedelta(minutes=self.policy.cooldown_minutes)
            return None if held else self._released(ring)
        waited = self._since(ring.told_at)
        limit = timedelta(minutes=self.policy.escalate_minutes)
        asks = not ring.acknowledged_at and ring.severity is not Severity.INFO
        if asks and limit and waited >= limit and ring.escalations < self.policy.escalate_most:
            return self._escalated(ring)
        return self._to(ring.alert, self._hearing(ring.alert), same=False)

    def _ended(self, ring: Ring, notice: Alert) -> Plan | None:
        """Not everybody who heard it ring has heard that it is over."""
        if self._since(ring.recovered_at) > LONGEST_NOTICE:
            self.rings.put(msgspec.structs.replace(ring, notice=None))
            return None
        return self._to(notice, ring.heard, same=False)

    def _released(self, ring: Ring) -> Plan:
        at = stamp(self.now)
        self.rings.put(msgspec.structs.replace(ring, held_until="", told_at=at))
        return self._to(ring.alert, self._hearing(ring.alert), same=True)

    def _escalated(self, ring: Ring) -> Plan:
        alert = escalation(ring, self.now)
        changed = msgspec.structs.replace(
            ring,
            alert=alert,
            severity=alert.severity,
            told_at=stamp(self.now),
            escalations=ring.escalations + 1,
        )
        self.rings.put(changed)
        return self._to(alert, self._hearing(alert), same=True)

    def _since(self, then: str) -> timedelta:
        """How long ago. A clock that was put back must not hold anything up: rather too early than never."""
        return abs(self.now - datetime.fromisoformat(then))

    # ------------------------------------------------------------------ channels

    def _hearing(self, alert: Alert) -> tuple[str, ...]:
        if alert.kind is AlertKind.TEST:
            return tuple(self.listeners)
        return tuple(name for name, least in self.listeners.items() if alert.severity.rank >= least.rank)

    def _to(self, alert: Alert, hearing: Iterable[str], *, same: bool, why: str = "") -> Plan:
        """Send to those who hear and do not have it. `same`: whoever asks has sent this very id, or died doing it."""
        hearing, told = set(hearing), self.rings.tellings(alert.id)
        send, known = [], []
        for name, least in self.listeners.items():
            if name not in hearing:
                reason = why if alert.kind is AlertKind.RECOVERED else f"it hears {least.value} and louder"
                known.append(delivery(alert, name, Sent.SUPPRESSED, self.now, reason, tries=0))
            elif (done := self._done(told.get(name), same=same)) is None:
                send.append(name)
                self._claim(alert, name, told.get(name))
            else:
                reason = why or "it is being sent, or failed just before"
                silent = delivery(alert, name, Sent.SUPPRESSED, self.now, reason, tries=0)
                known.append(done.delivery if same and done.delivery is not None else silent)
        return Plan(alert=alert, send=tuple(send), known=tuple(known))

    def _claim(self, alert: Alert, name: str, before: Telling | None) -> None:
        claim = Telling(claimed_at=stamp(self.now), delivery=before.delivery if before else None, open=True)
        self.rings.told(alert.id, name, claim)

    def _done(self, telling: Telling | None, *, same: bool) -> Telling | None:
        """The telling, where nothing is to be sent; None where something is."""
        if telling is None:
            return None
        if telling.open and not same:
            under_way = timedelta(seconds=self.policy.within + GRACE)
            if self._since(telling.claimed_at) < under_way:
                return telling
        last = telling.delivery
        if last is None:
            return None
        if last.outcome is Sent.DELIVERED or (last.outcome is Sent.UNKNOWN and last.tries >= MOST_TRIES):
            return telling
        now = (same and last.tries < MOST_TRIES) or self._since(telling.claimed_at) >= pause_after(last)
        return None if now else telling

    def _silent(self, alert: Alert, why: str) -> Plan:
        """Nothing is sent; what is known of this very id is said."""
        told = self.rings.tellings(alert.id)
        known = [
            _known(told.get(name)) or delivery(alert, name, Sent.SUPPRESSED, self.now, why, tries=0)
            for name in self.listeners
        ]
        return Plan(alert=alert, send=(), known=tuple(known))


def pause_after(last: Delivery) -> timedelta:
    """Between a failure and the next try that nobody asked for: a minute, and longer each time."""
    return timedelta(minutes=min(LONGEST_PAUSE, max(1, last.tries // 4)))


def _known(telling: Telling | None) -> Delivery | None:
    return telling.delivery if telling else None


def escalation(ring: Ring, now: datetime) -> Alert:
    """The same, a severity louder, and since when it rings."""
    louder = list(Severity)[min(ring.severity.rank + 1, len(Severity) - 1)]
    minutes = max(0.0, (now - datetime.fromisoformat(ring.since)).total_seconds() / 60)
    since = f"Rings since {ring.since[11:16]} UTC ({minutes:.0f} min), and nobody has answered."
    text = _SINCE.sub("", ring.alert.text) if ring.escalations else ring.alert.text
    return msgspec.structs.replace(
        ring.alert,
        id=f"{ring.first}-again-{ring.escalations + 1}",
        kind=AlertKind.ESCALATED,
        severity=louder,
        text=f"{since} {text}".strip(),
    )


def remembered(rings: Rings, alert: Alert, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Keep what became of it, and who has heard."""
    before = rings.tellings(alert.id)
    for one in deliveries:
        earlier = _known(before.get(one.channel))
        tries = one.tries + (earlier.tries if earlier else 0)
        counted = msgspec.structs.replace(one, tries=max(1, tries))
        rings.told(alert.id, one.channel, Telling(claimed_at=stamp(now), delivery=counted))
    ring = rings.ring(alert.key)
    if ring is not None and alert.id in (ring.alert.id, ring.first):  # also where it recovered meanwhile
        heard = {one.channel for one in deliveries if one.outcome in (Sent.DELIVERED, Sent.UNKNOWN)}
        rings.put(msgspec.structs.replace(ring, heard=tuple(sorted({*ring.heard, *heard}))))
    elif ring is not None and ring.recovery == alert.id:
        told = rings.tellings(alert.id)
        everybody = all((last := _known(told.get(name))) and last.outcome is Sent.DELIVERED for name in ring.heard)
        rings.put(msgspec.structs.replace(ring, notice=None if everybody else ring.notice))
