"""How long the models will take, as their timing tells it."""

from types import SimpleNamespace

import pytest

from gate.domain.observation import Pair, Reading
from gate.domain.plan import WindowPlan
from gate.domain.version import Role
from gate.usecases.expected import expected_seconds


def reading(fit, call, calls=60):
    return Reading(imports=9.0, fit=fit, predict=call * calls, calls=calls)


def request(role, windows=2, bars=50):
    planned = [WindowPlan(index=i, train_start=0, train_stop=100, test_stop=100 + bars) for i in range(windows)]
    return SimpleNamespace(version=SimpleNamespace(role=role), windows=planned)


PAIRS = [Pair(symbol="A", first=Role.BASELINE, baseline=reading(1.0, 0.1), candidate=reading(2.0, 0.2))] * 3


def test_each_version_is_expected_to_take_its_own_fits_and_calls():
    assert expected_seconds([request(Role.BASELINE)], PAIRS, 1) == pytest.approx(2 * (1 + 50 * 0.1))
    assert expected_seconds([request(Role.CANDIDATE)], PAIRS, 1) == pytest.approx(2 * (2 + 50 * 0.2))


def test_runs_share_the_cores_but_the_longest_is_the_least_that_it_takes():
    asked = [request(Role.BASELINE), request(Role.CANDIDATE)]
    assert expected_seconds(asked * 4, PAIRS, 2) == pytest.approx(4 * (12 + 24) / 2)
    assert expected_seconds(asked, PAIRS, 8) == pytest.approx(24)


def test_one_pair_that_a_busy_machine_slowed_moves_it_little():
    slow = Pair(symbol="A", first=Role.BASELINE, baseline=reading(90.0, 9.0), candidate=reading(90.0, 9.0))
    assert expected_seconds([request(Role.BASELINE)], [*PAIRS, slow], 1) == pytest.approx(12)


def test_without_pairs_or_runs_nothing_is_known():
    assert expected_seconds([request(Role.BASELINE)], [], 2) is None
    assert expected_seconds([], PAIRS, 2) is None
