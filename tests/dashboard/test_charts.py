"""Charts: thinned without hiding anything, small, and legible in both schemes."""

import math
import re

import pytest
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from gate.domain.history import Happened, HistoryEntry
from gate.domain.limit import Limit
from gate.domain.live import Tail
from gate.domain.metric import Unit
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.report.dashboard import charts, palette
from gate.report.dashboard.states import State
from gate.report.dashboard.trail import Axis, Sighting, axis_of, thinned

ENTRY = HistoryEntry(uid="u", at="2026-01-01T00:00:00Z", kind=Happened.VERDICT, title="t")
SHARE = Axis(unit=Unit.SHARE)
floats = st.floats(allow_nan=True, allow_infinity=True) | st.none()


def judged(value, outcome=Outcome.PASS, **rest):
    values = {"limit": Limit(max=0.15), "reason": Reason.WITHIN_LIMIT, "sentence": "", "blocking": True}
    return Judgement(metric="m", outcome=outcome, candidate=value, **(values | rest))


def sighted(values, outcomes=None):
    outcomes = outcomes or [Outcome.PASS] * len(values)
    return [
        Sighting(at=1e9 + 3600.0 * place, entry=ENTRY, judgement=judged(value, outcome))
        for place, (value, outcome) in enumerate(zip(values, outcomes, strict=True))
    ]


@example(values=st.lists(st.floats(0, 1), min_size=1, max_size=300), most=st.integers(1, 60))
def test_thinning_keeps_the_extremes_the_count_and_the_last(values, most):
    buckets = thinned(sighted(values), SHARE, most)
    assert len(buckets) <= most
    assert len(values) > most or len(buckets) == len(values)
    assert sum(bucket.count for bucket in buckets) == len(values)
    if most >= len(values):
        assert [one.value for one in buckets] == values
    ends = [end for one in buckets for end in (one.low, one.high, one.value) if end is not None]
    assert (min(ends), max(ends)) == (min(values), max(values))


@example(count=st.integers(1, 5000), place=st.floats(0, 1, exclude_max=True))
@settings(max_examples=25, deadline=None)
def test_a_single_breach_among_thousands_stays_on_the_chart(count, place):
    outcomes = [Outcome.PASS] * count
    outcomes[int(place * count)] = Outcome.FAIL
    buckets = thinned(sighted([0.1] * count, outcomes), SHARE, 48)
    assert sum(bucket.state is State.BAD for bucket in buckets) == 1
    chart = charts.history(buckets, SHARE, (), height=64, describes="", words=False)
    assert any(stroke.kind == "dot-bad" for stroke in chart.strokes)


@example(values=st.lists(floats, max_size=80))
def test_every_coordinate_is_a_number_whatever_the_values(values):
    chart = charts.history(thinned(sighted(values), SHARE, 48), SHARE, (), height=200, describes="", words=True)
    for stroke in chart.strokes:
        assert re.fullmatch(r"[MLHVhvz0-9. -]+", stroke.path), stroke
    assert all(math.isfinite(word.y) for word in chart.words)


@example(value=floats, base=floats, bound=st.floats(-1e9, 1e9), live=floats)
def test_a_bullet_draws_what_is_there(value, base, bound, live):
    chart = charts.bullet(value, base if base is None or math.isfinite(base) else None, (bound,), (), live)
    finite = [one for one in (value, live) if one is not None and math.isfinite(one)]
    assert (chart is not None) == bool(finite)
    if chart:
        assert all(re.fullmatch(r"[MHhv0-9. -]+", stroke.path) for stroke in chart.strokes)


@example(
    prices=st.lists(floats, min_size=1, max_size=900),
    states=st.lists(st.sampled_from(["0", "1", "bull", ""]), min_size=1),
)
@settings(deadline=None)
def test_regimes_are_drawn_over_any_price(prices, states):
    length = min(len(prices), len(states))
    tail = Tail(
        symbol="S", at=("2026-01-01T00:00:00Z",) * length, price=tuple(prices[:length]), state=tuple(states[:length])
    )
    chart = charts.regimes(tail, height=200)
    assert all(re.fullmatch(r"[MLHVz0-9. -]*", stroke.path) for stroke in chart.strokes)


def test_the_limit_is_a_line_of_its_own_apart_from_the_interval():
    one = Sighting(at=1e9, entry=ENTRY, judgement=judged(0.1, interval=(0.08, 0.12)))
    two = Sighting(at=1e9 + 60, entry=ENTRY, judgement=judged(0.1, interval=(0.08, 0.12)))
    chart = charts.history(thinned([one, two], SHARE, 9), SHARE, (), height=60, describes="", words=False)
    assert {"band", "limit", "value"} <= {stroke.kind for stroke in chart.strokes}


def test_a_limit_that_was_changed_is_a_step():
    seen = sighted([0.1, 0.1])
    seen[0] = Sighting(at=seen[0].at, entry=ENTRY, judgement=judged(0.1, limit=Limit(max=0.2)))
    chart = charts.history(thinned(seen, SHARE, 9), SHARE, (), height=60, describes="", words=False)
    assert "V" in next(stroke.path for stroke in chart.strokes if stroke.kind == "limit")


@pytest.mark.parametrize(
    ("limit", "kind", "drawn"),
    [
        (Limit(max=0.15), "points", ""),
        (Limit(max_ratio=2.0), "ratio", "ratio"),
        (Limit(max_worse=0.05), "relative", "relative"),
        (Limit(max=3.0, max_ratio=2.0), "ratio", ""),
        (Limit(blocking=False), "points", ""),
    ],
)
def test_what_the_limit_speaks_of_is_drawn(limit, kind, drawn):
    assert axis_of(judged(0.1, limit=limit, change=1.1, change_kind=kind), None).kind == drawn


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("", 0.1, "10.0%"),
        ("ratio", 1.38, "1.38x"),
        ("relative", -0.002, "0.2% better"),
        ("points", 0.003, "0.3 pp worse"),
        ("relative", 0.0, "no change"),
        ("relative", None, "—"),
    ],
)
def test_a_change_is_better_or_worse_not_plus_or_minus(kind, value, told):
    assert Axis(unit=Unit.SHARE, kind=kind).tell(value) == told


@pytest.mark.parametrize("scheme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_the_palette_keeps_the_contrast_of_wcag_aa(scheme):
    text = [(ink, paper) for ink, papers in palette.TEXT_ON for paper in papers]
    shapes = [(ink, paper) for ink, papers in palette.SHAPES_ON for paper in papers]
    weak = [(*pair, 4.5) for pair in text if palette.contrast(*(scheme[one] for one in pair)) < 4.5]
    weak += [(*pair, 3.0) for pair in shapes if palette.contrast(*(scheme[one] for one in pair)) < 3.0]
    assert weak == []


def test_both_schemes_name_the_same_colours_and_black_on_white_is_21():
    assert palette.LIGHT.keys() == palette.DARK.keys()
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
