import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, t

from gate.metrics import bootstrap
from gate.metrics.bootstrap import (
    Luck,
    block_of,
    blocks_of,
    draw,
    freedom_of,
    interval,
    interval_of_median,
    luck_of,
    median_over_seeds,
    scatter_of_bars,
    share_of_median,
    student,
    with_luck,
)


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
    draws = np.random.default_rng(1).exponential(size=1000)
    widths = [np.diff(interval(draws, blocks))[0] for blocks in (2.5, 4.0, 12.0, 100.0, 1e6, np.inf)]
    assert widths == sorted(widths, reverse=True)
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    assert interval(draws) == pytest.approx((low, high))
    wide = student(12) / student(np.inf) / np.sqrt(1 - 2 / 12)
    assert interval(draws, 12.0) == pytest.approx((middle - wide * (middle - low), middle + wide * (high - middle)))
    assert [blocks_of(count) for count in (0, 1, 6, 900)] == [2.5, 2.5, 3.0, 10.0]


def test_what_the_seeds_leave_open_adds_up_with_what_the_bars_do():
    draws = np.random.default_rng(1).normal(3.0, 2.0, 100_000)
    many = Luck(variance=5.0, freedom=1e9)
    assert interval(draws, luck=[many]) == pytest.approx((3 - 1.96 * 3, 3 + 1.96 * 3), abs=0.05)
    assert interval(draws, luck=[many, many]) == pytest.approx((3 - 1.96 * 14**0.5, 3 + 1.96 * 14**0.5), abs=0.05)
    counted_once = Luck(variance=5.0, of_bars=4.0, freedom=1e9)
    assert interval(draws, luck=[counted_once]) == pytest.approx((3 - 1.96 * 5**0.5, 3 + 1.96 * 5**0.5), abs=0.05)
    few = interval(draws, luck=[Luck(variance=1e6, freedom=4.0)])
    assert few == pytest.approx((-t.ppf(0.975, 4) * 1000, t.ppf(0.975, 4) * 1000), rel=0.01)


def test_bars_that_never_vary_leave_the_luck_of_the_seeds():
    still = np.full(1000, 2.0)
    assert interval(still, 12.0) == (2.0, 2.0)
    half = student(4.0) * 0.5
    assert interval(still, 12.0, [Luck(variance=0.25, freedom=4.0)]) == pytest.approx((2.0 - half, 2.0 + half))


def test_what_the_bars_made_of_the_seeds_scatter_is_not_counted_again_in_the_freedom():
    draws, luck = np.random.default_rng(1).normal(3.0, 2.0, 1000), Luck(variance=5.0, of_bars=3.0, freedom=4.0)
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    lacking = 1 / (1 - 2 / 12)
    reach = student(freedom_of(lacking * (draws.var() - 3.0), 12.0, [luck]))
    below, above = (
        reach * np.sqrt(lacking * ((side / bootstrap.NORMAL) ** 2 - 3.0) + 5.0)
        for side in (middle - low, high - middle)
    )
    assert interval(draws, 12.0, [luck]) == pytest.approx((middle - below, middle + above))


def test_the_freedom_is_satterthwaites_with_welchs_correction():
    assert freedom_of(2.0, 12.0, []) == pytest.approx(12.0)
    assert freedom_of(0.0, 12.0, []) == 12.0
    assert freedom_of(2.0, np.inf, []) == np.inf
    assert freedom_of(0.0, 12.0, [Luck(variance=3.0, freedom=4.0)]) == pytest.approx(4.0)
    both = freedom_of(2.0, 12.0, [Luck(variance=3.0, freedom=4.0), Luck(variance=1.0, freedom=2.0)])
    assert both == pytest.approx(6.0**2 / (4 / 14 + 9 / 6 + 1 / 4) - 2.0)


def test_one_degree_of_freedom_is_not_corrected_and_no_luck_has_none():
    single = freedom_of(2.0, 12.0, [Luck(variance=3.0, freedom=1.0)])
    assert single == pytest.approx(5.0**2 / (4 / 12 + 9 / 1))
    assert freedom_of(2.0, 12.0, [Luck()]) == pytest.approx(12.0)
    with_none = freedom_of(2.0, 12.0, [Luck(variance=3.0, freedom=4.0), Luck()])
    assert with_none == pytest.approx(freedom_of(2.0, 12.0, [Luck(variance=3.0, freedom=4.0)]))


@pytest.mark.parametrize(("count", "block"), [(1, 1.0), (20, 3.5), (1260, 53.5)])
def test_blocks_of_a_difference_are_half_as_long_and_never_less_than_a_bar(count, block):
    assert block_of(count, paired=True) == block
    assert blocks_of(count, paired=True) == max(count / block, bootstrap.FEWEST_BLOCKS)


def test_the_interval_of_a_mean_covers_it_where_regimes_outlast_the_noise():
    count, inside = 1260, 0
    for seed in range(200):
        series = persistent(count + 200, seed, 0.95)[200:] + 5 * np.random.default_rng(seed + 1000).normal(size=count)
        means = draw(count, block_of(count), seed).sums(series[:, None])[:, 0] / count
        low, high = interval(means, blocks_of(count))
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


def test_the_seeds_are_the_same_in_every_resample():
    seeds = np.random.default_rng(1).normal(size=(5, 100))
    assert median_over_seeds(list(seeds)).tolist() == np.sort(seeds, axis=0)[2].tolist()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 32])
def test_the_variance_of_a_median_is_known_within_three_percent(count):
    medians = np.median(np.random.default_rng(count).normal(size=(100_000, count)), axis=1)
    assert share_of_median(count) == pytest.approx(medians.var(), rel=0.035)


def test_one_seed_shows_no_luck_and_seeds_that_agree_have_none():
    assert luck_of([]) == luck_of([1.0]) == luck_of([1.0, np.nan]) == Luck()
    assert luck_of([2.0, 2.0, 2.0]) == Luck(variance=0.0, of_bars=0.0, freedom=2.0)
    assert (Luck().variance, Luck().of_bars) == (0.0, 0.0)


def test_luck_is_what_the_scatter_of_the_seeds_makes_of_their_median():
    found = luck_of([1.0, 3.0, 8.0, np.nan])
    scatter = np.var([1.0, 3.0, 8.0], ddof=1)
    assert found == Luck(variance=share_of_median(3) * scatter, of_bars=0.0, freedom=2.0)


def test_two_seeds_are_enough_to_tell_luck_and_what_the_bars_made_of_it():
    assert luck_of([1.0, 3.0]) == Luck(variance=0.5 * 2.0, of_bars=0.0, freedom=1.0)
    drawn = [np.array([0.0, 1.0, 2.0]), np.array([5.0, 7.0, 9.0])]  # about their means they differ by -1, 0 and 1
    assert scatter_of_bars(drawn) == pytest.approx(1 / 3)
    assert luck_of([1.0, 3.0], scatter_of_bars(drawn)) == Luck(variance=1.0, of_bars=pytest.approx(1 / 6), freedom=1.0)


def test_what_bars_alone_make_the_seeds_differ_is_not_luck():
    random = np.random.default_rng(3)
    drawn = list(10.0 + random.normal(size=(3, 2000)))
    found = luck_of([1.0, 3.0, 8.0], scatter_of_bars(drawn))
    assert found.variance == luck_of([1.0, 3.0, 8.0]).variance
    assert found.of_bars == pytest.approx(share_of_median(3), rel=0.1)
    together = list(np.array([1.0, 3.0, 8.0])[:, None] + drawn[0])  # the bars move all seeds alike
    assert luck_of([1.0, 3.0, 8.0], scatter_of_bars(together)).of_bars == pytest.approx(0.0, abs=1e-12)


def test_seeds_that_scatter_less_than_bars_make_them_take_off_what_chance_adds_elsewhere_but_never_all():
    seldom = luck_of([1.0, 1.1, 1.2], 0.5)
    assert seldom.variance < seldom.of_bars
    assert with_luck(2.0, [seldom]) == pytest.approx(2.0 + seldom.variance - seldom.of_bars)
    assert with_luck(0.1, [seldom]) == 0.025, "a quarter of what the bars leave open"
    assert with_luck(0.1, []) == 0.1
    often = Luck(variance=2.0, of_bars=1.9, freedom=4.0)
    assert with_luck(0.1, [often, often]) == 1.0, "a quarter of what the seeds leave open"
    assert with_luck(2.0, [often, often]) == pytest.approx(2.0 - 3.8 + 4.0)
    random = np.random.default_rng(2)
    alike = [
        with_luck(2 * share_of_median(5), [luck_of(random.normal(size=5), 1.0) for _ in "ab"]) for _ in range(4000)
    ]
    assert np.mean(alike) == pytest.approx(2 * share_of_median(5), rel=0.07), "no luck, and on average none is seen"


def test_resamples_that_gave_a_seed_no_number_tell_nothing_of_how_seeds_differ():
    known = np.random.default_rng(3).normal(size=(2, 500))
    holed = known.copy()
    holed[0, ::2] = np.nan
    assert scatter_of_bars(list(holed)) == scatter_of_bars(list(known[:, 1::2]))
    nothing = np.full(500, np.nan)
    assert scatter_of_bars([*known, nothing]) == scatter_of_bars(list(known))
    assert scatter_of_bars([known[0], nothing]) == scatter_of_bars([]) == 0.0
    odd, even = np.where(np.arange(500) % 2, [[1.0], [np.nan]], [[np.nan], [1.0]])
    assert scatter_of_bars([odd, even]) == 0.0


def test_the_interval_covers_the_median_of_seeds_as_often_as_it_says():
    random, inside = np.random.default_rng(7), 0
    for _ in range(500):
        of_all, of_each, luck = random.normal(), random.normal(size=5), 2.0 * random.normal(size=5)
        values = of_all + of_each + luck
        drawn = list(values[:, None] + random.normal(size=400) + random.normal(size=(5, 400)))
        low, high = interval(median_over_seeds(drawn), luck=[luck_of(values, scatter_of_bars(drawn))])
        inside += low <= 0.0 <= high
    assert 0.92 <= inside / 500 <= 0.975


@pytest.mark.parametrize("draws", ["normal", "lognormal", "standard_cauchy", "uniform"])
@pytest.mark.parametrize("count", [6, 7, 9, 12])
def test_the_interval_of_a_median_covers_it_whatever_the_draws_are(count, draws):
    made = getattr(np.random.default_rng(count), draws)(size=(4000, count))
    middle = {"normal": 0.0, "lognormal": 1.0, "standard_cauchy": 0.0, "uniform": 0.5}[draws]
    inside = np.mean([low <= middle <= high for low, high in map(interval_of_median, made.tolist())])
    assert 0.935 <= inside <= 0.965


@pytest.mark.parametrize("count", [6, 8, 9, 20, 90])
def test_the_interval_of_a_median_lies_between_those_that_the_binomial_gives(count):
    low, high = interval_of_median([float(value) for value in range(count)])
    assert low + high == pytest.approx(count - 1)
    assert 2 * binom.cdf(int(low), count, 0.5) <= 0.05 < 2 * binom.cdf(int(low) + 1, count, 0.5)


def test_the_interval_of_six_draws_is_hettmanspergers_and_sheathers():
    # 1 - 2/64 and 1 - 14/64 are the levels of the six's first and second values: I = .1, and 5 I / (1 + 4 I) = .357
    low, high = interval_of_median([9.0, 1.0, 4.0, 7.0, 2.0, 5.0])
    assert (low, high) == pytest.approx((1.0 + 1.0 * 0.5 / 1.4, 9.0 - 2.0 * 0.5 / 1.4))


def test_the_interval_of_nine_draws_lies_between_their_second_value_and_the_third():
    # 1 - 20/512 and 1 - 92/512 are the levels of the second and third: I = 2.8/36, and 7 I / (2 + 5 I) = 19.6/86
    low, high = interval_of_median([81.0, 1.0, 64.0, 4.0, 49.0, 9.0, 36.0, 16.0, 25.0])
    assert (low, high) == pytest.approx((4.0 + 5.0 * 19.6 / 86, 64.0 - 15.0 * 19.6 / 86))


def test_fewer_than_six_draws_have_no_interval():
    assert [interval_of_median([1.0] * count) for count in range(6)] == [None] * 6


def test_of_no_bars_every_sum_is_nothing():
    assert draw(0, block_of(0), 1, resamples=7).sums(np.zeros((0, 3))).tolist() == [[0.0] * 3] * 7


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
