"""One scope that limits hold for, all symbols pooled or one alone: its windows and its triggers."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from gate.domain.limit import Limit
from gate.domain.metric import Measurement
from gate.domain.monitoring import Policy
from gate.domain.version import Role
from gate.judging.limits import outside
from gate.judging.live import Rule, Trigger, Turn, split
from gate.metrics.live import PAIR, Windows, measurement
from gate.metrics.registry import METRICS

EVENTS = ("training_failures", "strategy_crashes")
COMPARED = "strategy_performance"
WATCHED = (*PAIR, *EVENTS, COMPARED)
"""The metrics that records can show, of the gate's own registry."""


class TriggerState(msgspec.Struct, kw_only=True):
    """What is kept of a trigger."""

    key: str
    firing: bool
    fire_since: int
    clear_since: int
    since: str
    onset: datetime | None = None


class ScopeState(msgspec.Struct, kw_only=True):
    """What is kept of a scope; its windows are summed up again from the tracks."""

    tick: int = 0
    attempts: list[bool] = []
    """Newest last; True failed."""
    crashes: list[int] = []
    """The bars at which there was one."""
    triggers: list[TriggerState] = []


def rule_of(policy: Policy, metric: str) -> Rule:
    """The settings of one metric."""
    monitor, own = policy.monitor, policy.monitor.triggers.get(metric)
    training = metric == "training_failures"
    scope = (own and own.scope) or monitor.scope
    long = (own and own.long) or (monitor.attempts if training else monitor.long)
    least = monitor.minimum_attempts if training else monitor.minimum
    return Rule(
        long=long,
        short=min(monitor.short, long),
        minimum=own.minimum if own and own.minimum is not None else min(least, long),
        bars=(own and own.bars) or monitor.bars,
        clear=own.clear if own and own.clear is not None else monitor.clear,
        pooled=scope in ("pooled", "both"),
        each=scope in ("symbol", "both"),
    )


class Scope:
    """Windows and triggers of one scope."""

    def __init__(self, policy: Policy, symbol: str, windows: Windows) -> None:
        self.symbol, self.windows = symbol, windows
        self.tick = 0
        self.attempts: list[bool] = []
        self.crashes: list[int] = []
        self.bars: list[Trigger] = []
        self.training: Trigger | None = None
        self.crash: Trigger | None = None
        self.against: list[Trigger] = []
        for metric in WATCHED:
            self._watch(policy, metric)
        self.rules = {metric: rule_of(policy, metric) for metric in WATCHED}

    def _watch(self, policy: Policy, metric: str) -> None:
        rule = rule_of(policy, metric)
        absolute, against = split(policy.limits.get(metric, Limit()))
        if against is not None and not self.symbol:
            self.against.append(Trigger(METRICS[metric], against, rule, ""))
        if absolute is None or metric == COMPARED or not (rule.each if self.symbol else rule.pooled):
            return
        trigger = Trigger(METRICS[metric], absolute, rule, self.symbol)
        if metric == "training_failures":
            self.training = trigger
        elif metric == "strategy_crashes":
            self.crash = trigger
        else:
            self.bars.append(trigger)

    def triggers(self) -> Iterator[Trigger]:
        """All of them, in one order."""
        yield from self.bars
        yield from (one for one in (self.training, self.crash) if one is not None)
        yield from self.against

    def bar(self, symbols: int, time: datetime | None) -> list[tuple[Trigger, Turn]]:
        """Look at every trigger that a bar can turn."""
        self.tick += 1
        tick, windows, turned = self.tick, self.windows, []
        for trigger in self.bars:
            turn = trigger.at(windows, tick, trigger.rule.bars * symbols, time)
            if turn is not None:
                turned.append((trigger, turn))
        if self.crashes and self.crash is not None and self.crash.firing:
            turned += self._crashes(self.crash, symbols, time)
        return turned

    def attempt(self, time: datetime, *, failed: bool) -> list[tuple[Trigger, Turn]]:
        """A training was tried."""
        trigger = self.training
        if trigger is None:
            return []
        self.attempts = [*self.attempts, failed][-trigger.rule.long :]
        enough = len(self.attempts) >= trigger.rule.minimum
        measured = self.measured("training_failures")
        fire, clear = beyond(trigger, trigger.limit, measured), not beyond(trigger, trigger.well, measured)
        turn = trigger.turn(self.tick, 1, fire=fire and enough, clear=clear and enough, time=time)
        return [(trigger, turn)] if turn else []

    def crashed(self, symbols: int, time: datetime) -> list[tuple[Trigger, Turn]]:
        """The strategy died."""
        if self.crash is None:
            return []
        self.crashes.append(self.tick)
        return self._crashes(self.crash, symbols, time)

    def _crashes(self, trigger: Trigger, symbols: int, time: datetime | None) -> list[tuple[Trigger, Turn]]:
        oldest = self.tick - trigger.rule.long * symbols
        self.crashes = [tick for tick in self.crashes if tick > oldest]
        measured = self.measured("strategy_crashes")
        fire, clear = beyond(trigger, trigger.limit, measured), not beyond(trigger, trigger.well, measured)
        turn = trigger.turn(self.tick, 1, fire=fire, clear=clear, time=time)
        return [(trigger, turn)] if turn else []

    def measured(self, metric: str, *, short: bool = False) -> Measurement:
        """A metric over one of the windows."""
        if metric == "training_failures":
            return measurement(metric, sum(self.attempts), len(self.attempts))
        if metric == "strategy_crashes":
            found = measurement(metric, len(self.crashes), self.windows.long.bars)
            return found if self.tick or self.crashes else msgspec.structs.replace(found, value=None, n=0)
        return over(self.windows, metric, Role.CANDIDATE, short=short)

    def state(self) -> ScopeState:
        """What is to be kept."""
        kept = [
            TriggerState(
                key=one.key,
                firing=one.firing,
                fire_since=one.fire_since,
                clear_since=one.clear_since,
                since=one.since,
                onset=one.onset,
            )
            for one in self.triggers()
        ]
        return ScopeState(tick=self.tick, attempts=self.attempts, crashes=self.crashes, triggers=kept)

    def restore(self, state: ScopeState) -> None:
        """Go on from there; a trigger that the settings do not know any more is forgotten."""
        self.tick, self.attempts, self.crashes = state.tick, state.attempts, state.crashes
        kept: Mapping[str, TriggerState] = {one.key: one for one in state.triggers}
        for trigger in self.triggers():
            found = kept.get(trigger.key)
            if found is not None:
                trigger.firing, trigger.since, trigger.onset = found.firing, found.since, found.onset
                trigger.fire_since, trigger.clear_since = found.fire_since, found.clear_since


def over(windows: Windows, metric: str, role: Role, *, short: bool) -> Measurement:
    """A metric that every bar adds to, over one of the windows."""
    above, below = PAIR[metric](windows.short if short else windows.long)
    return measurement(metric, above, below, role)


def beyond(trigger: Trigger, limit: Limit, measured: Measurement) -> bool:
    """Some absolute bound does not hold."""
    found = ((name, getattr(limit, name)) for name in ("max", "min"))
    return any(
        outside(measured, trigger.metric.unit, name, float(allowed)) for name, allowed in found if allowed is not None
    )
