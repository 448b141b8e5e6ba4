"""The strategy's side: whole lines, numbers that go on, processes that do not get into each other's way."""

import ast
import json
import math
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

import gate.live.writer as module
from gate.live.writer import RecordWriter
from tests.live import NOW, engine

SOURCE = Path(module.__file__)


def records(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "live" / "records.jsonl"


def test_what_it_writes_the_monitor_reads(path):
    writer = RecordWriter(path, version="abc")
    assert writer.bar("SPX", state=1, posterior=[0.02, 0.97, 0.01], position=1, price=5321.5, latency=0.004)
    assert writer.bar("SPX", state=None, error=ValueError("no\nfit"))
    assert writer.training(error=None)
    assert writer.crash("SIGSEGV")
    assert writer.alive()
    monitor = engine()
    monitor.feed(path.read_bytes().splitlines(), "live", NOW)
    assert monitor.state.problems.get("cut", 0) + monitor.state.problems.get("unreadable", 0) == 0
    assert monitor.pooled.measured("prediction_errors").count == 1
    assert [alert.key for alert in monitor.alerts] == ["monitor:strategy_crashes"]


def test_what_numpy_hands_out_is_written_too(path):
    import numpy as np  # noqa: PLC0415

    writer = RecordWriter(path)
    assert writer.bar("A", state=np.int64(2), posterior=np.array([0.1, 0.9]), position=np.float32(1.0))
    assert records(path)[0]["posterior"] == [0.1, 0.9]


def test_a_number_that_is_none_is_an_invalid_prediction(path):
    RecordWriter(path).bar("A", state=0, confidence=math.nan)
    monitor = engine()
    monitor.feed(path.read_bytes().splitlines(), "live", NOW)
    assert monitor.pooled.measured("invalid_predictions").count == 1


def test_numbers_go_on_after_a_restart_for_each_symbol(path):
    for _ in range(3):
        writer = RecordWriter(path)
        writer.bar("A", state=0)
    writer.bar("B", state=0)
    assert [(one["symbol"], one["sequence"]) for one in records(path)] == [("A", 0), ("A", 1), ("A", 2), ("B", 0)]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"live:A": "x"}', None])
def test_numbers_go_on_where_the_note_of_them_is_damaged(path, damage):
    RecordWriter(path).bar("A", state=0)
    note = path.with_name(f".{path.name}.sequence")
    note.unlink() if damage is None else note.write_text(damage)
    RecordWriter(path).bar("A", state=0)
    assert [one["sequence"] for one in records(path)] == [0, 1]


def test_a_line_that_somebody_left_half_written_does_not_spoil_the_next(path):
    RecordWriter(path).bar("A", state=0)
    with path.open("a") as file:
        file.write('{"schema":1,"ki')
    RecordWriter(path).bar("A", state=0)
    lines = path.read_text().splitlines()
    assert [len(lines), json.loads(lines[2])["sequence"]] == [3, 1]


def test_it_rotates_and_nothing_is_lost(path):
    writer = RecordWriter(path, max_bytes=1000, backups=50)
    for _ in range(40):
        writer.bar("A", state=0)
    files = sorted(path.parent.glob("records.jsonl*"))
    assert len(files) > 3
    assert all(file.stat().st_size <= 1000 for file in files)
    assert sorted(one["sequence"] for file in files for one in records(file)) == list(range(40))


def test_a_strategy_does_not_die_of_its_writer_and_the_loss_is_told(path, monkeypatch):
    writer = RecordWriter(path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda *_: 1)  # a full disk takes a part
        assert not writer.bar("A", state=0)
        assert not writer.bar("A", state=object())
    assert writer.bar("A", state=0)
    assert records(path)[-1]["lost"] == 2


def test_who_wants_errors_gets_them(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        RecordWriter(tmp_path / "file" / "records.jsonl", raises=True).bar("A", state=0)


def test_times_are_written_in_utc(path):
    RecordWriter(path).bar("A", state=0, at=datetime.fromisoformat("2026-01-01T12:00:00+02:00"))
    assert records(path)[0]["time"] == "2026-01-01T10:00:00Z"


def test_many_processes_write_whole_lines_with_numbers_of_their_own(path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from writer import RecordWriter\n"
        "writer = RecordWriter(sys.argv[2], max_bytes=20000, backups=99)\n"
        "for _ in range(150): assert writer.bar('A', state=0, posterior=[.5, .5])"
    )
    words = (sys.executable, "-S", "-c", program, str(SOURCE.parent), str(path))
    running = [subprocess.Popen(words) for _ in range(4)]
    assert [one.wait() for one in running] == [0] * 4
    found = [one["sequence"] for file in path.parent.glob("records.jsonl*") for one in records(file)]
    assert sorted(found) == list(range(600))


def test_it_is_written_for_python_3_9_and_imports_the_standard_library_only():
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 9))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert names <= set(sys.stdlib_module_names)
