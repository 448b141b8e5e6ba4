"""The checkout as it lies, and the hash that says which code it is."""

import os
from pathlib import Path

import pytest

from gate.domain.version import Role
from gate.errors import VersionError

BASE, NEW = Role.BASELINE, Role.CANDIDATE


def version(prepare, folder, **settings):
    with prepare(folder, **settings) as versions:
        return versions[NEW]


def test_the_checkout_is_its_own_folder(repo, prepare, cache):
    checkout = version(prepare, repo.folder)
    assert Path(checkout.root) == repo.folder
    assert (checkout.ref, checkout.sha, checkout.dirty) == ("checkout", repo.git("rev-parse", "v2"), False)
    assert not cache.exists()


def test_a_clean_checkout_and_its_commit_are_the_same_code(repo, prepare):
    assert version(prepare, repo.folder).tree_sha256 == version(prepare, repo.folder, ref="HEAD").tree_sha256


@pytest.mark.parametrize("name", ["model.py", "new.py"])
def test_a_changed_or_new_file_makes_other_code(repo, prepare, name):
    clean = version(prepare, repo.folder)
    repo.put(name, "V = 3\n")
    dirty = version(prepare, repo.folder)
    assert dirty.dirty
    assert dirty.tree_sha256 != clean.tree_sha256
    assert dirty.tree_sha256 == version(prepare, repo.folder).tree_sha256


def test_ignored_files_and_bytecode_are_no_code(repo, prepare):
    repo.put(".gitignore", "*.log\n")
    repo.commit()
    clean = version(prepare, repo.folder)
    repo.put("run.log", "x")
    repo.put("__pycache__/model.cpython-311.pyc", "x")
    assert version(prepare, repo.folder) == clean


def test_a_change_beside_the_sub_folder_is_dirty_but_the_same_code(repo, prepare):
    repo.put("models/model.py", "")
    repo.commit("v3")
    clean = version(prepare, repo.folder, path="models")
    repo.write(model="V = 4\n")
    beside = version(prepare, repo.folder, path="models")
    assert beside.dirty
    assert beside.tree_sha256 == clean.tree_sha256


def test_a_deleted_file_makes_other_code(repo, prepare):
    clean = version(prepare, repo.folder)
    (repo.folder / "model.py").unlink()
    assert version(prepare, repo.folder).tree_sha256 != clean.tree_sha256


def test_the_exec_bit_is_part_of_the_code(tmp_path, prepare):
    (tmp_path / "m").mkdir()
    file = tmp_path / "m" / "run.sh"
    file.write_text("")
    before = version(prepare, tmp_path, path="m").tree_sha256
    file.chmod(0o755)
    assert version(prepare, tmp_path, path="m").tree_sha256 != before


def test_links_are_hashed_by_where_they_point_and_never_followed(tmp_path, prepare):
    (tmp_path / "m").mkdir()
    (tmp_path / "outside").write_text("1")
    (tmp_path / "m" / "file").symlink_to("../outside")
    (tmp_path / "m" / "folder").symlink_to("/proc")
    os.mkfifo(tmp_path / "m" / "pipe")
    before = version(prepare, tmp_path, path="m").tree_sha256
    (tmp_path / "outside").write_text("2")
    assert version(prepare, tmp_path, path="m").tree_sha256 == before


def test_a_folder_outside_git_has_no_sha(tmp_path, prepare):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.py").write_text("")
    outside = version(prepare, tmp_path, path="m")
    assert (outside.ref, outside.sha, outside.dirty) == ("checkout", "", False)
    assert len(outside.tree_sha256) == 64


def test_two_folders_that_git_ignores_are_not_the_same_code(repo, prepare):
    repo.put(".gitignore", "vendor/\n")
    repo.put("vendor/a/model.py", "V = 1\n")
    repo.put("vendor/b/model.py", "V = 2\n")
    with prepare(repo.folder, path=("vendor/a", "vendor/b")) as versions:
        assert versions[BASE].tree_sha256 != versions[NEW].tree_sha256


def test_a_repository_without_commits_can_be_a_checkout(empty, prepare):
    empty.write(model="")
    assert version(prepare, empty.folder).sha == ""


def test_a_missing_clean_filter_is_dirty_and_no_crash(repo, prepare):
    repo.put(".gitattributes", "*.py filter=gone\n")
    repo.commit()
    repo.git("config", "filter.gone.clean", "no-such-program")
    repo.git("config", "filter.gone.required", "true")
    repo.write(model="V = 5\n")
    assert version(prepare, repo.folder).dirty


def test_a_bare_repository_is_no_checkout(repo, prepare, tmp_path):
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    with pytest.raises(VersionError, match="bare repository"):
        version(prepare, tmp_path / "bare.git")


def test_a_folder_that_is_not_there_is_named(tmp_path, prepare):
    with pytest.raises(VersionError, match=r"there is no folder .*nowhere"):
        version(prepare, tmp_path, path="nowhere")
