"""How often the gate's 95% intervals cover the truth, on simulated markets whose truth a long simulation tells.

`python -m benchmarks.error_rates.intervals [--quick]`

Each replication is five years of daily bars; the intervals are those of the metrics themselves, from the very functions
that the gate judges by. The models are stand-ins (`stand_in.py`): the forward filter, and one that is off.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from sklearn.isotonic import isotonic_regression

from benchmarks.error_rates import stand_in
from benchmarks.error_rates.figures import Figure, options, report, share, watched
from benchmarks.error_rates.stand_in import Model, World
from gate.domain.version import Role
from gate.metrics import meaning, regimes, strategy
from gate.metrics.evidence import Evidence

LEAST, MOST = 0.92, 0.97
CHUNK = 40
"""Replications whose paths are held in memory at once."""
TRUTH_SEED, SEED = 50_000_000, 1_000
QUANTILES = 21
"""Seeds, spread evenly over their distribution, whose median is the truth of a version with many seeds."""
LOSS, SCORE = "informativeness, relative loss", "log score"
MORE_IS_BETTER = ("confidence", "Sharpe ratio")
ONE = {Role.BASELINE: Model(), Role.CANDIDATE: Model(leak=3.0, wrong=0.03)}
MANY = {
    Role.BASELINE: Model(spread=0.5, wrong=0.01),
    Role.CANDIDATE: Model(leak=3.0, spread=0.5, wrong=0.03),
}
ALIKE = dict.fromkeys(Role, Model(wrong=0.03))
MANY_ALIKE = dict.fromkeys(Role, Model(spread=0.5, wrong=0.01))
WORLDS = (
    World(name="1 symbol, 1 seed", symbols=1, seeds=1, models=ONE),
    World(name="2 symbols, 1 seed", symbols=2, seeds=1, models=ONE),
    World(name="2 symbols, 5 seeds", symbols=2, seeds=5, models=MANY),
    World(name="2 symbols, 1 seed, a candidate as good", symbols=2, seeds=1, models=ALIKE),
    World(name="2 symbols, 5 seeds, a candidate as good", symbols=2, seeds=5, models=MANY_ALIKE),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What the gate says of one quantity in one replication."""

    value: float
    low: float
    high: float


@dataclass(slots=True)
class Tally:
    """The estimates of one quantity, and what is true of it."""

    truth: float
    found: list[Estimate] = field(default_factory=list)

    def varies(self) -> bool:
        """Chance has a part in it: two versions that say the same of how sure they are differ by nothing, always."""
        return len({estimate.value for estimate in self.found}) > 1

    def figure(self, name: str) -> Figure:
        """How often the truth is covered; on which side it is missed, and how far off the estimates are."""
        value, low, high = np.array([(e.value, e.low, e.high) for e in self.found]).T
        under, over = int((high < self.truth).sum()), int((low > self.truth).sum())
        spread = value.std() or np.nan
        bias, wide = (value.mean() - self.truth) / spread, (high - low).mean() / (2 * 1.96 * spread)
        return share(
            name,
            len(self.found) - under - over,
            len(self.found),
            at_least=LEAST,
            at_most=MOST,
            note=f"truth {self.truth:.4f}, missed {under} below {over} above, "
            f"bias {bias:+.2f} sd, width {wide:.2f} of ideal",
        )


# ------------------------------------------------------------------ replications


def replications(world: World, count: int) -> Iterator[Evidence]:
    """Evidence of each replication."""
    for start in range(0, count, CHUNK):
        size, seed = min(CHUNK, count - start), SEED + 10 * start
        legs = stand_in.legs(size, world, seed)
        paths = stand_in.paths(world, legs, np.random.default_rng(seed))
        for place in range(size):
            yield stand_in.evidence(legs, paths, place)


def estimates(evidence: Evidence) -> dict[str, Estimate]:
    """Every interval that is held up, by the functions that the judge calls."""
    found = {}
    measured = {
        "regime change rate": regimes.regime_change_rate,
        "confidence": regimes.confidence,
        "Sharpe ratio": strategy.strategy_performance,
        SCORE: meaning.calibration,
    }
    for name, measure in measured.items():
        m = measure(evidence, Role.CANDIDATE)
        found[name] = Estimate(value=m.value, low=m.low, high=m.high)
    compared = {
        "regime change rate, difference": regimes.regime_change_difference(evidence),
        "confidence, difference": regimes.confidence_difference(evidence),
        "Sharpe ratio, difference": strategy.strategy_difference(evidence),
        f"{SCORE}, difference": meaning.calibration_difference(evidence),
    }
    for name, c in compared.items():
        found[name] = Estimate(value=c.change, low=c.low, high=c.high)
    c, before = meaning.informativeness_difference(evidence), meaning.informativeness(evidence, Role.BASELINE).value
    found[LOSS] = Estimate(value=c.change, low=c.low / before, high=c.high / before)  # as the judge holds it
    return found


# ------------------------------------------------------------------ the truth


def truths(world: World, draws: int) -> dict[str, float]:
    """What is true of the median over a version's seeds, from `draws` five years that no replication meets.

    Of most it is what the seed would show for ever. η² of five years is not η² for ever (some years have no storm to
    explain), and five years are what the limit is held against: there it is the mean over five years. The log score is
    judged by the median over the simulator's draws, so there it is the median over all draws.
    """
    returns, states = stand_in.markets(draws, world.symbols, TRUTH_SEED)
    long = {role: typical(model, returns, states) for role, model in world.models.items()}
    before, after = long[Role.BASELINE], long[Role.CANDIDATE]
    told_before, told_after = (found.pop("informativeness") for found in (before, after))
    scores = {role: scored(model, draws) for role, model in world.models.items()}
    known = {name: float(value) for name, value in after.items()}
    for name in after:
        sign = 1.0 if name in MORE_IS_BETTER else -1.0
        known[f"{name}, difference"] = float(sign * (before[name] - after[name]))
    worse = scores[Role.CANDIDATE] - scores[Role.BASELINE]
    known |= {SCORE: float(np.median(scores[Role.CANDIDATE])), f"{SCORE}, difference": float(np.median(worse))}
    return {**known, LOSS: float(np.mean((told_before - told_after) / told_before))}


def typical(model: Model, returns: np.ndarray, states: np.ndarray) -> dict[str, np.ndarray]:
    """The median over the seeds of what each shows."""
    random = np.random.default_rng(TRUTH_SEED)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES if model.spread else np.array([0.5])
    known = np.quantile(stand_in.leaks(model, 200_001, random), levels)
    shown = [for_ever(leak, model.wrong, returns, states, random) for leak in watched(known, "the truth")]
    return {name: np.median([one[name] for one in shown], axis=0) for name in shown[0]}


def for_ever(leak: float, wrong: float, returns: np.ndarray, states: np.ndarray, random) -> dict[str, np.ndarray]:
    """The values of one seed, all draws taken as one long observation, but for informativeness (a value a draw).

    Written out apart from the gate's metrics.
    """
    symbols = np.moveaxis(returns, 1, 0)
    legs = [stand_in.said(moves, np.full(len(moves), leak), wrong, random) for moves in symbols]
    tested = slice(stand_in.WARM, returns.shape[2] - stand_in.AHEAD)
    labels = np.array([path.state[:, tested] for path in legs])
    sure = np.array([path.posterior[:, tested].max(axis=2) for path in legs])
    return {
        "regime change rate": (labels[..., 1:] != labels[..., :-1]).mean(),
        "confidence": sure.mean(),
        "Sharpe ratio": sharpe(labels, returns, tested),
        "informativeness": np.mean([told(*leg, tested) for leg in zip(labels, symbols, strict=True)], axis=0),
    }


def scored(model: Model, draws: int) -> np.ndarray:
    """(N,) log score of each draw of the simulator; a label is right where it is the one that its state met most."""
    moves, states = stand_in.markets(draws, 1, TRUTH_SEED, stand_in.DRAW_BARS)
    random = np.random.default_rng(TRUTH_SEED)
    path = stand_in.said(moves[:, 0], stand_in.leaks(model, draws, random), model.wrong, random)
    tested = slice(stand_in.WARM, moves.shape[2] - stand_in.AHEAD)
    label, truth, sure = path.state[:, tested], states[:, tested], path.posterior[:, tested].max(axis=2)
    met = np.array([[((label == k) & (truth == true)).sum(axis=1) for true in range(3)] for k in range(3)])
    right = np.take_along_axis(met.argmax(axis=1).T, label, axis=1) == truth
    return -np.log(np.clip(np.where(right, sure, 1.0 - sure), 1e-6, 1.0 - 1e-6)).mean(axis=1)


def sharpe(labels: np.ndarray, returns: np.ndarray, tested: slice) -> float:
    """Annual Sharpe ratio of the default strategy: flat in the most volatile state, equal weights, after costs."""
    earned = np.expm1(np.moveaxis(returns, 1, 0)[..., tested.start + 1 : tested.stop + 1])
    held = (labels != stand_in.STATES - 1).astype(float)
    net = held * earned - stand_in.SETTINGS.strategy.cost * np.abs(np.diff(held, axis=2, prepend=0.0))
    together = net.mean(axis=0)
    return float(together.mean() / together.std() * np.sqrt(252.0))


def told(label: np.ndarray, returns: np.ndarray, tested: slice) -> np.ndarray:
    """(N,) share of the variance of log realised volatility over the next five bars that the states' order explains."""
    ahead = np.lib.stride_tricks.sliding_window_view(returns**2, meaning.HORIZON, axis=1)
    target = 0.5 * np.log(ahead.mean(axis=2)[:, tested.start + 1 : tested.stop + 1])
    centred = target - target.mean(axis=1, keepdims=True)
    inside = np.array([(label == k).sum(axis=1) for k in range(stand_in.STATES)])
    means = np.array([(centred * (label == k)).sum(axis=1) for k in range(stand_in.STATES)]) / np.maximum(inside, 1)
    for one in np.flatnonzero((np.diff(means, axis=0) < 0).any(axis=0)):
        means[:, one] = isotonic_regression(means[:, one], sample_weight=np.maximum(inside[:, one], 1e-9))
    return (inside * means**2).sum(axis=0) / (centred**2).sum(axis=1)


# ------------------------------------------------------------------ the table


def coverage(world: World, count: int, draws: int) -> list[Figure]:
    """A line a quantity."""
    tallies = {name: Tally(truth) for name, truth in truths(world, draws).items()}
    for evidence in watched(replications(world, count), world.name, total=count):
        for name, estimate in estimates(evidence).items():
            tallies[name].found.append(estimate)
    return [tally.figure(name) for name, tally in tallies.items() if tally.varies()]


def main():
    parser = options(__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--worlds", type=int, nargs="+", default=list(range(len(WORLDS))), help="which, from 0")
    asked = parser.parse_args()
    count, draws = (40, 200) if asked.quick else (asked.replications, 2000)
    for at in asked.worlds:
        world, keep = WORLDS[at], asked.json and asked.json.with_stem(f"{asked.json.stem}-{at}")
        report(
            f"Coverage of 95% intervals: {world.name}, {count} times five years", coverage(world, count, draws), keep
        )


if __name__ == "__main__":
    main()
