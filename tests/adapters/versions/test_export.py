"""What an exported version consists of, and what it leaves alone."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gate.domain.version import Role
from gate.errors import VersionError

BASE, NEW = Role.BASELINE, Role.CANDIDATE


def state(repo):
    """All of the user's repository that an export could disturb."""
    files = [file for file in sorted(repo.folder.rglob("*")) if file.is_file()]
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_each_version_has_its_own_files(repo, prepare):
    with prepare(repo.folder, ref=("v1", "v2")) as versions:
        assert Path(versions[BASE].root, "model.py").read_text() == "V = 1\n"
        assert Path(versions[NEW].root, "model.py").read_text() == "V = 2\n"
        assert versions[BASE].ref == "v1"
        assert versions[BASE].factory == "model:V"
        assert versions[BASE].python == sys.executable
        assert not versions[BASE].dirty
        assert versions[BASE].tree_sha256 != versions[NEW].tree_sha256


def test_nothing_of_the_users_repository_changes(repo, prepare):
    repo.write(model="V = 'dirty'\n", untracked="")
    os.utime(repo.folder / "model.py", (1, 1))
    before = state(repo)
    with prepare(repo.folder, ref=("v1", None)):
        assert state(repo) == before
    assert state(repo) == before
    assert repo.git("worktree", "list").count("\n") == 0


def test_the_export_is_gone_afterwards(repo, prepare, cache):
    with prepare(repo.folder, ref=("v1", "v2")) as versions:
        root = Path(versions[BASE].root)
        assert root.is_dir()
    assert not root.exists()
    assert list((cache / "exports").iterdir()) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_the_export_is_gone_however_it_ends(repo, prepare, cache, stop):
    with pytest.raises(stop), prepare(repo.folder, ref="v1"):
        raise stop
    assert list((cache / "exports").iterdir()) == []


def test_the_export_is_gone_when_the_other_version_cannot_be_had(repo, prepare, cache):
    with pytest.raises(VersionError), prepare(repo.folder, ref=("v1", "v9")):
        pass
    assert list((cache / "exports").iterdir()) == []


def test_the_export_is_gone_though_a_model_took_its_rights_away(repo, prepare, cache):
    with prepare(repo.folder, ref="v1") as versions:
        Path(versions[BASE].root).chmod(0o500)
    assert list((cache / "exports").iterdir()) == []


HANGING = """
import sys, time
from pathlib import Path
from gate.adapters.versions import GitVersions
from gate.domain.settings import ModelSettings, VersionSettings
from gate.domain.version import Role
asked = {Role.CANDIDATE: (VersionSettings(ref="v1", environment="current"), ModelSettings())}
with GitVersions().prepare(asked, Path(sys.argv[1]), print) as versions:
    print(versions[Role.CANDIDATE].root, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_gate_left_is_swept_and_a_living_one_is_left_alone(repo, prepare, cache):
    command = [sys.executable, "-c", HANGING, str(repo.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout is not None
        root = Path(living.stdout.readline().strip())
        with prepare(repo.folder, ref="v1"):
            assert root.is_dir()
        living.send_signal(signal.SIGKILL)
        living.wait()
    assert root.is_dir()
    with prepare(repo.folder, ref="v1"):
        assert not root.exists()
    assert list((cache / "exports").iterdir()) == []


def test_export_ignore_hides_nothing(repo, prepare):
    repo.put(".gitattributes", "model.py export-ignore\n")
    repo.commit("v3")
    with prepare(repo.folder, ref="v3") as versions:
        assert Path(versions[BASE].root, "model.py").exists()


def test_hooks_and_filters_of_the_user_do_not_run(repo, prepare, tmp_path, notes):
    repo.put(".gitattributes", "*.py filter=evil\n")
    repo.commit("v3")
    trap = tmp_path / "trap"
    for name in ("post-checkout", "post-index-change"):
        hook = repo.put(f".git/hooks/{name}", f"#!/bin/sh\ntouch {trap}\n")
        hook.chmod(0o755)
    (tmp_path / "home" / ".gitconfig").write_text(f'[filter "evil"]\nsmudge = touch {trap}\nrequired = true\n')
    repo.git("config", "filter.evil.smudge", f"touch {trap}")
    with prepare(repo.folder, ref="v3") as versions:
        assert Path(versions[BASE].root, "model.py").read_text() == "V = 2\n"
    assert not trap.exists()
    assert "baseline: git filters are not run, files are as they are stored: evil" in notes


def test_a_dirty_gitattributes_changes_no_byte(repo, prepare):
    repo.put(".gitattributes", "*.py text eol=crlf\n")
    with prepare(repo.folder, ref="v1") as versions:
        assert Path(versions[BASE].root, "model.py").read_bytes() == b"V = 1\n"


def lfs_pointer(content: bytes) -> str:
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


def test_lfs_files_are_filled_in_as_far_as_they_were_fetched(repo, prepare, notes):
    repo.put(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    repo.put("here.bin", lfs_pointer(b"weights"))
    repo.put("away.bin", lfs_pointer(b"other"))
    repo.commit("v3")
    oid = hashlib.sha256(b"weights").hexdigest()
    repo.put(f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}", b"weights")
    with prepare(repo.folder, ref="v3") as versions:
        assert Path(versions[BASE].root, "here.bin").read_bytes() == b"weights"
    assert any("1 Git LFS files are pointers without content (away.bin)" in note for note in notes)


def test_submodules_are_empty_folders_and_that_is_said(repo, prepare, notes, tmp_path):
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(repo.folder), "vendored")
    repo.commit("v3")
    with prepare(repo.folder, ref="v3") as versions:
        assert list(Path(versions[BASE].root, "vendored").iterdir()) == []
    assert "baseline: submodules are exported as empty folders: vendored" in notes


def test_a_version_that_does_not_parse_is_exported_all_the_same(repo, prepare):
    repo.write(model="def (:\n")
    repo.commit("v3")
    with prepare(repo.folder, ref="v3", environment="auto") as versions:
        assert Path(versions[BASE].root, "model.py").read_text() == "def (:\n"


def test_a_sub_folder_is_the_same_sub_folder_in_the_export(repo, prepare):
    repo.put("models/regime/model.py", "V = 3\n")
    repo.commit("v3")
    with prepare(repo.folder / "models" / "regime", ref=("v3", None)) as versions:
        assert Path(versions[BASE].root).parts[-2:] == ("models", "regime")
        assert Path(versions[BASE].root, "model.py").read_text() == "V = 3\n"
        assert versions[BASE].tree_sha256 == versions[NEW].tree_sha256


def test_a_sub_folder_that_the_ref_has_not_is_named(repo, prepare):
    repo.put("models/model.py", "")
    with (
        pytest.raises(VersionError, match="the folder models does not exist at 'v1'"),
        prepare(repo.folder, path="models", ref="v1"),
    ):
        pass


def test_a_folder_that_is_a_symlink_in_the_ref_is_not_followed(repo, prepare):
    (repo.folder / "models").symlink_to("/etc")
    repo.commit("v3")
    (repo.folder / "models").unlink()
    repo.put("models/model.py", "")
    with pytest.raises(VersionError, match="does not exist at 'v3'"), prepare(repo.folder, path="models", ref="v3"):
        pass


def test_spaces_letters_and_dollars_in_paths_are_just_letters(tmp_path, repo, prepare):
    repo.put("Modelle für $HOME/größe 1.py", "x = 1\n")
    repo.commit("v3")
    folder = tmp_path / "Ordner mit Größe $HOME"
    repo.git("clone", "--quiet", ".", str(folder))
    with prepare(folder, path="Modelle für $HOME", ref=("v3", None)) as versions:
        assert [file.name for file in Path(versions[BASE].root).iterdir()] == ["größe 1.py"]
        assert versions[BASE].tree_sha256 == versions[NEW].tree_sha256


def test_bare_repositories_worktrees_and_detached_heads_are_repositories(tmp_path, repo, prepare):
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"), "v1")
    for folder in (tmp_path / "bare.git", tmp_path / "tree"):
        with prepare(folder, ref=("v1", "main")) as versions:
            assert Path(versions[BASE].root, "model.py").read_text() == "V = 1\n"
            assert Path(versions[NEW].root, "model.py").read_text() == "V = 2\n"


def test_a_sha256_repository_is_a_repository(empty, prepare, tmp_path):
    empty.folder = tmp_path / "new"
    empty.folder.mkdir()
    empty.git("init", "--quiet", "--object-format=sha256")
    empty.write(model="V = 1\n")
    assert len(empty.commit("v1")) == 64
    with prepare(empty.folder, ref="v1") as versions:
        assert Path(versions[BASE].root, "model.py").read_text() == "V = 1\n"


def test_a_clone_that_borrows_its_objects_is_exported(repo, prepare, tmp_path):
    repo.git("clone", "--quiet", "--shared", ".", str(tmp_path / "shared"))
    with prepare(tmp_path / "shared", ref="v1") as versions:
        assert Path(versions[BASE].root, "model.py").read_text() == "V = 1\n"


def test_a_partial_clone_that_lacks_the_files_says_so(repo, prepare, tmp_path):
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--filter=blob:none", f"file://{repo.folder}", str(tmp_path / "partial"))
    with pytest.raises(VersionError, match="unable to read") as caught, prepare(tmp_path / "partial", ref="v1"):
        pass
    assert "--filter" in caught.value.advice


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_a_repository_of_somebody_else_is_reported_and_not_trusted(repo, prepare):
    subprocess.run(["chown", "-R", "12345", str(repo.folder)], check=True)
    with pytest.raises(VersionError, match="dubious ownership") as caught, prepare(repo.folder, ref="v1"):
        pass
    assert "safe.directory" in caught.value.advice


def test_exec_bits_and_links_are_kept(repo, prepare):
    repo.put("run.sh", "#!/bin/sh\n").chmod(0o755)
    (repo.folder / "link").symlink_to("/etc/passwd")
    repo.commit("v3")
    with prepare(repo.folder, ref="v3") as versions:
        root = Path(versions[BASE].root)
        assert os.access(root / "run.sh", os.X_OK)
        assert (root / "link").readlink() == Path("/etc/passwd")


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(repo, prepare, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GATE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(VersionError) as caught, prepare(repo.folder, ref="v1"):
        pass
    assert "GATE_CACHE_DIR" in caught.value.advice
