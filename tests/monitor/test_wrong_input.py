"""What may come in: each kind counted, one clear line of it, nothing lost, and the monitor stays up."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.monitoring import Watched
from gate.usecases.monitoring.clock import SteadyClock
from gate.usecases.monitoring.engine import Engine
from gate.usecases.monitoring.verdict import snapshot_of, verdict_of
from tests.live import NOW, at, engine, fed, policy, record, stream


def bar(**values):
    return record(3, **values)


BAD = {
    "cut": (record(3)[:70], "cut"),
    "not JSON": (b"Traceback (most recent call last):", "cut"),
    "NaN": (record(3).replace(b'"price": 100.0', b'"price": NaN'), "unreadable"),
    "infinite": (record(3).replace(b'"price": 100.0', b'"price": 1e400'), "unreadable"),
    "a text for a number": (bar(confidence="high"), "unreadable"),
    "no symbol": (b'{"schema":1,"time":"2026-01-01T00:00:00Z","sequence":3}', "unreadable"),
    "a time without a zone": (bar(time="2026-01-01T00:00:00"), "unreadable"),
    "another schema": (bar(schema=2), "schema"),
    "a list": (b"[1, 2]", "cut"),
    "binary": (b"\x00\xff\xfe", "cut"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_line_that_says_nothing_is_an_invalid_prediction_and_no_more(kind):
    line, problem = BAD[kind]
    monitor = fed([*stream(3), line, *stream(3, begin=4)])
    found = monitor.pooled.measured("invalid_predictions")
    assert (found.count, found.n) == (1, 7)
    assert monitor.state.problems.get(problem) == 1
    assert len([one for one in monitor.faults.said if one.startswith(problem)]) == 1


def test_a_line_that_says_nothing_of_a_new_symbol_counts_and_moves_no_numbers():
    monitor = fed([*stream(5), record(0, "NEW")[:60], *stream(2, begin=5)])
    assert monitor.pooled.measured("invalid_predictions").n == 8
    assert monitor.state.problems == {"cut": 1}


def test_doubled_records_are_dropped_and_counted():
    lines = stream(10)
    monitor = fed(lines + lines[4:6])
    assert monitor.pooled.measured("invalid_predictions").n == 10
    assert monitor.state.problems == {"doubled": 2}


def test_records_out_of_order_are_missed_first_and_taken_when_they_come():
    lines = stream(10)
    monitor = fed([*lines[:4], *lines[5:], lines[4]])
    assert monitor.pooled.measured("invalid_predictions").n == 10
    assert monitor.state.problems == {"missing": 1, "out of order": 1}


def test_a_record_that_comes_late_makes_no_change_of_regime():
    lines = [record(bar, state=1 if bar == 4 else 0) for bar in range(10)]
    monitor = fed([*lines[:4], *lines[5:], lines[4]])
    assert monitor.pooled.measured("regime_change_rate").value == 0.0


def test_records_from_the_future_are_kept_and_said_and_do_not_hide_that_none_come():
    monitor = fed([*stream(5), record(5, time="2030-01-01T00:00:00Z")])
    assert monitor.state.problems == {"future": 1}
    assert monitor.state.last_at == NOW
    assert monitor.pooled.measured("invalid_predictions").n == 6


def test_a_clock_that_goes_back_is_said():
    monitor = fed([*stream(5), record(5, time=at(1))])
    assert monitor.state.problems == {"clock": 1}


def test_records_of_a_version_that_nobody_knows_are_not_judged():
    monitor = fed([*stream(5, version="abcdef"), *stream(5, begin=5, version="other")], policy(versions=("abc",)))
    assert monitor.pooled.measured("invalid_predictions").n == 5
    assert monitor.state.problems == {"unknown version": 5}
    assert any("'other' is none of abc" in line for line in monitor.faults.said)


def test_a_flood_is_said_first_and_then_by_its_count():
    monitor = fed([b"garbage"] * 1500)
    assert len(monitor.faults.said) == 4
    assert "(1000 by now)" in monitor.faults.said[-1]


def test_hostile_names_are_one_printable_line():
    monitor = fed([record(0, symbol="A\n\x1b[31m<script>"), b'{"symbol":"\x1b]0;x\x07"'])
    assert all(line.isprintable() for line in monitor.faults.said)


def test_a_huge_jump_of_the_numbers_costs_no_memory():
    monitor = fed([record(0), record(1, sequence=10**15), record(2, sequence=10**15 + 1)])
    assert monitor.state.problems == {"missing": 10**15 - 1}
    assert len(monitor.lanes["live"].tracks["A"].missing) <= 10_000


def test_records_that_the_writer_could_not_write_are_counted():
    assert fed([record(0), record(1, lost=3)]).state.problems == {"lost": 3}


def test_fields_that_nobody_knows_are_let_through():
    assert fed([record(0, desk="rates")]).state.problems == {}


# ------------------------------------------------------------------ no records


def test_no_record_for_too_long_rings_and_is_quiet_when_they_come_again():
    monitor = engine(policy(stale_after=60.0))
    monitor.feed(stream(5), "live", NOW)
    monitor.presence.tick(NOW)
    (alert,) = monitor.take()
    assert (alert.key, alert.severity.value) == ("monitor:feed", "critical")
    assert monitor.presence.feed() is Watched.FIRING
    monitor.presence.tick(NOW)
    assert monitor.take() == []
    monitor.feed([record(5, time=NOW.isoformat())], "live", NOW)
    monitor.presence.tick(NOW)
    assert [one.kind.value for one in monitor.take()] == ["recovered"]


def test_while_none_come_nothing_is_green():
    monitor = fed(stream(100, change=0.0), policy({"prediction_errors": {"max": 0.1}}, shadow="none"))
    green = {one.state for one in snapshot_of(monitor, NOW, until=None, undelivered=0).standings}
    assert Watched.OK in green
    monitor.presence.tick(NOW)
    shown = snapshot_of(monitor, NOW, until=None, undelivered=0)
    assert Watched.OK not in {one.state for one in shown.standings}
    assert shown.feed.state is Watched.FIRING


def test_signs_of_life_keep_a_closed_market_from_ringing():
    monitor = engine(policy(stale_after=60.0))
    monitor.feed([*stream(5), record(0, "", kind="alive", time=NOW.isoformat())], "live", NOW)
    monitor.presence.tick(NOW)
    assert monitor.take() == []


def test_how_long_is_too_long_follows_the_distance_of_bars():
    assert fed(stream(20)).presence.stale_after() == 300.0
    days = [record(day, time=f"2026-01-{day + 1:02}T00:00:00Z") for day in range(10)]
    assert fed(days).presence.stale_after() == 5 * 86_400


def test_the_snapshot_is_json_and_bounded():
    monitor = fed(stream(500, symbols=("A", "B")), policy(points=50))
    raw = json.loads(msgspec.json.encode(snapshot_of(monitor, NOW, until=None, undelivered=0)))
    assert [len(series["points"]) for series in raw["series"]] == [50, 50]
    assert raw["versions"] == ["abc"]


def test_a_symbol_that_falls_silent_rings_though_the_others_go_on():
    lines = stream(20, symbols=("A", "B")) + stream(20, symbols=("A",), begin=20)
    monitor = fed(lines, policy(scope="both"))
    assert [(alert.key, alert.kind.value) for alert in monitor.alerts] == [("monitor:feed:B", "firing")]
    shown = snapshot_of(monitor, NOW, until=None, undelivered=0)
    assert (shown.feed.quiet, shown.firing) == (("B",), ("monitor:feed:B",))
    assert {one.state for one in shown.standings if one.symbol == "B"} == {Watched.UNKNOWN}
    monitor.take()
    monitor.feed([record(40, "A"), record(20, "B", time=at(40))], "live", NOW)
    assert [alert.kind.value for alert in monitor.take()] == ["recovered"]


def test_records_of_an_unknown_version_are_no_sign_of_life():
    monitor = engine(policy(versions=("abc",), stale_after=60.0))
    monitor.feed([*stream(5, version="abc"), record(5, version="x", time=NOW.isoformat())], "live", NOW)
    monitor.presence.tick(NOW)
    assert [alert.key for alert in monitor.take()] == ["monitor:feed"]


def test_signs_of_life_and_trainings_of_all_symbols_are_no_symbol():
    lines = [record(0, "", kind="alive"), record(1, "", kind="training"), *stream(10)]
    assert fed(lines).lanes["live"].symbols == 1


def test_after_a_jump_of_the_machines_clock_nothing_is_called_missing_until_it_is_steady():
    clock = SteadyClock()
    assert clock.jumped(1000.0, 0.0, 60.0) == 0.0
    assert clock.jumped(1001.0, 1.0, 60.0) == 0.0
    assert clock.trusted(1.0)
    assert clock.jumped(4602.0, 2.0, 60.0) == 3600.0
    assert [clock.trusted(at) for at in (2.0, 61.9, 62.0)] == [False, False, True]
    assert clock.jumped(1003.0, 3.0, 60.0) == -3600.0


TEXT = st.text(max_size=20)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.lists(st.floats(), max_size=4),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", at(5), "A", "bar", "crash", 1e308]),
)  # fmt: skip
FIELDS = ("schema", "time", "symbol", "sequence", "kind", "role", "version", "fit", "state", "posterior", "confidence",
          "position", "return", "price", "latency", "error", "lost")  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    changes=st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=3), max_size=6),
    noise=st.lists(st.binary(max_size=60), max_size=3),
)
def test_whatever_a_line_holds_the_monitor_stays_up_and_counts_it(changes, noise):
    lines = [json.dumps(json.loads(record(bar)) | one).encode() for bar, one in enumerate(changes, start=3)]
    monitor = fed([*stream(3), *lines, *noise, *stream(80, begin=20)])
    monitor.presence.tick(NOW)
    msgspec.json.encode(snapshot_of(monitor, NOW, until=None, undelivered=0))
    verdict_of(monitor, NOW, {})
    assert fed([], policy()).state.records == 0
    assert Engine(policy(), monitor.kept(), NOW).state.records == monitor.state.records
    assert all(line.isprintable() for line in monitor.faults.said)
