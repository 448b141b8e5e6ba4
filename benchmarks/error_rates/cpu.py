"""CPU: how often identical code is accused, how often a slower model is found, and what a decision costs.

`python -m benchmarks.error_rates.cpu [--quick]`

v1 and copies of it that spend a known multiple of its CPU are measured in rounds of pairs through the gate's own
runner: each copy right beside v1, pairs and roles in random order, once with nothing beside them and once beside two
busy processes. A decision then takes rounds with replacement as pairs, stops by the gate's rule and is judged by the
gate's judge, as in `gate run`.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.error_rates.figures import Figure, options, report, share, watched
from gate.adapters.market_data import MarketDataFiles
from gate.adapters.runner import LocalRunner
from gate.adapters.versions import GitVersions
from gate.config import parse
from gate.domain.market import Bars
from gate.domain.observation import Ending, Loading, Observations, Pair, Reading
from gate.domain.plan import RunRequest
from gate.domain.verdict import Outcome
from gate.domain.version import Role
from gate.judging.judge import Circumstances, judge_entry
from gate.metrics.evidence import Evidence
from gate.metrics.registry import ENTRIES
from gate.usecases.plan import Asking, windows_of
from gate.usecases.timing import enough

ROOT = Path(__file__).parent.parent.parent
FACTORY = "benchmarks.error_rates.slowed:RegimeDetector"
SEED = 20_251_124
BASE, SAME = "v1", "v1 again"
SLOWED = {"x1.25": 1.25, "x1.5": 1.5, "x3.2": 3.2, "x5": 5.0}
ARMS = {BASE: 1.0, SAME: 1.0, **SLOWED}
NEIGHBOURS = 2
CPU = next(entry for entry in ENTRIES if entry.metric.name == "cpu")
SETTINGS = parse(f'[model]\nfactory = "{FACTORY}"', "benchmark")


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One pair of every arm with v1, one after the other."""

    readings: dict[str, Reading]
    beside: dict[str, Reading]
    """v1, in the same pair."""
    seconds: dict[str, float]
    """Wall time of each reading: what it costs the gate; under BASE the median of v1's."""
    loading: float
    """Wall time of starting and importing v1 once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """Every arm, imported and waiting."""

    runners: dict[str, LocalRunner]
    requests: dict[str, RunRequest]
    """What each is asked."""
    seconds: float
    """Wall time of the first start and import."""
    both: list[RunRequest]
    """v1 as the baseline and as the candidate."""

    def import_both(self) -> float:
        """Wall time of importing two versions side by side, as `gate run` does."""
        with LocalRunner() as runner:
            started = time.perf_counter()
            runner.load(self.both)
            return time.perf_counter() - started

    def round(self, order: random.Random) -> Round:
        """Measure every arm in a pair with v1, in an order that chance draws."""
        arms = [arm for arm in self.runners if arm != BASE]
        order.shuffle(arms)
        readings, beside, seconds, base = {}, {}, {}, []
        for arm in arms:
            for who in order.sample((BASE, arm), 2):
                started = time.perf_counter()
                reading = self.runners[who].measure(self.requests[who], SETTINGS.timing.calls)[0]
                spent = time.perf_counter() - started
                if who == BASE:
                    beside[arm] = reading
                    base.append(spent)
                else:
                    readings[arm], seconds[arm] = reading, spent
        seconds[BASE] = float(np.median(base))
        return Round(readings=readings, beside=beside, seconds=seconds, loading=self.seconds)


def first_bars() -> Bars:
    """The bars whose newest window is timed."""
    return next(iter(MarketDataFiles().load(SETTINGS.data, ROOT).symbols.values()))


def loaded(stack: ExitStack, arms: Mapping[str, float]) -> Loaded:
    """Start a runner for each arm (name -> how many times v1's CPU it spends)."""
    bars = first_bars()
    runners, requests, loading = {}, {}, 0.0
    for arm, times in arms.items():
        requests[arm] = asked_of(stack, bars, times, [Role.CANDIDATE])[0]
        runners[arm] = stack.enter_context(LocalRunner())
        started = time.perf_counter()
        runners[arm].load([requests[arm]])
        loading = loading or time.perf_counter() - started
    both = asked_of(stack, bars, arms[BASE], list(Role))
    return Loaded(runners=runners, requests=requests, seconds=loading, both=both)


def asked_of(stack: ExitStack, bars: Bars, times: float, roles: list[Role]) -> list[RunRequest]:
    """What v1, slowed so many times, is asked in each of the roles."""
    settings = parse(f'[model]\nfactory = "{FACTORY}"\nkwargs = {{ times = {times} }}', "benchmark")
    asked = dict.fromkeys(roles, (settings.candidate, settings.candidate_model))
    versions = stack.enter_context(GitVersions().prepare(asked, ROOT, lambda _: None))
    ask = Asking(versions=versions, settings=settings, folder=ROOT)
    return [ask.for_run(role, bars, windows_of(bars, settings.run)[-1:], 0) for role in roles]


ALWAYS = "while True: pass"
NOW_AND_THEN = """
import random, time
while True:
    time.sleep(random.expovariate(1 / 4))
    until = time.monotonic() + random.expovariate(1 / 4)
    while time.monotonic() < until:
        pass
"""
"""Idle and busy in turns, four seconds each on average: whoever shares a CI machine."""


@contextmanager
def neighbours(count: int, what: str = ALWAYS):
    """So many processes beside what is measured."""
    busy = [subprocess.Popen([sys.executable, "-c", what]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def rounds(count: int, beside: int) -> list[Round]:
    """Measure every arm `count` times, in an order that chance draws anew each time."""
    order = random.Random(SEED)
    with ExitStack() as stack:
        arms = loaded(stack, ARMS)
        stack.enter_context(neighbours(beside))
        return [arms.round(order) for _ in watched(range(count), f"{beside} neighbours", total=count)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One decision of the gate."""

    outcome: Outcome
    pairs: int
    seconds: float
    """Wall time of what was timed for it."""


def decision(rounds: Iterator[Round], arm: str) -> Decided:
    """Take rounds as pairs until the gate has enough, and judge them."""
    pairs: list[Pair] = []
    spent = 0.0
    while len(pairs) < SETTINGS.timing.pairs_max and not enough(pairs, SETTINGS):
        taken, again = next(rounds), len(pairs) < SETTINGS.timing.identical
        pairs.append(
            Pair(
                symbol="",
                first=Role.BASELINE,
                baseline=taken.beside[arm],
                candidate=taken.readings[arm],
                again=taken.readings[SAME] if again and arm != SAME else None,
            )
        )
        spent += taken.seconds[BASE] * (2 if again else 1) + taken.seconds[arm]
    loading = dict.fromkeys(Role, Loading(ending=Ending.OK))
    observations = Observations(versions={}, loading=loading, markets={}, runs=(), pairs=tuple(pairs))
    judgement = judge_entry(CPU, Evidence.of(observations, SETTINGS), Circumstances())
    return Decided(outcome=judgement.outcome, pairs=len(pairs), seconds=spent)


def drawn(measured: list[Round], draw: random.Random) -> Iterator[Round]:
    """Rounds with replacement, without end."""
    while True:
        yield draw.choice(measured)


def exchanged(one: Round) -> Round:
    """The round with the roles of identical code exchanged: which of the two is called v1 means nothing."""
    readings, beside = {**one.readings, SAME: one.beside[SAME]}, {**one.beside, SAME: one.readings[SAME]}
    return replace(one, readings=readings, beside=beside)


def figures(measured: list[Round], where: str, times: int) -> list[Figure]:
    """The rates of `times` decisions about each arm."""
    draw = random.Random(SEED)
    either_way = [*measured, *map(exchanged, measured)]
    decided = {arm: [decision(drawn(measured, draw), arm) for _ in range(times)] for arm in SLOWED}
    decided[SAME] = [decision(drawn(either_way, draw), SAME) for _ in range(times)]
    loading = measured[0].loading
    a_run = loading + np.median([one.seconds[BASE] for one in measured])

    def rate(name, arm, outcomes, **target):
        count = sum(one.outcome in outcomes for one in decided[arm])
        pairs = np.mean([one.pairs for one in decided[arm]])
        return share(f"{where}: {name}", count, times, note=f"{pairs:.1f} pairs on average", **target)

    seen, blocked = (Outcome.WARN, Outcome.FAIL), (Outcome.FAIL,)
    cost = float(np.mean([2 * loading + one.seconds for one in decided[SAME]]) / a_run)
    return [
        rate("identical code warned of or blocked", SAME, seen, at_most=0.01),
        rate("identical code blocked", SAME, blocked, at_most=0.01),
        rate("x1.25 found (warned of)", "x1.25", seen, at_least=0.90),
        rate("x1.5 found (warned of)", "x1.5", seen, at_least=0.99),
        rate("x3.2 blocked", "x3.2", blocked, at_least=0.60),
        rate("x5 blocked", "x5", blocked, at_least=1.0),
        Figure(name=f"{where}: cost for identical code", value=cost, unit=" runs of v1", at_most=5.0),
    ]


def spreads(measured: list[Round]) -> str:
    """How much one pair of identical code scatters here."""
    said = []
    for part in ("fit", "predict"):
        logs = [np.log(getattr(one.readings[SAME], part) / getattr(one.beside[SAME], part)) for one in measured]
        said.append(f"{part} {np.std(logs, ddof=1):.3f}")
    return ", ".join(said)


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=48)
    parser.add_argument("--decisions", type=int, default=1000)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep every reading")
    asked = parser.parse_args()
    count, times = (8, 100) if asked.quick else (asked.rounds, asked.decisions)
    measured = {where: rounds(count, beside) for where, beside in (("idle", 0), ("two neighbours", NEIGHBOURS))}
    if asked.keep:
        kept = {where: [msgspec.to_builtins(asdict(one)) for one in found] for where, found in measured.items()}
        asked.keep.write_text(json.dumps(kept) + "\n")
    report(
        f"CPU of the model: limit 3x, warning margin 1.25x; {times} decisions from {count} rounds each",
        [figure for where, found in measured.items() for figure in figures(found, where, times)],
        asked.json,
        [f"Standard deviation of one pair's log ratio, {where}: {spreads(found)}" for where, found in measured.items()],
    )


if __name__ == "__main__":
    main()
