"""Files are laid down all together or not at all."""

import pytest

from gate.adapters.looking import WorkspaceOnDisk
from gate.errors import ExitCode, OutputError


def everything(folder):
    return {str(path.relative_to(folder)): path.is_file() and path.read_text() for path in folder.rglob("*")}


def test_folders_are_made_as_they_are_needed(tmp_path):
    WorkspaceOnDisk().place(tmp_path, {"a/b/c.yml": "x", "d": "y"})
    assert everything(tmp_path) == {"a": False, "a/b": False, "a/b/c.yml": "x", "d": "y"}


def test_where_one_cannot_be_written_everything_is_as_it_was(tmp_path):
    (tmp_path / "old").write_text("before")
    (tmp_path / "file").write_text("no folder")
    before = everything(tmp_path)
    with pytest.raises(OutputError) as error:
        WorkspaceOnDisk().place(tmp_path, {"old": "after", "new/one": "x", "file/two": "y"})
    assert error.value.exit_code == ExitCode.BROKEN_QUESTION
    assert everything(tmp_path) == before


def test_where_one_cannot_be_put_in_its_place_those_before_it_go_back(tmp_path):
    (tmp_path / "old").write_text("before")
    (tmp_path / "taken").mkdir()
    before = everything(tmp_path)
    with pytest.raises(OutputError):
        WorkspaceOnDisk().place(tmp_path, {"old": "after", "new": "x", "taken": "y"})
    assert everything(tmp_path) == before


def test_what_is_not_there_reads_as_none(tmp_path):
    assert WorkspaceOnDisk().read(tmp_path, "a/b") is None
    (tmp_path / "a").write_text("t")
    assert (WorkspaceOnDisk().read(tmp_path, "a"), WorkspaceOnDisk().read(tmp_path, "a/b")) == ("t", None)
