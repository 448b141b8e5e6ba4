"""What decides which environment a version needs."""

import pytest

from gate.adapters.versions.dependencies import NOTHING, find
from gate.adapters.versions.requirements_txt import is_local
from gate.errors import VersionError

PROJECT = '[project]\nname = "m"\nversion = "{version}"\nrequires-python = "{python}"\ndependencies = ["lib{pin}"]\n'


@pytest.fixture
def fingerprint(tmp_path):
    def of(code="code", **files):
        for old in tmp_path.glob("*.*"):
            if old.is_file():
                old.unlink()
        for name, text in files.items():
            (tmp_path / FILES[name]).write_text(text)
        return find(tmp_path, None).fingerprint(code)

    return of


FILES = {
    "requirements": "requirements.txt",
    "base": "base.txt",
    "project": "pyproject.toml",
    "uv": "uv.lock",
    "poetry": "poetry.lock",
    "setup": "setup.py",
}


def project(*, version="1", python=">=3.11", pin="", more=""):
    return PROJECT.format(version=version, python=python, pin=pin) + more


def test_comments_and_blank_lines_in_requirements_decide_nothing(fingerprint):
    assert fingerprint(requirements="# a\nlib==1  # why\n\n") == fingerprint(requirements="lib==1\n")
    assert fingerprint(requirements="lib==1\n") != fingerprint(requirements="lib==2\n")


def test_an_included_file_decides_too(fingerprint):
    one, two = (fingerprint(requirements="-r base.txt\n", base=f"lib=={n}\n-r requirements.txt\n") for n in (1, 2))
    assert one != two


def test_ruff_settings_extras_and_the_projects_own_version_decide_nothing(fingerprint):
    extras = '[project.optional-dependencies]\ndev = ["x"]\n'
    assert fingerprint(project=project(version="2", more=f"[tool.ruff]\nline-length = 9\n{extras}")) == fingerprint(
        project=project()
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"pin": "==2"},
        {"python": ">=3.12"},
        {"more": '[tool.uv.sources]\nlib = { git = "https://x.org/lib" }\n'},
        {"more": '[tool.poetry.dependencies]\nlib = "^2"\n'},
    ],
)
def test_dependencies_python_and_sources_decide(fingerprint, changed):
    assert fingerprint(project=project(**changed)) != fingerprint(project=project())


def test_a_pyproject_with_tool_settings_alone_names_no_dependencies(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    assert find(tmp_path, None) is NOTHING


def test_the_pins_of_poetry_decide(fingerprint):
    poetry = project()
    lock = '[[package]]\nname = "lib"\nversion = "{}"\n'
    one, two = (fingerprint(project=poetry, poetry=lock.format(n)) for n in (1, 2))
    assert one != two


LOCK = """
version = 1
[[package]]
name = "m"
version = "{version}"
source = {{ editable = "." }}
dependencies = [{{ name = "lib" }}]
[package.dev-dependencies]
dev = [{{ name = "pytest" }}]
[[package]]
name = "lib"
version = "1"
dependencies = [{{ name = "deep" }}]
[[package]]
name = "deep"
version = "{deep}"
[[package]]
name = "pytest"
version = "{pytest}"
"""


def lock(version=1, deep=1, pytest=1):
    return LOCK.format(version=version, deep=deep, pytest=pytest)


def test_of_uv_lock_only_what_the_project_needs_to_run_decides(fingerprint):
    same = fingerprint(project=project(), uv=lock())
    assert fingerprint(project=project(), uv=lock(version=2, pytest=2)) == same
    assert fingerprint(project=project(), uv=lock(deep=2)) != same


def test_the_code_decides_where_it_is_installed_too(fingerprint):
    assert fingerprint("a", requirements="-e .\n") != fingerprint("b", requirements="-e .\n")
    assert fingerprint("a", requirements="lib\n") == fingerprint("b", requirements="lib\n")
    sources = '[tool.uv.sources]\nlib = { path = "lib" }\n'
    assert fingerprint("a", project=project(more=sources)) != fingerprint("b", project=project(more=sources))


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "-e ./lib",
        "--editable=lib",
        ".",
        ".[x]",
        "./lib",
        "../lib",
        "/opt/lib",
        "lib/a",
        "a @ file:///x",
        "a @ ./x",
    ],
)
def test_lines_that_install_from_this_disk_are_known(line):
    assert is_local(line)


@pytest.mark.parametrize(
    "line",
    [
        "lib",
        "lib==1",
        "-e git+https://x.org/a.git",
        "a @ https://x.org/a",
        "https://x.org/a.whl",
        "-r base.txt",
        "--index-url https://x.org/simple",
    ],
)
def test_lines_that_install_from_elsewhere_are_known(line):
    assert not is_local(line)


@pytest.mark.parametrize("file", ["Pipfile", "environment.yml"])
def test_what_only_conda_or_pipenv_can_install_is_said(tmp_path, file):
    (tmp_path / file).write_text("")
    with pytest.raises(VersionError, match=file) as caught:
        find(tmp_path, None)
    assert "`requirements`" in caught.value.advice
    assert "`python`" in caught.value.advice


def test_a_requirements_file_beside_an_environment_yml_is_taken(tmp_path):
    (tmp_path / "environment.yml").write_text("")
    (tmp_path / "requirements.txt").write_text("lib\n")
    assert find(tmp_path, None).file == "requirements.txt"


def test_a_named_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(VersionError, match=r"there is no prod\.txt"):
        find(tmp_path, "prod.txt")


def test_a_pyproject_that_does_not_parse_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[")
    with pytest.raises(VersionError, match=r"pyproject\.toml cannot be read"):
        find(tmp_path, None)
