"""Every defect that a self-test plants: what must catch it, and from which sizes down it is tried."""

from gate.domain.selftest import PlantKind

PERFORMANCE, INFORMED = "strategy_performance", "informativeness"

CATALOGUE: tuple[PlantKind, ...] = (
    PlantKind(
        name="flicker",
        metrics=("regime_change_rate",),
        sizes=(0.4, 0.2, 0.1, 0.05, 0.025),
        means="{size:.1%} of the bars one state further",
    ),
    PlantKind(
        name="low_confidence",
        metrics=("confidence",),
        sizes=(0.5, 0.25, 0.12, 0.06, 0.03),
        means="{size:.0%} ignorance in the posterior",
        needs="certainty",
    ),
    PlantKind(
        name="inverted_states",
        metrics=(PERFORMANCE, INFORMED),
        sizes=(1.0, 0.5, 0.25, 0.12),
        means="calm and volatile swapped on {size:.0%} of the bars",
    ),
    PlantKind(
        name="memory",
        metrics=("memory",),
        sizes=(256.0, 96.0, 48.0, 32.0, 24.0),
        means="{size:.0f} MiB more in the fit",
        cold=True,
    ),
    PlantKind(
        name="slow_fit", metrics=("cpu",), sizes=(8.0, 5.0, 3.5, 2.5), means="{size:g}x CPU in the fit", timed=True
    ),
    PlantKind(
        name="slow_predict", metrics=("cpu",), sizes=(8.0, 5.0, 3.5, 2.5), means="{size:g}x CPU a live call", timed=True
    ),
    PlantKind(
        name="fit_failures",
        metrics=("training_failures",),
        sizes=(0.7, 0.35, 0.15, 0.08),
        means="{size:.0%} of the fits raise",
    ),
    PlantKind(
        name="endless_fit",
        metrics=("training_failures", "strategy_crashes"),
        sizes=(1.0,),
        means="fits never end",
    ),
    PlantKind(
        name="predict_errors",
        metrics=("prediction_errors",),
        sizes=(0.2, 0.08, 0.04, 0.02),
        means="{size:.0%} of the live calls raise",
    ),
    PlantKind(
        name="crash", metrics=("strategy_crashes",), sizes=(0.1, 0.02), means="{size:.0%} of the calls end the process"
    ),
    PlantKind(
        name="not_a_number",
        metrics=("invalid_predictions",),
        sizes=(0.5, 0.25, 0.15, 0.11),
        means="{size:.0%} of the answers are no number",
    ),
    PlantKind(
        name="no_distribution",
        metrics=("invalid_predictions",),
        sizes=(1.5, 1.1, 1.01),
        means="probabilities sum to {size:g}",
        needs="certainty",
    ),
    PlantKind(
        name="wrong_length",
        metrics=("invalid_predictions",),
        sizes=(1.0,),
        means="{size:.0f} row too many in an answer",
    ),
    PlantKind(
        name="repainting",
        metrics=("repaint",),
        sizes=(0.5, 0.2, 0.1, 0.05, 0.03),
        means="{size:.0%} of the labels change later",
    ),
    PlantKind(
        name="dead_live_path",
        metrics=("live_parity",),
        sizes=(1.0,),
        means="the live method always says the same",
        needs="live",
    ),
    PlantKind(
        name="non_determinism",
        metrics=("determinism",),
        sizes=(0.5, 0.2, 0.1),
        means="{size:.0%} of the answers drawn anew in each process",
        timed=True,
    ),
    PlantKind(
        name="input_mutation", metrics=("input_mutation",), sizes=(0.01,), means="the bars are changed by {size:g}"
    ),
    PlantKind(
        name="leak",
        metrics=("memory_growth",),
        sizes=(60_000.0, 20_000.0, 10_000.0, 6_000.0),
        means="{size:,.0f} B kept a call",
        cold=True,
    ),
    PlantKind(
        name="constant_state",
        metrics=(INFORMED, PERFORMANCE),
        sizes=(1.0, 0.5, 0.25),
        means="{size:.0%} of the bars say calm",
    ),
    PlantKind(
        name="shuffled_states",
        metrics=(INFORMED, PERFORMANCE, "regime_change_rate"),
        sizes=(1.0, 0.5, 0.25, 0.12),
        means="{size:.0%} of the states at random",
    ),
    PlantKind(
        name="lagging_states",
        metrics=(INFORMED, PERFORMANCE),
        sizes=(20.0, 10.0, 5.0, 3.0),
        means="states {size:.0f} bars late",
    ),
    PlantKind(
        name="overconfidence",
        metrics=("calibration",),
        sizes=(16.0, 8.0, 4.0, 2.0),
        means="posterior to the power of {size:g}",
        simulated=True,
        needs="certainty",
    ),
)
