"""`benchmarks/culprit` measures what it says, and meets its targets where few placements are tried."""

import random

from benchmarks.culprit import certain, noisy


def test_a_few_certain_placements_meet_their_targets(tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_CACHE_DIR", str(tmp_path))
    assert [figure.name for figure in certain.figures(2) if figure.met is False] == []


def test_a_few_noisy_placements_accuse_nobody_and_repeat_themselves():
    movers = {40: 1.5}
    first = [noisy.searched(random.Random(seed), movers, noisy.WILD) for seed in range(5)]
    assert first == [noisy.searched(random.Random(seed), movers, noisy.WILD) for seed in range(5)]
    assert {outcome for _, outcome, _ in first} <= {"right", "ambiguous"}


def test_the_hidden_are_those_that_nobody_can_tell_apart():
    assert list(certain.hidden(5, set())) == [5]
    assert list(certain.hidden(5, {3, 4})) == [3, 4, 5]
    assert list(certain.hidden(5, {5, 6})) == [5, 6, 7]
