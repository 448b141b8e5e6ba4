import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.market_data import MarketDataFiles
from gate.adapters.market_data.simulator import MAX_BARS, MEAN, SIGMA, TRANSITION
from gate.domain.market import COLUMNS
from gate.errors import DataError

simulate = MarketDataFiles().simulate


def test_transition_rows_are_distributions():
    np.testing.assert_allclose(TRANSITION.sum(axis=1), 1, rtol=0, atol=1e-15)


def test_the_same_seed_gives_the_same_bars_and_another_seed_others():
    first, again, other = simulate(300, 7), simulate(300, 7), simulate(300, 8)
    for column in (*COLUMNS, "time", "regimes"):
        np.testing.assert_array_equal(getattr(first, column), getattr(again, column))
    assert not np.array_equal(first.close, other.close)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.integers(0, 2**32))
def test_bars_are_plausible(bars, seed):
    found = simulate(bars, seed)
    assert len(found) == bars
    np.testing.assert_array_equal(found.open[1:], found.close[:-1])
    assert (found.low <= np.minimum(found.open, found.close)).all()
    assert (found.high >= np.maximum(found.open, found.close)).all()
    assert (found.low > 0).all()
    assert (found.volume > 0).all()
    assert found.regimes.dtype == np.int32
    assert set(found.regimes) <= {0, 1, 2}
    assert np.is_busday(found.time.astype("datetime64[D]")).all()


def test_the_regimes_change_and_move_as_fitted():
    bars = simulate(60_000, 3)
    assert np.mean(np.diff(bars.regimes) != 0) == pytest.approx(0.027, abs=0.003)
    returns = np.diff(np.log(bars.close))
    for state in range(3):
        mine = returns[bars.regimes[1:] == state]
        assert mine.std() == pytest.approx(SIGMA[state], rel=0.05)
        assert mine.mean() == pytest.approx(MEAN[state], abs=4 * SIGMA[state] / np.sqrt(len(mine)))


def test_the_index_is_of_business_days_from_the_first_of_2000():
    assert simulate(6, 0).time.astype("datetime64[D]").astype(str).tolist() == [
        "2000-01-03", "2000-01-04", "2000-01-05", "2000-01-06", "2000-01-07", "2000-01-10",
    ]  # fmt: skip


def test_the_longest_simulation_stays_within_64_bits():
    assert (np.diff(simulate(MAX_BARS, 0).time.astype("int64")) > 0).all()


@pytest.mark.parametrize(("bars", "seed"), [(0, 0), (MAX_BARS + 1, 0), (10, -1)])
def test_what_cannot_be_simulated_is_refused(bars, seed):
    with pytest.raises(DataError):
        simulate(bars, seed)
