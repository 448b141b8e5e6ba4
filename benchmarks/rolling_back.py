"""How long a rollback takes, and what is lost when it is killed or GitHub fails: `python -m benchmarks.rolling_back`.

Needs the test extra (`tests/hub` is the GitHub on loopback). `--times` or `--faults` prints one half.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gate.adapters.git_history import open_history
from gate.domain.rollback import Policy
from gate.usecases.rollback.doing import created
from gate.usecases.rollback.planning import ground, plan_commits
from tests.hub import Hub
from tests.rollback.conftest import repository_in, served_by
from tests.rollback.test_pull_request import FAULTS, clean
from tests.rollback.test_under_fire import Told, command, kill_at_every_step, long_history

SIZES = (10_000, 50_000)
TURNS = 9
WHO = {f"GIT_{role}_{what}": "gate" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def large(folder, commits):
    repo = repository_in(folder)
    repo.commit("start", a__py="A = 1\n")
    long_history(repo, commits)
    repo.git("push", "-q", "origin", "main")
    return repo


def forget(repo, name):
    repo.remote.git("update-ref", "-d", f"refs/heads/{name}", check=False)


def by_gate(repo, sha):
    """Plan and push, without the imports: the git part."""
    started = time.perf_counter()
    with open_history(repo.folder, "origin", push=True) as history:
        on = ground(history, None)
        plan = plan_commits(on, (sha,))
        history.has_file(on.base.sha, Policy().kill_switch_file)
        created(history, plan, on.refs)
    return time.perf_counter() - started, plan.branch


def by_hand(repo, sha, branch):
    """The same by the bare commands, one after the other, in a private repository."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        environment = {**os.environ, **WHO, "GIT_DIR": f"{folder}/p.git"}

        def git(*words):
            done = subprocess.run(("git", *words), cwd=repo.folder, env=environment, capture_output=True, check=False)
            return done.stdout.decode().strip()

        def here(*words):
            return (
                subprocess.run(("git", *words), cwd=repo.folder, capture_output=True, check=True)
                .stdout.decode()
                .strip()
            )

        url = str(repo.remote.folder)
        objects = here("rev-parse", "--git-path", "objects")
        here("rev-parse", "--is-shallow-repository")
        here("remote", "get-url", "--push", "origin")
        git("init", "-q", "--bare")
        (Path(folder) / "p.git/objects/info/alternates").write_text(f"{(repo.folder / objects).resolve()}\n")
        git("ls-remote", url)
        full = git("rev-parse", sha)
        tip = here("rev-parse", "main")
        git("merge-base", "--is-ancestor", full, tip)
        base = git("commit-tree", "-m", "b", f"{full}^{{tree}}")
        ours = git("commit-tree", "-m", "o", "-p", base, f"{tip}^{{tree}}")
        theirs = git("commit-tree", "-m", "t", "-p", base, f"{full}^^{{tree}}")
        tree = git("merge-tree", "--write-tree", "-z", ours, theirs).rstrip("\0")
        made = git("commit-tree", "-m", "revert", "-p", tip, tree)
        git("diff-tree", "-r", "--name-only", tip, made)
        git("push", "-q", f"--force-with-lease=refs/heads/{branch}:", url, f"{made}:refs/heads/{branch}")
        git("ls-remote", url)
        return time.perf_counter() - started


def git_part(folder):
    print(f"the git part of a revert, {TURNS} turns each in alternation, median (fastest)")
    print(f"{'commits':>8} {'bare commands':>18} {'gate':>18} {'ratio':>14}")
    for size in SIZES:
        repo = large(folder / str(size), size)
        sha = repo.sha("main~5")
        ours, theirs = [], []
        for _ in range(TURNS):
            taken, branch = by_gate(repo, sha)
            forget(repo, branch)
            ours.append(taken)
            theirs.append(by_hand(repo, sha, branch))
            forget(repo, branch)
        gate, hand = statistics.median(ours), statistics.median(theirs)
        cells = [
            f"{middle * 1000:>8.0f} ({min(every) * 1000:.0f}) ms" for middle, every in ((hand, theirs), (gate, ours))
        ]
        print(f"{size:>8,} {'  '.join(cells)} {gate / hand:>6.2f}x ({min(ours) / min(theirs):.2f}x)")


def to_the_pull_request(folder):
    with Hub(folder / "hub") as hub:
        repo = large(folder / "ten", SIZES[0])
        served = served_by(hub, repo)
        words = (sys.executable, "-m", "gate", *command(repo.sha("main~5"), "--open-pr"))
        taken = []
        for _ in range(3):
            started = time.perf_counter()
            done = subprocess.run(
                words, cwd=repo.folder, env={**os.environ, **served.environment}, stdout=subprocess.DEVNULL, check=False
            )
            taken.append(time.perf_counter() - started)
            assert done.returncode == 0
            assert len(served.pulls) == 1
            requests = len(hub.log.requests(path="/repos/*"))
            hub.log.clear()
            clean(served)
    spread = ", ".join(f"{one:.1f}" for one in taken)
    print(
        f"trigger to open pull request, {SIZES[0]:,} commits, a process from its start: {spread} s; {requests} requests"
    )


def kills(folder):
    repo = large(folder / "kills", 50)
    sha = repo.sha("main~5")
    branches = lambda: [name for name in repo.refs() if "hotfix" in name]  # noqa: E731
    lost = []

    def tidy():
        for name in branches():
            repo.remote.git("update-ref", "-d", name)

    with Told(repo, {}) as told:
        steps = kill_at_every_step(told, command(sha), tidy, lambda _: lost.append(len(branches()) != 1))
    print(f"kill points, a branch alone: {steps} tried, {sum(lost)} with lost or doubled work")
    with Hub(folder / "hub-kills") as hub:
        served = served_by(hub, repo)
        wrong = []

        def check(_):
            wrong.append(len(served.branches) != 1 or [state for _, state in served.pulls] != ["open"])

        with Told(repo, served.environment) as told:
            words = command(sha, "--open-pr")
            steps = kill_at_every_step(told, words, lambda: clean(served), check)
        print(f"kill points, with its pull request: {steps} tried, {sum(wrong)} with lost or doubled work")


def faults(folder):
    with Hub(folder / "hub-faults") as hub:
        repo = large(folder / "faults", 50)
        served = served_by(hub, repo)
        words = command(repo.sha("main~5"), "--open-pr")
        tried = wrong = 0
        with Told(repo, served.environment) as told:
            told(*words)
            requests = len(hub.log.requests())
            for fault in FAULTS.values():
                for nth in range(1, requests + 1):
                    clean(served)
                    hub.faults.add("*", "*", fault, nth=nth, times=1)
                    told(*words)
                    hub.faults.clear()
                    code = told(*words)
                    good = [state for _, state in served.pulls] == ["open"] and len(served.branches) == 1
                    tried, wrong = tried + 1, wrong + (code != [0] or not good)
        print(f"faults: {len(FAULTS)} at each of {requests} requests: {tried} tried, {wrong} with lost or doubled work")


if __name__ == "__main__":
    os.environ |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    asked = set(sys.argv[1:]) or {"--times", "--faults"}
    with tempfile.TemporaryDirectory(prefix="rolling-back-") as place, pytest.MonkeyPatch.context():
        if "--times" in asked:
            git_part(Path(place))
            to_the_pull_request(Path(place))
        if "--faults" in asked:
            kills(Path(place))
            faults(Path(place))
