"""What is seen of a repository besides its code."""

import subprocess

import pytest

from gate.adapters.looking import RepositoryOnDisk
from gate.adapters.looking.data import sources_of
from gate.adapters.looking.git import owner_and_name


def git(folder, *words):
    who = ("-c", "user.name=quant", "-c", "user.email=quant@example.invalid")
    subprocess.run(("git", *who, *words), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q", "-b", "trunk")
    git(tmp_path, "commit", "-qm", "v1", "--allow-empty")
    return tmp_path


def look(folder):
    return RepositoryOnDisk().look(folder)


def test_a_tag_of_another_branch_is_not_this_ones(repository):
    git(repository, "tag", "v1.0.0")
    git(repository, "checkout", "-q", "-b", "other")
    git(repository, "commit", "-qm", "v2", "--allow-empty")
    git(repository, "tag", "v2.0.0")
    git(repository, "checkout", "-q", "trunk")
    assert look(repository).stable_tag == "v1.0.0"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/quants/regimes.git", "quants/regimes"),
        ("git@github.com:quants/regimes.git", "quants/regimes"),
        ("ssh://git@github.example.com:22/quants/regimes", "quants/regimes"),
        ("https://token@github.com/quants/regimes/", "quants/regimes"),
        ("/srv/git/regimes.git", ""),
        ("", ""),
    ],
)
def test_whose_repository_it_is_stands_in_the_remote(url, name):
    assert owner_and_name(url) == name


def test_a_repository_of_ones_own_is_described(repository):
    (repository / "pyproject.toml").write_text("[tool.ruff]\n")
    git(repository, "remote", "add", "origin", "git@github.com:quants/regimes.git")
    found = look(repository)
    assert (found.in_git, found.shallow, found.default_branch, found.remote) == (True, False, "trunk", "quants/regimes")
    assert found.dependency_file == "", "a pyproject.toml of tools alone names no dependencies"
    (repository / "requirements.txt").write_text("hmmlearn\n")
    assert look(repository).dependency_file == "requirements.txt"


def test_a_folder_outside_git_is_looked_at_too(tmp_path):
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "m.py").write_text("class M:\n    def fit(self, X): ...\n    def predict(self, X): ...\n")
    (tmp_path / "m.py").write_text((tmp_path / "venv" / "m.py").read_text())
    found = look(tmp_path)
    assert not found.in_git
    assert [one.file for one in found.detectors] == ["m.py"]


def bars(folder, *names, head="date,open,high,low,close,volume"):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(head + "\n")
    return names


def test_a_few_files_are_named_and_many_are_a_pattern(tmp_path):
    few = bars(tmp_path, "data/a.csv", "data/b.csv")
    assert sources_of(tmp_path, few) == ("data/a.csv", "data/b.csv")
    many = bars(tmp_path, *(f"data/{letter}.csv" for letter in "abcdef"))
    assert sources_of(tmp_path, many) == ("data/*.csv",)


def test_freqtrades_timeframes_are_not_mixed(tmp_path):
    names = [f"user_data/data/binance/{coin}_USDT-{frame}.feather" for coin in "ABCDE" for frame in ("5m", "1h")]
    names += ["user_data/data/binance/F_USDT-1h.feather"]
    assert sources_of(tmp_path, names) == ("user_data/data/binance/*-1h.feather",)


def test_a_table_of_something_else_is_no_market_data(tmp_path):
    assert sources_of(tmp_path, bars(tmp_path, "users.csv", head="name,age")) == ()
    assert sources_of(tmp_path, bars(tmp_path, "tests/data/a.csv")) == ()


def test_data_that_git_ignores_is_named_as_such(repository):
    bars(repository, "data/a.csv")
    (repository / ".gitignore").write_text("data/\n")
    found = look(repository)
    assert (found.data, found.data_ignored) == ((), ("data/a.csv",))
