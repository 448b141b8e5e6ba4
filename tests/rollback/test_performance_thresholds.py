"""The default policy holds the rollback strategy's triggers, to the letter; and what is just beyond one takes back."""

import pytest

from gate.domain.metric import Measurement
from gate.domain.rollback import MOST_SECONDS, TARGET_MINUTES, Level
from gate.domain.verdict import Outcome
from gate.domain.version import Role
from gate.judging.judge import CRITICAL
from gate.judging.limits import Case, judge
from gate.metrics.registry import DEFAULT_LIMITS, METRICS
from gate.report.wording import LEVELS

STRATEGY = {
    "regime_change_rate": ("max", 0.15),
    "confidence": ("min", 0.90),
    "strategy_performance": ("max_worse", 0.05),
    "memory": ("max_ratio", 2.0),
    "cpu": ("max_ratio", 3.0),
    "training_failures": ("max", 0.05),
    "prediction_errors": ("max", 0.01),
    "strategy_crashes": ("max", 0.0),
    "invalid_predictions": ("max", 0.10),
}
ABSOLUTE = [name for name, (bound, _) in STRATEGY.items() if bound in ("max", "min")]


@pytest.mark.parametrize("metric", STRATEGY)
def test_the_default_limit_is_the_strategys(metric):
    bound, value = STRATEGY[metric]
    assert getattr(DEFAULT_LIMITS[metric], bound) == value


@pytest.mark.parametrize("metric", STRATEGY)
def test_a_breach_of_it_blocks(metric):
    assert DEFAULT_LIMITS[metric].blocking


def outcome(metric, value):
    """Of a candidate with this value, measured often enough, beside a healthy baseline."""
    bound, limit = STRATEGY[metric]
    healthy = 0.967 if bound == "min" else min(0.083, limit / 2)

    def measured(role, found):
        n = 1_000_000
        return Measurement(
            metric=metric, role=role, value=found, n=n, count=None if found is None else round(found * n)
        )

    case = Case(
        metric=METRICS[metric],
        limit=DEFAULT_LIMITS[metric],
        candidate=measured(Role.CANDIDATE, value),
        baseline=measured(Role.BASELINE, healthy),
        comparison=None,
        tries=False,
        no_baseline="",
        excused=False,
    )
    return judge(case).outcome


@pytest.mark.parametrize("metric", ABSOLUTE)
def test_exactly_at_the_limit_passes_and_the_next_number_fails(metric):
    bound, limit = STRATEGY[metric]
    beyond = limit - 1e-6 if bound == "min" else limit + 1e-6
    assert outcome(metric, limit) in (Outcome.PASS, Outcome.WARN)
    assert outcome(metric, beyond) is Outcome.FAIL
    assert outcome(metric, None) is not Outcome.PASS


def test_the_critical_ones_take_the_version_back_not_a_commit():
    assert {"strategy_performance", "strategy_crashes", "training_failures", "prediction_errors"} == CRITICAL


def test_the_levels_have_the_strategys_names_and_times():
    assert [LEVELS[number].takes for number in (1, 2, 3)] == [
        f"{low}–{high} minutes" for low, high in TARGET_MINUTES.values()
    ]
    assert TARGET_MINUTES == {Level.FEATURE: (5, 10), Level.VERSION: (15, 30), Level.SYSTEM: (30, 60)}
    assert MOST_SECONDS == 30 * 60
