"""How fast the tests' GitHub is: `python -m benchmarks.hub` prints what it costs to start, and a flow of 30 requests.

The flow is a publish with everything around it, through PyGithub: a pull request opened, looked at, told its status,
check and comment, its files and policy read, an issue labelled, and merged; every request and answer is held against
GitHub's description.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.hub import ACTIONS_APP, Hub, RequiredCheck
from tests.hub.description import description_of

PERMISSIONS = dict.fromkeys(("contents", "pull_requests", "issues", "statuses", "checks", "actions"), "write")
REQUESTS = 30


def flow(hub):
    """Thirty requests, and the seconds they took."""
    repository = hub.repository("acme/models", {"model.py": "STATES = 3\n", "gate.toml": "[data]\n"})
    repository.protect(checks=(RequiredCheck(context="gate", app_id=ACTIONS_APP),))
    feature = repository.commit({"model.py": "STATES = 4\n"}, branch="feature")
    run = hub.run(repository, ".github/workflows/gate.yml", feature, artifacts={"observations": b"PK"})
    with hub.client(hub.token("publish", PERMISSIONS)) as client:
        start = time.perf_counter()
        publish(client.get_repo("acme/models"), feature, run.id)
        return time.perf_counter() - start


def publish(github, sha, run):
    pull = github.create_pull(base="main", head="feature", title="Four states")
    list(github.get_workflow_run(run).get_artifacts())
    list(github.get_pulls(head="acme:feature"))
    list(pull.get_files())
    github.get_contents("gate.toml", ref="main")
    github.compare("main", "feature")
    commit = github.get_commit(sha)
    commit.create_status("pending", context="gate")
    check = github.create_check_run("gate", sha, status="in_progress")
    check.edit(status="completed", conclusion="success", output={"title": "PASS", "summary": "Fine"})
    comment = pull.create_issue_comment("PASS")
    comment.edit("PASS, again")
    list(pull.get_issue_comments())
    commit.create_status("success", context="gate")
    commit.get_combined_status()
    list(commit.get_statuses())
    list(commit.get_check_runs())
    issue = github.create_issue("An incident")
    issue.add_to_labels("gate")
    list(issue.get_events())
    issue.edit(state="closed")
    ref = github.create_git_ref("refs/heads/lock", sha)
    ref.delete()
    github.get_branch("main")
    github.get_pull(pull.number)
    merged = pull.merge(merge_method="squash", sha=sha)
    list(github.get_commit(merged.sha).get_pulls())


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def started(folder):
    with Hub(folder) as hub:
        hub.repository("acme/models", {"model.py": "STATES = 3\n"})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    flows, starts = [], []
    with tempfile.TemporaryDirectory() as folder:
        first = seconds(lambda: Hub(Path(folder) / "none").description)
        for number in range(times):
            starts.append(seconds(lambda at=number: started(Path(folder) / f"start{at}")))
            with Hub(Path(folder) / f"flow{number}") as hub:
                flows.append(flow(hub))
                assert len(hub.log.requests()) == REQUESTS, len(hub.log.requests())
    sys.stdout.write(f"description read from the cache, once a process: {first:.3f} s\n")
    sys.stdout.write(f"start, one repository, stop: {_told(starts)}\n")
    sys.stdout.write(f"flow of {REQUESTS} requests, all checked: {_told(flows)}\n")
    assert description_of.cache_info().currsize == 1


def _told(values):
    return f"median {statistics.median(values):.3f} s of {len(values)} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    main()
