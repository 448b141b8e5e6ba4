"""The user's own benchmarks held against their limits: what each outcome is, and that nothing missing ever passes."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.settings import BenchmarkSettings
from gate.domain.suite import Suite, SuitePair, TurnEnding
from gate.domain.verdict import Outcome, Reason, Verdict
from gate.domain.version import Role
from gate.judging.judge import Circumstances, judge_all
from gate.judging.suite import Without, judge_suite, remarks
from gate.metrics import suite as measured
from gate.metrics.evidence import Evidence
from tests import build
from tests.suites import FILE, LIMIT, sample, settings, suite, turn

ALONE = Without(baseline="", excused=False, evidence_only=False)


def evidence(found, policy=None):
    whole = build.evidence([], under=msgspec.structs.replace(build.settings(), benchmarks=policy or settings()))
    return replace(whole, observations=replace(whole.observations, suite=found))


def judged(found, policy=None, without=ALONE):
    return {j.metric: j for _, j in judge_suite(evidence(found, policy), without)}


def one(found, policy=None, without=ALONE, name="benchmark:test_a"):
    return judged(found, policy, without)[name]


def test_the_same_speed_passes():
    judgement = one(suite(turn("test_a"), turn("test_a")))
    assert (judgement.outcome, judgement.reason) == (Outcome.PASS, Reason.WITHIN_LIMIT)
    assert judgement.certainty == "sure after 8 pairs: the whole 95% interval is within the limit"
    assert (judgement.baseline, judgement.candidate, judgement.change, judgement.n) == (1e-3, 1e-3, 1.0, 8)


def test_ten_times_the_time_fails_by_name():
    judgement = one(suite(turn("test_a"), turn(("test_a", 1e-2)), pairs=2))
    assert (judgement.outcome, judgement.reason) == (Outcome.FAIL, Reason.WORSE_THAN_BASELINE)
    assert judgement.sentence == "test_a: 10.00x of the baseline's, at most 3.00x is allowed"
    assert judgement.blocking


def test_a_tighter_pattern_fails_what_the_default_passes():
    found = suite(turn("test_a", "test_b"), turn(("test_a", 2e-3), ("test_b", 2e-3)), pairs=12)
    said = judged(found, settings({"test_b*": Limit(max_ratio=1.5, warn_ratio=1.25)}))
    assert said["benchmark:test_a"].outcome is Outcome.WARN
    assert said["benchmark:test_b"].outcome is Outcome.FAIL
    assert said["benchmark:test_b"].limit.max_ratio == 1.5


def test_what_does_not_block_warns():
    found = suite(turn("test_a"), turn(("test_a", 1e-2)))
    assert one(found, settings({"test_a": Limit(max_ratio=3.0, blocking=False)})).outcome is Outcome.WARN


def test_a_removed_benchmark_is_no_data_that_says_so():
    judgement = one(suite(turn("test_a", "test_b"), turn("test_b")))
    assert (judgement.outcome, judgement.reason) == (Outcome.NO_DATA, Reason.NO_OBSERVATION)
    assert judgement.sentence == "test_a: only in the baseline; the candidate removed, renamed or skips it"


def test_a_benchmark_that_hides_in_some_turns_is_no_data():
    shown = suite(turn("test_a"), turn("test_a"))
    hidden = suite(turn("test_a"), turn(), pairs=1)
    judgement = one(msgspec.structs.replace(shown, pairs=shown.pairs + hidden.pairs))
    assert judgement.outcome is Outcome.NO_DATA
    assert "in 1 of 9 turns" in judgement.sentence


def test_a_new_benchmark_is_information_even_if_it_is_hostile():
    judgement = one(suite(turn("test_b"), turn("test_b", "test_a")))
    assert (judgement.outcome, judgement.reason, judgement.blocking) == (Outcome.PASS, Reason.ADVISORY, False)
    assert "only in the candidate, not judged" in judgement.sentence
    failing = suite(turn("test_b"), turn("test_b", failures=(f"{FILE}::test_a - no",)))
    assert one(failing, name=f"benchmark:{FILE}::test_a").outcome is Outcome.WARN


def test_a_benchmark_that_fails_in_the_candidate_alone_fails_with_its_words():
    judgement = one(suite(turn("test_a"), turn(failures=(f"{FILE}::test_a - ZeroDivisionError: by zero",)), pairs=1))
    assert (judgement.outcome, judgement.reason) == (Outcome.FAIL, Reason.CRASHED)
    assert judgement.sentence.endswith("[ZeroDivisionError: by zero]")


def test_it_fails_even_if_it_was_timed_before_it_failed():
    found = suite(turn("test_a"), turn("test_a", failures=(f"{FILE}::test_a - AssertionError",)))
    assert one(found).outcome is Outcome.FAIL


def test_a_file_that_the_candidate_broke_fails_each_benchmark_in_it():
    found = suite(turn("test_a", "test_b"), turn(failures=(f"{FILE} - SyntaxError: (",)), pairs=1)
    assert {j.outcome for j in judged(found).values()} == {Outcome.FAIL}


def test_what_fails_in_both_says_nothing_of_the_candidate():
    failing = turn(failures=(f"{FILE}::test_a - no",))
    judgement = one(suite(failing, failing, pairs=1), name=f"benchmark:{FILE}::test_a")
    assert (judgement.outcome, judgement.reason) == (Outcome.NO_DATA, Reason.BASELINE_SICK)
    assert judgement.sentence == f"{FILE}::test_a: fails under both versions [no]"
    mended = one(suite(failing, turn("test_a")))
    assert (mended.outcome, mended.reason) == (Outcome.NO_DATA, Reason.BASELINE_SICK)
    assert mended.sentence == "test_a: fails under the baseline [no]"


def test_a_failure_without_words_says_that_it_has_none():
    silent = turn("test_b", failures=(f"{FILE}::test_a",))
    said = one(suite(turn("test_a", "test_b"), silent)).sentence
    assert said == "test_a: fails under the candidate and not under the baseline [no words]"
    only = one(suite(turn("test_b"), silent), name=f"benchmark:{FILE}::test_a").sentence
    assert only == f"{FILE}::test_a: only in the candidate, not judged; it fails [no words]"


def test_a_new_benchmark_that_was_timed_and_then_failed_says_so():
    judgement = one(suite(turn("test_b"), turn("test_a", "test_b", failures=(f"{FILE}::test_a - no",))))
    assert (judgement.outcome, judgement.reason) == (Outcome.WARN, Reason.ADVISORY)
    assert judgement.sentence == "test_a: only in the candidate, not judged; it fails [no]"


def test_what_was_never_timed_is_held_by_the_limit_of_its_name():
    failing = turn("test_b", failures=(f"{FILE}::TestAll::test_a - no",))
    policy = settings({"test_a": Limit(max_ratio=3.0, blocking=False)})
    assert not one(suite(failing, failing), policy, name=f"benchmark:{FILE}::TestAll::test_a").blocking


@pytest.mark.parametrize("ending", [TurnEnding.TIMED_OUT, TurnEnding.DAMAGED])
def test_a_turn_that_cannot_be_counted_leaves_everything_open(ending):
    said = judged(suite(turn("test_a"), turn("test_a", ending=ending, error="why"), pairs=1))
    assert {j.outcome for j in said.values()} == {Outcome.NO_DATA}
    assert "why" in said["benchmark:test_a"].sentence
    assert said["benchmarks"].sentence == "Benchmark suite: broke off under the candidate: why"
    assert said["benchmarks"].reason is Reason.NO_OBSERVATION


@pytest.mark.parametrize("ending", [TurnEnding.CRASHED, TurnEnding.NOT_STARTED])
def test_a_suite_that_dies_under_the_candidate_alone_is_blocked(ending):
    said = judged(suite(turn("test_a"), turn(ending=ending, error="killed by SIGSEGV"), pairs=1))
    assert (said["benchmarks"].outcome, said["benchmarks"].reason) == (Outcome.FAIL, Reason.CRASHED)
    assert "killed by SIGSEGV" in said["benchmarks"].sentence
    assert said["benchmark:test_a"].outcome is Outcome.NO_DATA


@pytest.mark.parametrize(
    ("theirs", "also"),
    [(turn("test_a"), ""), (turn(ending=TurnEnding.CRASHED, error="y"), "; under the candidate: y")],
)
def test_a_suite_that_dies_under_the_baseline_is_no_failure_of_the_candidate(theirs, also):
    (judgement,) = judged(suite(turn(ending=TurnEnding.CRASHED, error="x"), theirs, pairs=1)).values()
    assert (judgement.metric, judgement.outcome) == ("benchmarks", Outcome.NO_DATA)
    assert judgement.reason is Reason.BASELINE_SICK
    assert judgement.sentence == f"Benchmark suite: broke off under the baseline: x{also}"


def test_a_suite_without_one_turn_is_no_data():
    (judgement,) = judged(Suite(pairs=())).values()
    assert (judgement.metric, judgement.outcome) == ("benchmarks", Outcome.NO_DATA)
    assert judgement.reason is Reason.NO_OBSERVATION


@pytest.mark.parametrize(("statistic", "ours", "theirs"), [("min", 1e-3, 4e-3), ("median", 2e-3, 5e-3)])
def test_the_statistic_that_was_asked_for_is_held_against_the_limit_and_shown(statistic, ours, theirs):
    found = suite(turn(sample("test_a", median=2e-3)), turn(sample("test_a", 4e-3, median=5e-3)))
    judgement = one(found, settings(statistic=statistic))
    assert (judgement.baseline, judgement.candidate) == (ours, theirs)
    assert judgement.change == pytest.approx(theirs / ours)


def test_what_was_decided_before_the_suite_broke_off_stays_decided():
    whole = suite(turn("test_a", "test_b"), turn(("test_a", 1e-2), "test_b"), pairs=8)
    broken = suite(turn("test_b"), turn(ending=TurnEnding.TIMED_OUT, error="late"), pairs=1)
    said = judged(msgspec.structs.replace(whole, pairs=whole.pairs + broken.pairs))
    assert said["benchmark:test_a"].outcome is Outcome.FAIL
    assert said["benchmark:test_b"].outcome is Outcome.PASS
    assert said["benchmarks"].outcome is Outcome.NO_DATA
    soon = judged(msgspec.structs.replace(whole, pairs=whole.pairs[:1] + broken.pairs))
    assert soon["benchmark:test_b"].outcome is Outcome.NO_DATA


def test_without_one_pair_it_is_said_why_there_is_no_time_to_compare():
    found = suite(turn("test_a", "test_b"), turn(ending=TurnEnding.TIMED_OUT, error="late"), pairs=1)
    assert one(found).sentence == "test_a: no time to compare (turn 1 of the candidate: late)"


def held_after(count, ours, theirs, limit, **changes):
    """The outcome where the suite breaks off after some pairs."""
    whole = suite(turn(("test_a", ours), "test_b"), turn(("test_a", theirs), "test_b"), pairs=count)
    broken = suite(turn("test_b"), turn(ending=TurnEnding.TIMED_OUT, error="late"), pairs=1)
    found = msgspec.structs.replace(whole, pairs=whole.pairs + broken.pairs)
    return one(found, settings({"*": limit}, **changes)).outcome


def test_as_many_pairs_as_were_asked_for_can_decide_and_one_fewer_cannot():
    assert held_after(3, 1e-3, 1e-3, Limit(max_ratio=3.0), pairs_min=3) is Outcome.PASS
    assert held_after(3, 1e-3, 1e-3, Limit(max_ratio=3.0), pairs_min=4) is Outcome.NO_DATA


def test_below_the_floor_nothing_is_open_and_above_it_a_floor_decides_nothing():
    strict = Limit(max_ratio=1.0, floor=1e-2)
    assert held_after(3, 1e-3, 2e-3, strict) is Outcome.PASS
    assert held_after(3, 1e-3, 1e-3, Limit(max_ratio=1.0)) is Outcome.NO_DATA
    assert held_after(3, 1.00e-3, 0.99e-3, Limit(max_ratio=1.0, floor=1e-9)) is Outcome.NO_DATA


def test_whether_it_was_decided_is_asked_of_the_limit_and_of_the_margin():
    assert held_after(3, 1e-3, 1e-3, Limit(max_ratio=1.01)) is Outcome.NO_DATA
    assert held_after(3, 1e-3, 1.02e-3, Limit(max_ratio=3.0, warn_ratio=1.01)) is Outcome.NO_DATA
    assert held_after(3, 1e-3, 1.02e-3, LIMIT) is Outcome.PASS


def test_more_cpu_reported_than_spent_never_passes():
    liar = turn(sample("test_a", rounds=10**9), cpu_seconds=1.0)
    said = judged(suite(turn("test_a"), liar, pairs=1))
    assert {j.outcome for j in said.values()} == {Outcome.NO_DATA}


def test_different_clocks_are_not_compared():
    judgement = one(suite(turn("test_a"), turn(sample("test_a", timer="mine"))))
    assert judgement.outcome is Outcome.NO_DATA
    assert "different clocks (mine, process_time)" in judgement.sentence


def test_a_changed_question_is_judged_and_said():
    sources = {Role.BASELINE: {FILE: "a"}, Role.CANDIDATE: {FILE: "b"}}
    found = suite(turn("test_a"), turn("test_a"), sources=sources)
    judgement = one(found)
    assert judgement.outcome is Outcome.PASS
    assert judgement.sentence.endswith("the question itself changed")
    more = {role: {**files, "benchmarks/conftest.py": str(role)} for role, files in sources.items()}
    assert remarks(evidence(msgspec.structs.replace(found, sources=more))) == [
        f"Benchmarks: asked otherwise than by the baseline, files differ (benchmarks/conftest.py, {FILE})"
    ]
    same = suite(turn("test_a"), turn("test_a"), sources={role: {FILE: "a"} for role in Role})
    assert "changed" not in one(same).sentence


def test_a_limit_that_no_benchmark_has_is_remarked():
    found = evidence(suite(turn("test_a"), turn("test_a")), settings({"test_fitt": LIMIT}))
    assert remarks(found) == ['Benchmarks: no benchmark is called "test_fitt" ([benchmarks.limits])']


@pytest.mark.parametrize(
    ("without", "outcome", "reason"),
    [
        (ALONE, Outcome.NO_DATA, Reason.NO_OBSERVATION),
        (replace(ALONE, baseline="there is no baseline"), Outcome.NO_DATA, Reason.NO_BASELINE),
        (replace(ALONE, baseline="there is no baseline", excused=True), Outcome.WARN, Reason.NO_BASELINE),
    ],
)
def test_a_suite_that_was_asked_for_and_not_run_is_no_pass(without, outcome, reason):
    (judgement,) = judged(None, without=without).values()
    assert (judgement.metric, judgement.outcome, judgement.reason) == ("benchmarks", outcome, reason)


def test_where_no_suite_is_asked_for_nothing_is_judged():
    assert judged(None, settings(paths=())) == {}
    seen = evidence(suite(turn("test_a"), turn("test_a")), settings(paths=()))
    assert remarks(seen) == ["Benchmarks: observed, but this policy asks for none"]


def test_what_is_not_run_is_said_in_whole_sentences():
    def said(without):
        (judgement,) = judged(None, without=without).values()
        return judgement.sentence

    nobody = replace(ALONE, baseline="there is no baseline")
    assert said(ALONE) == "Benchmark suite: was not run"
    assert said(nobody) == "Benchmark suite: cannot be compared, there is no baseline"
    first = "Benchmark suite: not compared, the candidate is the first version"
    assert said(replace(nobody, excused=True)) == first


def test_whether_the_suite_as_a_whole_blocks_says_the_limit_of_every_benchmark():
    for policy in (Limit(max_ratio=2.5), Limit(max_ratio=2.5, blocking=False)):
        ((held, judgement),) = judge_suite(evidence(None, settings({"*": policy})), ALONE)
        assert (held, judgement.limit, judgement.blocking) == (policy, policy, policy.blocking)
    ((held, judgement),) = judge_suite(evidence(None, BenchmarkSettings(paths=("b",), limits={})), ALONE)
    assert held == judgement.limit == Limit(max_ratio=1.0)


def test_below_the_floor_on_both_sides_nothing_is_compared():
    found = suite(turn(("test_a", 1e-6)), turn(("test_a", 9e-6)), pairs=3)
    policy = settings({"*": msgspec.structs.replace(LIMIT, floor=1e-3)})
    assert one(found, policy).outcome is Outcome.PASS


def test_after_the_merge_a_breach_must_be_shown():
    after = replace(ALONE, evidence_only=True)
    assert one(suite(turn("test_a"), turn(("test_a", 3.2e-3))), without=after).outcome is Outcome.WARN
    assert one(suite(turn("test_a"), turn(("test_a", 9e-3))), without=after).outcome is Outcome.FAIL


def whole(found, circumstances=None, policy=None):
    healthy = build.whole(under=msgspec.structs.replace(build.settings(), benchmarks=policy or settings()))
    under = Evidence.of(replace(healthy.observations, suite=found), healthy.settings)
    return judge_all(under, circumstances or Circumstances())


def test_the_verdict_follows_and_one_slow_benchmark_is_one_feature():
    assert whole(suite(turn("test_a"), turn("test_a"))).verdict is Verdict.PASS
    slow = whole(suite(turn("test_a"), turn(("test_a", 1e-2))))
    assert (slow.verdict, slow.level) == (Verdict.BLOCK, 1)
    names = ("test_a", "test_b", "test_c")
    many = whole(suite(turn(*names), turn(*((name, 1e-2) for name in names))))
    assert (many.verdict, many.level) == (Verdict.BLOCK, 2)
    assert whole(suite(turn("test_a", "test_b"), turn("test_b"))).verdict is Verdict.INCONCLUSIVE


def test_after_the_merge_what_is_undecided_takes_nothing_back():
    found = whole(suite(turn("test_a"), turn(("test_a", 3.2e-3))), Circumstances(after_merge=True))
    assert found.verdict is Verdict.INCONCLUSIVE


ratios = st.lists(st.floats(0.05, 20.0), min_size=1, max_size=12)


@given(ratios, st.floats(0.1, 10.0), st.floats(0.1, 1.0))
def test_a_tighter_limit_never_turns_a_failure_into_a_pass(given_ratios, limit, tighter):
    base = suite(turn("test_a"), turn("test_a"), pairs=1).pairs[0]
    pairs = tuple(msgspec.structs.replace(base, candidate=turn(("test_a", 1e-3 * r))) for r in given_ratios)
    found = msgspec.structs.replace(suite(turn(), turn()), pairs=pairs)
    before = one(found, settings({"*": Limit(max_ratio=limit)})).outcome
    after = one(found, settings({"*": Limit(max_ratio=limit * tighter)})).outcome
    assert not (before is Outcome.FAIL and after is Outcome.PASS)


@pytest.mark.parametrize(
    "theirs", [turn(), turn("test_b"), *(turn("test_a", ending=e) for e in TurnEnding if e is not TurnEnding.OK)]
)
def test_what_the_candidate_does_not_time_never_passes(theirs):
    answer = whole(suite(turn("test_a"), theirs, pairs=2))
    assert answer.verdict is not Verdict.PASS


tries = st.sampled_from(["test_a", "test_b", ("test_a", 1e-2), ("test_b", 0.0), sample("test_c", timer="mine")])
lines = st.sampled_from(["test_a", f"{FILE}", f"{FILE}::test_a - no", f"{FILE}::test_b", "", "x - [y - z"])
any_turns = st.builds(
    lambda tried, ending, said, spent: turn(*tried, ending=ending, failures=tuple(said), cpu_seconds=spent),
    st.lists(tries, max_size=3, unique_by=lambda one: one if isinstance(one, str) else str(one)[2:8]),
    st.sampled_from([TurnEnding.OK, *TurnEnding]),
    st.lists(lines, max_size=2),
    st.sampled_from([10.0, 0.0]),
)
any_pairs = st.lists(st.tuples(any_turns, any_turns), max_size=4)


@given(any_pairs, st.booleans())
def test_any_suite_is_judged_and_what_is_not_compared_never_passes(turns, after_merge):
    pairs = tuple(SuitePair(first=Role.BASELINE, baseline=ours, candidate=theirs) for ours, theirs in turns)
    found = Suite(pairs=pairs)
    held = judge_suite(evidence(found), replace(ALONE, evidence_only=after_merge))
    names = [judgement.metric for _, judgement in held]
    assert len(set(names)) == len(names)
    if not any(judgement.blocking for _, judgement in held):
        assert not measured.seen(found, Role.BASELINE)
    for _, judgement in held:
        compared = judgement.change is not None and judgement.n
        assert compared or not judgement.blocking or judgement.outcome not in (Outcome.PASS, Outcome.WARN)
