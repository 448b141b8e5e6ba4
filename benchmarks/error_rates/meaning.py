"""What informativeness catches: defects of several sizes planted into what v1 said, and identical code beside them.

`python -m benchmarks.error_rates.meaning [--quick] [--cache FOLDER]`

The runs are those of `identical_code.py`: five seeds against five others on the default suite. A defect is planted into
the candidate's stored states (their ranks by volatility), so no model is run again. Caught means blocked by
informativeness under its default limit; other metrics may see the defect as well and are not asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.error_rates.figures import Figure, options, report, share, watched
from benchmarks.error_rates.observed import Pairs, disjoint_groups, observed, shuffled_groups, suite
from gate.domain.observation import RunObservation
from gate.domain.verdict import Judgement, Outcome
from gate.judging.judge import Circumstances, judge_entry
from gate.metrics.grading import grade, volatility_ranks, window_rows
from gate.metrics.registry import ENTRIES

Plant = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]
"""(T,) ranks, (T,) windows, the size, chance -> (T,) ranks."""
PLANT_SEED = 20_251_102
ENTRY = next(entry for entry in ENTRIES if entry.metric.name == "informativeness")
MOST_FALSE, LEAST_CAUGHT = 0.05, 0.95


# ------------------------------------------------------------------ defects


def shuffled(rank, window, share, random):
    """A random state on this share of the bars."""
    return np.where(random.random(len(rank)) < share, random.integers(0, rank.max() + 1, len(rank)), rank)


def constant(rank, window, share, random):
    """Always calm, in this share of the windows."""
    return np.where(some_windows(window, share, random), 0, rank)


def frozen(rank, window, share, random):
    """The state that a window began with until it ends, in this share of the windows."""
    first = rank[np.searchsorted(window, window)]
    return np.where(some_windows(window, share, random), first, rank)


def inverted(rank, window, share, random):
    """Calm is called volatile and volatile calm, in this share of the windows: states that a refit renamed."""
    return np.where(some_windows(window, share, random), rank.max() - rank, rank)


def late(rank, window, bars, random):
    """States come this many bars late."""
    return np.concatenate([np.repeat(rank[0], int(bars)), rank])[: len(rank)]


def debounced(rank, window, bars, random):
    """A new state is said only after this many bars in it."""
    said, since = rank.copy(), 0
    for t in range(1, len(rank)):
        since = since + 1 if rank[t] == rank[t - 1] else 0
        said[t] = rank[t] if since >= bars else said[t - 1]
    return said


def merged(rank, window, share, random):
    """The volatile state is called nervous, in this share of the windows: one state never comes."""
    return np.where(some_windows(window, share, random), np.minimum(rank, 1), rank)


def some_windows(window, share, random):
    """(T,) True in this share of the windows."""
    known = np.unique(window)
    return np.isin(window, random.choice(known, round(share * len(known)), replace=False))


@dataclass(frozen=True, kw_only=True, slots=True)
class Defect:
    """A defect in one size."""

    words: str
    plant: Plant
    size: float
    must: bool = False
    """One of those that are said to be caught."""


DEFECTS = (
    Defect(words="constant state", plant=constant, size=1.0, must=True),
    Defect(words="constant state in half of the windows", plant=constant, size=0.5),
    Defect(words="constant state in a quarter of the windows", plant=constant, size=0.25),
    Defect(words="every state at random", plant=shuffled, size=1.0, must=True),
    Defect(words="40% of the states at random", plant=shuffled, size=0.4, must=True),
    Defect(words="20% of the states at random", plant=shuffled, size=0.2, must=True),
    Defect(words="10% of the states at random", plant=shuffled, size=0.1),
    Defect(words="5% of the states at random", plant=shuffled, size=0.05),
    Defect(words="ten bars late", plant=late, size=10, must=True),
    Defect(words="five bars late", plant=late, size=5, must=True),
    Defect(words="three bars late", plant=late, size=3),
    Defect(words="one bar late", plant=late, size=1),
    Defect(words="calm and volatile swapped in half of the windows", plant=inverted, size=0.5, must=True),
    Defect(words="swapped in a fifth of the windows", plant=inverted, size=0.2),
    Defect(words="swapped in a tenth of the windows", plant=inverted, size=0.1),
    Defect(words="frozen in every window", plant=frozen, size=1.0, must=True),
    Defect(words="frozen in half of the windows", plant=frozen, size=0.5),
    Defect(words="frozen in a fifth of the windows", plant=frozen, size=0.2),
    Defect(words="twenty bars before a change is said", plant=debounced, size=20),
    Defect(words="ten bars before a change is said", plant=debounced, size=10),
    Defect(words="three bars before a change is said", plant=debounced, size=3),
    Defect(words="volatile and nervous are one state", plant=merged, size=1.0),
)


def planted(run: RunObservation, defect: Defect, seed: int) -> RunObservation:
    """The run with the defect in its states; what a state is called in each window is the model's own naming."""
    ranks, _ = volatility_ranks(run)
    code = np.where(ranks >= 0, ranks, len(run.labels)).argsort(axis=1, kind="stable")
    rank = grade(run).rank
    random = np.random.default_rng([PLANT_SEED, seed, run.key.seed])
    other = np.clip(defect.plant(rank, run.window, defect.size, random), 0, None)
    most = (ranks.max(axis=1))[window_rows(run)]
    said = code[window_rows(run), np.minimum(other, most)]
    return replace(run, state=np.where(rank >= 0, said, run.state).astype(np.int32))


# ------------------------------------------------------------------ figures


def judged(pairs: Pairs, groups, change=lambda run: run) -> Judgement:
    """What the gate says of informativeness."""
    found = judge_entry(ENTRY, pairs.evidence(groups, change), Circumstances())
    if found is None:
        raise LookupError("informativeness applies to every model")
    return found


def figure(name: str, judgements: list[Judgement], **target) -> Figure:
    """How many blocked, and how much worse they were."""
    count = sum(judgement.outcome is Outcome.FAIL for judgement in judgements)
    worse = np.array([after_from(judgement) for judgement in judgements])
    note = f"{count} of {len(judgements)}; η² {-np.median(worse):+.0%} ({-worse.max():+.0%} to {-worse.min():+.0%})"
    return share(name, count, len(judgements), note=note, **target)


def after_from(judgement: Judgement) -> float:
    """Relative worsening."""
    return 1.0 - judgement.candidate / judgement.baseline


def main():
    parser = options(__doc__)
    parser.add_argument("--cache", type=Path, default=Path("gate-out/error-rates"), help="where runs are kept")
    parser.add_argument("--seeds", type=int, default=100, help="seeds that are run")
    parser.add_argument("--pairs", type=int, default=20, help="pairs of groups a defect is planted into")
    parser.add_argument("--starts", type=int, default=8, help="starts a fit; v1 has 8")
    asked = parser.parse_args()
    seeds, count = (20, 4) if asked.quick else (asked.seeds, asked.pairs)
    pairs = Pairs(observed(asked.cache, seeds, asked.starts), suite(asked.starts))
    every = [*disjoint_groups(seeds), *shuffled_groups(seeds, 10 * count)]
    same = [judged(pairs, groups) for groups in watched(every[: 10 * count], "identical code")]
    found = [figure("identical code (false alarms)", same, at_most=MOST_FALSE)]
    for defect in watched(DEFECTS, "planting"):
        judgements = [
            judged(pairs, groups, lambda run, number=number: planted(run, defect, number))  # noqa: B023 (called at once)
            for number, groups in enumerate(every[:count])
        ]
        found.append(figure(defect.words, judgements, at_least=LEAST_CAUGHT if defect.must else None))
    report(
        f"Informativeness, blocked: v1 with {asked.starts} starts, five of {seeds} seeds a side, SP500 and NASDAQ",
        found,
        asked.json,
        ["No target: for information. All pairs meet the same five years, so the intervals speak of seeds alone."],
    )


if __name__ == "__main__":
    main()
