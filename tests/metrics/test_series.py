"""What the pictures show is what was judged."""

import numpy as np
import pytest

from gate.domain.observation import MISSING, TimedRun
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.metrics.series import series_of
from gate.metrics.strategy import net_returns
from tests.build import FIRST, evidence, market, run, settings

B, C = Role.BASELINE, Role.CANDIDATE


def test_each_symbol_has_both_roles_at_the_first_seed():
    runs = [run(role, symbol, seed, bars=6) for seed in (3, 1) for symbol in ("B", "A") for role in (B, C)]
    memory = (TimedRun(role=C, seconds=(0.0,), mebibytes=(1.0,)),)
    found = series_of(evidence(runs, memory_over_time=memory))
    assert found.memory == memory
    assert [(one.symbol, [role.role for role in one.roles]) for one in found.symbols] == [("B", [B, C]), ("A", [B, C])]
    first = next(r for r in runs if r.key.seed == 1)
    assert found.symbols[0].roles[0].state.tolist() == first.state.tolist()


def test_states_are_ranked_and_bars_that_a_run_lacks_are_invalid_and_earn_nothing():
    close = np.linspace(100.0, 130.0, FIRST + 20)
    long = run(B, states=[0, 1, 2, MISSING, 0, 1], volatility=[2.0, 3.0, 1.0])
    short = run(C, states=[0, 1, 0], certainty=0.9)
    under = settings(strategy=StrategySettings(cost=0.01))
    found = evidence([long, short], markets={"A": market(close=close)}, under=under)
    (one,) = series_of(found).symbols
    assert one.close.tolist() == close[FIRST : FIRST + 6].tolist()
    assert one.time.tolist() == found.market(found.graded[0]).time[FIRST : FIRST + 6].tolist()
    ours, theirs = one.roles
    assert ours.state.tolist() == [1, 2, 0, MISSING, 1, 2]
    assert ours.confidence.tolist() == pytest.approx([0.97, 0.97, 0.97, np.nan, 0.97, 0.97], nan_ok=True)
    assert theirs.state.tolist() == [0, 1, 0, MISSING, MISSING, MISSING]
    assert theirs.state.dtype == np.int32
    assert theirs.confidence.tolist() == pytest.approx([0.9] * 3 + [np.nan] * 3, nan_ok=True)
    earned, _ = net_returns(found.graded[1], found.market(found.graded[1]), under.strategy)
    assert theirs.equity[:3] == pytest.approx(np.cumprod(1.0 + earned))
    assert theirs.equity[3:].tolist() == [theirs.equity[2]] * 3
    assert theirs.equity.dtype == np.float64


def test_nothing_observed_draws_nothing():
    assert series_of(evidence([])).symbols == ()
