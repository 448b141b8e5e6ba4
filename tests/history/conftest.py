"""Every kind of ledger, new and empty."""

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from gate.adapters.git_history import BranchLedger
from gate.adapters.ledger_sql import SqlLedger, parsed
from gate.domain.history import Happened, HistoryEntry
from gate.domain.verdict import VerdictRecord
from gate.usecases.history import KeptLedger
from tests.history.memory import MemoryLedger, MemoryOutbox
from tests.postgres import NotInstalledError, Postgres

KINDS = ("memory", "kept", "sqlite", "postgres", "branch", "own branch")
EXAMPLE = Path(__file__).parents[2] / "reports" / "example" / "verdict.json"
VERDICT = msgspec.json.decode(EXAMPLE.read_bytes(), type=VerdictRecord)
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")


def entry(uid="one", at="2026-11-29T14:30:00Z", kind=Happened.DEPLOYMENT, **more):
    return HistoryEntry(uid=uid, at=at, kind=kind, **{"title": "v2 deployed", **more})


def git(folder, *words):
    done = subprocess.run(["git", *IDENTITY, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def nobodys_git(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def postgres():
    try:
        with Postgres() as server:
            yield server
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def remote(tmp_path):
    """A remote repository with a main branch."""
    folder = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    first = tmp_path / "first"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(first))
    for number in range(3):
        (first / "model.py").write_text(f"V = {number}\n")
        git(first, "add", "--all")
        git(first, "commit", "--quiet", "-m", f"change {number}")
    git(first, "push", "--quiet", str(folder), "main")
    return folder


@pytest.fixture
def clone(tmp_path, remote):
    """A shallow checkout, as a CI has."""
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{remote}", str(folder))
    return folder


@pytest.fixture(params=KINDS)
def opened(request, tmp_path):
    """A way to open one and the same ledger, again and again."""
    match request.param:
        case "memory":
            kept = MemoryLedger()
            return lambda: kept
        case "kept":
            ledger, outbox = MemoryLedger(), MemoryOutbox()
            return lambda: KeptLedger(ledger=ledger, outbox=outbox)
        case "sqlite":
            return lambda: SqlLedger(url=parsed(f"sqlite:///{tmp_path}/history.sqlite"))
        case "postgres":
            url = request.getfixturevalue("postgres").emptied()
            return lambda: SqlLedger(url=parsed(url))
        case "branch":
            clone = request.getfixturevalue("clone")
            return lambda: BranchLedger(folder=clone)
        case _:
            clone = request.getfixturevalue("clone")
            return lambda: BranchLedger(folder=clone, remote=".")


@pytest.fixture
def ledger(opened):
    return opened()
