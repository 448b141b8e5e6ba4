"""What the gate's resampling takes at scale, beside the library's loop: 10,000 paired resamples, 16 symbols, 20 years.

`python -m benchmarks.error_rates.resampling [--quick] [--seeds 1]`

Timed are the functions that the judge calls for every metric that is resampled, its 1,000 resamples made 10,000.
The library is `arch.bootstrap.StationaryBootstrap` with the same statistics on the same series and the same block
lengths. It goes round a loop, so it is timed on fewer resamples and scaled.
"""

import time
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import numpy as np
from arch.bootstrap import StationaryBootstrap

from benchmarks.error_rates import stand_in
from benchmarks.error_rates.figures import Figure, options, report, watched
from benchmarks.error_rates.intervals import ONE
from benchmarks.error_rates.stand_in import World
from gate.domain.version import Role
from gate.metrics import bootstrap, honesty, meaning, regimes, strategy
from gate.metrics.evidence import Evidence
from gate.metrics.panel import Panel, Ratios

SYMBOLS, YEARS, RESAMPLES, OF_THE_LIBRARY = 16, 20, 10_000, 50
YEAR = 252
SEED = 7
REPAINTED = 0.05
"""Share of labels that a later look changes: one that never repaints is not resampled."""
MOST_SECONDS = 2.0


def evidence(seeds: int, symbols: int) -> Evidence:
    """Both stand-ins on correlated symbols, and on the simulator's draws."""
    world = World(name="", symbols=symbols, seeds=seeds, models=ONE)
    random = np.random.default_rng(SEED)
    legs = stand_in.legs(1, world, SEED, YEARS * YEAR)
    paths = stand_in.paths(world, legs, random)
    return stand_in.evidence(legs, paths, 0, tail=lambda state: stand_in.tails(state, REPAINTED, random))


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all its threads: the machine is shared."""
    began = time.process_time()
    work()
    return time.process_time() - began


# ------------------------------------------------------------------ the gate's


def of_ratios(made: Callable[[Evidence], Ratios], found: Evidence) -> None:
    """A metric's ratios, both intervals and the paired difference, as measuring and comparing ask for them."""
    drawn = made(found)
    for role in Role:
        drawn.interval(role)
    drawn.change(1.0)


def of_strategy(name: str, found: Evidence) -> None:
    """Both roles' intervals of a measure of the strategy, and that of their difference."""
    for role in Role:
        strategy.level_interval(name, found, role, 1.0)
    strategy.difference_interval(name, found)


RESAMPLED: dict[str, Callable[[Evidence], object]] = {
    "regime_change_rate": partial(of_ratios, regimes.change_ratios),
    "confidence": partial(of_ratios, regimes.confidence_ratios),
    "repaint": partial(of_ratios, honesty.repaint_ratios),
    "strategy_performance": partial(of_strategy, "sharpe"),
    "total_return": partial(of_strategy, "total_return"),
    "informativeness": meaning.informativeness_difference,
}


def vectorised(found: Evidence, resamples: int) -> dict[str, float]:
    """Seconds of each metric."""
    strategy.performance(found)  # laid out once, whatever is resampled
    with patch.object(bootstrap, "draw", partial(bootstrap.draw, resamples=resamples)):
        return {name: seconds(partial(work, found)) for name, work in watched(RESAMPLED.items(), "the gate")}


# ------------------------------------------------------------------ the library's


def looped(found: Evidence, resamples: int, scaled_to: int) -> dict[str, float]:
    """Seconds of each metric, `resamples` timed and scaled."""
    work = {**ratios_of(found), **strategies_of(found), "informativeness": informed_of(found)}
    return {
        name: seconds(lambda once=once: once(resamples)) * scaled_to / resamples
        for name, once in watched(work.items(), "the library")
    }


def loop(block: float, statistic: Callable, *series: np.ndarray) -> Callable[[int], object]:
    """The library's loop over resamples of these series, in the same blocks."""
    return lambda resamples: StationaryBootstrap(block, *series, seed=SEED).apply(statistic, resamples)


def ratios_of(found: Evidence) -> dict[str, Callable[[int], object]]:
    """Ratios of sums, both roles at once; the series are pooled over the symbols beforehand, as the gate does it."""
    counts = {"regime_change_rate": regimes.changes, "confidence": regimes.certain, "repaint": honesty.repainted}
    return {name: loop(*pooled(found, count)) for name, count in counts.items()}


def pooled(found: Evidence, count: Callable) -> tuple:
    """Block length, statistic, and (T, 2 roles x 2) columns of the first seed."""
    panel = Panel.of(found, found.graded)
    columns = [
        np.sum([panel.laid(found, graded, count(graded)[side]) for graded in found.seeds(role)[0]], axis=0)
        for role in Role
        for side in range(2)
    ]
    block = bootstrap.block_of(len(columns[0]))
    return block, lambda x: x.sum(axis=0)[::2] / x.sum(axis=0)[1::2], np.column_stack(columns)


def strategies_of(found: Evidence) -> dict[str, Callable[[int], object]]:
    """Sharpe ratio and total return of both roles."""
    made = strategy.performance(found).returns
    both = np.column_stack([made[role][0] for role in Role])
    block = bootstrap.block_of(len(both))
    return {
        "strategy_performance": loop(block, lambda x: x.mean(axis=0) / x.std(axis=0), both),
        "total_return": loop(block, lambda x: np.prod(1.0 + x, axis=0) - 1.0, both),
    }


def informed_of(found: Evidence) -> Callable[[int], object]:
    """The mean over the symbols of the baseline's η² minus the candidate's."""
    looks = [meaning.Look.of(found, pair) for pair in found.pairs() if pair[0].run.key.seed == 0]
    target = np.column_stack([look.target for look in looks])
    ours, theirs = (np.column_stack([look.ranks[side] for look in looks]) for side in range(2))
    block = bootstrap.block_of(len(target), paired=True)

    def loss(target, ours, theirs):
        gaps = [
            meaning.explained(ours[:, at], target[:, at]) - meaning.explained(theirs[:, at], target[:, at])
            for at in range(target.shape[1])
        ]
        return np.array([np.mean(gaps)])

    return loop(block, loss, target, ours, theirs)


# ------------------------------------------------------------------ the table


def main():
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="seeds of each version that the gate resamples")
    asked = parser.parse_args()
    resamples, timed = (1000, 5) if asked.quick else (RESAMPLES, OF_THE_LIBRARY)
    found = evidence(asked.seeds, SYMBOLS)
    ours = vectorised(found, resamples)
    theirs = looped(found, timed, resamples)
    figures = [Figure(name=name, value=s, unit=" s", note=beside(s, theirs.get(name))) for name, s in ours.items()]
    total, shared = sum(ours.values()), sum(spent for name, spent in ours.items() if name in theirs)
    figures += [
        Figure(name="all of them", value=total, unit=" s", at_most=MOST_SECONDS),
        Figure(name="the library's loop", value=sum(theirs.values()), unit=" s", note=f"scaled from {timed} resamples"),
        Figure(name="the library over the gate", value=sum(theirs.values()) / shared, unit="x"),
    ]
    report(
        f"Resampling: {resamples:,} resamples, {SYMBOLS} symbols, {YEARS} years, {asked.seeds} seed(s), CPU seconds",
        figures,
        asked.json,
        ["The library is timed on the first seed."],
    )


def beside(spent: float, theirs: float | None) -> str:
    """The library's time."""
    return "" if theirs is None else f"the library's loop {theirs:.0f} s, {theirs / spent:.0f}x"


if __name__ == "__main__":
    main()
