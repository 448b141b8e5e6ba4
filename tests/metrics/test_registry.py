"""What stands in the registry: words, limits, and which metrics apply."""

import msgspec
import pytest

from gate.domain.metric import Direction, Metric, Unit
from gate.domain.settings import CalibrationSettings, ModelSettings
from gate.metrics.registry import DEFAULT_LIMITS, ENTRIES, METRICS, metrics_of
from tests.build import settings


def test_a_metric_is_what_its_entry_says_and_only_a_formula_from_elsewhere_names_a_source():
    assert METRICS["strategy_performance"] == Metric(
        name="strategy_performance",
        title="Strategy performance",
        unit=Unit.NUMBER,
        direction=Direction.HIGHER_IS_BETTER,
        explains="Net performance of the regime-conditioned strategy, executed at the next bar.",
        source="Sharpe 1994, The Sharpe Ratio, JPM 21(1)",
    )
    assert METRICS["regime_change_rate"].source == ""


def test_every_metric_has_a_name_of_its_own_a_title_and_a_sentence():
    assert len(METRICS) == len(DEFAULT_LIMITS) == len(ENTRIES)
    assert len({metric.title for metric in METRICS.values()}) == len(ENTRIES)
    for metric in METRICS.values():
        assert metric.explains.endswith(".")
        assert metric.name == metric.name.lower()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, set()),
        ({"candidate_model": ModelSettings(factory="m:Model", live="step")}, {"live_parity"}),
        ({"calibration": CalibrationSettings(enabled=True)}, {"calibration"}),
    ],
)
def test_a_metric_applies_to_every_model_but_what_asks_for_more(changes, named):
    plain = msgspec.structs.replace(settings(), calibration=CalibrationSettings(enabled=False))
    always = {entry.metric.name for entry in ENTRIES} - {"live_parity", "calibration"}
    asked = msgspec.structs.replace(plain, **changes)
    assert {entry.metric.name for entry in ENTRIES if entry.applies(asked)} == always | named


def test_the_metrics_of_a_verdict_are_those_of_the_gate_and_of_the_users_suite():
    assert metrics_of([]) == METRICS
    assert set(metrics_of(["cpu", "benchmark:test_a", "unheard_of"])) == {*METRICS, "benchmark:test_a"}
