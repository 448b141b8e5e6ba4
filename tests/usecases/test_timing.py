"""How many pairs are timed, and in which order."""

import random

import pytest

from gate.domain.observation import Reading, Repeat, RunKey
from gate.domain.plan import RunRequest
from gate.domain.version import Role
from gate.ports import RunFailedError
from gate.usecases.plan import quickened
from gate.usecases.timing import NOISY_PAIRS, time_pairs
from tests.build import settings, version

WHOLE = settings()
QUICK = quickened(WHOLE)[0]


class Stopwatch:
    """A runner whose models take what they are told to, times what chance adds."""

    def __init__(self, ratio=1.0, scatter=0.001, dies_at=None, seed=5):
        self.ratio, self.scatter, self.dies_at = ratio, scatter, dies_at
        self.asked, self.random = [], random.Random(seed)

    def measure(self, request, calls):
        self.asked.append(request.version.role)
        if len(self.asked) == self.dies_at:
            raise RunFailedError("exited with code 3")
        seconds = (self.ratio if request.version.role is Role.CANDIDATE else 1.0) * self.random.lognormvariate(
            0.0, self.scatter
        )
        repeat = Repeat(key=RunKey(role=request.version.role, symbol="A", seed=0), window=0, labels=(), state=[],
                        confidence=[])  # fmt: skip
        return Reading(imports=0.0, fit=seconds, predict=seconds, calls=calls), repeat


class Silent:
    def stage(self, *_):
        pass

    def step(self, *_):
        pass


def timed(runner, under):
    class Bars:
        symbol = "A"

    requests = {
        role: (
            RunRequest(version=version(role), model=under.candidate_model, settings=under.run, strategy=None,
                       bars=Bars(), seed=0, windows=()),
        )
        for role in Role
    }  # fmt: skip
    return time_pairs(runner, requests, under, Silent())


def test_identical_code_is_timed_until_it_is_known_to_be_below_the_margin_and_twice_in_the_first_pairs():
    runner = Stopwatch(scatter=0.12)
    found = timed(runner, WHOLE)
    assert WHOLE.timing.identical < len(found.pairs) < WHOLE.timing.pairs_max
    assert sum(pair.again is not None for pair in found.pairs) == WHOLE.timing.identical
    assert len(runner.asked) == 2 * len(found.pairs) + WHOLE.timing.identical
    assert len(found.repeats) == len(runner.asked)


def test_each_version_goes_first_about_as_often():
    first = [pair.first for pair in timed(Stopwatch(2.9), WHOLE).pairs]
    assert len(first) == WHOLE.timing.pairs_max
    assert set(first) == set(Role)


def test_pairs_that_scatter_little_are_enough_as_soon_as_there_are_three():
    assert len(timed(Stopwatch(scatter=0.001), WHOLE).pairs) == 3


def test_five_times_the_work_is_known_after_few_pairs():
    assert len(timed(Stopwatch(5.0), WHOLE).pairs) == WHOLE.timing.pairs_min


def test_a_quick_look_takes_few_pairs_but_more_where_noise_alone_leaves_the_limit_open():
    assert len(timed(Stopwatch(scatter=0.15), QUICK).pairs) == QUICK.timing.pairs_max
    noisy = [len(timed(Stopwatch(scatter=0.7, seed=seed), QUICK).pairs) for seed in range(10)]
    assert QUICK.timing.pairs_max < max(noisy) <= NOISY_PAIRS
    assert min(noisy) >= 2, "one pair shows no scatter"


@pytest.mark.parametrize("dies_at", [1, 5])
def test_a_run_that_dies_ends_the_timing_and_says_why(dies_at):
    found = timed(Stopwatch(dies_at=dies_at), WHOLE)
    assert found.error == "exited with code 3"
    assert len(found.pairs) == dies_at // 3
