"""Models with one planted defect each, and clean ones that only look different.

Each module holds a `RegimeDetector` and says what is wrong. Chance comes from the CRC-32 of the bars, so that a defect
shows in the same places in every process. Build them cheaply: `RegimeDetector(**CHEAP, random_state=seed)`.
"""

from dataclasses import dataclass, field
from typing import Any

CHEAP = {"n_init": 2}
"""Two starts a fit instead of eight: enough to plant a defect in."""


@dataclass(frozen=True, kw_only=True)
class Defect:
    """One module of this folder."""

    name: str
    """Module under `benchmarks.defects`."""
    metric: str
    """The metric that must show it, as in docs/metrics.md; "" where nothing may."""
    outcome: str = "FAIL"
    note: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    """Keys of [model], or "strategy", that differ from the default."""


DEFECTS: tuple[Defect, ...] = (
    Defect(name="jitter", metric="regime_change_rate", note="a third of the bars one state further"),
    Defect(name="low_confidence", metric="confidence", note="posterior mixed with ignorance"),
    Defect(name="slow_fit", metric="cpu", note="fit 4x"),
    Defect(name="slow_fit_marginal", metric="cpu", note="fit 3.2x, close to the limit"),
    Defect(name="slow_predict", metric="cpu", note="call 5x"),
    Defect(name="memory_2x", metric="memory", note="45 MiB during the fit"),
    Defect(name="leak", metric="memory_growth", note="60 kB a call"),
    Defect(
        name="fit_failures",
        metric="training_failures",
        note="a fifth of the fits raises: a tenth would stay under 5% by luck in 40",
    ),
    Defect(name="exhausted_iterations", metric="training_failures", note="3 EM steps, called converged"),
    Defect(name="predict_errors", metric="prediction_errors", note="3% of the calls raise"),
    Defect(name="nan_rows", metric="invalid_predictions", note="15% NaN"),
    Defect(name="bad_row_sums", metric="invalid_predictions", note="rows sum to 1.1"),
    Defect(name="out_of_range_states", metric="invalid_predictions", note="15% state 7"),
    Defect(name="wrong_length", metric="invalid_predictions", note="one row too many"),
    Defect(name="crash", metric="strategy_crashes", note="os._exit in predict"),
    Defect(name="segfault", metric="strategy_crashes", note="null pointer in fit"),
    Defect(name="endless_loop", metric="training_failures", note="needs a short [run] timeout"),
    Defect(
        name="centred_smoothing", metric="repaint", note="majority of 21, 10 in the future; costs informativeness too"
    ),
    Defect(name="one_bar_peek", metric="repaint", note="the next bar's label"),
    Defect(name="dead_live_path", metric="live_parity", settings={"live": "predict_regime"}),
    Defect(name="input_mutation", metric="input_mutation", note="centres the bars in place"),
    Defect(name="non_determinism", metric="determinism", note="5% of labels from OS entropy"),
    Defect(name="posterior_fourth_power", metric="calibration", note="more confidence, same states"),
    Defect(name="lagging_states", metric="informativeness", note="five bars late"),
    Defect(name="constant_state", metric="informativeness", note="always 0 out of sample"),
    Defect(name="shuffled_states", metric="informativeness", note="20% at random; the change rate rises too"),
    Defect(
        name="worse_strategy",
        metric="strategy_performance",
        note="turns over at every bar",
        settings={"strategy": "benchmarks/defects/worse_strategy.py:positions"},
    ),
)

CLEAN: tuple[Defect, ...] = tuple(
    Defect(name=name, metric="", outcome="PASS")
    for name in ("permuted_labels", "renamed_labels", "short_output", "other_seed")
)
