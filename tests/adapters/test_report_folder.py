"""The output folder: whole files or none, and never an older verdict."""

import pytest

from gate.adapters.report_folder import FolderOnDisk
from gate.errors import ExitCode, OutputError


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_preparing_makes_a_folder_that_git_ignores_and_leaves_nothing_else_in_it(tmp_path):
    FolderOnDisk().prepare(tmp_path / "a" / "b")
    assert names(tmp_path) == ["a/b/.gitignore"]
    assert (tmp_path / "a" / "b" / ".gitignore").read_text() == "*\n"


def test_a_folder_that_was_there_is_the_users_to_ignore(tmp_path):
    FolderOnDisk().prepare(tmp_path)
    assert names(tmp_path) == []


def test_an_older_verdict_is_taken_away_and_other_files_stay(tmp_path):
    for name in ("verdict.json", "report.md", "notes.txt"):
        (tmp_path / name).write_text("old")
    FolderOnDisk().prepare(tmp_path)
    assert names(tmp_path) == ["notes.txt"]


def test_files_are_written_whole_over_older_ones(tmp_path):
    (tmp_path / "report.md").write_text("a much longer old report")
    FolderOnDisk().write(tmp_path, {"pictures/a.png": b"\x89", "report.md": b"new", "verdict.json": b"{}"})
    assert names(tmp_path) == ["pictures/a.png", "report.md", "verdict.json"]
    assert (tmp_path / "report.md").read_bytes() == b"new"
    assert (tmp_path / "report.md").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("place", ["folder", "parent", "verdict"])
def test_a_folder_that_cannot_be_written_is_said_before_anything_runs(place, tmp_path):
    folder = tmp_path / "out"
    if place == "folder":
        folder.write_text("a file")
    elif place == "parent":
        folder.write_text("a file")
        folder = folder / "deeper"
    else:
        (folder / "verdict.json").mkdir(parents=True)
    with pytest.raises(OutputError) as caught:
        FolderOnDisk().prepare(folder)
    assert caught.value.exit_code is ExitCode.BROKEN_QUESTION
    assert "--output" in caught.value.advice
    assert "None" not in caught.value.message


def test_a_file_that_cannot_be_written_leaves_the_older_one_and_no_half(tmp_path):
    (tmp_path / "verdict.json").mkdir()
    with pytest.raises(OutputError):
        FolderOnDisk().write(tmp_path, {"report.md": b"new", "verdict.json": b"{}"})
    assert names(tmp_path) == ["report.md"]


def test_a_full_disk_leaves_the_older_file(tmp_path, monkeypatch):
    (tmp_path / "report.md").write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        FolderOnDisk().write(tmp_path, {"report.md": b"new"})
    assert "disk" in caught.value.advice
    assert names(tmp_path) == ["report.md"]
    assert (tmp_path / "report.md").read_text() == "old"


def test_an_interruption_leaves_no_half(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        FolderOnDisk().write(tmp_path, {"verdict.json": b"{}"})
    assert names(tmp_path) == []
