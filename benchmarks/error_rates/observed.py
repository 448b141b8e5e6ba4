"""v1 under many seeds, run once and kept; pairs of seed groups are made of what it said, without running it again.

Running models is the slow part, and what they say depends on bars and seed alone. So every (symbol, seed) is observed
once, through the runner that the gate itself uses, and any two groups of seeds can be judged as baseline and candidate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.error_rates.figures import watched
from gate.adapters.market_data import MarketDataFiles
from gate.adapters.observation_store import ObservationFiles
from gate.adapters.runner import LocalRunner
from gate.adapters.versions import GitVersions
from gate.cli.options import read_settings
from gate.domain.market import Bars
from gate.domain.observation import Ending, Loading, Observations, RunKey, RunObservation
from gate.domain.plan import RunRequest
from gate.domain.settings import Settings
from gate.domain.version import Role
from gate.metrics.evidence import SIMULATED, Evidence, is_simulated
from gate.usecases.observe import SIMULATOR_SEED, markets_of
from gate.usecases.plan import WARM_UP, Asking, simulated_windows, windows_of

ROOT = Path(__file__).parent.parent.parent
FACTORY = "benchmarks.models.v1:RegimeDetector"
A_GROUP = 5
"""Seeds of one version in one comparison: the default of [run] seeds."""
SHUFFLE_SEED = 20_251_101


def suite(starts: int) -> Settings:
    """The default suite (gate.toml: SP500 and NASDAQ, the last 20 windows of 63 bars) with v1 on both sides."""
    settings = read_settings(ROOT / "gate.toml")
    model = msgspec.structs.replace(settings.baseline_model, factory=FACTORY, kwargs={"n_init": starts})
    return msgspec.structs.replace(settings, baseline_model=model, candidate_model=model)


def observed(cache: Path, seeds: int, starts: int) -> Observations:
    """Seeds 0 .. seeds-1 of v1 with so many starts a fit: out of the cache (a folder), or run and laid there."""
    kept = cache / f"v1-{starts}-starts-{seeds}-seeds"
    if not kept.is_dir():
        ObservationFiles().write(observe(suite(starts), seeds), kept)
    return ObservationFiles().read(kept)


def observe(settings: Settings, seeds: int) -> Observations:
    """Run every seed on every symbol and on every draw of the simulator, one process at a time."""
    data = MarketDataFiles().load(settings.data, ROOT)
    draws = simulated(settings)
    asked = {Role.BASELINE: (settings.baseline, settings.baseline_model)}
    with GitVersions().prepare(asked, ROOT, lambda _: None) as versions, LocalRunner() as runner:
        ask = Asking(versions=versions, settings=settings, folder=ROOT)
        requests = list(requests_of(ask, list(data.symbols.values()), draws, seeds))
        runner.load(requests[:1])
        runs = [runner.observe([one], 1, lambda _: None)[0][0] for one in watched(requests, "running v1")]
        anywhere = {role: msgspec.structs.replace(v, root="", python="") for role, v in versions.items()}
    return Observations(
        versions=anywhere,
        loading={Role.BASELINE: Loading(ending=Ending.OK)},
        markets=markets_of(runs, data, draws),
        runs=tuple(runs),
    )


def simulated(settings: Settings) -> tuple[Bars, ...]:
    """The draws on which the gate measures calibration."""
    length = WARM_UP + settings.run.train + settings.calibration.bars
    drawn = (MarketDataFiles().simulate(length, SIMULATOR_SEED + draw) for draw in range(settings.calibration.draws))
    return tuple(replace(bars, symbol=f"{SIMULATED}:{draw}") for draw, bars in enumerate(drawn))


def requests_of(ask: Asking, symbols: list[Bars], draws: tuple[Bars, ...], seeds: int) -> Iterator[RunRequest]:
    """One run a seed and symbol; the gate runs a simulator's draw under one seed, here they have all of them."""
    for seed in range(seeds):
        for bars in symbols:
            yield ask.for_run(Role.BASELINE, bars, windows_of(bars, ask.settings.run), seed)
        for bars in draws:
            yield ask.for_run(Role.BASELINE, bars, simulated_windows(bars, ask.settings), seed)


# ------------------------------------------------------------------ pairs of seed groups


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """Seeds of the baseline and of the candidate; no seed is in both."""

    baseline: tuple[int, ...]
    candidate: tuple[int, ...]


def disjoint_groups(seeds: int) -> list[Groups]:
    """Pairs that share no seed with each other, as many as there are: these are independent of each other."""
    order = list(range(seeds))
    size = 2 * A_GROUP
    parts = [order[at : at + size] for at in range(0, seeds - size + 1, size)]
    return [Groups(baseline=tuple(part[:A_GROUP]), candidate=tuple(part[A_GROUP:])) for part in parts]


def shuffled_groups(seeds: int, pairs: int) -> list[Groups]:
    """`pairs` random pairs of groups; seeds are met again in other company."""
    random = np.random.default_rng(SHUFFLE_SEED)
    drawn = [random.permutation(seeds)[: 2 * A_GROUP].tolist() for _ in range(pairs)]
    return [Groups(baseline=tuple(part[:A_GROUP]), candidate=tuple(part[A_GROUP:])) for part in drawn]


class Pairs:
    """Evidence of pairs of groups, from what was observed once."""

    def __init__(self, observations: Observations, settings: Settings) -> None:
        self._observations = observations
        self._settings = settings
        self._runs: dict[int, list[RunObservation]] = {}
        for run in observations.runs:
            self._runs.setdefault(run.key.seed, []).append(run)

    def evidence(self, groups: Groups, change=lambda run: run) -> Evidence:
        """The groups as baseline and candidate; the candidate's runs are passed through `change`."""
        ours = self._group(Role.BASELINE, groups.baseline)
        theirs = [change(run) for run in self._group(Role.CANDIDATE, groups.candidate)]
        version, loading = (found[Role.BASELINE] for found in (self._observations.versions, self._observations.loading))
        pair = replace(
            self._observations,
            versions={role: msgspec.structs.replace(version, role=role) for role in Role},
            loading=dict.fromkeys(Role, loading),
            runs=(*ours, *theirs),
        )
        return Evidence.of(pair, self._settings)

    def _group(self, role: Role, seeds: tuple[int, ...]) -> list[RunObservation]:
        """The runs of these seeds, numbered from 0; of the simulator's draws one a seed, as in the gate."""
        return [
            replace(run, key=RunKey(role=role, symbol=run.key.symbol, seed=place))
            for place, seed in enumerate(seeds)
            for run in self._runs[seed]
            if not is_simulated(run.key.symbol) or draw_of(run) % len(seeds) == place
        ]


def draw_of(run: RunObservation) -> int:
    """Which of the simulator's draws a run is on."""
    return int(run.key.symbol.rpartition(":")[2])
