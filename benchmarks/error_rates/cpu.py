"""CPU: how often identical code is accused, how often a slower model is found, and what a decision costs.

`python -m benchmarks.error_rates.cpu [--quick]`

v1 and copies of it that spend a known multiple of its CPU are measured in rounds through the gate's own runner, each
round in random order, once with nothing beside them and once beside two busy processes. A decision then takes rounds
with replacement as pairs, stops by the gate's rule and is judged by the gate's judge, as in `gate run`.
"""

import json
import random
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.error_rates.figures import Figure, options, report, share, watched
from gate.adapters.market_data import MarketDataFiles
from gate.adapters.runner import LocalRunner
from gate.adapters.versions import GitVersions
from gate.config import parse
from gate.domain.observation import Ending, Loading, Observations, Pair, Reading
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
    """One reading of every arm, one after the other."""

    readings: dict[str, Reading]
    seconds: dict[str, float]
    """Wall time of each reading: what it costs the gate."""
    loading: float
    """Wall time of starting and importing v1 once."""


@contextmanager
def loaded(stack: ExitStack):
    """(arm -> a runner that has imported it, arm -> what to ask it, wall seconds of the first import)."""
    bars = next(iter(MarketDataFiles().load(SETTINGS.data, ROOT).symbols.values()))
    runners, requests, loading = {}, {}, 0.0
    for arm, times in ARMS.items():
        settings = parse(f'[model]\nfactory = "{FACTORY}"\nkwargs = {{ times = {times} }}', "benchmark")
        asked = {Role.CANDIDATE: (settings.candidate, settings.candidate_model)}
        versions = stack.enter_context(GitVersions().prepare(asked, ROOT, lambda _: None))
        ask = Asking(versions=versions, settings=settings, folder=ROOT)
        requests[arm] = ask.for_run(Role.CANDIDATE, bars, windows_of(bars, settings.run)[-1:], 0)
        runners[arm] = stack.enter_context(LocalRunner())
        started = time.perf_counter()
        runners[arm].load([requests[arm]])
        loading = loading or time.perf_counter() - started
    yield runners, requests, loading


@contextmanager
def neighbours(count: int):
    """So many processes that are never idle."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def rounds(count: int, beside: int) -> list[Round]:
    """Measure every arm `count` times, in an order that chance draws anew each time."""
    order = random.Random(SEED)
    found = []
    with ExitStack() as stack, loaded(stack) as (runners, requests, loading), neighbours(beside):
        for _ in watched(range(count), f"{beside} neighbours", total=count):
            arms = list(ARMS)
            order.shuffle(arms)
            readings, seconds = {}, {}
            for arm in arms:
                started = time.perf_counter()
                readings[arm] = runners[arm].measure(requests[arm], SETTINGS.timing.calls)[0]
                seconds[arm] = time.perf_counter() - started
            found.append(Round(readings=readings, seconds=seconds, loading=loading))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One decision of the gate."""

    outcome: Outcome
    pairs: int
    runs: float
    """What it cost, in cold runs of the baseline (start, imports, fit and calls)."""


def decision(measured: list[Round], arm: str, draw: random.Random) -> Decided:
    """Take rounds as pairs until the gate has enough, and judge them."""
    pairs: list[Pair] = []
    taken: list[Round] = []
    while len(pairs) < SETTINGS.timing.pairs_max and not enough(pairs, SETTINGS):
        taken.append(draw.choice(measured))
        readings = taken[-1].readings
        again = readings[SAME] if len(pairs) < SETTINGS.timing.identical and arm != SAME else None
        pairs.append(
            Pair(symbol="", first=Role.BASELINE, baseline=readings[BASE], candidate=readings[arm], again=again)
        )
    loading = dict.fromkeys(Role, Loading(ending=Ending.OK))
    observations = Observations(versions={}, loading=loading, markets={}, runs=(), pairs=tuple(pairs))
    judgement = judge_entry(CPU, Evidence.of(observations, SETTINGS), Circumstances())
    a_run = taken[0].loading + np.median([one.seconds[BASE] for one in measured])
    spent = 2 * taken[0].loading + sum(one.seconds[BASE] + one.seconds[arm] for one in taken)
    spent += sum(one.seconds[BASE] for one in taken[: SETTINGS.timing.identical])
    return Decided(outcome=judgement.outcome, pairs=len(pairs), runs=spent / a_run)


def figures(measured: list[Round], where: str, times: int) -> list[Figure]:
    """The rates of `times` decisions about each arm."""
    draw = random.Random(SEED)
    decided = {arm: [decision(measured, arm, draw) for _ in range(times)] for arm in (SAME, *SLOWED)}

    def rate(name, arm, outcomes, **target):
        count = sum(one.outcome in outcomes for one in decided[arm])
        pairs = np.mean([one.pairs for one in decided[arm]])
        return share(f"{where}: {name}", count, times, note=f"{pairs:.1f} pairs on average", **target)

    seen, blocked = (Outcome.WARN, Outcome.FAIL), (Outcome.FAIL,)
    cost = float(np.mean([one.runs for one in decided[SAME]]))
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
        logs = [np.log(getattr(one.readings[SAME], part) / getattr(one.readings[BASE], part)) for one in measured]
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
