"""gate.yml under act: pull requests, forks, the merge queue; and the last job, which is never skipped into a pass."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.workflows.conftest import CONFIG, FLICKERING

WORKFLOW, FILE = "gate", ".github/workflows/gate.yml"


def opened(rig, files, branch="change"):
    """A pull request from a stranger's fork."""
    fork = rig.hub.fork(rig.repository, "stranger")
    head = rig.hub.push_to_fork(fork, files, branch=branch)
    return head, rig.hub.open_pull_request(rig.repository, fork, branch=branch)


def pull_source(rig):
    return rig.hub.repositories["stranger/regimes"]


def verdict(ran):
    return json.loads((ran.artifacts / "gate-report" / "verdict.json").read_text())


def test_a_forks_pull_request_is_observed_in_shards_and_judged_without_a_write(rig):
    head, pull = opened(rig, {"README.md": "nothing that counts\n"})
    rig.hub.log.clear()
    event = rig.hub.event("pull_request", rig.repository, pull=pull, action="opened")
    run = rig.hub.run(
        rig.repository, FILE, head, head_branch="change", head_repository=pull_source(rig), status="in_progress"
    )
    ran = rig.run(event, WORKFLOW, GITHUB_RUN_ID=run.id)
    assert ran.code == 0, ran.text
    assert ran.jobs == {"observe 1": "success", "observe 2": "success", "judge": "success", "complete": "success"}
    told = verdict(ran)
    assert (told["verdict"], told["baseline"]["sha"], told["candidate"]["sha"]) == ("PASS", rig.base, head)
    assert told["data"]["symbols"] == ["bars", "more"]
    assert {path.name for path in (ran.artifacts / "gate-observations").iterdir()} == {
        "observations.json",
        "arrays.npz",
    }
    assert {call["head"] for call in ran.calls} == {rig.base}, "gate, limits and data are the base's"
    assert not any(call["secrets"] for call in ran.calls), "nothing that runs the candidate knows a token"
    asked = {entry.path.rpartition("/")[2] for entry in rig.hub.log.requests()}
    assert asked == {"refs", "git-upload-pack"}, "git fetches: nothing is written, and the API is not asked"
    (status,) = rig.published(run, ran)
    assert (status.context, status.state) == ("gate", "success")


def test_in_the_merge_queue_a_regressed_candidate_that_loosens_its_limit_is_blocked(rig):
    loose = CONFIG + "regime_change_rate = { max = 1.0 }\n"
    _, pull = opened(rig, {"detector.py": FLICKERING, "gate.toml": loose})
    event = rig.hub.event("merge_group", rig.repository, pull=pull)
    head = event.payload["merge_group"]["head_sha"]
    run = rig.hub.run(rig.repository, FILE, head, event="merge_group", status="in_progress")
    ran = rig.run(event, WORKFLOW, GITHUB_RUN_ID=run.id)
    assert ran.code != 0
    assert (ran.jobs["judge"], ran.jobs["complete"]) == ("failure", "failure")
    told = verdict(ran)
    assert told["verdict"] == "BLOCK"
    assert told["candidate"]["sha"] == head
    assert (ran.artifacts / "gate-observations" / "observations.json").exists(), "publish needs them most of all now"
    (status,) = rig.published(run, ran)
    assert (status.context, status.state) == ("gate", "failure")


@pytest.mark.parametrize(
    ("fails", "came_to"),
    [("--shard 2/2", ["observe", "complete"]), ("merge", ["observe", "judge", "complete"])],
    ids=["a job was skipped", "a job failed"],
)
def test_where_a_job_failed_or_was_skipped_the_last_one_fails(rig, fails, came_to):
    _, pull = opened(rig, {"README.md": "x\n"})
    event = rig.hub.event("pull_request", rig.repository, pull=pull, action="synchronize")
    ran = rig.run(event, WORKFLOW, stubbed="observe merge judge", fails=fails)
    assert ran.code != 0
    assert list(dict.fromkeys(name.split()[0] for name in ran.jobs)) == came_to
    assert ran.jobs["complete"] == "failure"


def test_a_branch_named_to_be_run_is_only_a_name(rig):
    branch = 'x";id>pwned;#`id>pwned`$(id>pwned)'
    head, pull = opened(rig, {"README.md": "x\n"}, branch=branch)
    event = rig.hub.event("pull_request", rig.repository, pull=pull, action="opened")
    assert event.payload["pull_request"]["head"]["ref"] == branch
    ran = rig.run(event, WORKFLOW, stubbed="observe merge judge")
    assert ran.code == 0, ran.text
    assert [call["words"][0] for call in ran.calls] == ["observe", "observe", "merge", "judge"]
    assert all(head in call["words"] for call in ran.calls[:2])
    assert not list(Path(rig.folder).rglob("pwned"))
