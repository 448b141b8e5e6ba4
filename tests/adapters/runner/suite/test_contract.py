"""What the port BenchmarkSuite promises, of the real adapter and of the one that answers by rote."""

import sys

import pytest

from gate.adapters.runner import LocalSuite
from gate.domain.plan import TurnRequest
from gate.domain.suite import TurnEnding
from gate.domain.version import Role
from tests.build import version
from tests.suites import FILE, RoteSuite, settings

TESTS = """
def test_fine(benchmark):
    benchmark(sum, range(100))
def test_other(benchmark):
    benchmark(sum, range(100))
def test_broken(benchmark):
    benchmark(lambda: 1 / 0)
def test_without_one():
    raise AssertionError("is not run")
"""
QUICK = settings(max_time=0.01, min_rounds=1, timeout=60.0)


@pytest.fixture(params=["real", "rote"])
def held(request, tmp_path):
    """(suite, version) with two benchmarks that are fine and one that is broken."""
    of = version(Role.CANDIDATE, root=str(tmp_path), python=sys.executable)
    if request.param == "rote":
        answers = {"test_fine": 1e-6, "test_other": 1e-6, "test_broken": "ZeroDivisionError: division by zero"}
        return RoteSuite({of.root: answers}, sources={of.root: {FILE: "a"}}), of
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / FILE).write_text(TESTS)
    return LocalSuite(), of


def test_a_turn_tells_what_was_timed_and_what_failed(held):
    suite, of = held
    assert suite.lacking(of) == ""
    turn = suite.turn(TurnRequest(version=of, settings=QUICK))
    assert turn.ending is TurnEnding.OK, turn.error
    assert [sample.fullname for sample in turn.samples] == [f"{FILE}::test_fine", f"{FILE}::test_other"]
    assert [sample.name for sample in turn.samples] == ["test_fine", "test_other"]
    assert {sample.timer for sample in turn.samples} == {"process_time"}
    assert turn.failures == (f"{FILE}::test_broken - ZeroDivisionError: division by zero",)
    assert turn.cpu_seconds > sum(sample.total for sample in turn.samples)


def test_a_turn_of_some_benchmarks_times_no_others(held):
    suite, of = held
    turn = suite.turn(TurnRequest(version=of, settings=QUICK, only=(f"{FILE}::test_other",)))
    assert [sample.name for sample in turn.samples] == ["test_other"]
    assert turn.failures == ()


def test_a_file_is_told_from_one_that_is_not_there(held):
    suite, of = held
    found = suite.sources(of, [FILE, "benchmarks/test_none.py"])
    assert found[FILE]
    assert found["benchmarks/test_none.py"] == ""
