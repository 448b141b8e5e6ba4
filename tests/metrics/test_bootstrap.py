import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from gate.metrics import bootstrap
from gate.metrics.bootstrap import block_of, draw, interval, median_over_seeds, stretch_of, student


def persistent(count, seed, memory):
    noise = np.random.default_rng(seed).normal(size=count)
    out = np.zeros(count)
    for at in range(1, count):
        out[at] = memory * out[at - 1] + noise[at]
    return out


@pytest.mark.parametrize(
    ("count", "block"), [(0, 1.0), (1, 1.0), (30, 10.0), (400, 60.0), (1260, 107.0), (5040, 213.0)]
)
def test_blocks_are_as_long_as_politis_and_whites_rule_allows(count, block):
    assert block_of(count) == block


@pytest.mark.parametrize("freedom", [2.5, 3, 5, 12, 24, 100])
def test_students_quantile_is_scipys(freedom):
    assert student(freedom) == pytest.approx(t.ppf(0.975, freedom), rel=0.02)


def test_students_quantile_is_the_handbooks_expansion_to_the_last_digit():
    rows = (
        [1, 0, 1, 0],
        [5, 0, 16, 0, 3, 0],
        [3, 0, 19, 0, 17, 0, -15, 0],
        [79, 0, 776, 0, 1482, 0, -1920, 0, -945, 0],
    )
    terms = [np.polyval(row, bootstrap.NORMAL) / below for row, below in zip(rows, (4, 96, 384, 92160), strict=True)]
    for freedom in (1.0, 4.0):
        known = bootstrap.NORMAL + sum(term / freedom ** (place + 1) for place, term in enumerate(terms))
        assert student(freedom) == pytest.approx(known, rel=1e-13)


def test_the_fewer_the_blocks_the_wider_the_interval():
    stretched = [stretch_of(count) for count in (1, 10, 100, 400, 1260, 5040, 1_000_000)]
    assert stretched == sorted(stretched, reverse=True)
    assert stretched[-1] == pytest.approx(1.0, abs=0.01)
    draws = np.random.default_rng(1).exponential(size=1000)
    low, high = interval(draws)
    wide_low, wide_high = interval(draws, 2.0)
    middle = np.median(draws)
    assert (middle - wide_low, wide_high - middle) == pytest.approx((2 * (middle - low), 2 * (high - middle)))


def test_the_interval_of_a_mean_covers_it_where_regimes_outlast_the_noise():
    count, inside = 1260, 0
    for seed in range(200):
        series = persistent(count + 200, seed, 0.95)[200:] + 5 * np.random.default_rng(seed + 1000).normal(size=count)
        means = draw(count, block_of(count), seed).sums(series[:, None])[:, 0] / count
        low, high = interval(means, stretch_of(count))
        inside += low <= 0.0 <= high
    assert 0.91 <= inside / 200 <= 0.985


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


def test_no_bars_have_no_sums():
    assert draw(0, 1.0, 1, resamples=3).sums(np.zeros((0, 2))).tolist() == [[0.0, 0.0]] * 3


def test_the_same_seed_draws_the_same_and_the_block_is_not_remembered():
    column = persistent(100, 3, 0.5)[:, None]
    assert (draw(100, 5.0, 7).sums(column) == draw(100, 5.0, 7).sums(column)).all()
    assert (draw(100, 5.0, 7).sums(column) != draw(100, 50.0, 7).sums(column)).any()


def test_the_interval_of_a_mean_is_archs_but_for_luck():
    values = persistent(600, 4, 0.7)
    block = block_of(600)
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
    assert (drawn == median_over_seeds(seeds)).all()


@settings(max_examples=20)
@given(st.integers(1, 120), st.floats(1, 40), st.integers(0, 50))
def test_the_bars_of_a_resample_are_the_bars_that_its_sums_count(count, block, seed):
    drawn = draw(count, block, seed, resamples=10)
    bars = drawn.bars(0, 10)
    assert np.array([np.bincount(row, minlength=count) for row in bars]) == pytest.approx(drawn.sums(np.eye(count)))


def test_sums_are_those_of_the_bars_written_out_whatever_is_summed_at_once():
    columns = np.random.default_rng(1).normal(size=(700, 150))
    drawn = draw(700, 30.0, 2, resamples=300)
    written = np.array([columns[row].sum(axis=0) for row in drawn.bars(0, 300)])
    assert drawn.sums(columns) == pytest.approx(written, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("chunk", [1, 700, 1 << 30])
@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_sums_do_not_depend_on_how_many_are_written_out_at_once(chunk, at_once, monkeypatch):
    columns = np.random.default_rng(6).normal(size=(30, 7))
    drawn = draw(30, 4.0, 5, resamples=50)
    written = np.array([columns[row].sum(axis=0) for row in drawn.bars(0, 50)])
    monkeypatch.setattr(bootstrap, "CHUNK", chunk)
    monkeypatch.setattr(bootstrap, "COLUMNS", at_once)
    assert drawn.sums(columns) == pytest.approx(written)
