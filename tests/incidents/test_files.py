"""Records on the disk: whole, joined, strict, and what a person wrote stays."""

import contextlib
import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.incident_files import CLOSING, OPENING, parsed
from gate.errors import BrokenQuestionError, GateError, ObservationError, OutputError
from gate.judging.incidents import merged, settled
from gate.report.incident import LINE
from tests.incidents.conftest import FEW, INCIDENTS, START, after, entry, files, incident, keeper, run

ROOT = Path(__file__).parent.parent.parent
NAME = "2026-03-02-1430-rate"


@FEW
@given(one=INCIDENTS)
def test_what_is_written_is_what_is_read(one, tmp_path_factory):
    book = files(tmp_path_factory.mktemp("book"))
    whole = merged(one, one)
    book.write(whole)
    assert book.read(NAME) == settled(whole)


@FEW
@given(text=st.text(max_size=300))
def test_what_a_person_wrote_below_the_line_survives_whatever_it_is(text, tmp_path_factory):
    book = files(tmp_path_factory.mktemp("book"))
    path = Path(book.write(incident()))
    machine, line, _ = path.read_bytes().decode().partition(f"{LINE}\n")
    path.write_bytes(f"{machine}{line}{text}".encode(errors="replace"))
    before = book.by_hand(NAME)
    book.write(incident(entry("a")))
    book.write(incident(entry("b")))
    assert [one.id for one in book.read(NAME).entries] == ["a", "b"]
    assert book.by_hand(NAME) == before or not before.strip()


def test_where_the_line_was_taken_away_everything_is_kept(tmp_path):
    book = files(tmp_path)
    path = Path(book.write(incident()))
    path.write_text(path.read_text().replace(LINE, "") + "\n## Mine\n\nprecious\n")
    book.write(incident(entry("a")))
    assert "precious" in book.by_hand(NAME)
    assert LINE in path.read_text()


def test_a_heading_in_the_file_counts_as_written(tmp_path):
    book = files(tmp_path)
    path = Path(book.write(incident()))
    with path.open("a") as file:
        file.write("\n## Lessons\n\nDrill squash merges.\n")
    book.write(incident(entry("a")))
    text = path.read_text()
    assert "Drill squash merges." in text
    assert "_written by hand, below_" in text
    assert "lessons: not yet written" not in text


def test_a_section_is_added_once(tmp_path):
    book = files(tmp_path)
    book.write(incident())
    book.add_by_hand(NAME, "Post-mortem", "It broke.")
    with pytest.raises(BrokenQuestionError, match="already"):
        book.add_by_hand(NAME, "Post-mortem", "Again.")
    assert "It broke." in book.by_hand(NAME)


def test_until_then_human_parts_are_not_yet_written(tmp_path):
    text = Path(files(tmp_path).write(incident())).read_text()
    for part in ("Root cause", "Lessons", "Owners", "Public wording", "Post-mortem"):
        assert f"## {part}\n\n_not yet written_" in text


DAMAGED = {
    "nothing": b"",
    "no head": b"# An incident\n",
    "half a head": OPENING.encode() + b'{"schema": 1, "id":',
    "no JSON": (OPENING + "{nope" + CLOSING).encode(),
    "a list": (OPENING + "[]" + CLOSING).encode(),
    "deep": (OPENING + "[" * 100_000 + CLOSING).encode(),
    "an unknown field": None,
    "a newer schema": None,
    "another's id": None,
    "no time": None,
    "a number for a text": None,
    "no UTF-8": b"\xff\xfe\x00",
}


def damaged(name, path):
    if DAMAGED[name] is not None:
        return DAMAGED[name]
    changes = {
        "an unknown field": ('"key":', '"surprise": 1, "key":'),
        "a newer schema": ('"schema": 1', '"schema": 2'),
        "another's id": (f'"id": "{NAME}"', '"id": "2026-03-02-1430-other"'),
        "no time": (after(minutes=1), "yesterday"),
        "a number for a text": ('"title": "Regime change rate 21%"', '"title": 21'),
    }
    old, new = changes[name]
    text = path.read_text()
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_record_is_one_line_and_never_passed_over(name, tmp_path):
    book = files(tmp_path / "reports/incidents")
    path = Path(book.write(incident(entry("a"))))
    path.write_bytes(content := damaged(name, path))
    with pytest.raises(ObservationError) as caught:
        book.all()
    assert "\n" not in caught.value.message
    assert path.name in caught.value.message
    assert caught.value.advice
    listed = run(tmp_path, "incident", "list")
    assert listed.code == 4
    assert path.name in listed.err
    assert run(tmp_path, "incident", "note", NAME, "x").code == 4
    assert path.read_bytes() == content  # nothing is written over it


@FEW
@given(text=st.text(max_size=200))
def test_reading_is_total(text, tmp_path_factory):
    for whole in (text, OPENING + text, OPENING + text + CLOSING):
        with pytest.raises(ObservationError):
            parsed(whole, Path("x.md"))


def test_an_incident_is_found_by_a_beginning_that_only_one_has(tmp_path):
    book = files(tmp_path)
    book.write(incident())
    book.write(incident(id="2026-03-02-1430-rate-2", opened_at=after(minutes=9)))
    assert book.read(NAME).id == NAME
    with pytest.raises(BrokenQuestionError, match="any of 2"):
        book.read("2026-03")
    with pytest.raises(BrokenQuestionError, match="no incident"):
        book.read("2027")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", "A", "a/b", "a" * 200])
def test_an_id_is_a_files_name_and_nothing_else(name, tmp_path):
    with pytest.raises(BrokenQuestionError):
        files(tmp_path).write(incident(id=name))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(OutputError) as caught:
        files(tmp_path / "reports").write(incident())
    assert caught.value.advice


# ------------------------------------------------------------------ processes


def started(folder, name, count, *more):
    return subprocess.Popen(
        (sys.executable, "-m", "tests.incidents.dying", str(folder), name, str(count), *more),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_eight_processes_at_once_lose_nothing_and_double_nothing(tmp_path):
    writers = [started(tmp_path, f"w{number}", 6) for number in range(8)]
    for one in writers:
        assert one.stdout.readline() == "ready\n"
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in writers:
        one.communicate(timeout=120)
        assert one.returncode == 0
    names = sorted(one.id for one in files(tmp_path).read(NAME).entries)
    assert names == sorted(f"w{number}-{turn}" for number in range(8) for turn in range(6))


def test_twenty_triggers_from_four_processes_at_once_open_one(tmp_path):
    ringing = [started(tmp_path / "book", "open", 5, f"p{number}") for number in range(4)]
    for one in ringing:
        assert one.stdout.readline() == "ready\n"
    for one in ringing:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in ringing:
        one.communicate(timeout=120)
        assert one.returncode == 0
    (only,) = files(tmp_path / "book").all()
    assert only.opened_at == after(minutes=1)
    assert len(only.entries) == 1  # found in the same second, they are one finding


def test_killed_at_any_moment_the_record_can_be_read_and_what_was_done_is_there(tmp_path):
    for turn in range(8):
        writer = started(tmp_path, f"t{turn}", 100_000)
        assert writer.stdout.readline() == "ready\n"
        writer.stdin.write("go\n")
        writer.stdin.flush()
        told = [writer.stdout.readline() for _ in range(3)]
        time.sleep(random.random() * 0.02)  # anywhere in a write
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.communicate()[0].splitlines()
        there = {one.id for one in files(tmp_path).read(NAME).entries}
        assert {f"t{turn}-{line.strip()}" for line in told} <= there
    keeper(tmp_path, START).book.write(incident(entry("last")))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", ".lock", f"{NAME}.md"] or not list(
        tmp_path.glob(".*.md-*")
    )


def test_a_killed_writer_left_half_a_file_beside_and_nothing_comes_of_it(tmp_path):
    book = files(tmp_path)
    book.write(incident(entry("a")))
    (tmp_path / f".{NAME}.md-abc").write_text(OPENING + '{"schema"')
    assert [one.id for one in book.all()] == [NAME]
    book.write(incident(entry("b")))
    assert not list(tmp_path.glob(".*.md-*"))
    assert len(book.read(NAME).entries) == 2


def test_half_a_character_is_written_as_a_mark(tmp_path):
    kept = keeper(tmp_path)
    kept.book.write(incident())
    done = kept.noted(NAME, entry("a", at=after(), text="half \ud800 a character"))
    assert done.entries[0].text == "half ? a character"


def test_a_gate_error_is_all_that_comes_out_of_it(tmp_path):
    path = Path(files(tmp_path).write(incident()))
    content = path.read_bytes()
    for seed in range(60):
        dice = random.Random(seed)
        broken = bytearray(content)
        for _ in range(dice.randrange(1, 4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        path.write_bytes(broken)
        with contextlib.suppress(GateError):
            msgspec.json.encode(files(tmp_path).read(NAME))


def test_a_writer_that_hangs_does_not_hang_the_others(tmp_path):
    book = files(tmp_path)
    book.write(incident())
    with (tmp_path / ".lock").open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        hurried = replace(book, patience=0.2)
        with pytest.raises(OutputError, match="somebody else") as caught:
            hurried.write(incident(entry("a")))
    assert caught.value.advice
    assert hurried.write(incident(entry("a")))


def test_a_record_that_could_not_be_read_again_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("gate.adapters.incident_files.LARGEST", 20_000)
    book = files(tmp_path)
    book.write(incident())
    with pytest.raises(OutputError, match="larger"):
        book.write(incident(*(entry(f"e{number}", text="a" * 500) for number in range(50))))
    assert book.read(NAME) == incident()


def git(folder, *words, check=True):
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.invalid", "-c", "commit.gpgSign=false")
    done = subprocess.run(("git", *who, *words), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_what_git_could_not_merge_is_joined_and_no_entry_is_lost(style, tmp_path):
    book = files(tmp_path)
    path = Path(book.write(incident(entry("common"))))
    with path.open("a") as file:
        file.write("\n## Lessons\n\nDrill more.\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "merge.conflictStyle", style)
    commit = ("commit", "-qam", "a record")
    git(tmp_path, "add", ".")
    git(tmp_path, *commit)
    git(tmp_path, "switch", "-q", "-c", "other")
    book.write(incident(entry("theirs", text="theirs"), entry("both")))
    git(tmp_path, *commit)
    git(tmp_path, "switch", "-q", "main")
    book.write(incident(entry("ours", text="ours"), entry("both"), closed_at=after(hours=1)))
    git(tmp_path, *commit)
    assert git(tmp_path, "merge", "-q", "other", check=False).returncode == 1
    assert "<<<<<<<" in path.read_text()
    found = book.read(NAME)
    assert {one.id for one in found.entries} == {"common", "both", "ours", "theirs"}
    assert not found.is_open
    book.write(incident(entry("later")))
    text = path.read_text()
    assert "<<<<<<<" not in text
    assert "Drill more." in text
    assert len(book.read(NAME).entries) == 5


def test_a_conflict_below_the_line_is_left_to_its_author(tmp_path):
    book = files(tmp_path)
    path = Path(book.write(incident()))
    conflict = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n"
    with path.open("a") as file:
        file.write(conflict)
    book.write(incident(entry("a")))
    assert conflict in path.read_text()


@FEW
@given(lines=st.lists(st.sampled_from(["<<<<<<< a", "||||||| b", "=======", ">>>>>>> c", "x", OPENING, CLOSING, LINE])))
def test_reading_conflicts_is_total(lines):
    with pytest.raises(ObservationError):
        parsed("\n".join((OPENING, *lines)), Path("x.md"))
