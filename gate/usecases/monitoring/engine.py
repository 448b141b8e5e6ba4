"""Lines in, alerts out: a function of the lines and what was kept, however they are cut into batches.

The clock comes in with each batch and is asked two things only: is a record from the future, are there none for long.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from gate.domain.alert import Alert, AlertKind
from gate.domain.metric import Measurement
from gate.domain.monitoring import SCHEMA, Point, Policy, Problem, Record, Watched
from gate.domain.verdict import Judgement, Outcome
from gate.domain.version import Role
from gate.judging.judge import level_of
from gate.judging.limits import Case, bounds, breach_of, judge, number
from gate.judging.live import NEVER, Trigger, Turn
from gate.metrics.live import BAR, VALID, Performance, Portfolio, Track, Windows, compared, interval_of
from gate.metrics.registry import ENTRIES
from gate.ports.monitoring import Role as Side
from gate.usecases.monitoring import telling
from gate.usecases.monitoring.scope import COMPARED, EVENTS, Scope, ScopeState, over

TRIES = {entry.metric.name: entry.tries for entry in ENTRIES}
NOWHERE = "?"
"""The symbol of a line that names none, before any other came."""
LEAST_STALE = 60.0
STALE_BARS = 5
UNKNOWN_STALE = 900.0
"""Seconds without a record that are too long while nobody knows how far bars lie apart."""
GAPS = 9
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LONGEST_NAME = 200
MOST_DRAWN = 64
"""Symbols whose newest bars are kept to be drawn: the first that came."""
MOST_SYMBOLS = 10_000
MOST_EARNED = 1000.0
"""A return beyond this, or a loss of more than everything, is a fault of the record."""
LATENCIES = 1000
_SYMBOL = re.compile(rb'"symbol"\s*:\s*"([^"\\]{1,200})"')
_SEQUENCE = re.compile(rb'"sequence"\s*:\s*(\d{1,18})\b')


class EngineState(msgspec.Struct, kw_only=True):
    """What is kept beside the tracks."""

    schema: int = 1
    started_at: datetime | None = None
    records: int = 0
    problems: dict[str, int] = {}
    last_at: datetime | None = None
    """Of the newest live record, never ahead of the clock."""
    bar_at: datetime | None = None
    """Of the newest live bar, by its own clock."""
    gaps: list[float] = []
    """Seconds between the newest bars."""
    turns: int = 0
    """Bars by the clock of the records, whichever symbol had one."""
    quiet: dict[str, str] = {}
    """Symbols that have no records while others have, and since when."""
    stale: bool = False
    stale_since: str = ""
    versions: list[str] = []
    last_symbol: dict[str, str] = {}
    pooled: dict[str, ScopeState] = {}
    scopes: dict[str, ScopeState] = {}
    portfolios: dict[str, Portfolio] = {}
    compared: int = 0
    """Bars that were whole in both roles."""
    fired: dict[str, Judgement] = {}
    """The judgement with which each trigger fired first since the watch began."""


class Lane:
    """One role's symbols."""

    def __init__(self, size: int) -> None:
        self.tracks: dict[str, Track] = {}
        self.windows: dict[str, Windows] = {}
        self.pooled = Windows()
        self.portfolio = Portfolio(size=size)
        self.symbols = 0
        """Those that have bars."""


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
        self.said: list[str] = []
        """Lines about the input, for whoever watches."""
        self.days = 2 * self.long
        """Bars of returns that are kept: live and shadow may run apart by as much as a window."""
        self.lanes: dict[Side, Lane] = {"live": Lane(self.days), "shadow": Lane(self.days)}
        self.scopes: dict[str, Scope] = {}
        self.dirty: set[tuple[Side, str]] = set()
        raw = kept.get("engine")
        self.state = msgspec.msgpack.decode(raw, type=EngineState) if raw else EngineState(started_at=now)
        self.pooled = Scope(policy, "", self.lanes["live"].pooled)
        self._restore(kept)

    # ------------------------------------------------------------------ keeping

    def _restore(self, kept: Mapping[str, bytes]) -> None:
        for name, raw in kept.items():
            if name.startswith("track:"):
                track = msgspec.msgpack.decode(raw, type=Track)
                side: Side = "shadow" if name.startswith("track:shadow:") else "live"
                if (track.long, track.short) == (self.long, self.policy.monitor.short):
                    self._seat(side, track)
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
        taken, self.alerts = self.alerts, []
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
                self._unreadable(line, side, error)
                continue
            if record.schema != SCHEMA:
                self._problem(Problem.SCHEMA, f"a record of schema {record.schema}; this gate reads {SCHEMA}")
                self._invalid(line, side)
                continue
            odd = self._odd(record)
            if odd:
                self._problem(Problem.UNREADABLE, odd)
                self._invalid(line, side)
                continue
            where: Side = "shadow" if record.role == "shadow" or record.version in self.shadows else side
            self._record(record, where, now, ahead)

    def _odd(self, record: Record) -> str:
        """What no record of a strategy holds; "" for nothing of that kind."""
        if not EARLIEST <= record.time <= LATEST:
            return "its time is in no century of ours"
        if len(record.symbol) > LONGEST_NAME or len(record.version) > LONGEST_NAME:
            return f"its symbol or version is longer than {LONGEST_NAME} characters"
        tracks = self.lanes["live"].tracks
        if len(tracks) >= MOST_SYMBOLS and record.symbol not in tracks:
            return f"there are more than {MOST_SYMBOLS} symbols"
        return ""

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
            self._problem(Problem.FUTURE, f"{symbol} {record.sequence} is from {_iso(time)}, and it is {_iso(now)}")
        if not late:
            if track.time is not None and time < track.time:
                self._problem(Problem.CLOCK, f"{symbol} {record.sequence}: the clock went back to {_iso(time)}")
            track.time = time
        if record.lost:
            self._problem(Problem.LOST, f"{symbol}: the writer could not write {record.lost} records", record.lost)
        self.state.last_symbol[side] = symbol
        if side == "live":
            if record.version != track.version and not self._version(track, record, lane):
                return  # nobody judges it, so it is no sign of life either
            self._seen(track, time, now, late=late, bar=record.kind == "bar")
        if record.kind == "bar":
            self._bar(record, side, lane, track, late=late)
        else:
            self._event(record, side, track)

    def _sequence(self, track: Track, sequence: int) -> bool | None:
        """Whether it comes late; None where it is there already."""
        if sequence > track.sequence:
            missed = track.missed(sequence)
            self._problem(Problem.MISSING, f"{track.symbol}: {missed} records before {sequence} are missing", missed)
            track.sequence = sequence
            return False
        if sequence in track.missing:
            track.missing.discard(sequence)
            self._problem(Problem.OUT_OF_ORDER, f"{track.symbol} {sequence} came after {track.sequence}")
            return True
        self._problem(Problem.DOUBLED, f"{track.symbol} {sequence} is there already")
        return None

    def _version(self, track: Track, record: Record, lane: Lane) -> bool:
        """Another version is live; False where nobody knows it."""
        known, version = self.policy.monitor.versions, record.version
        if known and not any(version.startswith(one) for one in known):
            self._problem(Problem.VERSION, f"{track.symbol}: version '{version[:40]}' is none of {', '.join(known)}")
            return False
        if track.version:
            track.forget(lane.windows[track.symbol], lane.pooled)
        if self.state.versions and version not in self.state.versions:
            lane.portfolio = Portfolio(size=self.days)
            for scope in (self.pooled, *self.scopes.values()):
                scope.attempts, scope.crashes = [], []
        track.version = version
        self.state.versions = sorted({one.version for one in lane.tracks.values() if one.version})
        return True

    def _bar(self, record: Record, side: Side, lane: Lane, track: Track, *, late: bool) -> None:
        flags, sure = track.grade(record, self.allowed, late=late)
        valid = bool(flags & VALID)
        lane.symbols += not track.bars
        track.push(flags, sure, lane.windows[track.symbol], lane.pooled)
        held = track.held
        earned = track.earned(record, self.policy.strategy.cost, valid=valid) if not late else record.earned
        closed = False
        if earned is not None and not -1.0 <= earned <= MOST_EARNED:
            self._problem(Problem.UNREADABLE, f"{track.symbol} {record.sequence}: a return of {earned:g} is none")
        elif earned is not None:
            track.growth *= 1.0 + earned
            traded = bool(held) or (record.position is None and earned != 0.0)
            closed = lane.portfolio.add(record.time, earned, traded=traded)
        if side == "shadow":
            return
        if record.latency is not None:
            self.latencies.append(record.latency)
        points = track.points
        if self.policy.monitor.points and (points or len(self.drawn) < MOST_DRAWN):
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
            if len(points) > self.policy.monitor.points * 2:
                del points[: -self.policy.monitor.points]
        self._look(track.symbol, record.time, record.sequence)
        if closed and self.lanes["shadow"].portfolio.times:
            self._compare(record.time, record.sequence)

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

    # ------------------------------------------------------------------ what is wrong with the input

    def _problem(self, problem: Problem, sentence: str, count: int = 1) -> None:
        """Count it; say the first, the tenth, the hundredth."""
        before = self.state.problems.get(problem, 0)
        self.state.problems[problem.value] = after = before + count
        if len(str(after)) > len(str(before)) or not before:
            more = f" ({after} by now)" if before else ""
            self.said.append(" ".join(f"{problem.value}: {sentence}{more}".split())[:300])

    def note(self, problems: Iterable[Problem], path: str) -> None:
        """What was wrong with a file."""
        for problem in problems:
            self._problem(problem, path)

    def _unreadable(self, line: bytes, side: Side, error: Exception) -> None:
        whole = line.rstrip().endswith(b"}")
        self._problem(Problem.UNREADABLE if whole else Problem.CUT, f"{error}: {_shown(line)}")
        self._invalid(line, side)

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
                self._problem(Problem.DOUBLED, f"{symbol} {sequence} is there already")
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
        case = self.closely(found or self.case(trigger, note), trigger) if fires else self._well(trigger)
        judgement = judge(case)
        if fires and trigger.limit.rule == "evidence" and judgement.outcome is not Outcome.FAIL:
            trigger.firing, trigger.fire_since = False, NEVER  # not shown: looked at again after as many bars
            return
        when = _iso(at) if at else ""
        before = trigger.since
        trigger.since = when
        if fires:
            self.state.fired.setdefault(trigger.key, judgement)
        firing = [judge(self.case(one)) for one in self.triggers() if one.firing and one is not trigger]
        level = level_of([*firing, judgement]) if fires else None
        self.alerts.append(
            telling.alert_of(
                telling.Told(
                    trigger=trigger,
                    case=case,
                    judgement=judgement,
                    kind=AlertKind.FIRING if fires else AlertKind.RECOVERED,
                    at=_iso(self.found) if self.found else when,
                    bar=when,
                    onset=_iso(trigger.onset) if trigger.onset else "",
                    where=where,
                    since=before,
                    level=level,
                    versions=tuple(self.state.versions),
                )
            )
        )

    def _well(self, trigger: Trigger) -> Case:
        """The window that is well again: mostly the short one."""
        short = self.case(trigger, short=True)
        return self.case(trigger) if any(_breached(short)) or number(short.candidate) is None else short

    def triggers(self) -> list[Trigger]:
        """Every trigger there is, the pooled ones first."""
        return [one for scope in (self.pooled, *self.scopes.values()) for one in scope.triggers()]

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

    def _compare(self, at: datetime, sequence: int) -> None:
        """Hold everything that has a limit against the baseline, once a bar that is whole."""
        self.state.compared += 1
        for trigger in self.pooled.against:
            long, short = self.case(trigger), self.case(trigger, short=True)
            fire = all(any(_breached(case)) for case in (long, short))
            well = [
                Case(metric=c.metric, limit=trigger.well, candidate=c.candidate, baseline=c.baseline)
                for c in (long, short)
            ]
            clear = any(_known(case) and not any(_breached(case)) for case in well)
            turn = trigger.turn(self.state.compared, trigger.rule.bars, fire=fire, clear=clear, time=at)
            if turn is not None:
                self._turned(trigger, turn, at, f":{sequence}", found=long)

    # ------------------------------------------------------------------ the clock

    def _seen(self, track: Track, time: datetime, now: datetime, *, late: bool, bar: bool) -> None:
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
            self.alerts.append(telling.quiet_alert(track.symbol, quiet=False, at=_iso(time), began=began))

    def _look_for_quiet(self, time: datetime) -> None:
        """One symbol has no records while the others have: the pool would hide it."""
        long_ago = self.state.turns - 1 - self.policy.monitor.short
        for track in self.lanes["live"].tracks.values():
            if track.bars and track.turn < long_ago and track.symbol not in self.state.quiet:
                self.state.quiet[track.symbol] = _iso(time)
                self.alerts.append(telling.quiet_alert(track.symbol, quiet=True, at=_iso(time), began=_iso(time)))

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
        self.alerts.append(telling.stale_alert(stale=stale, last=_iso(last), now=_iso(now), began=state.stale_since))
        state.stale_since = _iso(now) if stale else ""

    def feed_state(self) -> Watched:
        """Whether records come."""
        if self.state.stale:
            return Watched.FIRING
        return Watched.OK if self.state.last_at else Watched.UNKNOWN

    # ------------------------------------------------------------------ seats

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


def _breached(case: Case) -> Sequence[bool]:
    value = number(case.candidate)
    if value is None:
        return []
    held = (breach_of(case, bound, value) for bound in bounds(case.limit))
    return [one.breached for one in held if one is not None]


def _known(case: Case) -> bool:
    return number(case.candidate) is not None and number(case.baseline) is not None


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(line: bytes) -> str:
    text = line[:120].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)
