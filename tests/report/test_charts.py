import struct
import time
from dataclasses import replace

import numpy as np
import pytest

from gate.domain.series import Reliability, Series
from gate.domain.version import Role
from gate.report import charts
from gate.report.diagrams import trailing_change_rate
from tests.report import records

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size(png):
    return struct.unpack(">II", png[16:24])


def with_roles(series, change):
    symbols = (replace(one, roles=tuple(change(role) for role in one.roles)) for one in series.symbols)
    return replace(series, symbols=tuple(symbols))


@pytest.mark.parametrize(("symbols", "bars"), [(1, 300), (2, 2), (16, 800)])
def test_four_pictures_as_wide_as_a_comment(symbols, bars):
    pictures = charts.draw(records.series(symbols, bars)) if bars > 200 else charts.draw(_short(bars))
    assert sorted(pictures) == ["confidence.png", "equity.png", "memory.png", "regimes.png"]
    for png in pictures.values():
        assert png.startswith(SIGNATURE)
        assert size(png)[0] == 1000
        assert size(png)[1] < 1400


def _short(bars):
    whole = with_roles(
        records.series(1),
        lambda role: replace(
            role, state=role.state[:bars], confidence=role.confidence[:bars], equity=role.equity[:bars]
        ),
    )
    return replace(
        whole, symbols=tuple(replace(one, time=one.time[:bars], close=one.close[:bars]) for one in whole.symbols)
    )


def test_the_same_series_gives_the_same_bytes():
    assert charts.draw(records.series(1, 300)) == charts.draw(records.series(1, 300))


def test_nothing_to_draw_draws_nothing():
    assert charts.draw(Series(symbols=())) == {}


@pytest.mark.parametrize("tenths", [1, 2, 10])
def test_how_often_a_version_is_right_is_drawn_where_it_is_known(tenths):
    sure, right = np.linspace(0.6, 1.0, tenths), np.linspace(0.5, 0.9, tenths)
    known = tuple(Reliability(role=role, confidence=sure, right=right, error=0.1) for role in Role)
    png = charts.draw(replace(records.series(1, 300), reliability=known))["reliability.png"]
    assert size(png)[0] == 1000
    assert "reliability.png" not in charts.draw(records.series(1, 300))


def test_memory_is_left_out_where_it_was_not_watched():
    assert "memory.png" not in charts.draw(replace(records.series(1, 300), memory=()))


def test_a_version_that_hands_out_nothing_is_still_drawn():
    nothing = np.full(300, np.nan)
    blank = with_roles(
        records.series(1, 300),
        lambda role: replace(role, confidence=nothing, equity=nothing, state=np.full_like(role.state, -1)),
    )
    assert len(charts.draw(blank)) == 4


def test_a_hostile_symbol_is_only_a_name():
    series = records.series(1, 300)
    named = replace(series, symbols=tuple(replace(one, symbol="$\\frac{$ \ud800 中 🔥\n") for one in series.symbols))
    assert len(charts.draw(named)) == 4


def test_thirty_times_the_bars_do_not_cost_ten_times_the_cpu():
    short, long = records.series(2, 300), records.series(2, 9000)
    charts.draw(short)  # what is loaded at the first picture is not of the bars

    def cost(series):
        before = time.process_time()
        charts.draw(series)
        return time.process_time() - before

    assert min(cost(long) for _ in range(3)) < 10 * min(cost(short) for _ in range(3))


def test_the_trailing_rate_counts_changes_among_valid_bars_only():
    rate = trailing_change_rate(np.array([0, 1, -1, 0, 1, 1, 1], dtype=np.int32), 4)
    assert np.isnan(rate[:5]).all() or np.nanmax(rate) <= 1
    assert rate[-1] == pytest.approx(1 / 3)
