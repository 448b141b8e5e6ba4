import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.metrics import bootstrap
from gate.metrics.bootstrap import autocorrelations, block_length, cut_off, draw, interval, median_over_seeds


def persistent(count, seed, memory):
    noise = np.random.default_rng(seed).normal(size=count)
    out = np.zeros(count)
    for t in range(1, count):
        out[t] = memory * out[t - 1] + noise[t]
    return out


@settings(max_examples=40)
@given(st.integers(10, 1500), st.integers(0, 10_000), st.floats(-0.6, 0.98), st.booleans())
def test_the_block_length_is_archs(count, seed, memory, rare):
    values = persistent(count, seed, memory)
    values = (values > 1).astype(float) if rare else values
    if np.ptp(values) == 0:
        assert block_length(values) == 1.0
        return
    with np.errstate(all="ignore"):
        known = optimal_block_length(values)["stationary"].iloc[0]
    if np.isfinite(known):
        assert block_length(values) == pytest.approx(max(known, 1.0), rel=1e-9)


@pytest.mark.parametrize(("count", "longest"), [(40, 14), (400, 60), (1000, 95)])
def test_a_series_that_always_returns_has_the_longest_blocks_and_they_are_archs(count, longest):
    values = np.diff(np.random.default_rng(0).normal(size=count + 1))
    assert block_length(values) == longest == optimal_block_length(values)["stationary"].iloc[0]


def test_the_block_length_of_a_rhythm_of_six_bars_is_archs():
    noise = np.random.default_rng(2).normal(size=406)
    values = noise[6:] + noise[:-6]  # five quiet lags in a row are enough, six are not to be had
    assert block_length(values) == pytest.approx(optimal_block_length(values)["stationary"].iloc[0], rel=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
@pytest.mark.parametrize("count", [9, 40])
def test_autocorrelations_are_those_of_a_plain_loop_and_full_where_no_variance_is_left(count, scale):
    centred = persistent(count, 9, 0.5) * scale
    covariance, correlation = autocorrelations(centred, 8)
    for lag in range(9):
        product = sum(centred[t] * centred[t - lag] for t in range(lag, count))
        power = sum(centred[lag + 1 :] ** 2) * sum(centred[: max(count - lag - 1, 0)] ** 2)
        assert covariance[lag] == pytest.approx(product / count)
        assert correlation[lag] == pytest.approx(abs(product) / np.sqrt(power) if power else 1.0)


def test_the_cut_off_is_twice_the_first_lag_of_a_quiet_stretch():
    assert cut_off(np.array([1, 1, 1, 0, 0, 0, 0, 0, 1.0]), 5, 0.5) == 6
    assert cut_off(np.array([1, 1, 1, 1, 1, 0, 0, 0, 1.0]), 3, 0.5) == 8  # never beyond the last lag
    assert cut_off(np.array([0, 0, 0, 0, 1.0]), 3, 0.5) == 2  # and never below one bar
    assert cut_off(np.array([1, 1, 1, 0, 0, 0, 0, 1, 1.0]), 5, 0.5) == 8  # four are no stretch of five
    assert cut_off(np.full(9, 0.5), 5, 0.5) == 8  # at the bound is not within it


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 50, [np.nan] * 50, list(range(9))])
def test_a_series_without_variation_or_length_has_blocks_of_one_bar(values):
    assert block_length(np.array(values, dtype=float)) == 1.0


@settings(max_examples=30)
@given(st.integers(1, 200), st.floats(1, 60), st.integers(0, 100))
def test_every_resample_is_as_long_as_the_data(count, block, seed):
    drawn = draw(count, block, seed, resamples=20)
    assert drawn.sums(np.ones((count, 1))).ravel().tolist() == pytest.approx([count] * 20)
    weights = drawn.sums(np.eye(count))
    assert (weights > -1e-9).all()
    assert np.allclose(weights, weights.round())


def test_blocks_are_as_long_as_asked_and_every_bar_is_drawn_equally():
    count, block = 300, 12.0
    drawn = draw(count, block, 1, resamples=4000)
    weights = drawn.sums(np.eye(count)).mean(axis=0)
    assert weights.mean() == pytest.approx(1.0)
    assert np.abs(weights - 1.0).max() < 0.12
    inner = drawn.length[:, :5]
    assert inner.mean() == pytest.approx(block, rel=0.05)


def test_sums_do_not_depend_on_how_many_weights_are_written_out_at_once(monkeypatch):
    drawn, column = draw(30, 4.0, 5, resamples=50), persistent(30, 6, 0.5)[:, None]
    whole = drawn.sums(column)
    assert whole == pytest.approx(drawn.weights(0, 50) @ column)
    for chunk in (1, 7 * 30, 49 * 30):
        monkeypatch.setattr(bootstrap, "CHUNK", chunk)
        assert drawn.sums(column) == pytest.approx(whole)


def test_no_bars_have_no_sums():
    assert draw(0, 1.0, 1, resamples=3).sums(np.zeros((0, 2))).tolist() == [[0.0, 0.0]] * 3


def test_the_same_seed_draws_the_same_and_the_block_is_not_remembered():
    column = persistent(100, 3, 0.5)[:, None]
    assert (draw(100, 5.0, 7).sums(column) == draw(100, 5.0, 7).sums(column)).all()
    assert (draw(100, 5.0, 7).sums(column) != draw(100, 50.0, 7).sums(column)).any()


def test_the_interval_of_a_mean_is_archs_but_for_luck():
    values = persistent(600, 4, 0.7)
    block = block_length(values)
    ours = interval(draw(600, block, 1, resamples=4000).sums(values[:, None])[:, 0] / 600)
    library = StationaryBootstrap(block, values, seed=5).conf_int(np.mean, reps=4000, method="percentile").ravel()
    width = library[1] - library[0]
    assert np.abs(np.array(ours) - library).max() < 0.08 * width


def test_too_few_numbers_have_no_interval():
    assert interval(np.full(1000, np.nan)) is None
    assert interval(np.arange(19.0)) is None
    assert interval(np.arange(20.0)) is not None
    assert interval(np.linspace(0, 1, 1001)) == pytest.approx((0.025, 0.975))


def test_a_seed_without_numbers_does_not_take_the_others_away():
    assert not len(median_over_seeds([]))
    assert not len(median_over_seeds([np.full(100, np.nan)]))
    known = np.linspace(0, 1, 100)
    assert median_over_seeds([known, np.full(100, np.nan)]).tolist() == known.tolist()


def test_the_median_varies_with_the_seeds_that_were_drawn_and_the_roles_draw_apart():
    seeds = [np.full(1000, float(value)) for value in range(5)]
    drawn = median_over_seeds(seeds)
    assert set(drawn) == {0.0, 1.0, 2.0, 3.0, 4.0}
    assert np.median(drawn) == 2.0
    assert (drawn != median_over_seeds(seeds, role=1)).any()


@settings(max_examples=20)
@given(st.integers(1, 120), st.floats(1, 40), st.integers(0, 50))
def test_the_bars_of_a_resample_are_the_bars_that_its_weights_count(count, block, seed):
    drawn = draw(count, block, seed, resamples=10)
    bars = drawn.bars(0, 10)
    assert np.array([np.bincount(row, minlength=count) for row in bars]).tolist() == drawn.weights(0, 10).tolist()
