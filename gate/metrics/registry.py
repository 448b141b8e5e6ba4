"""Every metric of the gate: its words, how it is measured, what is allowed by default. A new metric is one entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gate.domain.limit import Limit
from gate.domain.metric import Comparison, Direction, Measurement, Metric, Unit
from gate.domain.settings import Settings
from gate.domain.version import Role
from gate.metrics import failures, honesty, meaning, regimes, resources, strategy, suite
from gate.metrics.evidence import Evidence

Measure = Callable[[Evidence, Role], Measurement | list[Measurement]]
Compare = Callable[[Evidence], Comparison | list[Comparison]]

LOWER, HIGHER = Direction.LOWER_IS_BETTER, Direction.HIGHER_IS_BETTER
MIB = 1024.0 * 1024.0


def always(settings: Settings) -> bool:
    """Most metrics apply to every model."""
    del settings
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One metric of the registry."""

    metric: Metric
    measure: Measure
    limit: Limit
    compare: Compare | None = None
    tries: bool = False
    """A rate of tries: passing needs enough of them (rule of three)."""
    applies: Callable[[Settings], bool] = always
    optional: bool = False
    """Where neither version shows it, there is nothing to judge."""


def _metric(name: str, title: str, unit: Unit, direction: Direction, explains: str, source: str = "") -> Metric:
    return Metric(name=name, title=title, unit=unit, direction=direction, explains=explains, source=source)


ENTRIES: tuple[Entry, ...] = (
    # ---- the nine of the rollback strategy
    Entry(
        metric=_metric(
            "regime_change_rate",
            "Regime change rate",
            Unit.SHARE,
            LOWER,
            "How often the causal regime differs from the bar before.",
        ),
        measure=regimes.regime_change_rate,
        compare=regimes.regime_change_difference,
        limit=Limit(max=0.15),
    ),
    Entry(
        metric=_metric(
            "confidence", "Confidence", Unit.SHARE, HIGHER, "Mean of the largest posterior, given the bars up to then."
        ),
        measure=regimes.confidence,
        compare=regimes.confidence_difference,
        limit=Limit(min=0.90),
    ),
    Entry(
        metric=_metric(
            "strategy_performance",
            "Strategy performance",
            Unit.NUMBER,
            HIGHER,
            "Net performance of the regime-conditioned strategy, executed at the next bar.",
            "Sharpe 1994, The Sharpe Ratio, JPM 21(1)",
        ),
        measure=strategy.strategy_performance,
        compare=strategy.strategy_difference,
        limit=Limit(max_worse=0.05, floor=0.1),
    ),
    Entry(
        metric=_metric("memory", "Memory", Unit.BYTES, LOWER, "Peak of the model's own memory, over what was resting."),
        measure=resources.memory,
        compare=resources.memory_ratios,
        limit=Limit(max_ratio=2.0, floor=16 * MIB),
    ),
    Entry(
        metric=_metric("cpu", "CPU", Unit.SECONDS, LOWER, "CPU time of fit and of live calls, paired and interleaved."),
        measure=resources.cpu,
        limit=Limit(max_ratio=3.0, warn_ratio=1.25, floor=0.002),
    ),
    Entry(
        metric=_metric("training_failures", "Training failures", Unit.SHARE, LOWER, "Failed fits of attempted fits."),
        measure=failures.training_failures,
        limit=Limit(max=0.05),
        tries=True,
    ),
    Entry(
        metric=_metric(
            "prediction_errors", "Prediction errors", Unit.SHARE, LOWER, "Live calls that raise or time out."
        ),
        measure=failures.prediction_errors,
        limit=Limit(max=0.01),
        tries=True,
    ),
    Entry(
        metric=_metric(
            "strategy_crashes",
            "Strategy crashes",
            Unit.COUNT,
            LOWER,
            "Crashes of the model's process or the strategy that the baseline survives on the same bars.",
        ),
        measure=failures.strategy_crashes,
        limit=Limit(max=0.0),
    ),
    Entry(
        metric=_metric(
            "invalid_predictions",
            "Invalid predictions",
            Unit.SHARE,
            LOWER,
            "Bars whose prediction is missing, no number, no distribution, or out of range.",
        ),
        measure=failures.invalid_predictions,
        limit=Limit(max=0.10),
        tries=True,
    ),
    # ---- what passes all nine and must not
    Entry(
        metric=_metric("repaint", "Repaint", Unit.SHARE, LOWER, "Past states that change when bars are appended."),
        measure=honesty.repaint,
        compare=honesty.repaint_difference,
        limit=Limit(max_increase=0.02),
        optional=True,
    ),
    Entry(
        metric=_metric(
            "live_parity", "Live parity", Unit.SHARE, LOWER, "Bars at which the live method disagrees with the model."
        ),
        measure=honesty.live_parity,
        limit=Limit(max=0.02),
        applies=lambda settings: bool(settings.candidate_model.live),
    ),
    Entry(
        metric=_metric("determinism", "Determinism", Unit.SHARE, LOWER, "Same seed, same bars, another answer."),
        measure=honesty.determinism,
        limit=Limit(max=0.0),
    ),
    Entry(
        metric=_metric(
            "input_mutation", "Input mutation", Unit.SHARE, LOWER, "The model changes the bars it is given."
        ),
        measure=honesty.input_mutation,
        limit=Limit(max=0.0),
    ),
    Entry(
        metric=_metric(
            "memory_growth",
            "Memory growth",
            Unit.BYTES_PER_CALL,
            LOWER,
            "Resident memory gained a live call, once settled.",
            "Sen 1968, JASA 63",
        ),
        measure=resources.memory_growth,
        compare=resources.growth_difference,
        limit=Limit(max_increase=4096.0),
    ),
    Entry(
        metric=_metric(
            "informativeness",
            "Informativeness",
            Unit.SHARE,
            HIGHER,
            "How much of the next five bars' volatility the state explains (η²).",
            "Politis & Romano 1994, The Stationary Bootstrap, JASA 89",
        ),
        measure=meaning.informativeness,
        compare=meaning.informativeness_difference,
        limit=Limit(max_worse=0.25, floor=0.02, rule="evidence"),
    ),
    Entry(
        metric=_metric(
            "calibration",
            "Calibration",
            Unit.NUMBER,
            LOWER,
            "Log score of being right at the confidence given, on simulated bars whose states are known.",
            "Gneiting & Raftery 2007, Strictly Proper Scoring Rules, JASA 102",
        ),
        measure=meaning.calibration,
        compare=meaning.calibration_difference,
        limit=Limit(max_worse=0.30, floor=0.1),
        applies=lambda settings: settings.calibration.enabled,
    ),
    # ---- advisory
    Entry(
        metric=_metric("import_cpu", "Imports", Unit.SECONDS, LOWER, "CPU of starting and importing the version."),
        measure=resources.import_cpu,
        limit=Limit(max_ratio=1.25, floor=0.2, blocking=False),
    ),
    Entry(
        metric=_metric("agreement", "Agreement", Unit.SHARE, HIGHER, "Bars on which both versions say the same."),
        measure=meaning.agreement,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric(
            "adjusted_rand_index", "Adjusted Rand index", Unit.NUMBER, HIGHER, "The same, corrected for chance."
        ),
        measure=meaning.adjusted_rand_index,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric("occupancy", "Rarest state", Unit.SHARE, HIGHER, "Share of bars in the rarest state."),
        measure=regimes.occupancy,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric("dwell_time", "Dwell time", Unit.NUMBER, HIGHER, "Mean bars between changes."),
        measure=regimes.dwell_time,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric("seed_spread", "Seed spread", Unit.SHARE, LOWER, "Range of the change rate over the seeds."),
        measure=regimes.seed_spread,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric("total_return", "Total return", Unit.SHARE, HIGHER, "Net growth of the strategy."),
        measure=lambda evidence, role: strategy.measurement("total_return", "total_return", evidence, role),
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric("max_drawdown", "Max drawdown", Unit.SHARE, LOWER, "Deepest fall from a peak."),
        measure=lambda evidence, role: strategy.measurement("max_drawdown", "max_drawdown", evidence, role),
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric(
            "batch_change_rate", "Change rate, batch", Unit.SHARE, LOWER, "One call on the window: it sees the future."
        ),
        measure=regimes.batch_change_rate,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric("batch_confidence", "Confidence, batch", Unit.SHARE, HIGHER, "The same path's confidence."),
        measure=regimes.batch_confidence,
        limit=Limit(blocking=False),
    ),
    Entry(
        metric=_metric(
            "sharpe_ceiling",
            "Too good to be true",
            Unit.NUMBER,
            LOWER,
            "Sharpe ratio: above 3 on daily bars, look twice.",
        ),
        measure=lambda evidence, role: strategy.measurement("sharpe_ceiling", "sharpe", evidence, role),
        limit=Limit(max=3.0, blocking=False),
    ),
)


def metrics_of(names: Iterable[str]) -> dict[str, Metric]:
    """Every metric of the registry, and those that a user's own suite adds under these names."""
    return {**METRICS, **{name: metric for name in names if (metric := suite.metric_of(name)) is not None}}


METRICS: dict[str, Metric] = {entry.metric.name: entry.metric for entry in ENTRIES}
DEFAULT_LIMITS: dict[str, Limit] = {entry.metric.name: entry.limit for entry in ENTRIES}
