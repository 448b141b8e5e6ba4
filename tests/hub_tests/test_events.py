"""Real payloads, with this hub's numbers in them."""

import json

import pytest

WORKFLOW = ".github/workflows/gate.yml"


def strangers(payload):
    """What is left in it of the repositories that GitHub's examples are of."""
    text = json.dumps(payload)
    return [word for word in ("api.github.com", "//github.com", "octo-org/", "Codertocat/Hello") if word in text]


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "closed", "labeled", "unlabeled"])
def test_a_pull_request_event_is_of_the_hubs_pull_request(hub, repository, feature, action, tmp_path):
    pull = hub.open_pull_request(repository, "feature")
    event = hub.event("pull_request", repository, action=action, pull=pull, folder=tmp_path)
    payload = json.loads((tmp_path / "event.json").read_text())
    assert (payload["action"], payload["number"]) == (action, pull.number)
    assert payload["pull_request"]["head"]["sha"] == feature
    assert payload["repository"]["full_name"] == "acme/models"
    assert event.environment["GITHUB_SHA"] == repository.sha("refs/pull/1/merge")
    assert event.environment["GITHUB_EVENT_PATH"] == str(tmp_path / "event.json")
    assert not strangers(payload)


def test_a_label_event_says_which(hub, repository, feature):
    pull = hub.open_pull_request(repository, "feature")
    event = hub.event("pull_request", repository, action="labeled", pull=pull, label="gate: override")
    assert event.payload["label"]["name"] == "gate: override"


def test_a_fork_run_has_no_pull_requests(hub, repository):
    fork = hub.fork(repository, "bob")
    sha = hub.push_to_fork(fork, {"model.py": "STATES = 7\n"})
    hub.open_pull_request(repository, fork)
    run = hub.run(repository, WORKFLOW, sha, head_repository=fork, artifacts={"observations": b"PK"})
    payload = hub.event("workflow_run", repository, run=run).payload
    assert payload["workflow_run"]["pull_requests"] == []
    assert payload["workflow_run"]["head_repository"]["full_name"] == "bob/models"
    assert (payload["workflow_run"]["id"], payload["workflow_run"]["head_sha"]) == (run.id, sha)
    assert (payload["workflow_run"]["path"], payload["workflow_run"]["head_branch"]) == (WORKFLOW, "change")
    assert not strangers(payload)


def test_a_merge_group_is_a_real_commit_in_the_queue(hub, repository, feature):
    pull = hub.open_pull_request(repository, "feature")
    event = hub.event("merge_group", repository, pull=pull)
    group = event.payload["merge_group"]
    assert repository.git.commit(group["head_sha"]).parents == (repository.sha("main"), feature)
    assert group["head_ref"].startswith("refs/heads/gh-readonly-queue/main/pr-1-")
    assert repository.git.refs()[group["head_ref"]] == group["head_sha"] == event.environment["GITHUB_SHA"]
    assert not strangers(event.payload)


def test_dispatch_and_schedule_are_of_the_default_branch(hub, repository):
    inputs = {"level": "2", "dry-run": "true"}
    dispatch = hub.event("workflow_dispatch", repository, workflow=WORKFLOW, inputs=inputs)
    nightly = hub.event("schedule", repository, workflow=WORKFLOW)
    assert dispatch.payload["inputs"] == inputs
    assert nightly.payload["schedule"] == "0 3 * * *"
    for event in (dispatch, nightly):
        assert event.environment["GITHUB_SHA"] == repository.sha("main")
        assert event.environment["GITHUB_REF"] == "refs/heads/main"
        assert not strangers(event.payload)
