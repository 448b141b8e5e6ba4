"""The history as a branch: the checkout is not touched, nobody's work is overwritten, and refusals are said."""

import pytest

from gate.adapters.git_history import BranchLedger
from gate.errors import NewerSchemaError, OutputError
from tests.history.conftest import entry, git


@pytest.fixture
def ledger(clone):
    return BranchLedger(folder=clone, timeout=5.0)


def state_of(clone):
    return (
        git(clone, "status", "--porcelain=v2", "--branch", "--ignored"),
        git(clone, "for-each-ref"),
        git(clone, "stash", "list"),
    )


def test_checkout_index_and_refs_stay_as_they_were(clone, ledger):
    (clone / "model.py").write_text("half written\n")
    (clone / "new.py").write_text("staged\n")
    git(clone, "add", "new.py")
    before = state_of(clone)
    ledger.append([entry("a")])
    assert state_of(clone) == before
    assert list(ledger.entries()) == [entry("a")]


def test_it_grows_by_a_commit_an_append_and_keeps_every_one(remote, ledger):
    for number in range(3):
        ledger.append([entry(f"{number}")])
    assert ledger.append([entry("1")]) == 0
    assert git(remote, "rev-list", "--count", "gate-history") == "3"
    assert "README.md" in git(remote, "ls-tree", "--name-only", "gate-history")


def test_a_commit_of_somebody_else_on_the_branch_stays(tmp_path, remote, ledger):
    ledger.append([entry("a")])
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "--branch=gate-history", str(remote), str(other))
    (other / "notes.txt").write_text("by hand\n")
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "-m", "by hand")
    git(other, "push", "--quiet", "origin", "HEAD")
    ledger.append([entry("b")])
    assert git(remote, "show", "gate-history:notes.txt") == "by hand"
    assert [one.uid for one in ledger.entries()] == ["a", "b"]


def test_a_branch_that_is_something_else_is_refused_and_not_touched(clone, remote):
    before = git(remote, "rev-parse", "main")
    with pytest.raises(OutputError, match="branch 'main' of origin is no history"):
        BranchLedger(folder=clone, branch="main").append([entry("a")])
    assert git(remote, "rev-parse", "main") == before


def test_a_branch_of_a_newer_gate_is_refused(tmp_path, remote, ledger):
    ledger.append([entry("a")])
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "--branch=gate-history", str(remote), str(other))
    (other / "gate-history.json").write_text('{"schema":2,"uid":"history"}')
    git(other, "commit", "--quiet", "--all", "-m", "newer")
    git(other, "push", "--quiet", "origin", "HEAD")
    for refused in (lambda: ledger.append([entry("b")]), ledger.glances):
        with pytest.raises(NewerSchemaError, match="has schema 2; this gate knows 1"):
            refused()


def test_a_remote_that_does_not_want_it_is_one_clear_line(remote, ledger):
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(OutputError, match="protected branch") as caught:
        ledger.append([entry("a")])
    assert "\n" not in caught.value.message
    assert "contents: write" in caught.value.advice


def test_a_remote_that_is_gone_is_one_clear_line_without_its_credentials(clone, ledger):
    git(clone, "remote", "set-url", "origin", "file://user:hunter2@localhost/nowhere.git")
    with pytest.raises(OutputError, match="branch 'gate-history' of origin cannot be used") as caught:
        ledger.append([entry("a")])
    assert "hunter2" not in caught.value.message + caught.value.advice
    assert "\n" not in caught.value.message


def test_a_remote_that_is_not_there_is_named(clone):
    with pytest.raises(OutputError, match="there is no remote 'upstream'"):
        BranchLedger(folder=clone, remote="upstream").append([entry("a")])


def test_outside_of_a_repository_it_is_said(tmp_path):
    with pytest.raises(OutputError, match="not in a git repository"):
        BranchLedger(folder=tmp_path).entries()


def test_a_damaged_file_on_the_branch_is_said_and_never_left_out(tmp_path, remote, ledger):
    ledger.append([entry("a")])
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "--branch=gate-history", str(remote), str(other))
    next((other / "entries").glob("*/*.json")).write_bytes(b'{"uid": "\xff\xfe')
    git(other, "commit", "--quiet", "--all", "-m", "oops")
    git(other, "push", "--quiet", "origin", "HEAD")
    with pytest.raises(OutputError, match="is damaged"):
        ledger.entries()
