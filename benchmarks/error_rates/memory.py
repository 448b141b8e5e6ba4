"""How often 2.2 times the memory is caught, and identical code is not, by a gate that itself holds 300 MB.

`python -m benchmarks.error_rates.memory [--quick]`

Every reading comes from a cold process, through the runner that the gate uses. The ballast is held meanwhile because a
child inherits its launcher's resident size in what `getrusage` says: launched from a 300 MB process, a plant of 2.2
times reads 1.00 there (docs/metrics.md).
"""

from pathlib import Path

import numpy as np
import psutil

from benchmarks.error_rates.figures import Figure, options, report, share, watched
from gate.adapters.market_data import MarketDataFiles
from gate.adapters.runner import LocalRunner
from gate.adapters.versions import GitVersions
from gate.config import parse
from gate.domain.observation import Ending, Loading, Market, Observations, RunObservation
from gate.domain.settings import Settings
from gate.domain.verdict import Judgement, Outcome
from gate.domain.version import Role
from gate.judging.judge import Circumstances, judge_all
from gate.metrics.evidence import Evidence
from gate.usecases.plan import Asking, windows_of

ROOT = Path(__file__).parent.parent.parent
FACTORY = "benchmarks.error_rates.working_set:RegimeDetector"
MIB = 2**20
WORKING_SET, PLANTED, BALLAST = 40.0, 2.2, 300
BARS = 1200


def settings_for(mebibytes: float) -> Settings:
    """The default limits; one window; the candidate holds so much, the baseline WORKING_SET."""
    return parse(
        f"""
        [run]
        windows = 1
        [baseline]
        factory = "{FACTORY}"
        kwargs = {{ mebibytes = {WORKING_SET} }}
        [candidate]
        factory = "{FACTORY}"
        kwargs = {{ mebibytes = {mebibytes} }}
        """,
        "benchmark",
    )


def judged(settings: Settings, times: int, what: str) -> list[Judgement]:
    """What the gate says of memory, `times` pairs of cold runs anew."""
    bars = MarketDataFiles().simulate(BARS, 1)
    asked = {
        Role.BASELINE: (settings.baseline, settings.baseline_model),
        Role.CANDIDATE: (settings.candidate, settings.candidate_model),
    }
    with GitVersions().prepare(asked, ROOT, lambda _: None) as versions, LocalRunner() as runner:
        ask = Asking(versions=versions, settings=settings, folder=ROOT)
        requests = [ask.for_run(role, bars, windows_of(bars, settings.run), 0, watch=True) for role in Role]
        found = []
        for _ in watched(range(times), what, total=times):
            runs = [run for run, _ in runner.observe(requests, 1, lambda _: None)]
            found.append(memory_of(runs, versions, settings, bars))
    return found


def memory_of(runs: list[RunObservation], versions, settings: Settings, bars) -> Judgement:
    """The judgement of memory alone."""
    observations = Observations(
        versions=versions,
        loading=dict.fromkeys(Role, Loading(ending=Ending.OK)),
        markets={bars.symbol: Market(symbol=bars.symbol, time=bars.time, close=bars.close)},
        runs=tuple(runs),
    )
    answer = judge_all(Evidence.of(observations, settings), Circumstances())
    return next(judgement for judgement in answer.judgements if judgement.metric == "memory")


def figure(name: str, judgements: list[Judgement], **target) -> Figure:
    """How many blocked, and between which ratios the readings lay."""
    ratios = [part.change for judgement in judgements for part in judgement.parts if part.name == "model"]
    count = sum(judgement.outcome is Outcome.FAIL for judgement in judgements)
    note = f"{count} of {len(judgements)}; ratio {min(ratios):.2f} to {max(ratios):.2f}"
    return share(name, count, len(judgements), note=note, **target)


def main():
    parser = options(__doc__)
    parser.add_argument("--times", type=int, default=20)
    asked = parser.parse_args()
    times = 3 if asked.quick else asked.times
    ballast = np.ones(BALLAST * MIB, dtype=np.uint8)
    planted = judged(settings_for(PLANTED * WORKING_SET), times, "2.2 times")
    same = judged(settings_for(WORKING_SET), times, "identical code")
    holds = psutil.Process().memory_info().rss / MIB
    report(
        f"Memory: {WORKING_SET:.0f} MiB against {PLANTED * WORKING_SET:.0f} MiB, cold, limit 2x",
        [figure("2.2 times caught", planted, at_least=1.0), figure("identical code blocked", same, at_most=0.0)],
        asked.json,
        [f"The gate's own process held {holds:.0f} MiB, {len(ballast) // MIB} MiB of them ballast."],
    )


if __name__ == "__main__":
    main()
