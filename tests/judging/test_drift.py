import msgspec
import numpy as np
import pytest

from gate.domain.metric import Comparison, Direction, Measurement, Metric, Unit
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.domain.version import Role
from gate.judging.drift import warned
from gate.judging.judge import Circumstances, judge_all
from tests.build import BOTH, healthy, regimes, run, whole

RATE = Metric(name="m", title="M", unit=Unit.SHARE, direction=Direction.LOWER_IS_BETTER, explains="")
PASSED = Judgement(metric="m", outcome=Outcome.PASS, reason=Reason.WITHIN_LIMIT, sentence="M", blocking=True)


def measured(value, role=Role.CANDIDATE, **changes):
    return Measurement(metric="m", role=role, value=value, **changes)


def differing(low, high, kind="difference"):
    return Comparison(metric="m", change=(low + high) / 2, kind=kind, low=low, high=high)


def judged(comparison, judgement=PASSED, before=(), after=()):
    pair = (measured(0.083, Role.BASELINE, **dict(before)), measured(0.14, **dict(after)))
    return warned(judgement, RATE, pair, comparison)


def test_worse_beyond_doubt_within_the_limit_warns_with_the_size():
    found = judged(differing(0.03, 0.08))
    assert found.outcome is Outcome.WARN
    assert found.reason is Reason.DRIFT
    assert found.sentence == (
        "M: 8.3% → 14.0% (95% interval of the change: 3.0 pp to 8.0 pp worse), "
        "worse than the baseline beyond doubt, though within the limit"
    )


@pytest.mark.parametrize(
    "comparison",
    [None, differing(-0.01, 0.08), differing(-0.08, -0.03), differing(0.0, 0.1), differing(1.1, 1.4, "ratio")],
)
def test_what_may_be_chance_or_is_for_the_better_is_silent(comparison):
    assert judged(comparison) is PASSED


def test_an_end_near_nothing_is_not_printed_as_nothing():
    assert "0.004 pp to 0.01 pp worse" in judged(differing(0.00004, 0.0001)).sentence


def test_an_interval_that_only_just_leaves_out_no_change_may_be_one_of_many_that_were_looked_at():
    assert judged(differing(0.0184, 0.1184)) is PASSED
    assert judged(differing(0.0186, 0.1186)).outcome is Outcome.WARN
    assert judged(differing(0.01, 0.01)).outcome is Outcome.WARN


def test_of_seven_metrics_of_identical_code_one_is_warned_of_in_three_of_a_hundred_at_most():
    errors = np.random.default_rng(1).normal(size=(4000, 7))
    warnings = np.array([[judged(differing(at - 1.96, at + 1.96)) is not PASSED for at in row] for row in errors])
    assert warnings.any(axis=1).mean() <= 0.03
    assert (errors > 1.96).any(axis=1).mean() >= 0.15, "each looked at alone"


@pytest.mark.parametrize("end", ["low", "high"])
def test_an_interval_with_one_end_shows_nothing(end):
    assert judged(msgspec.structs.replace(differing(0.03, 0.08), **{end: None})) is PASSED


@pytest.mark.parametrize("change", [None, 0.0, -0.01])
def test_a_value_that_did_not_get_worse_is_silent_whatever_its_interval(change):
    assert judged(msgspec.structs.replace(differing(0.03, 0.08), change=change)) is PASSED


@pytest.mark.parametrize("values", [(None, 0.14), (0.083, None), (None, None)])
def test_where_one_version_has_no_value_nothing_is_said(values):
    pair = tuple(measured(value, role) for value, role in zip(values, BOTH, strict=True))
    assert warned(PASSED, RATE, pair, differing(0.03, 0.08)) is PASSED


@pytest.mark.parametrize(
    "changes",
    [{"outcome": Outcome.FAIL}, {"outcome": Outcome.NO_DATA}, {"blocking": False}, {"reason": Reason.ADVISORY}],
)
def test_only_a_pass_of_what_blocks_becomes_a_warning(changes):
    judgement = msgspec.structs.replace(PASSED, **changes)
    assert judged(differing(0.03, 0.08), judgement) is judgement


def test_more_failures_of_so_many_tries_warn_when_chance_would_not_do_that():
    few = judged(None, before={"count": 0, "n": 200}, after={"count": 2, "n": 200})
    assert few is PASSED
    many = judged(None, before={"count": 0, "n": 200}, after={"count": 8, "n": 200})
    assert many.reason is Reason.DRIFT
    assert "0 of 200 → 8 of 200" in many.sentence


def test_counts_are_compared_where_both_are_known_and_make_a_share():
    few, many = {"count": 0, "n": 200}, {"count": 8, "n": 200}
    assert judged(None, before={"n": 200}, after=many) is PASSED
    assert judged(None, before=few, after={"n": 200}) is PASSED
    pair = (measured(0.083, Role.BASELINE, **few), measured(0.14, **many))
    assert warned(PASSED, RATE, pair, None).reason is Reason.DRIFT
    assert warned(PASSED, msgspec.structs.replace(RATE, unit=Unit.NUMBER), pair, None) is PASSED


def test_a_jumpier_candidate_within_the_limit_passes_with_a_warning():
    calm, jumpy = (regimes(1200, seed=3, stay=stay) for stay in (0.99, 0.85))
    runs = [
        run(role, symbol, seed, states=states, windows=20)
        for role, states in ((Role.BASELINE, calm), (Role.CANDIDATE, jumpy))
        for symbol in ("A", "B")
        for seed in (0, 1)
    ]
    simulated = [r for r in healthy() if r.key.symbol.startswith("SIMULATED")]
    answer = judge_all(whole(runs=[*runs, *simulated]), Circumstances())
    found = next(j for j in answer.judgements if j.metric == "regime_change_rate")
    assert found.reason is Reason.DRIFT, found
    assert found.outcome is Outcome.WARN


def test_identical_versions_do_not_drift():
    answer = judge_all(whole(), Circumstances())
    assert not [j.metric for j in answer.judgements if j.reason is Reason.DRIFT]
