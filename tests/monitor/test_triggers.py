"""When it rings, and when it is quiet again."""

import json
from itertools import zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.monitoring import Watched
from gate.judging.live import Rule, Trigger, Turn, tightened
from gate.metrics.live import Tally, Windows
from gate.metrics.registry import DEFAULT_LIMITS, METRICS
from gate.usecases.monitoring.verdict import snapshot_of, verdict_of
from tests.live import NOW, engine, fed, policy, record, stream, told

RULE = Rule(long=60, short=10, minimum=20, bars=2, clear=0.8, pooled=True, each=False)


def keys(monitor):
    return [(alert.key, alert.kind.value) for alert in monitor.alerts]


def test_healthy_bars_ring_nothing():
    assert fed(stream(300)).alerts == []


def test_a_state_that_flickers_rings_once_and_ends_once():
    lines = stream(100) + stream(40, begin=100, change=0.8) + stream(100, begin=140, change=0.0)
    assert keys(fed(lines)) == [("monitor:regime_change_rate", "firing"), ("monitor:regime_change_rate", "recovered")]


def test_one_bad_bar_does_not_ring():
    lines = stream(100, change=0.0)
    lines[50] = record(50, state=None, posterior=None)
    assert fed(lines).alerts == []


@pytest.mark.parametrize(
    ("metric", "wrong"),
    [
        ("invalid_predictions", {"state": None, "posterior": None}),
        ("prediction_errors", {"state": None, "posterior": None, "error": "ValueError: no"}),
        ("confidence", {"posterior": [0.5, 0.25, 0.25]}),
    ],
)
def test_each_limit_rings_on_what_it_is_about(metric, wrong):
    monitor = fed(stream(100, change=0.0) + [record(bar, **wrong) for bar in range(100, 140)])
    assert (f"monitor:{metric}", "firing") in keys(monitor)


def test_a_crash_rings_at_once_and_is_critical():
    lines = [*stream(5), record(5, kind="crash", error="SIGSEGV")]
    (alert,) = fed(lines).alerts
    assert (alert.key, alert.severity.value) == ("monitor:strategy_crashes", "critical")
    assert "[SIGSEGV]" in alert.text


def test_a_crash_is_over_when_a_whole_window_has_none():
    monitor = fed([record(0, kind="crash", error="x"), *stream(80, begin=1, change=0.0)])
    assert keys(monitor) == [("monitor:strategy_crashes", "firing"), ("monitor:strategy_crashes", "recovered")]


def test_failed_trainings_ring_above_five_percent_of_enough_attempts():
    def tried(count, failed):
        return [record(bar, kind="training", error="no" if bar < failed else None) for bar in range(count)]

    assert fed(tried(4, 1)).alerts == []
    assert keys(fed(tried(5, 1))) == [("monitor:training_failures", "firing")]


def test_too_little_is_unknown_and_never_green():
    for lines in ([], stream(5)):
        snapshot = snapshot_of(fed(lines), NOW, until=None, undelivered=0)
        bars = [one for one in snapshot.standings if one.metric in ("regime_change_rate", "confidence")]
        assert {one.state for one in bars} == {Watched.UNKNOWN}


def test_without_a_shadow_run_performance_is_unknown_and_the_verdict_inconclusive():
    monitor = fed(stream(300), policy({"prediction_errors": {"max": 0.1}}))
    verdict = verdict_of(monitor, NOW, {})
    assert verdict.verdict.value == "INCONCLUSIVE"
    assert "there is no shadow run" in verdict.reason


def test_who_says_that_there_is_no_shadow_run_is_not_asked_for_one():
    monitor = fed(stream(300), policy({"prediction_errors": {"max": 0.1}}, shadow="none"))
    verdict = verdict_of(monitor, NOW, {})
    assert verdict.verdict.value == "PASS", verdict.reason
    assert any("no shadow run" in note for note in verdict.not_measured)


def compared(drift):
    lines = []
    for live, shadow in zip(stream(200, seed=1), stream(200, seed=1, role="shadow", version="v1"), strict=True):
        value = json.loads(live)
        lines += [json.dumps(value | {"return": value["return"] - drift}).encode(), shadow]
    return lines


def test_a_strategy_worse_than_its_shadow_rings_and_means_the_version():
    monitor = fed(compared(drift=0.001))
    (alert,) = monitor.alerts
    assert alert.key == "monitor:strategy_performance:baseline"
    assert {fact.name: fact.value for fact in alert.facts}["rollback level"] == "2"
    verdict = verdict_of(monitor, NOW, {})
    assert (verdict.verdict.value, verdict.level) == ("ROLL_BACK", 2)


def test_a_strategy_that_earns_what_its_shadow_earns_does_not():
    assert fed(compared(drift=0.0)).alerts == []


def test_records_of_a_version_named_as_shadow_are_the_shadow_run():
    lines = [line.replace(b'"role": "shadow"', b'"role": "live"') for line in compared(drift=0.001)]
    monitor = fed(lines, policy(shadow_versions=("v1",)))
    assert keys(monitor) == [("monitor:strategy_performance:baseline", "firing")]


def test_a_shadow_run_that_is_behind_is_no_baseline():
    lines = [*stream(60, role="shadow", version="v1"), *stream(200)]
    assert fed(lines).cases.performance(60).baseline.note == "the shadow run is behind"


def test_where_the_baseline_breaches_the_same_limit_it_rings_and_takes_nothing_back():
    lines = []
    for bar in range(200):
        for role in ("live", "shadow"):
            lines.append(record(bar, role=role, state=bar % 2, posterior=None, confidence=0.95))  # noqa: PERF401
    monitor = fed(lines)
    alert = next(one for one in monitor.alerts if one.key == "monitor:regime_change_rate")
    assert "a rollback cures nothing" in alert.text
    assert not any(fact.name == "rollback level" for fact in alert.facts)


def test_limits_hold_for_all_symbols_together_or_for_each_as_set():
    lines = []
    for bar in range(120):
        lines.append(record(bar, "A", state=bar % 2, posterior=None, confidence=0.95))
        lines += [record(bar, symbol) for symbol in "BCDEFG"]
    assert keys(fed(lines)) == []
    assert keys(fed(lines, policy(scope="both"))) == [("monitor:regime_change_rate:A", "firing")]


def test_another_version_begins_with_empty_windows_and_what_rang_rings_on():
    lines = stream(100) + stream(40, begin=100, change=0.8) + stream(10, begin=140, change=0.0, version="next")
    monitor = fed(lines)
    assert monitor.pooled.measured("regime_change_rate").n == 9
    assert monitor.pooled.bars[0].firing


def test_a_limit_that_asks_for_evidence_rings_only_beyond_the_interval():
    lines = stream(60, change=0.0) + stream(60, begin=60, change=0.25, seed=3)
    assert ("monitor:regime_change_rate", "firing") in keys(fed(lines))
    assert keys(fed(lines, policy({"regime_change_rate": {"rule": "evidence"}}))) == []


def test_an_alert_says_when_it_began_in_the_data_and_when_it_was_found():
    lines = stream(60, change=0.0) + [record(bar, state=None, posterior=None) for bar in range(60, 80)]
    monitor = engine()
    monitor.feed(lines, "live", NOW, live=True)
    alert = next(one for one in monitor.alerts if one.key == "monitor:invalid_predictions")
    facts = {fact.name: fact.value for fact in alert.facts}
    assert alert.at == "2026-06-01T00:00:00.000Z"
    assert (facts["began"], facts["bar"]) == ("2026-01-01T01:06:00.000Z", "2026-01-01T01:07:00.000Z")


# ------------------------------------------------------------------ laws


def troubled():
    """Live and shadow of two symbols: flicker, a crash, a cut line, losses, unsure bars, and a symbol that ends."""
    live = (
        stream(60, symbols=("A", "B"))
        + stream(30, symbols=("A", "B"), begin=60, change=0.7)
        + [b"{ cut", record(90, "A", kind="crash", error="x"), record(0, "", kind="training", error="no")]
        + stream(60, symbols=("A", "B"), begin=91, change=0.0, **{"return": -0.002})
        + stream(30, symbols=("A", "B"), begin=151, posterior=[0.4, 0.3, 0.3], version="next")
        + stream(20, symbols=("A",), begin=181, version="next")
    )
    shadow = stream(200, symbols=("A", "B"), role="shadow", version="v1", seed=9)
    return [line for pair in zip_longest(live, shadow) for line in pair if line is not None]


LINES = troubled()
BOTH = policy(scope="both")
WHOLE = told(fed(LINES, BOTH).alerts)


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 90), min_size=1, max_size=12), keep=st.booleans())
def test_however_the_lines_are_cut_into_batches_the_alerts_are_the_same(cuts, keep):
    monitor, kept, alerts, place, turn = engine(BOTH), {}, [], 0, 0
    while place < len(LINES):
        size = cuts[turn % len(cuts)]
        monitor.feed(LINES[place : place + size], "live", NOW)
        alerts += monitor.take()
        place, turn = place + size, turn + 1
        if keep:  # died and started again
            kept = dict(sorted((kept | monitor.kept()).items()))
            monitor = engine(BOTH, kept=kept)
    assert told(alerts) == WHOLE


def test_the_law_above_is_about_something():
    keys = {key for _, key, _ in WHOLE}
    assert len(WHOLE) >= 10
    assert {"monitor:strategy_performance:baseline", "monitor:feed:B", "monitor:regime_change_rate:A"} <= keys


@settings(max_examples=100, deadline=None)
@given(
    changed=st.lists(st.booleans(), min_size=30, max_size=150),
    loose=st.floats(0.0, 1.0),
    tight=st.floats(0.0, 1.0),
)
def test_a_tighter_limit_never_rings_later_and_never_ends_earlier(changed, loose, tight):
    tight, loose = sorted((tight, loose))
    firing = {}
    for limit in (loose, tight):
        trigger, states = Trigger(METRICS["invalid_predictions"], Limit(max=limit), RULE, ""), []
        for bar in range(len(changed)):
            long, short = Tally(), Tally()
            for tally, size in ((long, 60), (short, 10)):
                window = changed[max(0, bar + 1 - size) : bar + 1]
                tally.invalid, tally.bars = sum(window), len(window)
            trigger.at(Windows(long, short), bar, RULE.bars)
            states.append(trigger.firing)
        firing[limit] = states
    assert all(not lax or strict for lax, strict in zip(firing[loose], firing[tight], strict=True))


@given(share=st.floats(0.0, 1.0), name=st.sampled_from(sorted(DEFAULT_LIMITS)))
def test_well_within_is_never_laxer_than_the_limit(share, name):
    limit = DEFAULT_LIMITS[name]
    well = tightened(limit, share, METRICS[name].unit)
    for bound in ("max", "max_ratio", "max_worse", "max_increase"):
        if getattr(limit, bound) is not None:
            assert getattr(well, bound) <= getattr(limit, bound)
    if limit.min is not None:
        assert well.min >= limit.min


def test_a_trigger_turns_only_after_its_bars_in_a_row():
    trigger = Trigger(METRICS["invalid_predictions"], Limit(max=0.1), RULE, "")
    seen = [trigger.turn(tick, 3, fire=fire, clear=False) for tick, fire in enumerate([1, 1, 0, 1, 1, 1])]
    assert seen == [None, None, None, None, None, Turn.FIRED]


def test_an_alert_is_named_by_the_record_at_which_it_turned():
    assert told(fed(LINES, BOTH).alerts) == WHOLE
    assert len({name for name, _, _ in WHOLE}) == len(WHOLE)


def test_a_shadow_run_that_stands_still_is_not_compared_again_and_again():
    lines = [*compared(drift=0.001)[:60], *stream(20, begin=30, seed=1)]
    monitor = fed(lines)
    assert monitor.state.compared == 30
