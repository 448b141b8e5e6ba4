"""The rules and the table of `benchmarks/peers`."""

import json
from dataclasses import asdict

import pytest

from benchmarks.peers.table import HEAD, ColdRun, Row, cells, markdown, pooled
from benchmarks.peers.tools import CANDIDATES, Decided, hyperfine_says, percent


def times(mean, stddev):
    return {"mean": mean, "stddev": stddev}


def test_hyperfine_says_slower_where_the_ratio_less_its_uncertainty_is_beyond_the_margin():
    assert hyperfine_says(times(1.0, 0.0), times(1.26, 0.0), 1.25)
    assert not hyperfine_says(times(1.0, 0.0), times(1.25, 0.0), 1.25)
    assert not hyperfine_says(times(1.0, 0.03), times(1.3, 0.04), 1.25)


@pytest.mark.parametrize(("ratio", "threshold"), [(1.25, "mean:25%"), (3.0, "mean:200%"), (1.1, "mean:10%")])
def test_a_ratio_is_the_percentage_that_is_added(ratio, threshold):
    assert percent(ratio) == threshold


def test_a_row_counts_decisions_and_says_their_cost_in_cold_runs():
    decided = Decided(slower=True, over=False, loads=2, seconds=3.0)
    row = Row(tool="a", where="b", blocks=[dict.fromkeys(CANDIDATES, decided)] * 4, cold=[ColdRun(load=1.5, work=0.5)])
    assert row.cost == pytest.approx((2 * 1.5 + 3.0) / 2.0)
    assert cells(row) == ("a", "b", "4", *["100% (40%–100%)"] * len(CANDIDATES), "0% (0%–60%)", "3.0")
    assert {line.count("|") for line in markdown([row]).splitlines()} == {len(HEAD) + 1}


def test_runs_at_different_times_add_up():
    blocks = [dict.fromkeys(CANDIDATES, Decided(slower=slower, over=False, loads=1, seconds=1.0)) for slower in (0, 1)]
    here, there = (Row(tool="a", where=where, blocks=blocks, cold=[ColdRun(load=1, work=1)]) for where in "xy")
    kept = json.loads(json.dumps([asdict(here), asdict(here)]))
    added, alone = pooled([here, there], kept)
    assert added.slower(CANDIDATES[0]) == (3, 6)
    assert len(added.cold) == 3
    assert alone == there
