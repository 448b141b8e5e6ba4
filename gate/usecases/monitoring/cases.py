"""What the judge is given of the live strategy: windows as measurements, the shadow run's beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import msgspec

from gate.domain.metric import Measurement
from gate.domain.monitoring import Policy
from gate.domain.version import Role
from gate.judging.limits import Case, broken, number
from gate.judging.live import Trigger
from gate.metrics.live import interval_of
from gate.metrics.live_performance import Performance, compared
from gate.metrics.registry import ENTRIES
from gate.ports.monitoring import Role as Side
from gate.usecases.monitoring.lanes import Lane
from gate.usecases.monitoring.scope import COMPARED, EVENTS, Scope, over

TRIES = {entry.metric.name: entry.tries for entry in ENTRIES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    """Reads lanes and scopes; changes nothing."""

    policy: Policy
    lanes: Mapping[Side, Lane]
    pooled: Scope
    scopes: Mapping[str, Scope]
    stale_after: Callable[[], float]

    def case(self, trigger: Trigger, note: str = "", *, short: bool = False) -> Case:
        """What the judge is given of a trigger's window."""
        metric = trigger.metric.name
        candidate, baseline = self._measured(trigger, short=short)
        enough = candidate.n >= (1 if short or metric == "strategy_crashes" else trigger.minimum)
        if not enough:
            too_few = f"{candidate.n} of at least {trigger.minimum} bars"
            candidate = msgspec.structs.replace(candidate, value=None, n=0, note=too_few)
        elif note:
            candidate = msgspec.structs.replace(candidate, note=note)
        return Case(
            metric=trigger.metric,
            limit=trigger.limit,
            candidate=candidate,
            baseline=baseline,
            tries=TRIES[metric],
            no_baseline="" if baseline is not None and number(baseline) is not None else self._no_baseline(),
        )

    def closely(self, case: Case, trigger: Trigger) -> Case:
        """The same with 95% intervals where they are known: asked when something turns, not at every bar."""
        metric = trigger.metric.name
        if metric == COMPARED:
            return replace(case, comparison=self.performance(trigger.rule.long, closely=True).comparison)
        tracks = self.lanes["live"].tracks
        between = interval_of(metric, [tracks[trigger.symbol]] if trigger.symbol else list(tracks.values()))
        if between is None or case.candidate.value is None:
            return case
        candidate = msgspec.structs.replace(case.candidate, low=between[0], high=between[1])
        return replace(case, candidate=candidate)

    def _measured(self, trigger: Trigger, *, short: bool) -> tuple[Measurement, Measurement | None]:
        if trigger.metric.name == COMPARED:
            found = self.performance(trigger.rule.short if short else trigger.rule.long)
            return found.candidate, found.baseline
        scope = self.scopes[trigger.symbol] if trigger.symbol else self.pooled
        return scope.measured(trigger.metric.name, short=short), self._shadow(trigger, short=short)

    def _shadow(self, trigger: Trigger, *, short: bool) -> Measurement | None:
        """The shadow run's value; None where there is too little of it."""
        metric, lane = trigger.metric.name, self.lanes["shadow"]
        if metric in EVENTS or not lane.tracks or self.behind():
            return None
        windows = lane.windows.get(trigger.symbol) if trigger.symbol else lane.pooled
        if windows is None:
            return None
        found = over(windows, metric, Role.BASELINE, short=short)
        return found if found.n >= (1 if short else trigger.minimum) else None

    def _no_baseline(self) -> str:
        if not self.lanes["shadow"].tracks:
            return "there is no shadow run"
        return "the shadow run is behind" if self.behind() else "the shadow run is too short"

    def behind(self) -> bool:
        """The shadow run has not seen the newest bars: what it says is of another time."""
        live, shadow = self.lanes["live"].portfolio, self.lanes["shadow"].portfolio
        ours = [track.time for track in self.lanes["live"].tracks.values() if track.time]
        theirs = [track.time for track in self.lanes["shadow"].tracks.values() if track.time]
        if not ours or not theirs or max(theirs) >= max(ours):
            return False
        if live.times and shadow.times:
            return sum(1 for time in live.times if time > shadow.times[-1]) > self.policy.monitor.short
        return (max(ours) - max(theirs)).total_seconds() > self.stale_after()

    def performance(self, bars: int, *, closely: bool = False) -> Performance:
        """Live and shadow over the newest bars that both have."""
        live, shadow = self.lanes["live"], self.lanes["shadow"]
        symbols = (live.symbols, shadow.symbols)
        strategy = self.policy.strategy
        found = compared(live.portfolio, shadow.portfolio, bars, symbols, strategy, closely=closely)
        if self.behind():
            gone = msgspec.structs.replace(found.baseline, value=None, note="the shadow run is behind")
            return msgspec.structs.replace(found, baseline=gone)
        return found

    def well(self, trigger: Trigger) -> Case:
        """The window that is well again: mostly the short one."""
        short = self.case(trigger, short=True)
        return short if broken(short) is False else self.case(trigger)


def against(trigger: Trigger, long: Case, short: Case) -> tuple[bool, bool]:
    """Whether both windows are beyond a limit against the baseline, and whether one of them is well within it."""
    well = [replace(case, limit=trigger.well) for case in (long, short)]
    return all(broken(case) is True for case in (long, short)), any(broken(case) is False for case in well)
