"""What rings: kept whole, by one at a time, also where all begin at once."""

import sqlite3
import threading

import pytest

from gate.adapters.alerts.rings import RingsFile
from gate.domain.alert import Severity
from gate.domain.ringing import Ring, Telling
from gate.errors import BrokenQuestionError
from tests.alerting.targets import alert

AT = "2026-11-29T14:30:00.000Z"


def ring(key="k", **changes):
    said = {"alert": alert("a", key=key), "first": "a", "severity": Severity.WARNING, "since": AT, "told_at": AT}
    return Ring(**{**said, **changes})


@pytest.fixture
def rings(tmp_path):
    return RingsFile(tmp_path / "new" / "alerts.sqlite")


def test_what_is_put_is_read_in_another_process(rings, tmp_path):
    with rings.held() as held:
        held.put(ring())
        held.told("a", "slack", Telling(claimed_at=AT, open=True))
    with RingsFile(tmp_path / "new" / "alerts.sqlite").held() as held:
        assert held.ring("k") == ring()
        assert held.rings() == [ring()]
        assert held.tellings("a") == {"slack": Telling(claimed_at=AT, open=True)}
        assert held.ring("other") is None


def test_git_ignores_what_rings_and_nothing_else_there(rings, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".gitignore").write_text("history.sqlite\n")
    for _ in range(2):
        with rings.held():
            pass
    assert (tmp_path / "new" / ".gitignore").read_text() == "history.sqlite\nalerts.sqlite*\n"


def test_what_is_over_is_remembered_and_does_not_ring(rings):
    with rings.held() as held:
        held.put(ring(recovery="r", recovered_at=AT))
        assert held.rings() == []
        assert held.ring("k").recovery == "r"


def test_what_is_over_is_found_until_its_end_was_told(rings):
    over = ring(recovery="r", recovered_at=AT, notice=alert("r"))
    with rings.held() as held:
        held.put(over)
        assert held.rings() == [over]


def test_what_stops_in_the_middle_leaves_nothing(rings):
    def stops():
        with rings.held() as held:
            held.put(ring())
            raise BrokenQuestionError("no", "")

    with pytest.raises(BrokenQuestionError):
        stops()
    with rings.held() as held:
        assert held.ring("k") is None


def test_nothing_is_read_or_written_without_holding_it(rings):
    with pytest.raises(RuntimeError):
        rings.ring("k")


def test_of_many_that_begin_at_once_none_is_refused_and_none_loses(rings, tmp_path):
    path, failed = tmp_path / "new" / "alerts.sqlite", []
    start = threading.Barrier(12)

    def one(number):
        start.wait()
        try:
            for turn in range(5):
                with RingsFile(path).held() as held:
                    heard = held.ring("k").heard if held.ring("k") else ()
                    held.put(ring(heard=(*heard, f"{number}-{turn}")))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with rings.held() as held:
        assert len(set(held.ring("k").heard)) == 60


def test_a_key_of_any_letters_is_kept(rings):
    for key in ("", "\ud800", "'; DROP TABLE ring; --", "é" * 5000):
        try:
            odd = ring(key=key.encode("utf-8", "replace").decode())
        except UnicodeError:
            continue
        with rings.held() as held:
            held.put(odd)
            assert held.ring(odd.alert.key) == odd


def test_what_is_old_and_over_is_forgotten(rings, tmp_path):
    with rings.held() as held:
        held.put(ring("old", recovery="r"))
        held.told("old", "slack", Telling(claimed_at=AT))
    with sqlite3.connect(tmp_path / "new" / "alerts.sqlite") as raw:
        raw.execute("UPDATE ring SET changed = '2020-01-01'")
        raw.execute("UPDATE telling SET changed = '2020-01-01'")
    raw.close()
    with rings.held() as held:
        held.put(ring("rings"))
        assert held.ring("old") is not None
        held.put(ring("new", recovery="r"))
        assert held.ring("old") is None
        assert held.tellings("old") == {}
        assert held.ring("rings") is not None
