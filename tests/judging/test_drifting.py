"""A level that changed is found, noise is not, and nobody is warned of what became better."""

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.drift import FEWEST, Course, Drift, Point, Track
from gate.domain.history import Glance, Happened, JudgementGlance, VerdictGlance, VersionGlance
from gate.domain.limit import Limit
from gate.domain.metric import Unit
from gate.domain.verdict import Outcome, Reason, Verdict
from gate.judging.drifting import SHORTEST, change_points, drift_of, drifts, tracks
from gate.metrics.registry import METRICS


def correlated(count, phi=0.6, seed=0):
    """An AR(1) process of variance 1."""
    random = np.random.default_rng(seed)
    value, found = random.normal(), []
    for _ in range(count):
        value = phi * value + math.sqrt(1 - phi**2) * random.normal()
        found.append(value)
    return np.array(found)


def track(values, *, higher_is_worse=True, limit=0.15):
    points = tuple(
        Point(
            uid=f"v{n}",
            at=f"2026-01-01T{n // 60:02d}:{n % 60:02d}:00Z",
            sha=f"{n:040x}",
            value=float(value),
            limit=limit,
        )
        for n, value in enumerate(values)
    )
    return Track(
        metric="regime_change_rate",
        title="Regime change rate",
        unit=Unit.SHARE,
        ratio=False,
        higher_is_worse=higher_is_worse,
        points=points,
    )


def risen(count=120, at=70, by=0.027):
    values = 0.083 + 0.008 * correlated(count)
    values[at:] += by
    return values


def test_a_rise_from_8_to_11_percent_is_found_where_it_began():
    found = drift_of(track(risen()))
    assert found.course is Course.WORSE
    (change,) = found.changes
    assert abs(change.place - 70) <= 3
    assert change.uid == f"v{change.place}"
    assert change.sha == f"{change.place:040x}"
    assert change.before == pytest.approx(0.083, abs=0.006)
    assert change.after == pytest.approx(0.110, abs=0.006)


def test_what_became_better_is_said_and_no_warning():
    assert drift_of(track(risen(by=-0.027))).course is Course.BETTER
    assert drift_of(track(risen(), higher_is_worse=False)).course is Course.BETTER
    assert drift_of(track(risen(by=-0.027), higher_is_worse=False)).course is Course.WORSE


def test_what_was_mended_since_is_no_warning_and_both_changes_are_shown():
    values = risen(200, 70)
    values[140:] -= 0.027
    found = drift_of(track(values))
    assert [change.worse for change in found.changes] == [True, False]
    assert found.course is Course.BETTER


def test_correlated_noise_alone_is_steady():
    courses = [drift_of(track(0.083 + 0.008 * correlated(120, seed=seed))).course for seed in range(20)]
    assert courses.count(Course.STEADY) >= 19


def test_of_many_metrics_each_must_be_surer():
    noise = [track(0.083 + 0.008 * correlated(60, 0.8, seed)) for seed in range(60)]
    alone = sum(drift_of(one).course is not Course.STEADY for one in noise)
    together = sum(one.course is not Course.STEADY for one in drifts(noise))
    assert together <= alone


def test_a_metric_that_never_moves_is_steady_and_one_that_steps_once_is_found():
    assert drift_of(track([0.0] * 100)).course is Course.STEADY
    found = drift_of(track([1.0] * 60 + [2.0] * 40))
    assert [(change.place, change.before, change.after) for change in found.changes] == [(60, 1.0, 2.0)]


def test_a_single_bad_night_is_no_level():
    values = [0.0] * 100
    values[50] = 1.0
    assert drift_of(track(values)).course is Course.STEADY


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1])
def test_a_short_history_has_no_course(count):
    found = drift_of(track(risen()[:count]))
    assert (found.course, found.points) == (Course.TOO_SHORT, count)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=FEWEST, max_size=80))
def test_levels_are_of_a_least_length_in_order_and_within_the_history(values):
    places, correlation = change_points(values)
    edges = (0, *places, len(values))
    assert all(later - earlier >= SHORTEST for earlier, later in pairwise(edges))
    assert 0 <= correlation < 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1e-9, 1.0, 1e9]), st.sampled_from([-5.0, 0.0, 3.0]))
def test_unit_and_origin_change_nothing(seed, scale, origin):
    values = correlated(60, seed=seed)
    values[30:] += 4
    assert change_points(list(values))[0] == change_points(list((values + origin) * scale))[0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_among_more_metrics_never_more_is_found(seed):
    values = list(correlated(60, 0.7, seed))
    assert len(change_points(values, among=20)[0]) <= len(change_points(values, among=1)[0])


# ------------------------------------------------------------------ out of verdicts


def glance(number, *judgements, source="nightly", quick=False, kind=Happened.VERDICT):
    verdict = VerdictGlance(
        verdict=Verdict.PASS,
        reason="",
        quick=quick,
        judgements=judgements,
        baseline=None,
        candidate=VersionGlance(ref="main", sha="a" * 40),
    )
    return Glance(
        uid=f"v{number}", at="2026-01-01T00:00:00Z", kind=kind, title="", source=source, sha="a" * 40, verdict=verdict
    )


def judged(metric, candidate=None, limit=Limit(), **more):  # noqa: B008  frozen
    return JudgementGlance(
        metric=metric,
        outcome=Outcome.PASS,
        reason=Reason.WITHIN_LIMIT,
        blocking=True,
        candidate=candidate,
        limit=limit,
        **more,
    )


def test_a_ratio_is_followed_as_a_ratio_and_more_of_it_is_worse():
    (cpu,) = tracks([glance(0, judged("cpu", 0.02, Limit(max_ratio=3.0), change=1.2, change_kind="ratio"))], METRICS)
    assert cpu.ratio
    assert cpu.higher_is_worse
    assert [(point.value, point.limit) for point in cpu.points] == [(1.2, 3.0)]


def test_a_gap_is_a_gap_and_never_nought():
    rate = "regime_change_rate"
    one = [glance(0, judged(rate, 0.08)), glance(1, judged(rate)), glance(2), glance(3, judged(rate, math.inf))]
    (found,) = tracks(one, METRICS)
    assert [point.value for point in found.points] == [0.08]
    assert found.gaps == 3


def test_quick_looks_and_other_sources_are_left_out():
    rate = judged("confidence", 0.9)
    all_ = [
        glance(0, rate),
        glance(1, rate, quick=True),
        glance(2, rate, source="local"),
        glance(3, rate, kind=Happened.DRILL),
    ]
    assert [point.uid for point in tracks(all_, METRICS)[0].points] == ["v0", "v2"]
    assert [point.uid for point in tracks(all_, METRICS, sources=frozenset({"local"}))[0].points] == ["v2"]
    assert not tracks(all_, METRICS)[0].higher_is_worse


def test_a_metric_that_nobody_knows_any_more_is_left_out():
    assert tracks([glance(0, judged("of_another_gate", 1.0))], METRICS) == ()


def test_the_answer_can_be_written_down():
    found = drift_of(track(risen()))
    assert msgspec.json.decode(msgspec.json.encode(found))["course"] == "worse"


def test_a_rise_that_is_half_mended_can_be_written_down_too():
    found = drift_of(track(np.repeat([0.0, 4.0, 2.0], 40) + correlated(120, 0.0, 1)))
    assert [change["place"] for change in msgspec.json.decode(msgspec.json.encode(found))["changes"]] == [40, 80]


# ------------------------------------------------------------------ field by field


def test_of_a_short_history_its_points_and_gaps_are_told():
    short = msgspec.structs.replace(track([0.1] * 3), gaps=2)
    assert drift_of(short) == Drift(metric="regime_change_rate", course=Course.TOO_SHORT, points=3, gaps=2)


def test_a_drift_tells_its_points_gaps_and_correlation():
    whole = msgspec.structs.replace(track(risen()), gaps=4)
    places, correlation = change_points([point.value for point in whole.points])
    found = drift_of(whole)
    assert (found.metric, found.points, found.gaps) == ("regime_change_rate", 120, 4)
    assert [change.place for change in found.changes] == list(places)
    assert found.correlation == correlation > 0.0


def test_a_change_stands_between_the_levels_on_both_sides_of_it():
    values = [1.0] * 20 + [5.0] * 20 + [2.0] * 20
    first, second = drift_of(track(values)).changes
    assert (first.place, first.before, first.after, first.worse) == (20, 1.0, 5.0, True)
    assert (second.place, second.before, second.after, second.worse) == (40, 5.0, 2.0, False)
    assert (second.uid, second.at, second.sha) == ("v40", "2026-01-01T00:40:00Z", f"{40:040x}")


def test_among_many_each_is_looked_at_as_one_of_those_that_are_long_enough():
    long, short = track(0.083 + 0.008 * correlated(60, 0.8, 1)), track([0.1] * (FEWEST - 1))
    assert drifts([long, short]) == (drift_of(long, among=1), drift_of(short))
    many = [track(0.083 + 0.008 * correlated(60, 0.8, seed)) for seed in range(9)]
    assert drifts(many) == tuple(drift_of(one, among=9) for one in many)
    least = track(risen()[:FEWEST])
    assert drifts([long, least])[0] == drift_of(long, among=2)


def test_the_more_are_looked_at_together_the_surer_each_must_be():
    one, two = track(0.083 + 0.008 * correlated(60, 0.8, 19)), track(0.083 + 0.008 * correlated(60, 0.8, 27))
    assert [len(drift_of(one, among=among).changes) for among in (1, 2)] == [2, 0]
    assert [len(drift_of(two, among=among).changes) for among in (2, 9)] == [2, 0]
    assert drifts([one, track(risen()[:FEWEST])])[0].changes == ()
    assert len(drifts([one])[0].changes) == len(drift_of(one).changes) == 2
    assert len(change_points([point.value for point in one.points])[0]) == 2


def test_a_history_of_the_fewest_points_is_looked_at():
    assert drift_of(track([0.1] * FEWEST)).course is Course.STEADY


def test_the_first_level_begins_with_the_first_point():
    values = risen()
    values[0] += 0.005
    (change,) = drift_of(track(values)).changes
    assert change.before == pytest.approx(values[: change.place].mean())
    assert change.after == pytest.approx(values[change.place :].mean())


def test_the_correlation_of_what_never_changed_level_is_kendalls():
    values = correlated(120, 0.5, seed=2)
    places, found = change_points(list(values))
    assert places == ()
    left = values - values.mean()
    seen = float(left[1:] @ left[:-1]) / float(left @ left)
    assert found == pytest.approx(seen + (1 + 3 * seen) / 120)


def test_the_correlation_beside_two_levels_is_of_what_each_leaves():
    values = np.concatenate([correlated(60, 0.4, 3), 30 + correlated(60, 0.4, 4)])
    places, found = change_points(list(values))
    assert places == (60,)
    left = np.concatenate([part - part.mean() for part in (values[:60], values[60:])])
    seen = float(left[1:] @ left[:-1]) / float(left @ left)
    assert found == pytest.approx(seen + (1 + 3 * seen) * 2 / 120)


def test_a_correlation_is_no_less_than_none_and_never_whole():
    wavering = [(-1.0) ** number for number in range(60)]
    assert change_points(wavering) == ((), 0.0)
    assert change_points(list(np.cumsum(correlated(40, 0.0, 5)) * 0.01 + np.arange(40.0)))[1] <= 0.98


def test_too_few_points_and_points_that_do_not_move_have_no_changes():
    assert change_points([]) == ((), 0.0)
    assert change_points([1.0] * 5 + [9.0] * (FEWEST - 6)) == ((), 0.0)
    assert change_points([1e6] * 40 + [1e6 + 1e-7] * 40) == ((), 0.0)
    assert change_points([0.0] * 80) == ((), 0.0)
    assert change_points([1e6] * 40 + [1e6 + 1e-3] * 40)[0] == (40,)
    assert change_points([1.0] * (FEWEST - 10) + [9.0] * 10)[0] == (FEWEST - 10,)


@pytest.mark.parametrize(("before", "after"), [(1.0, 2.0), (0.1, 0.7), (0.3, 0.1), (5.0, 2.0)])
def test_levels_without_noise_leave_nothing_that_could_correlate(before, after):
    assert change_points([before] * 37 + [after] * 44) == ((37,), 0.0)
    assert change_points([before] * 37 + [after] * 44 + [before] * 20) == ((37, 81), 0.0)


def test_a_small_step_beside_a_large_one_is_found_where_nothing_else_moves():
    assert change_points([0.0] * 40 + [1.0] * 40 + [1.1] * 40)[0] == (40, 80)
    assert change_points([0.0] * 40 + [1.0] * 40 + [1.0001] * 40)[0] == (40, 80)


def test_what_rounding_leaves_in_a_long_history_is_no_change():
    assert change_points([0.90056029605617] * 914 + [0.25161810467999846] * 1086)[0] == (914,)
    assert change_points([0.4413586394246871] * 931 + [0.406315392012355] * 1069)[0] == (931,)


def test_a_rise_that_was_mended_is_found_before_a_larger_one():
    values = np.repeat([0.0, 3.0, 0.0, 12.0], 30) + correlated(120, 0.3, 0)
    assert change_points(list(values))[0] == (30, 60, 90)


@pytest.mark.parametrize("levels", [[0.0, 5.0, 0.0, 5.0], [0.0, 5.0, 0.0, 5.0, 0.0]])
def test_what_rises_and_falls_again_and_again_is_found_each_time(levels):
    values = np.repeat(levels, 20) + correlated(20 * len(levels), 0.3, 1)
    assert change_points(list(values))[0] == tuple(range(20, 20 * len(levels), 20))


def test_a_track_is_named_as_its_metric_and_its_points_as_their_verdicts():
    (found,) = tracks([glance(7, judged("regime_change_rate", 0.08, Limit(max=0.15)))], METRICS)
    metric = METRICS["regime_change_rate"]
    assert found == Track(
        metric="regime_change_rate",
        title=metric.title,
        unit=metric.unit,
        ratio=False,
        higher_is_worse=True,
        points=(Point(uid="v7", at="2026-01-01T00:00:00Z", sha="a" * 40, value=0.08, limit=0.15),),
        gaps=0,
    )


def test_a_limit_is_the_ratios_the_most_or_the_least():
    def limit_of(metric, limit, **more):
        return tracks([glance(0, judged(metric, 0.5, limit, **more))], METRICS)[0].points[0].limit

    assert limit_of("confidence", Limit(min=0.7)) == 0.7
    assert limit_of("confidence", Limit(min=0.7, max=0.9)) == 0.9
    assert limit_of("confidence", Limit()) is None
    assert limit_of("cpu", Limit(max=9.0, max_ratio=3.0), change=1.5, change_kind="ratio") == 3.0


def test_once_a_metric_was_held_to_a_ratio_what_was_not_is_a_gap():
    ratio = judged("cpu", 0.02, Limit(max_ratio=3.0), change=1.2, change_kind="ratio")
    plain = judged("cpu", 0.02, Limit(max=1.0), change=0.1, change_kind="relative")
    (found,) = tracks([glance(0, ratio), glance(1, plain)], METRICS)
    assert ([point.value for point in found.points], found.gaps) == ([1.2], 1)


def test_each_metric_has_a_track_in_the_order_in_which_they_come():
    one = glance(0, judged("confidence", 0.9), judged("of_another_gate", 1.0), judged("regime_change_rate", 0.1))
    two = glance(1, judged("prediction_errors", 0.0))
    found = tracks(iter([one, two, msgspec.structs.replace(one, uid="v2", verdict=None)]), METRICS)
    assert [(each.metric, each.gaps) for each in found] == [
        ("confidence", 1),
        ("regime_change_rate", 1),
        ("prediction_errors", 1),
    ]
