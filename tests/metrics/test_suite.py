"""The user's own benchmarks: which limit holds for which, what a turn is worth, and which failures are whose."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.metric import Direction, Unit
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


def test_of_two_patterns_the_longer_holds_whatever_the_alphabet_says():
    policy = limits("t*", "*_fit[*")
    assert measured.limit_for(policy, NODE, "test_fit[v1]") == policy["*_fit[*"]


def test_where_no_pattern_fits_nothing_may_be_slower():
    assert measured.limit_for({}, NODE, "test_fit[v1]") == Limit(max_ratio=1.0)


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
    one = metrics["benchmark:test_a"]
    assert (one.name, one.title) == ("benchmark:test_a", "test_a")
    assert (one.unit, one.direction) == (Unit.SECONDS, Direction.LOWER_IS_BETTER)
    assert one.explains == (
        "Your own suite, by its own report: seconds of one iteration, in interleaved turns of both versions."
    )
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


def test_the_benchmarks_of_the_baseline_come_first_and_in_its_order():
    found = suite(turn("test_b", "test_a"), turn("test_new", "test_a", "test_b"))
    assert list(measured.known(found).values()) == ["test_b", "test_a", "test_new"]


def test_a_file_differs_where_both_have_it_and_not_where_only_one_has():
    sources = {
        Role.BASELINE: {"same": "a", "changed": "a", "gone": "a", "never": ""},
        Role.CANDIDATE: {"same": "a", "changed": "b", "new": "c"},
    }
    assert measured.changed_sources(suite(turn(), turn(), sources=sources)) == {"changed", "gone"}
    assert measured.changed_sources(suite(turn(), turn())) == set()
    assert measured.source_of(f"{FILE}::TestA::test_x") == FILE


# ------------------------------------------------------------------ what a turn is worth


def test_more_reported_than_spent_is_impossible():
    assert not measured.trouble(turn("test_a", cpu_seconds=0.01))
    claims = turn(sample("test_a", 1.0, rounds=5), cpu_seconds=2.0)
    assert measured.trouble(claims) == "its report claims 5 s of CPU, and it spent 2 s in all"


def test_two_clocks_may_differ_by_a_hundredth_and_by_a_fiftieth_of_a_second():
    spent = 100.0 * measured.SLACK + measured.LEAST_SLACK
    assert not measured.trouble(turn(sample("test_a", spent, rounds=1), cpu_seconds=100.0))
    assert measured.trouble(turn(sample("test_a", spent + 1e-6, rounds=1), cpu_seconds=100.0))


def test_a_pair_counts_where_both_of_its_turns_are_sound():
    fine, broken = turn("test_a"), turn("test_a", ending=TurnEnding.CRASHED)
    kept = suite(fine, fine, pairs=1)
    assert measured.sound(kept) == kept.pairs
    assert measured.sound(suite(broken, fine)) == ()
    assert measured.ended_early(kept) == ""


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


def test_what_holds_a_benchmark_is_its_file_and_its_classes():
    assert measured.parents(f"{FILE}::TestA::TestB::test_x[a::b[c]") == [
        FILE,
        f"{FILE}::TestA",
        f"{FILE}::TestA::TestB",
    ]
    assert measured.parents(FILE) == []


def test_a_failure_without_words_has_none_and_one_of_a_known_benchmark_is_not_told_twice():
    lines = ("bench.py::test_x", f"{FILE} - no", NODE, "x[[")
    failing = suite(turn(), turn(failures=lines), pairs=1)
    found = measured.other_failures(failing, [NODE])
    assert found == {"bench.py::test_x": {Role.CANDIDATE: ""}, "x[[": {Role.CANDIDATE: ""}}


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


def test_a_benchmark_that_one_version_lacks_in_a_pair_is_lost_there_and_not_both():
    shown, hidden = (
        suite(turn("test_x", "test_a"), turn("test_a"), pairs=2),
        suite(turn("test_b"), turn("test_a"), pairs=1),
    )
    found = suite(turn(), turn(), pairs=0)
    found = msgspec.structs.replace(found, pairs=shown.pairs + hidden.pairs)
    assert measured.lost(found, f"{FILE}::test_x") == 2
    assert measured.lost(found, f"{FILE}::test_a") == 0
    assert measured.both(found, f"{FILE}::test_x") == []
    assert len(measured.both(found, f"{FILE}::test_a")) == 2


def test_what_is_compared_comes_with_the_limit_of_its_name_and_by_the_statistic_and_the_floor():
    held = Limit(max_ratio=2.0, floor=1e-3)
    ours = turn("test_gone", sample("test_a", 1e-4, median=2e-3), sample("test_b", 1e-4))
    theirs = turn(sample("test_a", 5e-4, median=4e-3, name="test_lenient"), sample("test_b", 2e-4))
    found = measured.timed_alike(suite(ours, theirs, pairs=1), settings({"test_a": held}, statistic="median"))
    assert found[f"{FILE}::test_a"] == (held, [math.log(2.0)])
    lowest = measured.timed_alike(suite(ours, theirs, pairs=1), settings({"test_a": held}))
    assert lowest[f"{FILE}::test_a"] == (held, [0.0])
    assert lowest[f"{FILE}::test_b"][1] == [math.log(2.0)]


def test_without_a_floor_only_what_no_clock_shows_is_raised():
    assert measured.log_ratios([(sample("test_a", 0.5), sample("test_a", 0.25))], "min", None) == [math.log(0.5)]


def test_what_is_lost_in_one_pair_is_not_compared_by_the_others():
    shown, hidden = suite(turn("test_a"), turn("test_a"), pairs=3), suite(turn("test_a"), turn(), pairs=1)
    assert measured.timed_alike(msgspec.structs.replace(shown, pairs=shown.pairs + hidden.pairs), settings()) == {}


def test_what_fails_under_the_baseline_is_not_compared():
    failing = suite(turn("test_f", failures=(f"{FILE}::test_f",)), turn("test_f"), pairs=3)
    assert measured.timed_alike(failing, settings()) == {}
