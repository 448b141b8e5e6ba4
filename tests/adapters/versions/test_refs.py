"""Which commit a ref means."""

import os

import pytest

from gate.domain.version import Role
from gate.errors import ExitCode, VersionError

BASE, NEW = Role.BASELINE, Role.CANDIDATE


def shas(prepare, folder, *refs):
    with prepare(folder, ref=refs) as versions:
        return versions[BASE].sha, versions[NEW].sha


def test_tags_branches_and_shas_mean_their_commit(repo, prepare):
    v1, v2 = repo.git("rev-parse", "v1"), repo.git("rev-parse", "v2")
    assert shas(prepare, repo.folder, "v1", "main") == (v1, v2)
    assert shas(prepare, repo.folder, v1, v2[:8]) == (v1, v2)
    assert shas(prepare, repo.folder, "HEAD~1", "refs/heads/main") == (v1, v2)


def test_an_annotated_tag_means_the_commit_behind_it(repo, prepare):
    repo.git("tag", "-a", "release", "-m", "x", "v1")
    assert shas(prepare, repo.folder, "release", "v1")[0] == repo.git("rev-parse", "v1")


def test_a_branch_that_only_the_remote_has_is_found_by_its_own_name(repo, prepare, tmp_path):
    repo.git("branch", "other", "v1")
    repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    v1 = repo.git("rev-parse", "v1")
    assert shas(prepare, tmp_path / "clone", "other", "origin/other") == (v1, v1)


def test_a_tag_and_a_branch_of_one_name_are_told(repo, prepare, notes):
    repo.git("branch", "v1", "v2")
    assert shas(prepare, repo.folder, "v1", "v2")[0] == repo.git("rev-parse", "refs/tags/v1")
    assert [note for note in notes if "a tag" in note and "a branch" in note]


def failure(prepare, folder, ref):
    with pytest.raises(VersionError) as caught, prepare(folder, ref=ref):
        pass
    assert "\n" not in caught.value.message
    assert caught.value.exit_code is ExitCode.BROKEN_QUESTION
    return caught.value


def test_an_unknown_ref_is_answered_with_the_nearest_ones(repo, prepare):
    repo.git("tag", "v1.10.0")
    error = failure(prepare, repo.folder, "v1.1.0")
    assert "there is no 'v1.1.0'" in error.message
    assert "v1.10.0" in error.message
    assert "git fetch --tags" in error.advice


def test_a_shallow_clone_is_named_as_the_likely_reason(repo, prepare, tmp_path):
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(tmp_path / "clone"))
    assert "--unshallow" in failure(prepare, tmp_path / "clone", "v1").advice
    assert shas(prepare, tmp_path / "clone", "main", "HEAD")[0] == repo.git("rev-parse", "main")


@pytest.mark.parametrize("ref", ["-v1", "--output=stolen", "", "v1 v2", "v1\nv2", "v1\0", "^v1"])
def test_what_no_ref_can_be_never_reaches_git(repo, prepare, ref):
    assert "is not a git ref" in failure(prepare, repo.folder, ref).message
    assert not (repo.folder / "stolen").exists()


@pytest.mark.parametrize("ref", ["v1..v2", "HEAD:model.py"])
def test_what_names_no_single_commit_is_refused(repo, prepare, ref):
    assert ref in failure(prepare, repo.folder, ref).message


def test_a_folder_outside_git_has_no_refs(tmp_path, prepare):
    assert "not in a git repository" in failure(prepare, tmp_path, "v1").message


def test_an_empty_repository_has_no_refs(empty, prepare):
    assert "no commits yet" in failure(prepare, empty.folder, "main").message


def test_the_variables_of_a_hook_do_not_lead_to_another_repository(repo, prepare, tmp_path, monkeypatch):
    v1 = repo.git("rev-parse", "v1")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert shas(prepare, repo.folder, "v1", "v1") == (v1, v1)


def test_the_users_git_variables_are_there_again_afterwards(repo, prepare, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "me")
    before = dict(os.environ)
    shas(prepare, repo.folder, "v1", "v2")
    assert dict(os.environ) == before


def test_the_last_stable_tag_is_found_by_ancestry_then_by_version(repo, prepare, notes):
    repo.git("tag", "v1.9.0", "v1")
    repo.git("tag", "v1.10.0", "v1")
    repo.git("tag", "v2.0.0rc1", "v2")
    repo.git("tag", "-d", "v2")
    repo.git("checkout", "--quiet", "-b", "elsewhere")
    repo.git("commit", "--quiet", "--allow-empty", "-m", "not here")
    repo.git("tag", "v9.0.0")
    repo.git("checkout", "--quiet", "main")
    assert shas(prepare, repo.folder, "@stable", "HEAD")[0] == repo.git("rev-parse", "v1")
    assert any("v1.10.0" in note for note in notes)


def test_a_history_without_a_release_has_no_stable_tag(repo, prepare):
    repo.git("tag", "-d", "v1", "v2")
    assert "no stable tag" in failure(prepare, repo.folder, "@stable").message
