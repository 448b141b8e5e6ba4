"""Which interpreter a version gets, and what is installed for it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from uv import find_uv_bin

from gate.adapters.versions import environments, interpreters
from gate.domain.version import Role
from gate.errors import ExitCode, VersionError

BASE, NEW = Role.BASELINE, Role.CANDIDATE


@pytest.fixture
def differing(repo, wheels):
    """Two versions that need another lib each."""
    for number, tag in ((1, "a"), (2, "b")):
        repo.put("requirements.txt", f"lib=={number}.0\n")
        repo.commit(tag)
    return repo


def says(python, code):
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def version_of(python, package="lib"):
    return says(python, f"import {package}; print({package}.VERSION)")


def left(cache):
    return sorted(entry.name for entry in (cache / "environments").iterdir())


def test_differing_dependencies_give_both_versions_their_own_environment(differing, prepare, notes):
    with prepare(differing.folder, ref=("a", "b"), environment="auto") as versions:
        assert version_of(versions[BASE].python) == "1.0"
        assert version_of(versions[NEW].python) == "2.0"
        assert version_of(versions[NEW].python, "numpy") == "2.0"
        assert versions[BASE].environment.startswith("own environment ")
        assert versions[BASE].environment.endswith(" (requirements.txt)")
    assert "building environment for baseline (requirements.txt)" in notes


def test_equal_dependencies_run_in_the_current_interpreter(differing, prepare, cache):
    differing.write(model="V = 9\n")
    differing.commit("c")
    with prepare(differing.folder, ref=("b", "c"), environment="auto") as versions:
        assert {version.python for version in versions.values()} == {sys.executable}
        assert versions[BASE].environment == "current interpreter"
    assert not (cache / "environments").exists()


def test_current_never_builds(differing, prepare, cache):
    with prepare(differing.folder, ref=("a", "b"), environment="current") as versions:
        assert versions[BASE].python == sys.executable
    assert not (cache / "environments").exists()


def test_isolated_always_builds_and_the_second_time_finds_it(differing, prepare, notes):
    for _ in range(2):
        with prepare(differing.folder, ref="a", environment="isolated") as versions:
            assert version_of(versions[BASE].python) == "1.0"
            assert versions[BASE].python == versions[NEW].python
    assert len(notes) == 1


def test_the_worker_has_pandas_for_bars(differing, prepare):
    with prepare(differing.folder, ref="a", environment="isolated", kind="bars") as versions:
        assert version_of(versions[BASE].python, "pandas") == "2.0"


def test_what_the_requirements_pin_is_not_overridden(differing, prepare):
    differing.put("requirements.txt", "numpy==1.0\n")
    with prepare(differing.folder, environment="isolated") as versions:
        assert version_of(versions[BASE].python, "numpy") == "1.0"


def test_a_version_without_dependency_files_stays_in_the_current_interpreter(differing, prepare, notes):
    with prepare(differing.folder, ref=("v1", "a"), environment="auto") as versions:
        assert versions[BASE].environment == "current interpreter"
        assert version_of(versions[NEW].python) == "1.0"
    assert "baseline names no dependencies: it runs in the current interpreter" in notes


def test_isolated_without_dependency_files_has_what_the_worker_needs(repo, wheels, prepare):
    with prepare(repo.folder, environment="isolated") as versions:
        assert version_of(versions[BASE].python, "numpy") == "2.0"
        assert "(no dependency file)" in versions[BASE].environment


def test_a_named_requirements_file_is_taken(differing, prepare):
    differing.put("deploy/prod.txt", "-r ../requirements.txt\n")
    with prepare(differing.folder, environment="isolated", requirements="deploy/prod.txt") as versions:
        assert version_of(versions[BASE].python) == "2.0"
        assert "(deploy/prod.txt)" in versions[BASE].environment


def test_a_pyproject_is_installed_from(repo, wheels, prepare):
    repo.put("pyproject.toml", '[project]\nname = "m"\nversion = "1"\ndependencies = ["lib<2"]\n')
    with prepare(repo.folder, environment="isolated") as versions:
        assert version_of(versions[BASE].python) == "1.0"


def test_the_versions_that_poetry_locked_are_installed(repo, wheels, prepare):
    repo.put("pyproject.toml", '[project]\nname = "m"\nversion = "1"\ndependencies = ["lib"]\n')
    repo.put("poetry.lock", '[[package]]\nname = "lib"\nversion = "1.0"\n')
    with prepare(repo.folder, environment="isolated") as versions:
        assert version_of(versions[BASE].python) == "1.0"


def test_a_uv_lock_is_installed_as_it_is_locked(repo, wheels, prepare, tmp_path):
    repo.put(
        "pyproject.toml", '[project]\nname = "m"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["lib<2"]\n'
    )
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=repo.folder, check=True)
    wheels("lib", "1.5")
    repo.commit("locked")
    with prepare(repo.folder, ref="locked", environment="isolated") as versions:
        assert version_of(versions[BASE].python) == "1.0"
        assert "(uv.lock)" in versions[BASE].environment


BACKEND = """
import zipfile
from pathlib import Path
def build_wheel(folder, config_settings=None, metadata_directory=None):
    Path("built-here").touch()
    name = "own-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.write("src/own.py", "own.py")
        wheel.writestr("own-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1.0\\n")
        wheel.writestr("own-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("own-1.0.dist-info/RECORD", "")
    return name
build_editable = build_wheel
"""


@pytest.fixture
def installs_itself(repo, wheels):
    """A project that lies under src and installs itself by `-e .`."""
    system = '[build-system]\nrequires = []\nbuild-backend = "tiny"\nbackend-path = ["."]\n'
    repo.put("pyproject.toml", f'{system}[project]\nname = "own"\nversion = "1.0"\n')
    repo.put("tiny.py", BACKEND)
    repo.put("requirements.txt", "-e .\n")
    for number in (1, 2):
        repo.put("src/own.py", f"VERSION = {number}\n")
        repo.commit(f"own{number}")
    return repo


def test_versions_that_install_themselves_get_their_own_code(installs_itself, prepare):
    with prepare(installs_itself.folder, ref=("own1", "own2"), environment="auto") as versions:
        pythons = [versions[role].python for role in Role]
    # Still there when the export is gone: nothing is installed as a link into it.
    assert [version_of(python, "own") for python in pythons] == ["1", "2"]


def test_a_build_sees_no_secret_of_the_gates(installs_itself, prepare, tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    monkeypatch.setenv("ACTIONS_RUNTIME_TOKEN", "ghs_secret")
    monkeypatch.setenv("MY_DATABASE", "ghs_secret")
    spy = f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))\n"
    installs_itself.put("tiny.py", spy + BACKEND)
    with prepare(installs_itself.folder, environment="isolated"):
        assert "'PATH'" in seen.read_text()
    assert "ghs_secret" not in seen.read_text()


def test_a_build_writes_nothing_into_the_checkout(installs_itself, prepare):
    with prepare(installs_itself.folder, environment="isolated") as versions:
        assert version_of(versions[BASE].python, "own") == "2"
    assert installs_itself.git("status", "--porcelain") == ""


def test_a_package_that_cannot_be_had_is_named_and_nothing_is_left(repo, wheels, prepare, cache):
    repo.put("requirements.txt", "no-such-package==1\n")
    with pytest.raises(VersionError, match="no-such-package") as caught, prepare(repo.folder, environment="isolated"):
        pass
    assert "\n" not in caught.value.message
    assert caught.value.exit_code is ExitCode.BROKEN_QUESTION
    assert left(cache) == []


def test_what_a_killed_build_left_is_not_taken_for_complete(differing, prepare, cache):
    with prepare(differing.folder, environment="isolated") as versions:
        home = Path(versions[BASE].python).parents[1]
    (home / environments.STAMP).unlink()
    (home / "bin" / "python").unlink()
    with prepare(differing.folder, environment="isolated") as versions:
        assert version_of(versions[BASE].python) == "2.0"


def test_of_several_gates_one_builds_and_the_others_wait(differing, prepare, notes, cache):
    def one():
        with prepare(differing.folder, environment="isolated") as versions:
            done.append(version_of(versions[BASE].python))

    done: list[str] = []
    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["2.0"] * 3
    assert [note for note in notes if note.startswith("building")] == [
        "building environment for baseline (requirements.txt)"
    ]
    assert len(left(cache)) == 1


def test_an_environment_that_nobody_used_for_months_is_forgotten(differing, prepare, monkeypatch, cache):
    with prepare(differing.folder, ref="a", environment="isolated") as versions:
        home = Path(versions[BASE].python).parents[1]
    os.utime(home / environments.STAMP, (0, 0))
    with prepare(differing.folder, ref="b", environment="isolated"):
        assert not home.exists()


def test_the_users_virtual_environment_and_python_path_do_not_leak_in(differing, prepare, monkeypatch, tmp_path):
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    with prepare(differing.folder, environment="isolated"):
        assert not (tmp_path / "elsewhere").exists()


def test_a_python_that_nobody_has_is_said(repo, wheels, prepare):
    repo.put("pyproject.toml", '[project]\nname = "m"\nversion = "1"\nrequires-python = ">=3.99"\n')
    with pytest.raises(VersionError, match=r"requires-python >=3\.99"), prepare(repo.folder, environment="isolated"):
        pass


def test_an_interpreter_is_taken_as_it_is(repo, prepare, tmp_path):
    (repo.folder / "my-python").symlink_to(sys.executable)
    with prepare(repo.folder, python="my-python") as versions:
        assert versions[BASE].python == str(repo.folder / "my-python")
        assert versions[BASE].environment == "interpreter my-python"


@pytest.mark.parametrize("name", ["./no-python", "no-such-python"])
def test_an_interpreter_that_is_not_there_is_named(repo, prepare, name):
    with pytest.raises(VersionError, match=f"there is no interpreter {name}"), prepare(repo.folder, python=name):
        pass


def test_an_interpreter_that_does_not_run_is_named(repo, prepare):
    repo.put("broken", "#!/bin/sh\nexit 3\n").chmod(0o755)
    with pytest.raises(VersionError, match="does not run"), prepare(repo.folder, python="./broken"):
        pass


def test_the_current_interpreter_is_preferred_where_it_satisfies(tmp_path):
    assert interpreters.satisfying(">=3.11", tmp_path) is interpreters.CURRENT
    with pytest.raises(VersionError, match="no version specifier"):
        interpreters.satisfying("^3.11", tmp_path)
