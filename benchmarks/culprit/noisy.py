"""Noisy answers, simulated: pairs whose log ratios scatter as they were measured to (.11 to .18, docs/metrics.md)."""

import math
import random

import numpy as np

from benchmarks.error_rates.figures import Figure, share, watched
from gate.domain.culprit import Paired
from gate.judging.culprit import Ambiguous, Ask, Found, Search, step

COMMITS, PLACEMENTS = 64, 1000
SEED = 20_251_127
CALM, WILD = 0.11, 0.18
"""Standard deviation of one pair's log ratio on a quiet and on a loaded machine."""


def figures(placements=PLACEMENTS):
    """One commit x1.5, at spreads between the two measured; the same at the worst; and two equal movers."""
    order = random.Random(SEED)
    one = [searched(order, {order.randrange(1, COMMITS + 1): 1.5}, order.uniform(CALM, WILD))
           for _ in watched(range(placements), "x1.5")]  # fmt: skip
    worst = [searched(order, {order.randrange(1, COMMITS + 1): 1.5}, WILD)
             for _ in watched(range(placements), "x1.5 at the worst spread")]  # fmt: skip
    two = [searched(order, dict.fromkeys(order.sample(range(1, COMMITS + 1), 2), 1.5), WILD)
           for _ in watched(range(placements // 4), "two movers")]  # fmt: skip
    return [
        *of_one("x1.5", one, at_most=25.0, wrong=0.005),
        *of_one(f"x1.5, spread {WILD}", worst, at_most=25.0, wrong=0.005),
        *of_one("two commits x1.5 each", two, at_most=None, wrong=0.01),
    ]


def of_one(name, searches, *, at_most, wrong):
    """What came of many searches."""
    pairs, outcomes, contains = zip(*searches, strict=True)
    count = len(searches)
    return [
        Figure(name=f"{name}: pairs on average", value=float(np.mean(pairs)), at_most=at_most,
               note=f"95% of them in at most {np.percentile(pairs, 95):.0f}"),
        share(f"{name}: an innocent commit accused", outcomes.count("wrong"), count, at_most=wrong),
        share(f"{name}: found", outcomes.count("right"), count),
        share(f"{name}: left ambiguous", outcomes.count("ambiguous"), count,
              note=f"{sum(contains)} of {outcomes.count('ambiguous')} sets hold a commit that did it"),
    ]  # fmt: skip


def searched(order, movers, spread):
    """One search: (pairs, what came of it, the ambiguous set holds a mover)."""
    history = []
    search = Search(count=COMMITS, noisy=True)
    while isinstance(found := step(search, history), Ask):
        mean = level(movers, found.position) - level(movers, found.beside)
        log = order.gauss(mean, spread)
        history.append(Paired(position=found.position, beside=found.beside, log=log))
    match found:
        case Found():
            return len(history), "right" if found.position in movers else "wrong", False
        case Ambiguous():
            return len(history), "ambiguous", bool(set(found.positions) & set(movers))
        case _:
            return len(history), "refused", False


def level(movers, position):
    """Log of what the commit takes, over the good end."""
    return sum(math.log(ratio) for mover, ratio in movers.items() if mover <= position)
