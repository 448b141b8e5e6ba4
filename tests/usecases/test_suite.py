"""Turns of the user's suite: interleaved, until everything is decided, and refused where there is nothing to run."""

import pytest

from gate.domain.suite import TurnEnding
from gate.domain.version import Role
from gate.errors import ConfigError, ExitCode, VersionError
from gate.usecases.suite import time_suite
from tests.build import version
from tests.suites import FILE, RoteSuite, settings, turn

VERSIONS = {role: version(role, root=role.value) for role in Role}


class Heard:
    def __init__(self):
        self.said = []

    def stage(self, name, total=None, seconds=None):
        self.said.append((name, total))

    def step(self, note=""):
        self.said.append(note)


def timed(baseline, candidate, progress=None, **changes):
    rote = RoteSuite({"baseline": baseline, "candidate": candidate}, **changes.pop("suite", {}))
    return rote, time_suite(rote, VERSIONS, settings(**changes), progress or Heard())


def test_both_versions_take_turns_in_an_order_that_is_drawn():
    rote, found = timed({"test_a": 1e-3}, {"test_a": 1e-3})
    roles = [role for role, _ in rote.asked]
    assert all({*roles[turn : turn + 2]} == set(Role) for turn in range(0, len(roles), 2))
    assert [pair.first for pair in found.pairs] == roles[::2]
    assert set(roles[::2]) == set(Role), "neither always goes first"
    again, _ = timed({"test_a": 1e-3}, {"test_a": 1e-3})
    assert again.asked == rote.asked


def test_it_goes_on_until_each_is_decided_and_asks_no_more_of_those_that_are():
    rote, found = timed({"test_a": 1e-3, "test_b": 1e-3}, {"test_a": 1e-2, "test_b": 1.26e-3})
    assert rote.asked[0][1] == ()
    assert rote.asked[5][1] == (f"{FILE}::test_a", f"{FILE}::test_b")
    assert rote.asked[-1][1] == (f"{FILE}::test_b",), "test_a was decided after pairs_min pairs"
    assert 3 < len(found.pairs) < 12


def test_the_cap_ends_what_cannot_be_decided():
    _, found = timed({"test_a": 1e-3}, {"test_a": 2.9e-3}, pairs_max=5)
    assert len(found.pairs) == 5


def test_what_fails_or_is_gone_needs_no_second_turn():
    _, found = timed({"test_a": 1e-3, "test_b": 1e-3}, {"test_a": "AssertionError"})
    assert len(found.pairs) == 1


def test_a_turn_that_cannot_be_counted_is_the_last():
    late = turn(ending=TurnEnding.TIMED_OUT, error="late")
    _, found = timed({"test_a": 1e-3}, late)
    assert (len(found.pairs), found.pairs[0].candidate) == (1, late)


def test_progress_names_the_stage_and_each_turn():
    heard = Heard()
    timed({"test_a": 1e-3}, {"test_a": 1e-2}, progress=heard, pairs_min=2)
    assert heard.said == [("Benchmarks", 24), "turn 1", "turn 1", "turn 2", "turn 2"]


def test_what_the_files_are_in_each_version_is_kept():
    sources = {"baseline": {FILE: "a"}, "candidate": {FILE: "b"}}
    _, found = timed({"test_a": 1e-3}, {"test_a": 1e-3}, suite={"sources": sources})
    assert found.sources == {Role.BASELINE: {FILE: "a"}, Role.CANDIDATE: {FILE: "b"}}


@pytest.mark.parametrize("role", list(Role))
def test_an_interpreter_without_pytest_benchmark_is_a_broken_question(role):
    with pytest.raises(VersionError) as caught:
        timed({}, {}, suite={"lacks": {role.value: "has no pytest-benchmark"}})
    assert f"the {role.value}'s interpreter" in caught.value.message
    assert "has no pytest-benchmark" in caught.value.message
    assert "add pytest and pytest-benchmark" in caught.value.advice
    assert caught.value.exit_code is ExitCode.BROKEN_QUESTION


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ({}, "holds no benchmark under the baseline"),
        (turn(ending=TurnEnding.NOT_STARTED, error="unrecognized arguments: --x"), "unrecognized arguments: --x"),
    ],
)
def test_a_baseline_without_a_suite_is_a_broken_question(baseline, said):
    with pytest.raises(ConfigError, match=said) as caught:
        timed(baseline, {"test_a": 1e-3})
    assert caught.value.exit_code is ExitCode.BROKEN_QUESTION
