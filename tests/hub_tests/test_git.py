"""Real git against the hub."""

import os
import subprocess

import pytest


@pytest.fixture
def git(tmp_path):
    """git in a folder of its own, with nobody's configuration."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **{f"GIT_{who}_{word}": "mona@example.com" for who in ("AUTHOR", "COMMITTER") for word in ("NAME", "EMAIL")},
    }

    def run(*words, fails=False, cwd=tmp_path):
        done = subprocess.run(["git", *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout.strip()

    return run


@pytest.fixture
def checkout(hub, git, repository, writer, tmp_path):
    git("clone", "-q", hub.git_url(repository, writer), "work")
    return tmp_path / "work"


def changed(git, checkout, path="model.py", branch="change"):
    git("checkout", "-q", "-b", branch, cwd=checkout)
    (checkout / path).parent.mkdir(parents=True, exist_ok=True)
    (checkout / path).write_text("STATES = 8\n")
    git("add", ".", cwd=checkout)
    git("commit", "-q", "-m", "Change", cwd=checkout)
    return git("rev-parse", "HEAD", cwd=checkout)


def test_a_clone_has_what_the_repository_has_and_writes_nothing(hub, checkout, repository, git):
    assert not hub.log.writes()
    assert (checkout / "model.py").read_text() == "STATES = 3\n"
    assert git("rev-parse", "HEAD", cwd=checkout) == repository.sha("main")


def test_a_push_moves_the_branch_and_its_pull_request(hub, github, feature, repository, git, checkout):
    pull = github.create_pull(base="main", head="feature", title="One")
    git("fetch", "-q", "origin", "feature", cwd=checkout)
    git("checkout", "-q", "-b", "feature", "FETCH_HEAD", cwd=checkout)
    (checkout / "model.py").write_text("STATES = 8\n")
    git("commit", "-q", "-am", "Eight", cwd=checkout)
    git("push", "-q", "origin", "feature", cwd=checkout)
    sha = git("rev-parse", "HEAD", cwd=checkout)
    assert (repository.sha("feature"), github.get_pull(pull.number).head.sha) == (sha, sha)
    push = hub.log.requests("POST", "*/git-receive-pack")[-1]
    assert push.changed
    assert push.body == {"updates": [{"old": feature, "new": sha, "ref": "refs/heads/feature"}]}


def test_a_protected_branch_takes_no_push(github, repository, git, checkout):
    repository.protect(checks=("gate",))
    before = repository.sha("main")
    changed(git, checkout)
    assert "GH006: Protected branch update failed for refs/heads/main" in git(
        "push", "origin", "change:main", fails=True, cwd=checkout
    )
    assert repository.sha("main") == before


def test_a_reading_token_pushes_nothing(hub, repository, git, checkout):
    changed(git, checkout)
    reader = hub.token("reader")
    said = git("push", hub.git_url(repository, reader), "change", fails=True, cwd=checkout)
    assert "403" in said
    assert repository.git.head("change") is None
    assert not any(entry.changed for entry in hub.log.writes(token="reader"))


def test_a_workflow_is_pushed_only_with_its_permission(hub, repository, git, checkout):
    changed(git, checkout, ".github/workflows/new.yml")
    said = git("push", "origin", "change", fails=True, cwd=checkout)
    assert "refusing to allow a GitHub App to create or update workflow `.github/workflows/new.yml`" in said
    able = hub.token("able", {"contents": "write", "workflows": "write"})
    git("push", "-q", hub.git_url(repository, able), "change", cwd=checkout)
    assert repository.git.head("change")


def test_pull_request_refs_are_fetched_and_never_pushed(hub, repository, feature, git, checkout):
    hub.open_pull_request(repository, "feature")
    git("fetch", "-q", "origin", "refs/pull/1/merge", cwd=checkout)
    assert git("show", "FETCH_HEAD:model.py", cwd=checkout) == "STATES = 4"
    assert "hidden ref" in git("push", "origin", "HEAD:refs/pull/1/head", fails=True, cwd=checkout)


def test_an_empty_lease_lets_one_of_two_create_a_branch(repository, git, checkout):
    one = changed(git, checkout, branch="one")
    git("push", "-q", "--force-with-lease=refs/heads/lock:", "origin", "one:refs/heads/lock", cwd=checkout)
    changed(git, checkout, "other.py", branch="two")
    git("push", "-q", "--force-with-lease=refs/heads/lock:", "origin", "two:refs/heads/lock", fails=True, cwd=checkout)
    assert repository.sha("lock") == one


def test_a_private_repository_needs_a_token(hub, git):
    hub.repository("acme/secret", {"a": "1\n"}, private=True)
    git("clone", "-q", f"{hub.html}/acme/secret.git", fails=True)
