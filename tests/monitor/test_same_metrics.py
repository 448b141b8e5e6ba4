"""On the same bars the monitor's windows hold what the gate's own metrics measure before the merge."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.observation import MISSING, Call
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.judging.limits import outside
from gate.judging.live import Frontier
from gate.metrics import failures, regimes, strategy
from gate.metrics.registry import DEFAULT_LIMITS, METRICS
from tests import build
from tests.live import at, fed, policy

WIDTH = 3
bars = st.lists(
    st.tuples(
        st.integers(0, WIDTH - 1),  # state
        st.sampled_from(["fine", "fine", "fine", "raised", "none", "out of range", "no distribution", "negative"]),
        st.floats(0.34, 1.0),  # certainty
        st.booleans(),  # another fit begins here (one time in four)
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=50,
)


def posterior_of(state, kind, sure):
    row = np.full(WIDTH, (1.0 - sure) / (WIDTH - 1))
    row[state] = sure
    if kind == "no distribution":
        row *= 1.01
    if kind == "negative":
        row = np.array([-0.01, 0.505, 0.505])
    return row


def both(drawn, symbol):
    """The same bars as records, and as a run."""
    path, call, rows, window, fit, lines = [], [], [], [], 0, []
    for bar, (state, kind, sure, begins, chance) in enumerate(drawn):
        fit += begins and chance == 0
        posterior = posterior_of(state, kind, sure)
        failed = kind == "raised"
        said = None if kind in ("raised", "none") else 7 if kind == "out of range" else state
        path.append(MISSING if said is None else 3 if said == 7 else state)
        call.append(Call.RAISED if failed else Call.OK)
        rows.append(np.full(WIDTH, -np.inf) if failed else posterior)
        window.append(fit)
        values = {
            "schema": 1,
            "time": at(bar),
            "symbol": symbol,
            "sequence": bar,
            "state": said,
            "fit": str(fit),
            "posterior": None if failed else list(posterior),
            "error": "ValueError: no" if failed else None,
        }
        lines.append(json.dumps(values).encode())
    run = build.run(
        symbol=symbol,
        states=path,
        labels=("0", "1", "2", "7"),
        posterior=np.array(rows),
        windows=fit + 1,
        call=np.array(call, dtype=np.int8),
        window=np.array(window, dtype=np.int32),
        train_count=np.tile([20, 20, 20, 0], (fit + 1, 1)).astype(np.int32),
    )
    return lines, run


@settings(max_examples=60, deadline=None)
@given(first=bars, second=bars)
def test_each_window_holds_what_the_metric_measures(first, second):
    ours = [both(first, "A"), both(second, "B")]
    monitor = fed([line for lines, _ in ours for line in lines])
    evidence = build.evidence([run for _, run in ours])
    for name, measure in (
        ("regime_change_rate", regimes.regime_change_rate),
        ("confidence", regimes.confidence),
        ("prediction_errors", failures.prediction_errors),
        ("invalid_predictions", failures.invalid_predictions),
    ):
        wanted, found = measure(evidence, Role.CANDIDATE), monitor.pooled.measured(name)
        assert found.n == wanted.n, name
        assert found.count == wanted.count, name
        assert found.value == (close(wanted.value) if name == "confidence" else wanted.value), name


def close(value):
    return None if value is None else pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("measure", ["sharpe", "total_return", "max_drawdown"])
@pytest.mark.parametrize("seed", range(3))
def test_performance_is_what_the_gate_reckons_from_positions_and_prices(measure, seed):
    random = np.random.default_rng(seed)
    count, under = 40, StrategySettings(function="m:f", measure=measure)
    positions = {role: random.integers(-1, 2, count + 2).astype(float) for role in Role}
    market = build.market(bars=count + 5, seed=seed)
    runs = [build.run(role, states=np.zeros(count, dtype=int), position=positions[role][:count]) for role in Role]
    evidence = build.evidence(runs, markets={"A": market}, under=build.settings(strategy=under))
    lines = {
        role: [
            json.dumps(
                {
                    "schema": 1,
                    "time": f"{market.time[build.FIRST + bar]}"[:23] + "Z",
                    "symbol": "A",
                    "sequence": bar,
                    "role": "live" if role is Role.CANDIDATE else "shadow",
                    "state": 0,
                    "position": positions[role][bar],
                    "price": market.close[build.FIRST + bar],
                }
            ).encode()
            for bar in range(count + 2)  # a position earns on the next bar, and the newest bar may not be whole
        ]
        for role in Role
    }
    rules = policy()
    monitor = fed([*lines[Role.BASELINE], *lines[Role.CANDIDATE]], type(rules)(
        monitor=rules.monitor, limits=rules.limits, strategy=under
    ))  # fmt: skip
    found = monitor.cases.performance(count)
    for role, mine in ((Role.CANDIDATE, found.candidate), (Role.BASELINE, found.baseline)):
        wanted = strategy.strategy_performance(evidence, role)
        assert mine.value == pytest.approx(wanted.value, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["regime_change_rate", "confidence", "prediction_errors", "invalid_predictions"]),
    below=st.integers(1, 5000),
    share=st.floats(0, 1),
    apart=st.integers(-2, 2),
    allowed=st.sampled_from([None, 0.0, 0.001, 0.05, 0.1, 0.3, 1.0]),
)
def test_the_frontier_stands_where_the_judgement_turns(name, below, share, apart, allowed):
    from gate.domain.limit import Limit  # noqa: PLC0415
    from gate.metrics.live import UNIT, measurement  # noqa: PLC0415

    bound = "min" if name == "confidence" else "max"
    limit = DEFAULT_LIMITS[name] if allowed is None else Limit(**{bound: allowed})
    value = float(getattr(limit, bound))
    unit = UNIT if name == "confidence" else 1
    frontier = Frontier(METRICS[name], limit)
    for above in (int(share * below * unit), max(0, int(value * below * unit) + apart)):
        low, high = frontier[below]
        judged = outside(measurement(name, above, below), METRICS[name].unit, bound, value)
        assert (not low <= above <= high) == judged


@settings(max_examples=30, deadline=None)
@given(drawn=st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.floats(0.3, 1.0)), min_size=1, max_size=200))
def test_what_leaves_a_window_leaves_no_trace(drawn):
    from tests.live import record  # noqa: PLC0415

    lines = [
        record(bar, state=state, posterior=None, confidence=sure, error="no" if failed else None)
        for bar, (state, failed, sure) in enumerate(drawn)
    ]
    monitor = fed(lines)
    track, windows = monitor.lanes["live"].tracks["A"], monitor.lanes["live"].windows["A"]
    for kept, afresh in zip((windows.long, windows.short), track.tallies(), strict=True):
        for name in type(kept).__slots__:
            assert getattr(kept, name) == getattr(afresh, name), name
