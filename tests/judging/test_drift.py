import msgspec
import pytest

from gate.domain.metric import Comparison, Direction, Measurement, Metric, Unit
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.domain.version import Role
from gate.judging.drift import warned
from gate.judging.judge import Circumstances, judge_all
from tests.build import healthy, regimes, run, whole

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
