"""What the public reads: an allow-list, the words of the strategy, and unknown where nothing is known."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from gate.domain.alert import Severity
from gate.domain.incident import Stage
from gate.report.dashboard.public import PublicStatus, Service, public
from gate.report.dashboard.site import PUBLIC, Site
from gate.report.dashboard.states import State
from tests.dashboard import past

CALM = past.calm(20)
WORDS = {
    "operational": (),
    "degraded": (Severity.WARNING, 3),
    "partial outage": (Severity.CRITICAL, 1),
    "major outage": (Severity.CRITICAL, 3),
}


def status(given):
    return Site(given=given)._public


@pytest.mark.parametrize("word", WORDS)
def test_the_five_words(word):
    given = CALM
    if WORDS[word]:
        severity, level = WORDS[word]
        opened = past.NOW - timedelta(minutes=9)
        given = past.having(CALM, (past.incident(opened, "x", severity, {Stage.DETECTED: 0}, level=level),))
    assert status(given).status == word


@pytest.mark.parametrize("live", [None, "old"])
def test_without_a_young_word_of_the_monitor_it_is_unknown_whatever_else_is_known(live):
    live = live and msgspec.structs.replace(CALM.live, at="2026-01-01T00:00:00Z")
    assert status(replace(CALM, live=live)).status is Service.UNKNOWN
    assert status(replace(past.given(20), live=live)).status is Service.UNKNOWN
    assert status(replace(CALM, troubles=("?",))).status is Service.UNKNOWN


def test_a_breach_without_an_incident_is_degraded():
    assert status(replace(CALM, live=past.live(breached=True))).status is Service.DEGRADED
    assert public(CALM, State.UNKNOWN, None).status is Service.UNKNOWN


@pytest.mark.parametrize(
    ("stages", "closed", "word"),
    [
        ({Stage.DETECTED: 0}, False, "investigating"),
        ({Stage.DETECTED: 0, Stage.ROOT_CAUSE: 9}, False, "identified"),
        ({Stage.DETECTED: 0, Stage.ROLLED_BACK: 9}, False, "monitoring"),
        ({Stage.DETECTED: 0, Stage.ROLLED_BACK: 9, Stage.ROOT_CAUSE: 12}, False, "monitoring"),
        ({Stage.DETECTED: 0}, True, "resolved"),
    ],
)
def test_the_four_words_of_an_incident(stages, closed, word):
    opened = past.NOW - timedelta(hours=1)
    one = past.incident(opened, "x", Severity.WARNING, stages, closed=past.NOW if closed else None)
    page = status(past.having(CALM, (one,)))
    assert (page.open or page.past)[0].word == word


def test_nothing_of_the_inside_is_on_any_public_file():
    given = past.given(30)
    marked = msgspec.json.decode(
        msgspec.json.encode(given.incidents).replace(b"regime", b"INNERMOST").replace(b"SP500", b"INNERMOST"),
        type=tuple[type(given.incidents[0]), ...],
    )
    site = Site(given=past.having(given, marked))
    inside = ["INNERMOST", "SP500", "NASDAQ", "v1.4.0", "Ada", "github", "15%", past.sha(340)[:7], "Regime", "verdict"]
    inside += [one.title for one in given.metrics.values() if " " in one.title]
    inside += [given.settings.title, given.newest[-1].verdict.reason]
    for name in PUBLIC:
        text = site.file(name).decode()
        found = [word for word in inside if word in text and not name.endswith((".css", ".js"))]
        assert found == [], name


def test_status_json_holds_four_keys_and_is_as_strict_as_the_page():
    read = msgspec.json.decode(Site(given=past.given(20)).file("status/status.json"), type=dict)
    assert set(read) == set(PublicStatus.__struct_fields__)
    assert read["status"] == "partial outage"
    assert all(set(one) == {"opened", "status"} for one in read["incidents"])
