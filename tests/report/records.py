"""Realistic verdicts: one that passes, one that blocks, one without an answer, one where the gate itself failed."""

import msgspec
import numpy as np

from gate.domain.limit import Limit
from gate.domain.metric import Direction, Metric, Unit
from gate.domain.observation import TimedRun
from gate.domain.series import RoleSeries, Series, SymbolSeries
from gate.domain.verdict import DataRecord, Judgement, Outcome, Part, Reason, Verdict, VerdictRecord, VersionRecord
from gate.domain.version import Role


def metric(name, title, unit, explains="", *, higher=False):
    direction = Direction.HIGHER_IS_BETTER if higher else Direction.LOWER_IS_BETTER
    return Metric(name=name, title=title, unit=unit, direction=direction, explains=explains)


METRICS = {
    one.name: one
    for one in (
        metric(
            "regime_change_rate", "Regime change rate", Unit.SHARE, "Share of bars whose regime is not the last one's."
        ),
        metric("confidence", "Confidence", Unit.SHARE, "Mean posterior of the state that was chosen.", higher=True),
        metric(
            "strategy_performance",
            "Strategy performance",
            Unit.NUMBER,
            "Sharpe ratio, next bar, after costs.",
            higher=True,
        ),
        metric("memory", "Memory", Unit.BYTES, "Peak memory of the model itself."),
        metric("cpu", "CPU time", Unit.SECONDS, "CPU time of fit and of one prediction."),
        metric("training_failures", "Training failures", Unit.SHARE, "Failed fits over attempted fits."),
        metric("prediction_errors", "Prediction errors", Unit.SHARE, "Calls that raised or timed out."),
        metric("strategy_crashes", "Strategy crashes", Unit.COUNT, "Crashes that the baseline survives."),
        metric("invalid_predictions", "Invalid predictions", Unit.SHARE, "Bars without a usable prediction."),
        metric("repaint", "Repainting", Unit.SHARE, "Past states that change when bars are appended."),
        metric("determinism", "Determinism", Unit.SHARE, "Same seed, same bars, other answer."),
        metric("memory_growth", "Memory growth", Unit.BYTES_PER_CALL, "Bytes kept at each call."),
        metric(
            "informativeness", "Informativeness", Unit.SHARE, "Share of the coming variance explained.", higher=True
        ),
        metric("agreement", "Agreement with the baseline", Unit.SHARE, "After matching the states.", higher=True),
    )
}


def judged(name, baseline, candidate, limit, **rest):
    values = {"outcome": Outcome.PASS, "reason": Reason.WITHIN_LIMIT, "blocking": True, "sentence": "Within its limit."}
    return Judgement(metric=name, baseline=baseline, candidate=candidate, limit=limit, **(values | rest))


CALM = (
    judged(
        "agreement",
        None,
        0.934,
        Limit(min=0.8, blocking=False),
        blocking=False,
        n=5040,
        sentence="93.4% of bars agree.",
    ),
    judged(
        "regime_change_rate",
        0.0833,
        0.0912,
        Limit(max=0.15),
        change=0.0079,
        change_kind="points",
        interval=(0.0655, 0.1203),
        n=5040,
        certainty="clear of the limit",
    ),
    judged(
        "confidence",
        0.967,
        0.9581,
        Limit(min=0.9),
        change=0.0089,
        change_kind="points",
        interval=(0.941, 0.9742),
        n=5040,
        certainty="clear of the limit",
    ),
    judged(
        "strategy_performance",
        0.714,
        0.733,
        Limit(max_worse=0.05),
        change=-0.0266,
        change_kind="relative",
        interval=(-0.21, 0.148),
        n=5040,
        certainty="a coin toss: identical code differs as much",
    ),
    judged(
        "memory",
        41_418_752.0,
        45_100_000.0,
        Limit(max_ratio=2.0, floor=16777216.0),
        change=1.0889,
        change_kind="ratio",
        n=2,
    ),
    judged(
        "cpu",
        0.812,
        1.121,
        Limit(max_ratio=3.0),
        change=1.38,
        change_kind="ratio",
        interval=(1.31, 1.46),
        n=8,
        parts=(
            Part(name="fit", baseline=0.812, candidate=1.121, change=1.38, interval=(1.31, 1.46)),
            Part(name="predict, a bar", baseline=0.00121, candidate=0.00124, change=1.025, interval=(0.98, 1.07)),
        ),
    ),
    judged("training_failures", 0.0, 0.0, Limit(max=0.05), n=80),
    judged("prediction_errors", 0.0, 0.0, Limit(max=0.01), n=5040),
    judged("strategy_crashes", 0.0, 0.0, Limit(max=0.0), n=80),
    judged("invalid_predictions", 0.0, 0.00004, Limit(max=0.1), n=5040),
    judged("repaint", 0.011, 0.0113, Limit(max_increase=0.02), change=0.0003, change_kind="difference", n=50400),
    judged("determinism", 0.0, 0.0, Limit(max=0.0), n=480),
    judged("memory_growth", 12.0, 18.0, Limit(max=4096.0), n=1260),
    judged(
        "informativeness",
        0.191,
        0.187,
        Limit(max_worse=0.25),
        change=0.0209,
        change_kind="relative",
        interval=(-0.06, 0.105),
        n=5040,
    ),
)


def replaced(record, *changed):
    """The record with these judgements in the place of those of the same name."""
    new = {judgement.metric: judgement for judgement in changed}
    judgements = tuple(new.get(judgement.metric, judgement) for judgement in record.judgements)
    return msgspec.structs.replace(record, judgements=judgements)


PASS = VerdictRecord(
    verdict=Verdict.PASS,
    reason="Every blocking limit holds on 5,040 out-of-sample bars.",
    judgements=CALM,
    baseline=VersionRecord(
        ref="v1.0.0",
        sha="1f0c2a9be6c7d8e9f00112233445566778899aab",
        factory="src.regime:Detector",
        environment="uv, shared",
    ),
    candidate=VersionRecord(
        ref="feature/hmm-v2",
        sha="9d8e7f60514233241506f7e8d9cabbacbdcedfe0",
        factory="src.regime:Detector",
        environment="uv, shared",
    ),
    data=DataRecord(symbols=("SP500", "NASDAQ"), bars=10062, sha256="3b" * 32, sources=("arch:sp500", "arch:nasdaq")),
    policy_sha256="c4" * 32,
    environment={"python": "3.11.9", "numpy": "2.4.6", "cpu": "AMD EPYC 7763, 2 cores", "sandbox": "bubblewrap"},
    not_measured=("The live method `step` of the candidate: nothing in gate.toml asks for it.",),
    seconds={"export": 0.41, "environments": 2.2, "runs": 74.3, "timing": 21.0, "judging": 0.9},
)

_CHANGES = judged(
    "regime_change_rate",
    0.0833,
    0.2241,
    Limit(max=0.15),
    outcome=Outcome.FAIL,
    reason=Reason.ABOVE_LIMIT,
    change=0.1408,
    change_kind="points",
    interval=(0.1982, 0.2511),
    n=5040,
    certainty="the whole interval lies beyond the limit",
    sentence="The candidate changes its regime on 22.41% of bars; 15% are allowed.",
)
_CPU = judged(
    "cpu",
    0.812,
    1.121,
    Limit(max_ratio=3.0),
    outcome=Outcome.FAIL,
    reason=Reason.WORSE_THAN_BASELINE,
    change=1.38,
    change_kind="ratio",
    n=8,
    certainty="8 pairs, all beyond the limit",
    sentence="One prediction takes 4.12 times the CPU time of the baseline's; 3 times are allowed.",
    parts=(
        Part(name="fit", baseline=0.812, candidate=1.121, change=1.38, interval=(1.31, 1.46)),
        Part(
            name="predict, a bar",
            baseline=0.00121,
            candidate=0.00499,
            change=4.12,
            interval=(3.9, 4.4),
            outcome=Outcome.FAIL,
        ),
    ),
)
_CONFIDENCE = judged(
    "confidence",
    0.967,
    0.89999,
    Limit(min=0.9),
    outcome=Outcome.FAIL,
    reason=Reason.BELOW_LIMIT,
    change=0.06701,
    change_kind="points",
    interval=(0.8841, 0.9161),
    n=5040,
    certainty="by a hair: the interval reaches back across the limit",
    sentence="The mean confidence is 89.999%; at least 90% are asked for.",
)
_AGREEMENT = judged(
    "agreement",
    None,
    0.612,
    Limit(min=0.8, blocking=False),
    outcome=Outcome.WARN,
    reason=Reason.ADVISORY,
    blocking=False,
    n=5040,
    sentence="The two versions agree on 61.2% of bars after matching their states.",
)
_FAILURES = judged(
    "training_failures",
    0.0,
    0.0,
    Limit(max=0.05),
    outcome=Outcome.NO_DATA,
    reason=Reason.TOO_FEW_TRIES,
    n=24,
    sentence="None of 24 fits failed; 59 are needed to show that at most 5% fail.",
)

BLOCK = replaced(
    msgspec.structs.replace(
        PASS,
        verdict=Verdict.BLOCK,
        level=2,
        reason="The regime changes on 22.41% of bars where 15% are allowed, and two more limits are breached.",
        candidate=VersionRecord(ref="HEAD", sha=PASS.candidate.sha, factory="src.regime:DetectorV2", dirty=True),
    ),
    _CHANGES,
    _CPU,
    _CONFIDENCE,
    _AGREEMENT,
    _FAILURES,
)

ROLL_BACK = msgspec.structs.replace(BLOCK, verdict=Verdict.ROLL_BACK)

INCONCLUSIVE = replaced(
    msgspec.structs.replace(
        PASS, verdict=Verdict.INCONCLUSIVE, quick=True, reason="Two limits could not be shown to hold.", seconds={}
    ),
    _FAILURES,
    judged(
        "cpu",
        0.812,
        None,
        Limit(max_ratio=3.0),
        outcome=Outcome.NO_DATA,
        reason=Reason.MACHINE_TOO_NOISY,
        n=3,
        sentence="The baseline timed against itself differed by 41%.",
    ),
)

GATE_ERROR = msgspec.structs.replace(
    PASS,
    verdict=Verdict.GATE_ERROR,
    reason="The runner was killed while it read the bars of NASDAQ.",
    judgements=(
        judged(
            "memory",
            None,
            None,
            Limit(max_ratio=2.0),
            outcome=Outcome.ERROR,
            reason=Reason.GATE_FAULT,
            sentence="Memory could not be read: /proc/421/status is gone.",
        ),
    ),
    baseline=None,
)

RECORDS = {"pass": PASS, "block": BLOCK, "roll_back": ROLL_BACK, "inconclusive": INCONCLUSIVE, "gate_error": GATE_ERROR}

REPRODUCE = "pip install regime-gate\ngate run --config gate.toml --baseline v1.0.0 --candidate 9d8e7f6 --output out"


def role_series(role, rng, volatility, *, flips):
    state = np.digitize(volatility, np.quantile(volatility, [0.6, 0.9])).astype(np.int32)
    noisy = np.where(rng.random(len(state)) < flips, rng.integers(0, 3, len(state)), state).astype(np.int32)
    noisy[100:112] = -1
    confidence = np.clip(0.97 - flips * rng.random(len(state)) - 0.06 * (state == 1), 0, 1)
    confidence[100:112] = np.nan
    return role, noisy, confidence


def symbol_series(name, seed, bars=1260):
    rng = np.random.default_rng(seed)
    log_volatility = np.cumsum(rng.normal(0, 0.05, bars))
    volatility = 0.006 * np.exp(0.9 * (log_volatility - log_volatility.mean()))
    returns = rng.normal(0.0004, 1, bars) * np.clip(volatility, 0.003, 0.03)
    roles = []
    for role, flips in ((Role.BASELINE, 0.01), (Role.CANDIDATE, 0.12)):
        _, state, confidence = role_series(role, rng, volatility, flips=flips)
        equity = np.cumprod(1 + returns * (state < 2) - 0.0005 * np.abs(np.diff(state < 2, prepend=True)))
        roles.append(RoleSeries(role=role, state=state, confidence=confidence, equity=equity))
    time = np.busday_offset(np.datetime64("2013-12-31"), np.arange(bars)).astype("datetime64[ns]")
    return SymbolSeries(symbol=name, time=time, close=1800 * np.cumprod(1 + returns), roles=tuple(roles))


def timed(role, rest, peak, seconds):
    at = np.linspace(0, seconds, 120)
    rise = rest + (peak - rest) * np.clip(np.sin(at / seconds * np.pi * 3), 0, 1) ** 0.5
    return TimedRun(role=role, seconds=tuple(at.tolist()), mebibytes=tuple(rise.tolist()))


MEMORY = (timed(Role.BASELINE, 118, 141, 9.0), timed(Role.CANDIDATE, 119, 196, 11.5))


def series(symbols=2, bars=1260):
    names = ("SP500", "NASDAQ", *(f"STOCK{index}" for index in range(symbols)))[:symbols]
    return Series(
        symbols=tuple(symbol_series(name, 7 + index, bars) for index, name in enumerate(names)), memory=MEMORY
    )
