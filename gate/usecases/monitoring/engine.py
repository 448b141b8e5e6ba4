"""Lines in, alerts out: a function of the lines and what was kept, however they are cut into batches.

The clock comes in with each batch and is asked two things only: is a record from the future, are there none for long.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from gate.domain.alert import Alert, AlertKind
from gate.domain.monitoring import SCHEMA, Point, Policy, Problem, Record
from gate.domain.verdict import Outcome
from gate.judging.judge import level_of
from gate.judging.limits import Case, judge
from gate.judging.live import NEVER, Trigger, Turn
from gate.metrics.live import BAR, VALID, Track, Windows
from gate.metrics.live_performance import Portfolio
from gate.ports.monitoring import Role as Side
from gate.usecases.monitoring import telling
from gate.usecases.monitoring.cases import Cases, against
from gate.usecases.monitoring.faults import Faults, odd_of
from gate.usecases.monitoring.lanes import EngineState, Lane, iso
from gate.usecases.monitoring.presence import Presence
from gate.usecases.monitoring.scope import Scope, ScopeState

NOWHERE = "?"
"""The symbol of a line that names none, before any other came."""
MOST_DRAWN = 64
"""Symbols whose newest bars are kept to be drawn: the first that came."""
MOST_EARNED = 1000.0
"""A return beyond this, or a loss of more than everything, is a fault of the record."""
LATENCIES = 1000
_SYMBOL = re.compile(rb'"symbol"\s*:\s*"([^"\\]{1,200})"')
_SEQUENCE = re.compile(rb'"sequence"\s*:\s*(\d{1,18})\b')


class Engine:
    """Keeps windows and triggers. Changed in place; `kept` says what has changed since it was last asked."""

    def __init__(self, policy: Policy, kept: Mapping[str, bytes], now: datetime) -> None:
        monitor = policy.monitor
        self.policy = policy
        self.long = monitor.long
        self.allowed = frozenset(policy.states)
        self.shadows = frozenset(monitor.shadow_versions)
        self.decode = msgspec.json.Decoder(Record).decode
        self.alerts: list[Alert] = []
        self.found: datetime | None = None
        self.drawn: set[str] = set()
        self.latencies: deque[float] = deque(maxlen=LATENCIES)
        """Seconds of the newest predictions; not kept."""
        self.days = 2 * self.long
        """Bars of returns that are kept: live and shadow may run apart by as much as a window."""
        self.lanes: dict[Side, Lane] = {"live": Lane(self.days), "shadow": Lane(self.days)}
        self.scopes: dict[str, Scope] = {}
        self.dirty: set[tuple[Side, str]] = set()
        raw = kept.get("engine")
        self.state = msgspec.msgpack.decode(raw, type=EngineState) if raw else EngineState(started_at=now)
        self.faults = Faults(self.state.problems)
        self.pooled = Scope(policy, "", self.lanes["live"].pooled)
        self._restore(kept)
        self.presence = Presence(policy, self.state, self.lanes["live"].tracks, self.alerts)
        self.cases = Cases(
            policy=policy,
            lanes=self.lanes,
            pooled=self.pooled,
            scopes=self.scopes,
            stale_after=self.presence.stale_after,
        )

    # ------------------------------------------------------------------ keeping

    def _restore(self, kept: Mapping[str, bytes]) -> None:
        for name, raw in kept.items():
            if name.startswith("track:"):
                track = msgspec.msgpack.decode(raw, type=Track)
                side: Side = "shadow" if name.startswith("track:shadow:") else "live"
                same = (track.long, track.short) == (self.long, self.policy.monitor.short)
                self._seat(side, track if same else self._resized(track))
        for name, lane in self.lanes.items():
            portfolio = self.state.portfolios.get(name)
            if portfolio is not None and portfolio.size == self.days:
                lane.portfolio = portfolio
        self.pooled.restore(self.state.pooled.get("", ScopeState()))
        for symbol, scope in self.scopes.items():
            scope.restore(self.state.scopes.get(symbol, ScopeState()))

    def kept(self) -> dict[str, bytes]:
        """The parts of the state that have changed."""
        encode = msgspec.msgpack.encode
        state = self.state
        state.pooled = {"": self.pooled.state()}
        state.scopes = {symbol: scope.state() for symbol, scope in self.scopes.items()}
        state.portfolios = {side: lane.portfolio for side, lane in self.lanes.items()}
        changed = {f"track:{side}:{symbol}": encode(self.lanes[side].tracks[symbol]) for side, symbol in self.dirty}
        self.dirty.clear()
        return {**changed, "engine": encode(state)}

    def begin_watch(self, now: datetime) -> None:
        """A deployment: what fired before it is not this version's."""
        self.state.started_at, self.state.fired = now, {}

    def take(self) -> list[Alert]:
        """The alerts since it was last asked."""
        taken = list(self.alerts)
        self.alerts.clear()
        return taken

    # ------------------------------------------------------------------ lines

    def feed(self, lines: Iterable[bytes], side: Side, now: datetime, *, live: bool = False) -> None:
        """Read whole lines of one file; `live`: what is found, is found now, and not when the records say."""
        self.found = now if live else None
        decode, ahead = self.decode, now + timedelta(seconds=self.policy.monitor.future)
        for line in lines:
            if not line or line.isspace():
                continue
            try:
                record = decode(line)
            except msgspec.DecodeError as error:
                self.faults.unreadable(line, error)
                self._invalid(line, side)
                continue
            if record.schema != SCHEMA:
                self.faults.found(Problem.SCHEMA, f"a record of schema {record.schema}; this gate reads {SCHEMA}")
                self._invalid(line, side)
                continue
            odd = odd_of(record, self.lanes["live"].tracks)
            if odd:
                self.faults.found(Problem.UNREADABLE, odd)
                self._invalid(line, side)
                continue
            where: Side = "shadow" if record.role == "shadow" or record.version in self.shadows else side
            self._record(record, where, now, ahead)

    def _record(self, record: Record, side: Side, now: datetime, ahead: datetime) -> None:
        symbol = record.symbol
        lane = self.lanes[side]
        track = lane.tracks.get(symbol) or self._track(side, symbol)
        self.state.records += 1
        late = False
        if record.sequence == track.sequence + 1 or track.sequence < 0:
            track.sequence = record.sequence
        else:
            taken = self._sequence(track, record.sequence)
            if taken is None:
                return
            late = taken
        self.dirty.add((side, symbol))
        time = record.time
        if time > ahead:
            self.faults.found(Problem.FUTURE, f"{symbol} {record.sequence} is from {iso(time)}, and it is {iso(now)}")
        if not late:
            if track.time is not None and time < track.time:
                self.faults.found(Problem.CLOCK, f"{symbol} {record.sequence}: the clock went back to {iso(time)}")
            track.time = time
        if record.lost:
            self.faults.found(Problem.LOST, f"{symbol}: the writer could not write {record.lost} records", record.lost)
        self.state.last_symbol[side] = symbol
        if record.version != track.version and not self._version(track, record, side):
            return  # nobody judges it, so it is no sign of life either
        if side == "live":
            self.presence.seen(track, time, now, late=late, bar=record.kind == "bar")
        if record.kind == "bar":
            self._bar(record, side, lane, track, late=late)
        else:
            self._event(record, side, track)

    def _sequence(self, track: Track, sequence: int) -> bool | None:
        """Whether it comes late; None where it is there already."""
        if sequence > track.sequence:
            missed = track.missed(sequence)
            self.faults.found(
                Problem.MISSING, f"{track.symbol}: {missed} records before {sequence} are missing", missed
            )
            track.sequence = sequence
            return False
        if sequence in track.missing:
            track.missing.discard(sequence)
            self.faults.found(Problem.OUT_OF_ORDER, f"{track.symbol} {sequence} came after {track.sequence}")
            return True
        self.faults.found(Problem.DOUBLED, f"{track.symbol} {sequence} is there already")
        return None

    def _version(self, track: Track, record: Record, side: Side) -> bool:
        """Another version runs; False where nobody knows it."""
        known, version, lane = self.policy.monitor.versions, record.version, self.lanes[side]
        live = side == "live"
        if live and known and not any(version.startswith(one) for one in known):
            self.faults.found(
                Problem.VERSION, f"{track.symbol}: version '{version[:40]}' is none of {', '.join(known)}"
            )
            return False
        if track.version:
            track.forget(lane.windows[track.symbol], lane.pooled)
        before = {one.version for one in lane.tracks.values() if one.version}
        if before and version not in before:
            self._begun(lane, live=live)
        track.version = version
        if live:
            self.state.versions = sorted((before | {version}) & {one.version for one in lane.tracks.values()})
        return True

    def _begun(self, lane: Lane, *, live: bool) -> None:
        """The first record of a version: what the one before earned, and how often it failed, is not this one's."""
        lane.portfolio = Portfolio(size=self.days)
        self.state.compared_until = None
        for scope in (self.pooled, *self.scopes.values()) if live else ():
            scope.attempts, scope.crashes = [], []

    def _bar(self, record: Record, side: Side, lane: Lane, track: Track, *, late: bool) -> None:
        flags, sure = track.grade(record, self.allowed, late=late)
        valid = bool(flags & VALID)
        lane.symbols += not track.bars
        track.push(flags, sure, lane.windows[track.symbol], lane.pooled)
        held = track.held
        earned = track.earned(record, self.policy.strategy.cost, valid=valid) if not late else record.earned
        closed = False
        if earned is not None and not -1.0 <= earned <= MOST_EARNED:
            self.faults.found(Problem.UNREADABLE, f"{track.symbol} {record.sequence}: a return of {earned:g} is none")
        elif earned is not None:
            track.growth *= 1.0 + earned
            traded = bool(held) or (record.position is None and earned != 0.0)
            closed = lane.portfolio.add(record.time, earned, traded=traded)
        if side == "live":
            self._draw(record, track, valid=valid)
            self._look(track.symbol, record.time, record.sequence)
        if closed:
            self._compare(record.time, record.sequence)

    def _draw(self, record: Record, track: Track, *, valid: bool) -> None:
        """Keep what a dashboard draws."""
        if record.latency is not None:
            self.latencies.append(record.latency)
        points, most = track.points, self.policy.monitor.points
        if not most or (not points and len(self.drawn) >= MOST_DRAWN):
            return
        self.drawn.add(track.symbol)
        points.append(
            Point(
                at=record.time,
                state=str(record.state)[:40] if valid else "",
                price=record.price,
                confidence=max(record.posterior) if valid and record.posterior else record.confidence,
                growth=track.growth - 1.0,
            )
        )
        if len(points) > most * 2:
            del points[:-most]

    def _look(self, symbol: str, at: datetime | None, sequence: int) -> None:
        """Every trigger that a bar can turn."""
        turned = self.pooled.bar(max(self.lanes["live"].symbols, 1), at)
        scope = self.scopes.get(symbol)
        if scope is not None:
            turned += scope.bar(1, at)
        for trigger, turn in turned:
            self._turned(trigger, turn, at, f"{symbol}:{sequence}")

    def _event(self, record: Record, side: Side, track: Track) -> None:
        failed = record.error is not None
        if record.kind == "training" and not failed:
            lane = self.lanes[side]
            for one in [track] if record.symbol else lane.tracks.values():
                one.parted = True
                self.dirty.add((side, one.symbol))
        if side == "shadow" or record.kind == "alive":
            return
        scopes = [self.pooled, *([self.scopes[record.symbol]] if record.symbol in self.scopes else [])]
        for scope in scopes:
            symbols = 1 if scope.symbol else max(self.lanes["live"].symbols, 1)
            at = record.time
            turned = scope.attempt(at, failed=failed) if record.kind == "training" else scope.crashed(symbols, at)
            for trigger, turn in turned:
                self._turned(trigger, turn, record.time, f"{record.symbol}:{record.sequence}", record.error or "")

    def _invalid(self, line: bytes, side: Side) -> None:
        """A line that says nothing is an invalid prediction, of the symbol that it names or else of the last one."""
        found = _SYMBOL.search(line)
        symbol = found[1].decode("utf-8", "replace") if found else ""
        lane = self.lanes[side]
        named = symbol in lane.tracks
        if not named:
            symbol = self.state.last_symbol.get(side, NOWHERE)
        track = lane.tracks.get(symbol) or self._track(side, symbol)
        self.state.records += 1
        self.dirty.add((side, symbol))
        counted = _SEQUENCE.search(line) if named else None
        if counted:
            sequence = int(counted[1])
            if sequence > track.sequence:
                if sequence > track.sequence + 1 and track.sequence >= 0:
                    self._sequence(track, sequence)
                track.sequence = sequence
            elif sequence in track.missing:
                track.missing.discard(sequence)
            else:
                self.faults.found(Problem.DOUBLED, f"{symbol} {sequence} is there already")
                return
        lane.symbols += not track.bars
        track.push(BAR, 0, lane.windows[symbol], lane.pooled)
        if side == "live":
            self._look(symbol, track.time, track.bars)

    # ------------------------------------------------------------------ triggers

    def _turned(
        self, trigger: Trigger, turn: Turn, at: datetime | None, where: str, note: str = "", found: Case | None = None
    ) -> None:
        """A trigger fired or is quiet again: an alert, with the gate's own sentence."""
        fires = turn is Turn.FIRED
        cases = self.cases
        case = cases.closely(found or cases.case(trigger, note), trigger) if fires else cases.well(trigger)
        judgement = judge(case)
        if fires and trigger.limit.rule == "evidence" and judgement.outcome is not Outcome.FAIL:
            trigger.firing, trigger.fire_since = False, NEVER  # not shown: looked at again after as many bars
            return
        when = iso(at) if at else ""
        before = trigger.since
        trigger.since = when
        if fires:
            self.state.fired.setdefault(trigger.key, judgement)
        firing = [judge(cases.case(one)) for one in self.triggers() if one.firing and one is not trigger]
        level = level_of([*firing, judgement]) if fires else None
        self.alerts.append(
            telling.alert_of(
                telling.Told(
                    trigger=trigger,
                    case=case,
                    judgement=judgement,
                    kind=AlertKind.FIRING if fires else AlertKind.RECOVERED,
                    at=iso(self.found) if self.found else when,
                    bar=when,
                    onset=iso(trigger.onset) if trigger.onset else "",
                    where=where,
                    since=before,
                    level=level,
                    versions=tuple(self.state.versions),
                )
            )
        )

    def triggers(self) -> list[Trigger]:
        """Every trigger there is, the pooled ones first."""
        return [one for scope in (self.pooled, *self.scopes.values()) for one in scope.triggers()]

    def _compare(self, at: datetime, sequence: int) -> None:
        """Hold what has a limit against the baseline, once for each bar that is whole in both."""
        ends = [lane.portfolio.newest for lane in self.lanes.values()]
        whole = min((end for end in ends if end is not None), default=None)
        before = self.state.compared_until
        if None in ends or whole is None or (before is not None and whole <= before):
            return
        self.state.compared_until = whole
        self.state.compared += 1
        for trigger in self.pooled.against:
            long, short = self.cases.case(trigger), self.cases.case(trigger, short=True)
            fire, clear = against(trigger, long, short)
            turn = trigger.turn(self.state.compared, trigger.rule.bars, fire=fire, clear=clear, time=at)
            if turn is not None:
                self._turned(trigger, turn, at, f":{sequence}", found=long)

    # ------------------------------------------------------------------ seats

    def _resized(self, track: Track) -> Track:
        """The settings name other windows: they fill anew, and no record is read twice."""
        return Track(
            symbol=track.symbol,
            long=self.long,
            short=self.policy.monitor.short,
            sequence=track.sequence,
            missing=track.missing,
            version=track.version,
            time=track.time,
        )

    def _track(self, side: Side, symbol: str) -> Track:
        monitor = self.policy.monitor
        return self._seat(side, Track(symbol=symbol, long=self.long, short=min(monitor.short, self.long)))

    def _seat(self, side: Side, track: Track) -> Track:
        lane, symbol = self.lanes[side], track.symbol
        windows = Windows(*track.tallies())
        lane.pooled.add(windows.long, windows.short)
        lane.tracks[symbol], lane.windows[symbol] = track, windows
        lane.symbols += bool(track.bars)
        if track.points:
            self.drawn.add(symbol)
        if side == "live" and symbol and any(rule.each for rule in self.pooled.rules.values()):
            self.scopes[symbol] = Scope(self.policy, symbol, windows)
        return track
