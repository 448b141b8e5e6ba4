"""What is kept of each thing that happens, and by which name."""

from datetime import datetime, timedelta, timezone

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.alert import Severity
from gate.domain.history import Happened, instant, written
from gate.domain.incident import Incident
from gate.domain.rollback import Drill, Ending, Record
from gate.usecases.history import deployment_entry, drill_entry, incident_entry, rollback_entry, verdict_entry
from tests.history.conftest import VERDICT

AT = "2026-11-29T14:30:00Z"


def test_a_verdict_is_named_by_its_content_whenever_and_wherever_it_is_kept():
    first = verdict_entry(VERDICT, at=AT, source="nightly")
    later = verdict_entry(VERDICT, at="2026-12-01T00:00:00Z", source="local", url="https://example.org")
    other = verdict_entry(msgspec.structs.replace(VERDICT, reason="another"), at=AT, source="nightly")
    assert first.uid == later.uid != other.uid
    assert (first.sha, first.ref, first.verdict) == (VERDICT.candidate.sha, VERDICT.candidate.ref, VERDICT)


def test_a_rollback_a_drill_and_a_deployment_say_in_a_line_how_they_ended():
    record = Record(at=AT, ending=Ending.CONFLICTS, sentence="later commits\nchanged the same lines", url="https://x/1")
    kept = rollback_entry(record)
    assert (kept.kind, kept.at, kept.url) == (Happened.ROLLBACK, AT, "https://x/1")
    assert kept.title == "CONFLICTS: later commits changed the same lines"
    drill = Drill(at=AT, repository="r", target="main", tip="a" * 40, rehearsals=(), seconds=12.4, untouched=True)
    assert drill_entry(drill).title == "HOLDS: 0 levels rehearsed in 12 s"
    assert drill_entry(drill).sha == "a" * 40
    assert deployment_entry(ref="v2", sha="1" * 40, at=AT, source="local").title == "v2 deployed"


def test_an_incident_is_kept_when_it_opens_and_again_when_it_closes():
    opened = Incident(
        id="2026-11-29-1430-x", key="k", title="x", severity=Severity.CRITICAL, opened_at=AT, version="1a"
    )
    closed = msgspec.structs.replace(opened, closed_at="2026-11-29T20:00:00Z", root_cause="y")
    first, second = incident_entry(opened), incident_entry(closed)
    assert (first.at, first.title, first.sha, first.ref) == (AT, "opened: x", "1a", "2026-11-29-1430-x")
    assert (second.at, second.title) == ("2026-11-29T20:00:00Z", "closed: x")
    assert first.uid != second.uid
    noted = incident_entry(msgspec.structs.replace(opened, root_cause="z"))
    assert noted.uid == first.uid


@given(st.text(max_size=400))
def test_whatever_a_title_holds_it_becomes_a_line_that_can_be_kept(text):
    kept = deployment_entry(
        ref=text.encode(errors="replace").decode(), sha="", at=AT, source="local", title=text or "x"
    )
    assert kept.title.isprintable()
    assert len(kept.title) <= 200
    written(kept)


zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001  the zone is drawn


@given(moments, moments)
def test_the_order_of_the_words_is_the_order_of_time(one, other):
    first, second = instant(one.isoformat()), instant(other.isoformat())
    assert (first < second) == (one < other)
    assert instant(first) == first
    assert len(first) == len(second) == 27
