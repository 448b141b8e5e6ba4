"""The user's own benchmarks: which limit holds for which, what a turn is worth, and which failures are whose."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.metric import Unit
from gate.domain.suite import TurnEnding
from gate.domain.version import Role
from gate.metrics import suite as measured
from gate.metrics.registry import METRICS, metrics_of
from tests.suites import FILE, sample, settings, suite, turn

NODE = f"{FILE}::test_fit[v1]"


def limits(*patterns):
    return {pattern: Limit(max_ratio=float(place)) for place, pattern in enumerate(patterns, 1)}


@pytest.mark.parametrize(
    ("patterns", "holds"),
    [
        (("*",), "*"),
        (("*", "test_*"), "test_*"),
        (("*", "test_fit[*]", "test_*"), "test_fit[*]"),
        (("*", "test_fit[v?]", "test_fit*"), "test_fit[v?]"),
        (("*", f"{FILE}::*", "test_fit[v1]"), "test_fit[v1]"),
        (("*", "test_fit[v1]", NODE), NODE),
        (("*", "benchmarks/*"), "benchmarks/*"),
        (("*", "test_fit[v2]", "Test_fit*"), "*"),
        (("*", "test_fit[uvw1]"), "*"),
    ],
)
def test_the_most_specific_limit_holds(patterns, holds):
    policy = limits(*patterns)
    assert measured.limit_for(policy, NODE, "test_fit[v1]") == policy[holds]


names = st.text("ab[]*?_1-: ", min_size=1, max_size=12)


@given(names, st.lists(names, max_size=4))
def test_there_is_always_a_limit_and_an_exact_name_always_holds(name, patterns):
    policy = limits("*", *patterns)
    assert measured.limit_for(policy, f"f.py::{name}", name) in policy.values()
    exact = {**policy, name: Limit(max_ratio=0.5)}
    assert measured.limit_for(exact, f"f.py::{name}", name).max_ratio == 0.5


def test_a_pattern_that_no_benchmark_has_is_told():
    policy = limits("*", "test_fitt", "test_f*")
    assert measured.idle_patterns(policy, {NODE: "test_fit[v1]"}) == ["test_fitt"]


def test_two_benchmarks_of_one_name_are_called_by_their_node_ids():
    called = measured.labels({"a.py::test_x": "test_x", "b.py::test_x": "test_x", "b.py::test_y": "test_y"})
    assert list(called.values()) == ["a.py::test_x", "b.py::test_x", "test_y"]


def test_the_report_knows_a_benchmark_by_its_name_and_in_seconds():
    metrics = metrics_of(["benchmark:test_a", "benchmarks", "cpu", "unheard_of"])
    assert metrics["benchmark:test_a"].title == "test_a"
    assert metrics["benchmark:test_a"].unit is Unit.SECONDS
    assert metrics["benchmarks"].title == "Benchmark suite"
    assert metrics["cpu"] is METRICS["cpu"]
    assert "unheard_of" not in metrics


@given(st.dictionaries(names, names, max_size=6))
def test_no_two_benchmarks_are_called_the_same(known):
    called = measured.labels(known)
    assert called.keys() == known.keys()
    assert len(set(called.values())) == len(known)


def test_a_candidate_cannot_rename_a_benchmark_to_get_another_limit():
    found = suite(turn("test_a"), turn(sample("test_a", name="test_lenient")))
    assert measured.known(found) == {f"{FILE}::test_a": "test_a"}


# ------------------------------------------------------------------ what a turn is worth


def test_more_reported_than_spent_is_impossible():
    assert not measured.trouble(turn("test_a", cpu_seconds=0.01))
    claims = turn(sample("test_a", 1.0, rounds=5), cpu_seconds=2.0)
    assert measured.trouble(claims) == "its report claims 5 s of CPU, and it spent 2 s in all"


def test_iterations_count_as_often_as_they_ran():
    assert measured.trouble(turn(sample("test_a", 1e-3, rounds=10, iterations=1000), cpu_seconds=1.0))


def test_wall_time_may_be_more_than_the_cpu_that_was_spent():
    assert not measured.trouble(turn(sample("test_a", 1.0, timer="perf_counter"), cpu_seconds=0.5))


@pytest.mark.parametrize("ending", [e for e in TurnEnding if e is not TurnEnding.OK])
def test_a_turn_that_did_not_end_well_counts_for_nothing(ending):
    broken = suite(turn("test_a"), turn("test_a", ending=ending, error="why"), pairs=1)
    assert measured.sound(broken) == ()
    assert measured.ended_early(broken) == "turn 1 of the candidate: why"
    assert measured.seen(broken, Role.BASELINE)
    assert not measured.seen(broken, Role.CANDIDATE)


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (NODE, ""),
        (f"{NODE} - AssertionError: no", "AssertionError: no"),
        (f"{FILE} - SyntaxError: x", "SyntaxError: x"),
        (f"{FILE}", ""),
        (f"{NODE}x - no", None),
        (f"{FILE}::test_fi - no", None),
        ("benchmarks/test_spee - no", None),
    ],
)
def test_a_failure_is_that_of_the_benchmark_or_of_what_holds_it(line, words):
    failing = suite(turn(), turn(failures=(line,)), pairs=1)
    assert measured.failed(failing, Role.CANDIDATE, NODE) == words
    assert measured.failed(failing, Role.BASELINE, NODE) is None


def test_a_parameter_may_look_like_words():
    node = f"{FILE}::TestA::test_x[a - b::c]"
    failing = suite(turn(), turn(failures=(f"{node} - no",)), pairs=1)
    assert measured.failed(failing, Role.CANDIDATE, node) == "no"
    assert measured.other_failures(failing, [node]) == {}
    assert measured.other_failures(failing, []) == {node: {Role.CANDIDATE: "no"}}


@given(st.text(max_size=60))
def test_any_line_of_a_failure_is_somebodys(line):
    failing = suite(turn(), turn(failures=(line,)), pairs=1)
    assert next(iter(measured.other_failures(failing, []).values())).keys() == {Role.CANDIDATE}


# ------------------------------------------------------------------ ratios


def test_each_pair_gives_one_log_ratio_of_the_statistic_asked_for():
    pairs = [(sample("test_a", 1.0, median=2.0), sample("test_a", 3.0, median=2.0))]
    assert measured.log_ratios(pairs, "min", None) == [math.log(3.0)]
    assert measured.log_ratios(pairs, "median", None) == [0.0]


def test_seconds_below_the_floor_count_as_the_floor():
    pairs = [(sample("test_a", 0.0), sample("test_a", 1e-5))]
    assert measured.log_ratios(pairs, "min", 1e-4) == [0.0]
    assert math.isfinite(measured.log_ratios(pairs, "min", None)[0])


def test_only_what_both_versions_time_alike_is_compared():
    found = suite(turn("test_a", "test_gone", "test_f", "test_t"), turn("test_a", "test_new", "test_f"), pairs=3)
    assert set(measured.timed_alike(found, settings())) == {f"{FILE}::test_a", f"{FILE}::test_f"}
    failing = suite(turn("test_f"), turn("test_f", failures=(f"{FILE}::test_f",)), pairs=3)
    assert measured.timed_alike(failing, settings()) == {}
    clocks = suite(turn("test_t"), turn(sample("test_t", timer="mine")), pairs=3)
    assert measured.timed_alike(clocks, settings()) == {}
