"""Killed at every step, twenty at once, under load: in the end one branch, one pull request, and nothing lost."""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.adapters.git_history import open_history
from tests.hub import faults
from tests.rollback.conftest import repository_in

ROOT = str(Path(__file__).parent.parent.parent)


class Told:
    """tests/rollback/dying.py, told what to do."""

    def __init__(self, repo, environment):
        self.process = subprocess.Popen(
            (sys.executable, "-m", "tests.rollback.dying"),
            cwd=repo.folder,
            env={**os.environ, "PYTHONPATH": ROOT, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words, **told):
        self.process.stdin.write(json.dumps({"words": words, **told}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def command(sha, *more):
    return ("rollback", "feature", "--max-age", "100000", "--commit", sha, "--record", "../r.json", *more)


def kill_at_every_step(told, words, tidy, check, steps=lambda step: True):
    """How many steps there were; after each kill the same command is given again and must end well.

    Before one step is after the one before it.
    """
    step = 0
    while True:
        step += 1
        if not steps(step):
            continue
        tidy()
        (code,) = told(*words, step=step, when="before")
        if code >= 0:
            assert code == 0
            return step - 1
        assert code == -signal.SIGKILL
        assert told(*words) == [0], step
        check(step)


def test_killed_at_any_step_the_next_run_finishes_and_nothing_is_left_over(repo, tmp_path):
    places = tmp_path / "places"
    places.mkdir()

    def tidy():
        for name in [name for name in repo.refs() if "hotfix" in name]:
            repo.remote.git("update-ref", "-d", name)

    def check(step):
        assert [name for name in repo.refs() if "hotfix" in name] == [f"refs/heads/hotfix/revert-{repo.squashed[:12]}"]
        assert not list(places.iterdir()), step  # the killed one's folder is swept

    with Told(repo, {"TMPDIR": str(places)}) as told:
        assert kill_at_every_step(told, command(repo.squashed), tidy, check) >= 15


@pytest.mark.usefixtures("socket_enabled")
def test_killed_at_any_step_there_is_one_pull_request_in_the_end(served):
    from tests.rollback.test_pull_request import clean  # noqa: PLC0415

    def check(step):
        assert len(served.branches) == 1, step
        assert [state for _, state in served.pulls] == ["open"], step

    with Told(served.repo, served.environment) as told:
        words = command(served.repo.squashed, "--open-pr")
        third = lambda step: step % 3 == 1  # noqa: E731  benchmarks/rolling_back.py tries them all
        assert kill_at_every_step(told, words, lambda: clean(served), check, third) >= 20


@pytest.mark.usefixtures("socket_enabled")
def test_twenty_triggers_at_once_make_one_branch_and_one_pull_request(served):
    with Told(served.repo, served.environment) as told:
        codes = told(*command(served.repo.squashed, "--open-pr"), many=20)
    assert codes == [0] * 20
    assert len(served.branches) == 1
    assert [state for _, state in served.pulls] == ["open"]
    assert len(served.there.issues) == 1


def test_twenty_emergencies_at_once_make_one_pair_of_branches(repo):
    words = ("rollback", "system", "--yes", "--record", "../r.json")
    with Told(repo, {}) as told:
        codes = told(*words, many=20)
    assert codes == [0] * 20
    assert len([name for name in repo.refs() if "emergency" in name]) == 2


def test_a_killed_pusher_is_not_a_failed_push(repo, tmp_path):
    """The push goes on without its gate; whoever comes next adopts what lands."""
    hook = repo.remote.folder / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/pushing\nsleep 1\n")
    hook.chmod(0o755)
    killed = subprocess.Popen((sys.executable, "-m", "gate", *command(repo.squashed)), cwd=repo.folder)
    while not (tmp_path / "pushing").exists():
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert repo.rollback("feature", "--commit", repo.squashed).code == 0
    assert len([name for name in repo.refs() if "hotfix" in name]) == 1


# ------------------------------------------------------------------ under load


def long_history(repo, commits, files=200):
    """A history of many commits, made at once."""
    lines = []
    for number in range(commits):
        text = f"value = {number}\n"
        lines.append(f"commit refs/heads/main\ncommitter A <a@b> {repo.clock + number} +0000\n")
        lines.append(f"data {len(f'c{number}')}\nc{number}\n")
        if number == 0:
            lines.append(f"from {repo.sha('main')}\n")
        lines.append(f"M 100644 inline pkg{number % 20}/f{number % files}.py\ndata {len(text)}\n{text}\n")
    done = subprocess.run(
        ("git", "fast-import", "--quiet", "--force"), cwd=repo.folder, input="".join(lines).encode(), check=False
    )
    assert done.returncode == 0
    repo.git("reset", "-q", "--hard", "main")


def burn():
    while True:
        pass


@contextlib.contextmanager
def busy_cpu():
    context = multiprocessing.get_context("spawn")
    burning = [context.Process(target=burn, daemon=True) for _ in range(os.cpu_count() or 2)]
    for process in burning:
        process.start()
    yield
    for process in burning:
        process.kill()
        process.join()


@pytest.mark.usefixtures("socket_enabled")
def test_under_load_with_ten_thousand_commits_and_a_slow_api_the_rollback_is_the_same(served):
    repo = served.repo
    long_history(repo, 10_000)
    repo.git("push", "-q", "origin", "main")
    bad = repo.sha("main~5")
    quiet = repo.rollback("feature", "--commit", bad, "--dry-run").plan
    served.hub.faults.add("*", "/repos/*", faults.slow(0.1), times=None)
    with busy_cpu():
        done = served.rollback("feature", "--commit", bad)
    assert done.record["ending"] == "PULL_REQUEST_OPEN", done.said
    assert done.plan["head"] == quiet["head"]
    assert len(served.pulls) == 1


# ------------------------------------------------------------------ the same as git


EDITS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.sampled_from(["edit", "delete", "move", "merge"])),
    min_size=3,
    max_size=9,
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_reverting_by_plumbing_is_what_git_revert_does_in_a_worktree(edits, tmp_path_factory):
    repo = repository_in(tmp_path_factory.mktemp("random"))
    repo.commit("start", **{name: "".join(f"line {n}\n" for n in range(10)) for name in "abc"})
    for name, line, what in edits:
        change(repo, name, line, what)
    commits = repo.git("rev-list", "--first-parent", "main").split()[:-1]
    with open_history(repo.folder, "origin", push=False) as history:
        for sha in commits:
            (tip, taken) = history.commits((repo.sha("main"), sha))
            ours = history.revert(tip.sha, taken, taken.parents[0], "x")
            theirs = by_git(repo, sha, merge=len(taken.parents) > 1)
            if theirs is None:
                assert not isinstance(ours, str)
            else:
                assert isinstance(ours, str)
                assert history.commits((ours,))[0].tree == theirs


def change(repo, name, line, what):
    file = repo.folder / name
    if what == "merge":
        repo.git("switch", "-q", "-c", f"side{repo.clock}")
        change(repo, name, line, "edit")
        branch = repo.git("branch", "--show-current")
        repo.git("switch", "-q", "main")
        repo.merge(branch)
    elif what == "delete" and file.exists():
        file.unlink()
        repo.record("delete")
    elif what == "move" and file.exists():
        file.rename(repo.folder / f"{name}{line}")
        repo.record("move")
    else:
        lines = file.read_text().splitlines() if file.exists() else []
        lines[line : line + 1] = [f"changed {repo.clock}"]
        repo.commit("edit", **{name: "\n".join(lines) + "\n"})


def by_git(repo, sha, *, merge):
    """The tree that `git revert` makes in the checkout; None where it conflicts."""
    code = subprocess.run(
        ("git", "revert", "--no-commit", *(("-m", "1") if merge else ()), sha),
        cwd=repo.folder,
        capture_output=True,
        check=False,
    ).returncode
    tree = repo.git("write-tree") if code == 0 else None
    repo.git("reset", "-q", "--hard", "main")
    repo.git("clean", "-qfd")
    return tree
