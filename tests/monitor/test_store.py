"""Where the monitor stands: all of it or nothing, through whatever happens to the file."""

import sqlite3

import pytest

from gate.adapters.monitor_store import SCHEMA, MonitorDatabase, alone
from gate.domain.alert import Alert, AlertKind, Severity
from gate.errors import BrokenQuestionError, ObservationError, OutputError
from gate.ports.monitoring import Batch, Place


def alert(name, **changes):
    values = {"id": name, "key": "k", "kind": AlertKind.FIRING, "severity": Severity.WARNING, "at": "", "title": "t"}
    return Alert(**(values | changes))


def batch(offset):
    return Batch(role="live", lines=(), path="x", place=Place(device=1, inode=2, offset=offset))


def test_what_is_kept_is_there_again(tmp_path):
    with MonitorDatabase(tmp_path / "m.sqlite") as store:
        store.commit({"a": b"1"}, batch(10), [alert("x"), alert("y")])
    with MonitorDatabase(tmp_path / "m.sqlite") as store:
        assert dict(store.state()) == {"a": b"1"}
        assert store.part("a") == b"1"
        assert store.part("b") == b""
        assert [place.offset for place in store.places()] == [10]
        assert [one.alert.id for one in store.waiting()] == ["x", "y"]


def test_an_alert_that_is_made_again_is_there_once(tmp_path):
    with MonitorDatabase(tmp_path / "m.sqlite") as store:
        store.commit({}, None, [alert("x")])
        store.told(store.waiting()[0].number)
        store.commit({}, None, [alert("x"), alert("y")])
        assert [one.alert.id for one in store.waiting()] == ["y"]
        assert [one.id for one in store.alerts()] == ["x", "y"]


def test_what_cannot_be_kept_whole_is_not_kept_at_all(tmp_path):
    with MonitorDatabase(tmp_path / "m.sqlite") as store:
        store.commit({"a": b"1"}, batch(10), [])
        with pytest.raises(OutputError):
            store.commit({"a": b"2", "b": object()}, batch(20), [alert("x")])
        assert dict(store.state()) == {"a": b"1"}
        assert store.waiting() == []


def test_a_newer_schema_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "m.sqlite") as base:
        base.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(ObservationError, match="newer gate"):
        MonitorDatabase(tmp_path / "m.sqlite")


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path):
    (tmp_path / "m.sqlite").write_text("not a database, but long enough to be taken for one" * 10)
    with pytest.raises(OutputError, match="cannot be used"):
        MonitorDatabase(tmp_path / "m.sqlite")


def test_two_monitors_do_not_share_a_database(tmp_path):
    path = tmp_path / "m.sqlite"
    with alone(path), pytest.raises(BrokenQuestionError, match="another gate monitor"), alone(path):
        pass
    with alone(tmp_path / "m.sqlite"):
        pass
