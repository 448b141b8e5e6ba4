"""The alarm: decides whom to tell, tells them all at once, remembers it. Nothing that fails here loses an alert."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from gate.domain.alert import UNTESTED, Alert, AlertTest, Delivery, Noted, Sent, Severity, Tested
from gate.domain.ringing import Ring
from gate.errors import BrokenQuestionError, OutputError
from gate.ports.alarm import Channel, DeliveryLog, Rings
from gate.usecases.alerting.fan_out import fan_out, stamp
from gate.usecases.alerting.planning import Plan, Planner, Policy, remembered


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """A channel, and the quietest severity that it hears."""

    channel: Channel
    least: Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class FanOutAlarm:
    """Implements the port Alarm."""

    listeners: tuple[Listener, ...]
    last_resort: Channel
    """Told where nobody else could be."""
    rings: Rings
    log: DeliveryLog
    policy: Policy
    clock: Callable[[], datetime]
    complain: Callable[[str], None]
    """One line for the log of whoever runs this: what could not be kept."""

    def tell(self, alert: Alert) -> Sequence[Delivery]:
        """Send to whoever hears it and does not have it. The same alert told again is sent only where it is missing."""
        return self._carried_out([self._planned(alert)])

    def remind(self) -> Sequence[Delivery]:
        """Escalate what nobody has answered in time, and tell again where nobody could be told."""
        try:
            with self.rings.held() as held:
                plans = self._planner(held).due()
        except OutputError as error:
            self.complain(f"{error.message}; nothing is escalated")
            return ()
        return self._carried_out(plans)

    def test(self, alert: Alert, names: Sequence[str] = ()) -> AlertTest:
        """Send a test to each channel that is named (default: to all), whatever it usually hears."""
        known = [one.channel.name for one in self.listeners]
        for name in names:
            if name not in known:
                raise BrokenQuestionError(f"no channel '{name}' is configured", _channels(known))
        chosen = [name for name in known if not names or name in names]
        told = [(channel, alert) for channel in self._channels(chosen)]
        deliveries = fan_out(told, self.policy.within, self.clock)
        self._logged(alert, deliveries)
        answers = {one.channel: one for one in deliveries}
        channels = tuple(_tested(name, answers.get(name)) for name in known)
        return AlertTest(at=stamp(self.clock()), alert=alert.id, channels=channels)

    def ringing(self) -> Sequence[Ring]:
        """Return every key that rings, the oldest first."""
        with self.rings.held() as held:
            return [ring for ring in held.rings() if ring.rings]

    def acknowledge(self, key: str, by: str) -> Ring:
        """Somebody cares: it is not escalated any more."""
        with self.rings.held() as held:
            ring = held.ring(key)
            if ring is None or not ring.rings:
                raise BrokenQuestionError(f"'{key}' does not ring", _nearest(key, held.rings()))
            if not ring.acknowledged_at:
                ring = msgspec.structs.replace(ring, acknowledged_at=stamp(self.clock()), acknowledged_by=by)
                held.put(ring)
            return ring

    # ------------------------------------------------------------------ steps

    def _planner(self, held: Rings) -> Planner:
        return Planner(rings=held, listeners=self._hears(), policy=self.policy, now=self.clock())

    def _hears(self) -> Mapping[str, Severity]:
        return {one.channel.name: one.least for one in self.listeners}

    def _planned(self, alert: Alert) -> Plan:
        try:
            with self.rings.held() as held:
                return self._planner(held).planned(alert)
        except OutputError as error:
            self.complain(f"{error.message}; told without looking who knows it")
            heard = (name for name, least in self._hears().items() if alert.severity.rank >= least.rank)
            return Plan(alert=alert, send=tuple(heard))

    def _carried_out(self, plans: Sequence[Plan]) -> Sequence[Delivery]:
        """All plans at once: many that are due take no longer than one."""
        pairs = [(channel, plan.alert) for plan in plans for channel in self._channels(plan.send)]
        told = iter(fan_out(pairs, self.policy.within, self.clock))
        kept = [self._kept(plan, list(islice(told, len(self._channels(plan.send))))) for plan in plans]
        return [one for deliveries in kept for one in deliveries]

    def _kept(self, plan: Plan, fresh: Sequence[Delivery]) -> Sequence[Delivery]:
        """Remember and log what became of one plan; where nobody could be told, say it at last here."""
        if fresh:
            self._remembered(plan.alert, fresh)
        if fresh and not any(one.outcome is Sent.DELIVERED for one in fresh) and not self._has(self.last_resort.name):
            fresh = [*fresh, *fan_out([(self.last_resort, plan.alert)], self.policy.within, self.clock)]
        suppressed = [one for one in plan.known if one.outcome is Sent.SUPPRESSED]
        self._logged(plan.alert, (*fresh, *suppressed))
        order = [*self._hears(), self.last_resort.name]
        return sorted((*fresh, *plan.known), key=lambda one: order.index(one.channel))

    def _has(self, name: str) -> bool:
        return name in self._hears()

    def _channels(self, names: Sequence[str]) -> list[Channel]:
        return [one.channel for one in self.listeners if one.channel.name in names]

    def _remembered(self, alert: Alert, deliveries: Sequence[Delivery]) -> None:
        try:
            with self.rings.held() as held:
                remembered(held, alert, deliveries, self.clock())
        except OutputError as error:
            self.complain(f"{error.message}; it may be told twice, under the id {alert.id}")

    def _logged(self, alert: Alert, deliveries: Sequence[Delivery]) -> None:
        said = {"key": alert.key, "kind": alert.kind, "severity": alert.severity, "title": alert.title}
        try:
            self.log.append([Noted(**said, delivery=one) for one in deliveries])  # type: ignore[arg-type]
        except OutputError as error:
            self.complain(error.message)


def _tested(name: str, said: Delivery | None) -> Tested:
    if said is None:
        return Tested(name=name, outcome=UNTESTED)
    return Tested(name=name, outcome=said.outcome.value, tries=said.tries, seconds=said.seconds, sentence=said.sentence)


def _channels(known: Sequence[str]) -> str:
    return f"configured: {', '.join(known)}" if known else "add [alerts.slack] or another to gate.toml"


def _nearest(key: str, rings: Sequence[Ring]) -> str:
    keys = [ring.alert.key for ring in rings if ring.rings]
    near = difflib.get_close_matches(key, keys, n=1, cutoff=0.4)
    return f"did you mean '{near[0]}'?" if near else "gate alert list shows what rings"
