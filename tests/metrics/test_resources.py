"""What CPU and memory are read as, by hand."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from scipy.stats import theilslopes

from gate.domain.observation import MemoryReading, Pair
from gate.domain.version import Role
from gate.metrics import resources
from gate.metrics.resources import LEAST_SECONDS, MIB, PROCESS_SPREAD, READING_SPREAD, WHOLE
from tests.build import BOTH, evidence, pairs, reading, run, settings

B, C = Role.BASELINE, Role.CANDIDATE


def pair(baseline, candidate, again=None):
    return Pair(symbol="A", first=B, baseline=baseline, candidate=candidate, again=again)


# ------------------------------------------------------------------ CPU


def test_the_whole_process_is_imports_fit_and_predict():
    one = reading(fit=1.0, predict=0.5, imports=2.0)
    assert [resources.part_seconds(one, part) for part in resources.CPU_PARTS] == [1.0, 0.5, 3.5]


def test_ratios_are_candidate_over_baseline_and_nothing_is_below_the_floor_or_the_clocks_step():
    timed = [pair(reading(fit=1.0), reading(fit=2.0)), pair(reading(fit=0.0), reading(fit=0.5))]
    assert resources.log_ratios(timed, "fit") == pytest.approx(np.log([2.0, 0.5 / LEAST_SECONDS]))
    assert resources.log_ratios(timed, "fit", 0.25) == pytest.approx(np.log([2.0, 2.0]))
    assert resources.log_ratios(timed[::-1], "fit", 4.0).tolist() == [0.0, 0.0]
    assert resources.log_ratios([], "fit").shape == (0,)


def test_identical_code_is_read_from_the_baseline_timed_twice():
    once, more = reading(fit=1.0, predict=1.0), reading(fit=9.0, predict=9.0)
    timed = (
        pair(once, more, again=reading(fit=1.0, predict=2.0)),
        pair(once, more, again=reading(fit=0.5, predict=0.5)),
        pair(once, more),
        pair(once, more, again=once),
    )
    assert resources.identical_code(timed) == (0.5, 1.5)
    assert resources.identical_code(pairs()) is None
    nothing = reading(fit=0.0, predict=0.0)
    assert resources.identical_code((pair(nothing, more, again=nothing),)) == (1.0, 1.0)
    assert resources.identical_code((pair(nothing, more, again=once),))[0] == pytest.approx(2.0 / 1e-9)
    assert resources.identical_code((pair(once, more, again=nothing),))[0] == pytest.approx(1e-9 / 2.0)


def test_the_seconds_of_a_role_are_medians_of_its_own_readings():
    timed = tuple(pair(reading(fit=f, predict=f + 10.0, imports=f + 20.0), reading(fit=100.0)) for f in (1.0, 2.0, 6.0))
    found = evidence([], timed=timed)
    parts = {m.part: (m.metric, m.role, m.value, m.n) for m in resources.cpu(found, B)}
    assert parts == {
        "fit": ("cpu", B, 2.0, 3),
        "predict": ("cpu", B, 12.0, 3),
        WHOLE: ("cpu", B, 36.0, 3),
        "imports": ("cpu", B, 22.0, 3),
    }
    assert {m.part: m.value for m in resources.cpu(found, C)}["fit"] == 100.0
    imports = resources.import_cpu(found, B)
    assert (imports.metric, imports.role, imports.value, imports.n) == ("import_cpu", B, 22.0, 3)
    assert [(m.value, m.n) for m in resources.cpu(evidence([], timed=()), C)] == [(None, 0)] * 4


# ------------------------------------------------------------------ memory


def cold(rest, fit, predict):
    return MemoryReading(rest=rest, fit_peak=fit, predict_peak=predict, method="test")


def test_peaks_are_the_higher_of_fit_and_predict_and_the_models_own_are_above_what_rested():
    runs = [run(C, seed=seed, memory=cold(*m)) for seed, m in enumerate([(10, 12, 15), (10, 19, 15), (10, 13, 12)])]
    found = evidence([*runs, run(C, seed=3, memory=None), run(B, memory=cold(1, 2, 3))])
    own, whole = resources.memory(found, C)
    assert (own.metric, own.role, own.part, own.value, own.n) == ("memory", C, "model", 5.0, 3)
    assert (whole.metric, whole.role, whole.part, whole.value, whole.n) == ("memory", C, WHOLE, 15.0, 3)


def test_both_parts_of_the_memory_are_compared_under_the_floor_of_the_limit():
    runs = [run(B, memory=cold(100, 101, 100)), run(C, memory=cold(200, 203, 200))]
    own, whole = resources.memory_ratios(evidence(runs, under=settings({"memory": {"floor": 2.0}})))
    assert (own.part, own.change, whole.part, whole.change) == ("model", 1.5, WHOLE, 203 / 101)
    unfloored, _ = resources.memory_ratios(evidence(runs, under=settings({"memory": {"floor": None}})))
    assert unfloored.change == 3.0
    idle = [run(B, memory=cold(100, 100, 100)), run(C, memory=cold(200, 203, 200))]
    nothing, _ = resources.memory_ratios(evidence(idle, under=settings({"memory": {"floor": None}})))
    assert nothing.change is None


def test_the_interval_of_a_memory_ratio_is_that_of_readings_a_little_off():
    ours, theirs = 40 * MIB, 60 * MIB
    one = resources.memory_ratio("model", ours, theirs, 1.0)
    assert (one.metric, one.part, one.change, one.kind, one.n) == ("memory", "model", 1.5, "ratio", 1)
    assert one.low == pytest.approx((theirs - READING_SPREAD) / (ours + READING_SPREAD))
    assert one.high == pytest.approx((theirs + READING_SPREAD) / (ours - READING_SPREAD))
    slack = READING_SPREAD + PROCESS_SPREAD * ours
    whole = resources.memory_ratio(WHOLE, ours, theirs, 1.0)
    assert whole.low == pytest.approx((theirs - slack) / (ours + slack))
    assert whole.high == pytest.approx((theirs + slack) / (ours - slack))


@pytest.mark.parametrize(("ours", "theirs", "floor"), [(None, 5.0, 1.0), (5.0, None, 1.0), (0.0, 5.0, 0.0)])
def test_without_a_peak_to_divide_by_there_is_no_ratio(ours, theirs, floor):
    none = resources.memory_ratio(WHOLE, ours, theirs, floor)
    assert (none.metric, none.part, none.change, none.kind, none.low, none.high, none.n) == (
        "memory",
        WHOLE,
        None,
        "ratio",
        None,
        None,
        0,
    )


def test_peaks_below_the_floor_count_as_the_floor_and_never_as_less_than_a_byte():
    one = resources.memory_ratio("model", 3.0, 8.0, 4.0)
    assert (one.change, one.low) == (2.0, 4.0 / (3.0 + READING_SPREAD))
    assert one.high == (8.0 + READING_SPREAD) / 4.0
    assert resources.memory_ratio("model", 0.0, 0.0, 1.0).change == 1.0
    assert resources.memory_ratio("model", 0.5, 2.0, 0.0).change == 2.0


# ------------------------------------------------------------------ growth


def growing(role, slope, seed=0, noise=300.0, count=40, **changes):
    """A run whose memory grows by about this many bytes a call."""
    calls = np.arange(10, 10 * count + 10, 10, dtype=np.int32)
    wobble = np.random.default_rng(seed).normal(0.0, noise, count)
    return run(role, seed=seed, rss_calls=calls, rss_bytes=(1e8 + slope * calls + wobble).astype(np.int64), **changes)


def settled(one):
    keep = one.rss_calls >= one.rss_calls.max() * 0.25
    return one.rss_calls[keep], one.rss_bytes[keep]


def test_growth_is_the_theil_sen_slope_once_memory_has_settled():
    one = growing(C, 50.0)
    calls, size = settled(one)
    known = theilslopes(size, calls)
    assert resources.growth(one) == pytest.approx((known.low_slope, known.slope, known.high_slope))


@pytest.mark.parametrize("seed", [4, 17])
def test_memory_comes_in_pages_and_readings_of_as_many_say_less(seed):
    random = np.random.default_rng(seed)
    calls = (1000 + np.cumsum(random.integers(1, 9, 20))).astype(np.int32)
    size = 4096 * np.sort(random.integers(0, 3, 20))
    random.shuffle(size[6:])
    known = theilslopes(size, calls)
    found = resources.growth(run(rss_calls=calls, rss_bytes=size))
    assert found == pytest.approx((known.low_slope, known.slope, known.high_slope))


def test_few_slopes_are_bounded_by_the_least_and_the_largest():
    calls, size = np.array([100] * 7 + [101]), np.array([*range(7), 10])
    assert resources.growth(run(rss_calls=calls, rss_bytes=size)) == (4.0, 7.0, 10.0)


def test_what_is_read_before_a_quarter_of_the_calls_is_warm_up():
    one = growing(C, 0.0, noise=0.0)
    at = np.arange(40)
    warm = np.where(one.rss_calls < 100, 1e6 * at, 9e6).astype(np.int64)  # settled exactly at a quarter
    assert resources.growth(replace(one, rss_bytes=warm)) == (0.0, 0.0, 0.0)
    late = np.where(one.rss_calls <= 100, 1e6 * at, 1e6 * 9 + 1).astype(np.int64)
    assert resources.growth(replace(one, rss_bytes=late))[2] >= 0.0


def test_eight_readings_have_a_slope_and_seven_have_none():
    def of(count):
        return resources.growth(run(rss_calls=np.arange(100, 100 + count), rss_bytes=5 * np.arange(count)))

    assert of(8) == pytest.approx((5.0, 5.0, 5.0))
    assert of(7) is None
    assert of(0) is None
    assert resources.growth(run(rss_calls=np.full(9, 5), rss_bytes=np.arange(9))) is None  # all at one call


def test_readings_at_the_same_call_are_no_slope():
    calls = np.repeat(np.arange(100, 110), 2)
    assert resources.growth(run(rss_calls=calls, rss_bytes=7 * calls + np.tile([0, 0], 10))) == (7.0, 7.0, 7.0)


def test_growth_of_a_role_is_the_median_of_its_runs():
    runs = [growing(C, slope, seed) for seed, slope in enumerate((10.0, 20.0, 60.0))]
    short = run(C, seed=9, rss_calls=np.arange(3), rss_bytes=np.arange(3))
    found = resources.memory_growth(evidence([*runs, short, growing(B, 500.0)]), C)
    known = np.median([resources.growth(one) for one in runs], axis=0)
    assert (found.metric, found.role, found.n) == ("memory_growth", C, 123)
    assert (found.low, found.value, found.high) == pytest.approx(tuple(known))
    nothing = resources.memory_growth(evidence([short]), C)
    assert (nothing.value, nothing.low, nothing.high, nothing.n) == (None, None, None, 3)


def test_the_difference_in_growth_has_the_interval_of_two_independent_slopes():
    found = evidence([growing(B, 10.0, 1), growing(C, 40.0, 2)])
    ours, theirs = (resources.memory_growth(found, role) for role in BOTH)
    worse = resources.growth_difference(found)
    down = np.hypot(theirs.value - theirs.low, ours.high - ours.value)
    up = np.hypot(theirs.high - theirs.value, ours.value - ours.low)
    assert (worse.metric, worse.kind, worse.n) == ("memory_growth", "difference", 2)
    assert worse.change == pytest.approx(theirs.value - ours.value)
    assert (worse.low, worse.high) == pytest.approx((worse.change - down, worse.change + up))
    assert down != pytest.approx(up, rel=1e-3)


@pytest.mark.parametrize("role", BOTH)
def test_growth_of_one_version_alone_is_compared_with_nothing(role):
    none = resources.growth_difference(evidence([growing(role, 10.0)]))
    assert none == msgspec.structs.replace(none, metric="memory_growth", kind="difference", change=None)
    assert (none.low, none.high, none.n) == (None, None, 0)
