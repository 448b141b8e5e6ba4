"""Several parts under one metric: each held by itself, the worst speaks, and all of them are shown."""

import msgspec
import pytest

from gate.domain.limit import Limit
from gate.domain.metric import Comparison, Measurement
from gate.domain.verdict import Judgement, Outcome, Part, Reason
from gate.domain.version import Role
from gate.judging.limits import Case
from gate.judging.parts import judge_cpu, judge_memory, judge_parts
from gate.judging.sequential import stand
from gate.metrics.registry import DEFAULT_LIMITS, METRICS
from gate.metrics.resources import WHOLE, cpu
from tests.build import evidence, pairs, reading

B, C = Role.BASELINE, Role.CANDIDATE


def measured(role, part, value, **known):
    return Measurement(metric="cpu", role=role, value=value, part=part, **known)


def asked(metric="cpu", **limit):
    return Case(
        metric=METRICS[metric],
        limit=msgspec.structs.replace(DEFAULT_LIMITS[metric], **limit),
        candidate=measured(C, "first", 1.0),
        baseline=measured(B, "first", 1.0),
    )


def held_cpu(timed, *, timing_error="", **limit):
    found = evidence([], timed=timed, timing_error=timing_error)
    return judge_cpu(asked(**limit), cpu(found, C), cpu(found, B), found)


def line(judgement, name):
    return next(part for part in judgement.parts if part.name == name)


def with_identical_code(*ratios):
    return tuple(
        msgspec.structs.replace(pair, again=reading(fit=ratio * 1.0, predict=ratio * 0.5))
        for pair, ratio in zip(pairs(count=len(ratios)), ratios, strict=True)
    )


# ------------------------------------------------------------------ CPU


def test_each_part_of_the_cpu_is_held_by_its_own_pairs_and_shown():
    slow = tuple(msgspec.structs.replace(pair, candidate=reading(fit=5.0)) for pair in pairs(count=6))
    judgement = held_cpu(slow)
    sure = stand([0.0] * 6)
    assert judgement.outcome is Outcome.FAIL
    assert judgement.sentence == "CPU (fit): 5.00x of the baseline's, at most 3.00x is allowed"
    assert [part.name for part in judgement.parts] == ["fit", "predict", WHOLE, "imports"]
    fit, predict = line(judgement, "fit"), line(judgement, "predict")
    assert (fit.baseline, fit.candidate, fit.outcome, fit.sentence) == (1.0, 5.0, Outcome.FAIL, judgement.sentence)
    assert fit.change == pytest.approx(5.0)
    assert fit.interval == pytest.approx((5.0 * sure.low, 5.0 * sure.high))
    assert (predict.baseline, predict.candidate, predict.change, predict.outcome) == (0.5, 0.5, 1.0, Outcome.PASS)
    assert predict.interval == pytest.approx((sure.low, sure.high))


def test_seconds_below_the_floor_count_as_the_floor_and_without_one_they_count():
    quick = tuple(msgspec.structs.replace(pair, candidate=reading(fit=0.0004)) for pair in pairs(fit=0.0001))
    assert line(held_cpu(quick), "fit").change == 1.0
    assert line(held_cpu(quick, floor=None), "fit").change == pytest.approx(4.0)


def test_the_model_is_warned_of_and_the_whole_process_is_not():
    judgement = held_cpu(pairs(1.4, count=12, imports=0.0))
    assert {part.name: part.outcome for part in judgement.parts[:3]} == {
        "fit": Outcome.WARN,
        "predict": Outcome.WARN,
        WHOLE: Outcome.PASS,
    }


def test_timing_that_broke_off_does_not_pass_and_says_why():
    broken = held_cpu(pairs(), timing_error="exited with code 3")
    assert (broken.outcome, broken.reason) == (Outcome.NO_DATA, Reason.CRASHED)
    assert broken.sentence == "CPU (fit): a timed run ended early: exited with code 3"
    unbegun = held_cpu((), timing_error="no fork")
    assert unbegun.sentence == "CPU (fit): there is no value for the candidate (no fork)"


def test_what_identical_code_read_stands_beside_how_sure_it_is():
    sure = "sure after 5 pairs: the whole 95% interval is within the limit"
    assert held_cpu(pairs()).certainty == sure
    assert held_cpu(with_identical_code(1.1, 0.9, 1.0, 1.25, 1.0)).certainty == (
        f"{sure}; identical code read 0.90x to 1.25x here"
    )
    assert held_cpu(()).certainty == ""


# ------------------------------------------------------------------ which part speaks


def said(outcome, change=None, **changes):
    return Judgement(
        metric="cpu", outcome=outcome, reason=Reason.ADVISORY, sentence="", blocking=True, change=change, **changes
    )


def spoken(**judged):
    """The change of the judgement that speaks."""
    return judge_parts(asked(), list(judged), [], [], lambda case: judged[case.candidate.part]).change


def test_of_parts_that_are_equally_bad_the_one_that_changed_most_speaks():
    assert spoken(a=said(Outcome.FAIL, 4.0), b=said(Outcome.FAIL, 6.0), c=said(Outcome.PASS, 9.0)) == 6.0
    assert spoken(a=said(Outcome.NO_DATA), b=said(Outcome.NO_DATA, 2.0)) == 2.0
    assert spoken(a=said(Outcome.WARN, 2.0), b=said(Outcome.PASS)) == 2.0


def test_of_parts_that_are_all_well_the_first_speaks():
    assert spoken(a=said(Outcome.PASS, 1.0), b=said(Outcome.PASS, 2.0)) == 1.0


def test_a_part_is_a_case_of_its_own():
    seen = {}

    def held(case):
        seen[case.candidate.part] = case
        return said(Outcome.PASS)

    candidate = [measured(C, "a", 2.0, note="own"), measured(C, "b", 3.0)]
    case = msgspec.structs.replace(measured(C, "a", 2.0), note="of all")
    whole = Case(metric=METRICS["cpu"], limit=Limit(max_ratio=3.0), candidate=case, baseline=measured(B, "a", 1.0))
    judge_parts(whole, ["a", "b", "c"], candidate, [measured(B, "b", 1.5)], held)
    assert [part.metric.title for part in seen.values()] == ["CPU (a)", "CPU (b)", "CPU (c)"]
    assert [part.candidate for part in seen.values()] == [
        measured(C, "a", 2.0, note="own"),
        measured(C, "b", 3.0, note="of all"),
        measured(C, "c", None, note="of all"),
    ]
    assert [part.baseline for part in seen.values()] == [None, measured(B, "b", 1.5), None]


@pytest.mark.parametrize(("kind", "shown"), [("ratio", (1.0, 2.0)), ("difference", None), ("", None)])
def test_only_the_interval_of_a_ratio_is_shown_beside_a_part(kind, shown):
    one = said(Outcome.PASS, 1.5, change_kind=kind, interval=(1.0, 2.0))
    assert judge_parts(asked(), ["a"], [], [], lambda _: one).parts[0].interval == shown


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio"), [(2.0, 3.0, 1.5), (0.0, 3.0, None), (None, 3.0, None), (2.0, None, None)]
)
def test_imports_are_shown_and_not_held(ours, theirs, ratio):
    shown = judge_parts(
        asked(),
        ["a"],
        [measured(C, "a", 1.0), measured(C, "imports", theirs)],
        [measured(B, "imports", ours), measured(B, "a", 1.0)],
        lambda _: said(Outcome.FAIL),
    ).parts
    assert [part.name for part in shown] == ["a", "imports"]
    assert shown[1] == Part(
        name="imports", baseline=ours, candidate=theirs, change=ratio, outcome=Outcome.PASS, sentence="ADVISORY"
    )


def test_imports_without_a_baseline_are_compared_with_nothing():
    shown = judge_parts(asked(), ["a"], [measured(C, "imports", 3.0)], [], lambda _: said(Outcome.PASS)).parts[1]
    assert (shown.baseline, shown.candidate, shown.change) == (None, 3.0, None)


# ------------------------------------------------------------------ memory


def test_each_part_of_the_memory_is_held_by_its_own_comparison():
    def ratio(part, change):
        return Comparison(metric="memory", part=part, change=change, kind="ratio", low=change - 0.1, high=change + 0.1)

    judgement = judge_memory(
        asked("memory", max_ratio=2.0, floor=None),
        [measured(C, "model", 9.0), measured(C, WHOLE, 1.0)],
        [measured(B, "model", 1.0), measured(B, WHOLE, 1.0)],
        [ratio("model", 1.5), ratio(WHOLE, 2.5)],
    )
    assert judgement.outcome is Outcome.FAIL
    assert judgement.sentence.startswith(f"{METRICS['memory'].title} ({WHOLE}): 2.50x")
    assert [(part.change, part.interval) for part in judgement.parts] == [(1.5, (1.4, 1.6)), (2.5, (2.4, 2.6))]
