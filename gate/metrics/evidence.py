"""Observations, graded once and grouped the way the metrics ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass

from gate.domain.observation import Market, Observations
from gate.domain.settings import Settings
from gate.domain.version import Role
from gate.metrics.grading import Graded, grade

SIMULATED = "SIMULATED"
"""Symbols that begin so carry known states; they are judged for calibration only."""


def is_simulated(symbol: str) -> bool:
    """A draw of the simulator, made by the gate itself ("SIMULATED-7" is a user's own source)."""
    return symbol == SIMULATED or symbol.startswith(f"{SIMULATED}:")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """What every metric is computed from. Equal to itself alone, so that what was computed of it can be kept."""

    observations: Observations
    settings: Settings
    graded: tuple[Graded, ...]
    """Runs on market data."""
    simulated: tuple[Graded, ...]

    @classmethod
    def of(cls, observations: Observations, settings: Settings) -> "Evidence":
        """Grade every run."""
        allowed = {
            Role.BASELINE: tuple(map(str, settings.baseline_model.states)),
            Role.CANDIDATE: tuple(map(str, settings.candidate_model.states)),
        }
        graded = tuple(grade(run, allowed[run.key.role]) for run in observations.runs)
        return cls(
            observations=observations,
            settings=settings,
            graded=tuple(g for g in graded if not is_simulated(g.run.key.symbol)),
            simulated=tuple(g for g in graded if is_simulated(g.run.key.symbol)),
        )

    def runs(self, role: Role) -> tuple[Graded, ...]:
        """Runs of one role on market data."""
        return tuple(g for g in self.graded if g.run.key.role is role)

    def seeds(self, role: Role) -> dict[int, tuple[Graded, ...]]:
        """Runs of one role on market data by seed, one run a symbol."""
        runs = self.runs(role)
        return {
            seed: tuple(g for g in runs if g.run.key.seed == seed) for seed in sorted({g.run.key.seed for g in runs})
        }

    def market(self, graded: Graded) -> Market:
        """The bars that a run saw."""
        return self.observations.markets[graded.run.key.symbol]

    def pairs(self) -> Iterator[tuple[Graded, Graded]]:
        """(baseline, candidate) on the same symbol with the same seed."""
        yield from matched(self.graded)


def matched(runs: tuple[Graded, ...]) -> Iterator[tuple[Graded, Graded]]:
    """Pair the roles by symbol and seed."""
    baselines = {(g.run.key.symbol, g.run.key.seed): g for g in runs if g.run.key.role is Role.BASELINE}
    for g in runs:
        key = (g.run.key.symbol, g.run.key.seed)
        if g.run.key.role is Role.CANDIDATE and key in baselines:
            yield baselines[key], g
