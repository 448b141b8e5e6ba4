"""What a log says of the commits on a line."""

import msgspec
import pytest

from gate.domain.culprit import Commit, Entry, Evaluation, Paired, Said, Told
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.judging.known import Known, Line, failing, said_of

PARTS = ("fit", "predict")


def commits(*trees):
    return [Commit(sha=f"sha{place}", tree=tree) for place, tree in enumerate(trees)]


def judgement(outcome=Outcome.PASS, *, metric="repaint", reason=Reason.WITHIN_LIMIT, certainty="", blocking=True):
    return Judgement(
        metric=metric, outcome=outcome, reason=reason, sentence="", blocking=blocking, certainty=certainty
    )  # fmt: skip


def evaluation(outcome=Outcome.PASS, **changes):
    kept = {key: changes.pop(key) for key in ("untestable", "timed_out") if key in changes}
    return Evaluation(judgements=(judgement(outcome, **changes),), **kept)


def entry(tree, found=None, **changes):
    return Entry(tree=tree, under="policy", evaluation=found, **changes)


def known(line, *entries, broken=()):
    return Known(line=line, entries=entries, broken=dict.fromkeys(broken, "it cannot be installed"))


def test_commits_that_hold_the_same_as_the_one_before_are_one_with_it():
    line = Line.of(commits("a", "a", "b", "b", "c", "a"))
    assert [commit.sha for commit in line.steps] == ["sha0", "sha2", "sha4", "sha5"]
    assert line.positions("a") == [0, 3]


def test_a_commit_lies_where_it_is_or_else_where_its_content_lies_first():
    line = Line.of(commits("a", "b", "a", "c"))
    assert line.place("sha2", "a") == 2
    assert line.place("of another branch", "a") == 0
    assert line.place("of another branch", "d") is None


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (evaluation(), Said.GOOD),
        (evaluation(Outcome.WARN), Said.GOOD),
        (evaluation(Outcome.FAIL), Said.BAD),
        (evaluation(Outcome.FAIL, certainty="low confidence: ..."), Said.BAD),
        (evaluation(Outcome.NO_DATA), Said.UNKNOWN),
        (evaluation(Outcome.ERROR), Said.UNKNOWN),
        (evaluation(Outcome.FLAKY), Said.UNKNOWN),
        (evaluation(Outcome.NO_DATA, reason=Reason.BASELINE_SICK), Said.BAD),
        (evaluation(Outcome.FAIL, timed_out=True), Said.UNKNOWN),
        (evaluation(Outcome.PASS, timed_out=True), Said.UNKNOWN),
        (evaluation(Outcome.FAIL, untestable="no"), Said.UNTESTABLE),
        (evaluation(Outcome.FAIL, metric="confidence"), Said.UNKNOWN),
        (Evaluation(), Said.UNKNOWN),
    ],
)
def test_only_a_breach_is_bad_and_only_what_holds_is_good(found, said):
    assert said_of(found, "repaint") is said


def test_the_literal_limit_decides_but_a_timed_benchmark_without_confidence_is_unknown():
    unsure = evaluation(Outcome.FAIL, metric="benchmark:fit", certainty="low confidence: undecided")
    assert said_of(unsure, "benchmark:fit") is Said.UNKNOWN
    assert said_of(evaluation(Outcome.FAIL, metric="benchmark:fit"), "benchmark:fit") is Said.BAD


@pytest.mark.parametrize("metric", ["strategy_crashes", "training_failures", "prediction_errors"])
def test_where_crashing_is_the_question_a_time_out_is_bad(metric):
    assert said_of(evaluation(Outcome.FAIL, metric=metric, timed_out=True), metric) is Said.BAD


def test_what_does_not_load_is_bad_only_where_crashes_are_asked_for():
    broken = evaluation(Outcome.FAIL, metric="strategy_crashes", untestable="SyntaxError")
    assert said_of(broken, "strategy_crashes") is Said.BAD
    assert said_of(broken, "training_failures") is Said.UNTESTABLE
    line = Line.of(commits("a", "b"))
    seen = known(line, entry("b", Evaluation(untestable="SyntaxError")))
    assert seen.answers("strategy_crashes") == [Told(position=1, said=Said.BAD)]
    assert seen.answers("repaint") == [Told(position=1, said=Said.UNTESTABLE)]


def test_where_the_bad_end_only_warns_a_warning_is_what_is_searched_for():
    line = Line.of(commits("a", "b", "c"))
    entries = [entry("a", evaluation()), entry("b", evaluation(Outcome.WARN)), entry("c", evaluation(Outcome.WARN))]
    said = {told.position: told.said for told in known(line, *entries).answers("repaint")}
    assert said == {0: Said.GOOD, 1: Said.BAD, 2: Said.BAD}


def test_where_the_bad_end_fails_a_warning_on_the_way_is_good():
    line = Line.of(commits("a", "b", "c"))
    entries = [entry("a", evaluation()), entry("b", evaluation(Outcome.WARN)), entry("c", evaluation(Outcome.FAIL))]
    said = {told.position: told.said for told in known(line, *entries).answers("repaint")}
    assert said == {0: Said.GOOD, 1: Said.GOOD, 2: Said.BAD}


def test_an_answer_counts_wherever_its_content_lies_and_nowhere_else():
    line = Line.of(commits("a", "b", "a", "c"))
    seen = known(line, entry("a", evaluation()), entry("elsewhere", evaluation(Outcome.FAIL)))
    assert seen.answers("repaint") == [Told(position=0, said=Said.GOOD), Told(position=2, said=Said.GOOD)]


def test_of_two_evaluations_of_one_content_the_first_counts():
    line = Line.of(commits("a", "b"))
    seen = known(line, entry("b", evaluation()), entry("b", evaluation(Outcome.FAIL)))
    assert seen.answers("repaint") == [Told(position=1, said=Said.GOOD)]


def test_what_could_not_be_prepared_today_is_untestable():
    line = Line.of(commits("a", "b", "c"))
    assert known(line, broken=["b"]).answers("repaint") == [Told(position=1, said=Said.UNTESTABLE)]


def pair(at, beside, **logs):
    return entry(at[-1], metric="cpu", logs=logs, at=at, beside=beside[-1], at_beside=beside)


def test_the_part_that_moved_most_surely_between_the_ends_is_searched():
    line = Line.of([Commit(sha=f"s{tree}", tree=tree) for tree in "abc"])
    entries = [pair("sc", "sa", fit=0.9, predict=0.1)] * 5 + [pair("sb", "sa", fit=0.0, predict=0.8)] * 5
    answers = known(line, *entries).pairs("cpu", ("predict", "fit"))
    assert {answer.log for answer in answers} == {0.9, 0.0}
    assert answers[-1] == Paired(position=1, beside=0, log=0.0)


def test_a_part_that_moved_more_but_scatters_is_not_the_surest():
    line = Line.of([Commit(sha=f"s{tree}", tree=tree) for tree in "ab"])
    entries = [pair("sb", "sa", fit=fit, predict=0.4) for fit in (0.8, 1.6) * 3]
    assert known(line, *entries).part("cpu", PARTS) == "predict"  # at 99:1; at 19:1 it would be the other


def test_a_pair_counts_on_the_line_alone_and_for_its_own_metric():
    line = Line.of([Commit(sha=f"s{place}", tree=tree) for place, tree in enumerate("abac")])
    logs = {"fit": 0.5, "predict": 0.5}
    kept = pair("s3c", "s2a", **logs)
    kept = msgspec.structs.replace(kept, at="s3", at_beside="s2")
    others = [
        msgspec.structs.replace(kept, metric="memory"),
        msgspec.structs.replace(kept, tree="x", at="elsewhere"),
        msgspec.structs.replace(kept, beside="x", at_beside="elsewhere"),
        msgspec.structs.replace(kept, tree="a", at="s2"),  # the same two
        msgspec.structs.replace(kept, at="s1", tree="b"),  # the wrong way round
    ]
    reverted = msgspec.structs.replace(kept, tree="a", at="s2", beside="b", at_beside="s1")
    answers = known(line, kept, *others, reverted).pairs("cpu", PARTS)
    assert [answer for answer in answers if isinstance(answer, Paired)] == [
        Paired(position=3, beside=2, log=0.5),
        Paired(position=2, beside=1, log=0.5),
    ]


def test_what_could_not_be_prepared_is_untestable_in_a_noisy_search_too():
    line = Line.of(commits("a", "b", "c"))
    assert known(line, broken=["b"]).pairs("cpu", PARTS) == [Told(position=1, said=Said.UNTESTABLE)]


def test_in_a_noisy_search_the_ends_own_content_is_certain_wherever_it_lies():
    line = Line.of([Commit(sha=f"s{place}", tree=tree) for place, tree in enumerate("abacdc")])
    assert known(line).pairs("cpu", PARTS) == [
        Told(position=2, said=Said.GOOD),
        Told(position=3, said=Said.BAD),
    ]


def test_a_run_that_was_timed_without_an_answer_is_unknown_to_that_metric_alone():
    line = Line.of(commits("a", "b", "c"))
    failed = entry("b", Evaluation(unknown="a timed run did not end in time"), metric="cpu")
    assert known(line, failed).pairs("cpu", PARTS) == [Told(position=1, said=Said.UNKNOWN)]
    assert known(line, failed).pairs("memory", PARTS) == []
    assert known(line, failed).answers("repaint") == []


def test_what_fails_at_the_bad_end_is_what_blocks():
    fails = [("repaint", True), ("agreement", False)]
    judged = tuple(judgement(Outcome.FAIL, metric=metric, blocking=blocking) for metric, blocking in fails)
    assert failing(Evaluation(judgements=(*judged, judgement(metric="confidence")))) == ["repaint"]
    assert failing(Evaluation(judgements=judged, untestable="no")) == ["strategy_crashes"]


def test_a_log_line_reads_back_as_it_was_written():
    written = entry("a", evaluation(Outcome.FAIL, timed_out=True), at="sha", logs={"fit": 0.25}, metric="cpu")
    assert msgspec.json.decode(msgspec.json.encode(written), type=Entry) == written
