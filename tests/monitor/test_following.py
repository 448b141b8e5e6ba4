"""Files that grow, are renamed, copied and truncated, deleted, cut off: every whole line once, in order."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.record_feed import RecordFiles, follower
from gate.domain.monitoring import Problem
from tests.live import record


class Reader:
    """Follows, and remembers as the store does."""

    def __init__(self, root, **more):
        self.roots = [("live", Path(root)), *((role, Path(path)) for role, path in more.items())]
        self.places, self.lines, self.problems = {}, [], []
        self.files = RecordFiles(self.roots, ())

    def again(self):
        self.files.close()
        self.files = RecordFiles(self.roots, self.places.values())
        return self

    def drain(self, most=10_000):
        for _ in range(most):
            batch = self.files.read()
            if batch is None:
                break
            self.places[batch.place.device, batch.place.inode] = batch.place
            for place in batch.gone:
                self.places.pop((place.device, place.inode), None)
            self.lines += [line.decode() for line in batch.lines if line]
            self.problems += batch.problems
        return self.lines


def write(path, *lines, end="\n"):
    with Path(path).open("a") as file:
        file.write("\n".join(lines) + end)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "records.jsonl"


@pytest.fixture(params=["file", "folder"])
def reader(request, path):
    made = Reader(path if request.param == "file" else path.parent)
    yield made
    made.files.close()


def test_what_is_not_there_yet_is_waited_for(reader, path):
    assert reader.drain() == []
    write(path, "a", "b")
    assert reader.drain() == ["a", "b"]
    write(path, "c")
    assert reader.drain() == ["a", "b", "c"]


def test_a_line_without_its_end_is_left_until_it_is_whole(reader, path):
    write(path, "a", "b", end="")
    assert reader.drain() == ["a"]
    write(path, "b")
    assert reader.drain() == ["a", "bb"]


def test_rotation_by_rename_loses_nothing_and_keeps_the_order(reader, path):
    write(path, "a")
    reader.drain()
    write(path, "b")
    path.rename(f"{path}.1")
    write(path, "c")
    assert reader.drain() == ["a", "b", "c"]


def test_several_rotations_while_nobody_looked(reader, path):
    write(path, "a")
    reader.drain()
    for line in "bcd":
        write(path, line)
        for number in (3, 2, 1):
            old = Path(f"{path}.{number}")
            if old.exists():
                old.rename(f"{path}.{number + 1}")
        path.rename(f"{path}.1")
    write(path, "e")
    assert reader.again().drain() == list("abcde")


def test_rotations_named_by_date_are_read_in_the_order_of_writing(reader, path):
    for turn, (line, day) in enumerate(zip("abc", ("2026-01-03", "2026-01-01", "2026-01-02"), strict=True)):
        write(path, line)
        path.rename(f"{path}.{day}")
        os.utime(f"{path}.{day}", (turn, turn))
    assert reader.drain() == list("abc")


def test_copy_and_truncate_goes_on_in_the_copy_and_then_at_the_beginning(reader, path):
    write(path, "first line", "b")
    reader.drain()
    write(path, "c")
    shutil.copy(path, f"{path}.1")
    os.truncate(path, 0)
    write(path, "d")
    assert reader.drain() == ["first line", "b", "c", "d"]
    assert reader.problems == [Problem.TRUNCATED]


def test_truncation_is_seen_even_where_the_file_is_longer_again(reader, path):
    write(path, "a" * 20)
    reader.drain()
    os.truncate(path, 0)
    write(path, "b" * 30, "c" * 30)
    assert reader.drain()[1:] == ["b" * 30, "c" * 30]
    assert reader.problems == [Problem.TRUNCATED]


def test_a_file_deleted_before_it_was_drained_is_read_to_its_end(reader, path):
    write(path, "a")
    reader.drain()
    write(path, "b")
    path.unlink()
    write(path, "c")
    assert reader.drain() == ["a", "b", "c"]


def test_what_was_cut_off_by_a_rotation_is_handed_out_as_it_is(reader, path):
    write(path, "a", "half", end="")
    path.rename(f"{path}.1")
    write(path, "b")
    assert reader.drain() == ["a", "b", "half"]


def test_a_line_that_is_too_long_is_skipped_and_said(reader, path, monkeypatch):
    monkeypatch.setattr(follower, "LONGEST", 1000)
    monkeypatch.setattr(follower, "CHUNK", 1000)
    write(path, "a", "x" * 5000, "b")
    lines = reader.drain()
    assert (lines[0], lines[-1], len(lines)) == ("a", "b", 3)
    assert Problem.TOO_LONG in reader.problems


def test_compressed_files_are_said_and_not_read(reader, path):
    Path(f"{path}.2.gz").write_bytes(b"\x1f\x8b")
    write(path, "a")
    assert reader.drain() == ["a"]
    assert reader.problems == [Problem.COMPRESSED]


def test_started_again_it_goes_on_where_it_was(reader, path):
    write(path, "a", "b")
    reader.drain()
    write(path, "c")
    assert reader.again().drain() == ["a", "b", "c"]


def test_live_and_shadow_are_read_in_turns_so_that_neither_runs_ahead(tmp_path, monkeypatch):
    monkeypatch.setattr(follower, "CHUNK_OF_MANY", 2000)
    for name in ("live", "shadow"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "r.jsonl", *(record(bar).decode() for bar in range(100)))
    reader = Reader(tmp_path / "live", shadow=tmp_path / "shadow")
    roles = []
    while (batch := reader.files.read()) is not None:
        roles.append(batch.role)
    reader.files.close()
    ahead = [roles[:end].count("live") - roles[:end].count("shadow") for end in range(len(roles))]
    assert max(map(abs, ahead)) <= 2


class Mischief:
    """A writer and a rotation that do what they are told; lines are numbered."""

    def __init__(self, path):
        self.path, self.count, self.torn = path, 0, False
        self.reader = Reader(path)

    def half(self):
        if not self.torn:
            write(self.path, "line", end="")
        self.torn = True

    def write(self):
        self.half()
        write(self.path, f" {self.count}")
        self.count, self.torn = self.count + 1, False

    def rename(self):
        if self.torn or not self.path.exists():
            return
        for number in range(20, 0, -1):
            old = Path(f"{self.path}.{number}")
            if old.exists():
                old.rename(f"{self.path}.{number + 1}")
        self.path.rename(f"{self.path}.1")

    def truncate(self):
        """What came between the last look and the truncation would be in the copy, which has a test of its own."""
        if not self.torn and self.path.exists():
            self.reader.drain()
            os.truncate(self.path, 0)
            self.reader.drain()

    def read(self):
        self.reader.drain()

    def restart(self):
        self.reader.again()


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(["write", "write", "half", "rename", "truncate", "read", "restart"]), min_size=1, max_size=30
    )
)
def test_whatever_happens_to_the_files_each_line_comes_once_and_in_order(tmp_path_factory, steps):
    mischief = Mischief(tmp_path_factory.mktemp("records") / "records.jsonl")
    for step in steps:
        getattr(mischief, step)()
    mischief.reader.drain()
    mischief.reader.files.close()
    assert mischief.reader.lines == [f"line {number}" for number in range(mischief.count)]


def test_while_processes_write_and_rotate_nothing_is_lost(tmp_path):
    """Two writers that rotate every few records, and a reader in a hurry."""
    path = tmp_path / "live" / "records.jsonl"
    program = (
        "import sys; from gate.live.writer import RecordWriter\n"
        "writer = RecordWriter(sys.argv[1], max_bytes=3000, backups=400)\n"
        "for _ in range(600): assert writer.bar(sys.argv[2], state=0, posterior=[.5, .5])"
    )
    reader = Reader(path.parent)
    writers = [subprocess.Popen((sys.executable, "-c", program, path, symbol)) for symbol in "AB"]
    while any(one.poll() is None for one in writers):
        reader.drain(3)
        if len(reader.lines) % 7 == 0:
            reader.again()
    reader.drain()
    reader.files.close()
    assert [one.returncode for one in writers] == [0, 0]
    found = [json.loads(line) for line in reader.lines]
    for symbol in "AB":
        numbers = [one["sequence"] for one in found if one["symbol"] == symbol]
        assert sorted(set(numbers)) == list(range(600))
        assert len(numbers) == 600
