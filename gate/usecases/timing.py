"""Timed pairs: in random order, nothing beside them, until every part is decided or the cap is reached."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from gate.domain.observation import Pair, Reading, Repeat
from gate.domain.plan import RunRequest
from gate.domain.settings import Settings
from gate.domain.version import Role
from gate.judging.sequential import Decision, stand
from gate.metrics.resources import CPU_PARTS, WHOLE, log_ratios
from gate.ports import Progress, RunFailedError, Runner

PAIR_SEED = 20_251_023
NOISY_PAIRS = 12
"""Pairs that even a quick look may take on a noisy machine: without a variance to assume, four decide nothing."""
AGAIN = "again"
"""The arm of a pair in which the baseline is timed a second time: identical code."""


@dataclass(slots=True)
class Timed:
    """What timing has brought home so far."""

    pairs: list[Pair] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    error: str = ""
    """Why it ended early."""

    def add(self, first: RunRequest, measured: Mapping[str, tuple[Reading, Repeat]]) -> None:
        """Keep the readings as a pair, and the answers as repeats."""
        self.pairs.append(
            Pair(
                symbol=first.bars.symbol,
                first=first.version.role,
                baseline=measured[Role.BASELINE][0],
                candidate=measured[Role.CANDIDATE][0],
                again=measured[AGAIN][0] if AGAIN in measured else None,
            )
        )
        self.repeats += [repeat for _, repeat in measured.values()]


def time_pairs(
    runner: Runner, requests: Mapping[Role, tuple[RunRequest, ...]], settings: Settings, progress: Progress
) -> Timed:
    """Time both roles on one symbol after the other, the baseline twice in the first pairs."""
    timed, order = Timed(), random.Random(PAIR_SEED)  # noqa: S311 (which goes first)
    progress.stage("Timing pairs")  # how many it takes shows as it goes
    symbols = len(requests[Role.CANDIDATE])
    while wanted(timed.pairs, settings):
        number = len(timed.pairs) % symbols
        arms: list[str] = [Role.BASELINE, Role.CANDIDATE]
        if len(timed.pairs) < settings.timing.identical:
            arms.append(AGAIN)
        order.shuffle(arms)
        asked = {arm: requests[Role.BASELINE if arm == AGAIN else Role(arm)][number] for arm in arms}
        try:
            timed.add(asked[arms[0]], {arm: runner.measure(asked[arm], settings.timing.calls) for arm in arms})
        except RunFailedError as error:
            timed.error = str(error)
            break
        progress.step()
    return timed


def repeat_alone(runner: Runner, request: RunRequest, settings: Settings) -> Timed:
    """Without a baseline there is nothing to time against; whether the candidate repeats itself is seen."""
    try:
        return Timed(repeats=[runner.measure(request, settings.timing.calls)[1]])
    except RunFailedError as error:
        return Timed(error=str(error))


def wanted(pairs: list[Pair], settings: Settings) -> bool:
    """Another pair: up to the cap, and beyond a small one where it is noise alone that keeps the limit undecided."""
    if enough(pairs, settings):
        return False
    return len(pairs) < settings.timing.pairs_max or (len(pairs) < NOISY_PAIRS and too_noisy(pairs, settings))


def too_noisy(pairs: list[Pair], settings: Settings) -> bool:
    """Some part's limit is undecided, and its pairs scatter more than chance explains."""
    limit = settings.limits["cpu"]
    stands = [stand(log_ratios(pairs, part, limit.floor or 0.0).tolist()) for part in CPU_PARTS]
    bound = limit.max_ratio
    return bound is not None and any(s.noisy and s.against(bound) is Decision.UNDECIDED for s in stands)


def enough(pairs: list[Pair], settings: Settings) -> bool:
    """Of every part it is known whether it is over the limit, and whether it is slower by more than the margin."""
    limit = settings.limits["cpu"]
    if len(pairs) < settings.timing.pairs_min:
        return False
    for part in CPU_PARTS:
        logs = log_ratios(pairs, part, limit.floor or 0.0)
        margin = limit.warn_ratio if part != WHOLE else None
        if logs.any() and not stand(logs.tolist()).settled(limit.max_ratio, margin):
            return False
    return True
