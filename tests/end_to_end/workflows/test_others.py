"""publish.yml, nightly.yml and rollback.yml under act, from the payloads that GitHub sends."""

import time
from pathlib import Path

import pytest

from tests.end_to_end.workflows.conftest import FLICKERING

GATE = ".github/workflows/gate.yml"
NIGHTLY = ".github/workflows/nightly.yml"
ROLLBACK = ".github/workflows/rollback.yml"
WRITER = {"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write"}
STUBBED = "run judge rollback history"
HOSTILE = 'x";id>pwned;#`id>pwned`$(id>pwned)'


def test_publishing_runs_the_default_branchs_code_with_a_token_and_never_the_forks(rig):
    fork = rig.hub.fork(rig.repository, "stranger")
    head = rig.hub.push_to_fork(fork, {"detector.py": FLICKERING}, branch=HOSTILE)
    run = rig.hub.run(rig.repository, GATE, head, head_branch=HOSTILE, head_repository=fork, conclusion="failure")
    ran = rig.run(rig.hub.event("workflow_run", rig.repository, run=run), "publish", stubbed="publish")
    assert ran.code == 0, ran.text
    call = ran.call("publish")
    assert call["head"] == rig.base
    assert call["secrets"] == ["GITHUB_TOKEN"]
    assert not list(Path(rig.folder).rglob("pwned"))


def test_a_run_that_was_of_no_pull_request_is_not_published(rig):
    run = rig.hub.run(rig.repository, GATE, rig.base, event="push")
    ran = rig.run(rig.hub.event("workflow_run", rig.repository, run=run), "publish", stubbed="publish")
    assert ran.calls == []


def test_a_good_night_proposes_nothing(rig):
    rig.repository.commit({"README.md": "nothing that counts\n"})
    ran = rig.run(rig.hub.event("schedule", rig.repository, workflow=NIGHTLY), "nightly", stubbed=STUBBED)
    assert ran.code == 0, ran.text
    assert ran.jobs == {"observe": "success", "answer": "success", "history": "success", "nightly": "success"}
    assert sorted(call["words"][0] for call in ran.calls) == ["history", "history", "judge", "judge", "run"]
    assert {call["words"][0] for call in ran.calls if call["secrets"]} == {"history"}


def test_a_night_that_regressed_proposes_the_revert_and_fails(rig):
    bad = merged(rig, {"detector.py": FLICKERING})
    event = rig.hub.event("schedule", rig.repository, workflow=NIGHTLY)
    ran = rig.run(event, "nightly", token=rig.hub.token("night", WRITER))
    assert ran.code != 0
    jobs = {"observe": "failure", "answer": "success", "history": "success", "nightly": "failure"}
    assert ran.jobs == jobs, ran.text
    assert {call["head"] for call in ran.calls} == {bad}
    assert "ROLL_BACK" in (ran.artifacts / "gate-nightly" / "verdict.json").read_text()
    words = ran.call("rollback")["words"]
    assert words[:2] == ["rollback", "propose"]
    assert words[-2:] == ["--carry-out", "--open-pr"]
    assert {call["words"][0] for call in ran.calls if call["secrets"]} == {"rollback", "history"}, "models see no token"
    kept = rig.repository.git.git("ls-tree", "-r", "--name-only", "gate-history")
    assert kept.count("entries/") == 1, ran.text
    (pull,) = rig.repository.pulls.values()
    assert rig.repository.git.tree_of(pull.head_sha) == rig.repository.git.tree_of(rig.base)


def test_a_night_whose_gate_broke_proposes_nothing_and_fails(rig):
    event = rig.hub.event("schedule", rig.repository, workflow=NIGHTLY)
    ran = rig.run(event, "nightly", stubbed=STUBBED, fails="--after-merge --output gate-out")
    assert (ran.jobs["observe"], ran.jobs["nightly"]) == ("failure", "failure")
    assert all(call["words"][0] != "rollback" for call in ran.calls)


@pytest.mark.parametrize(("level", "named"), [("feature", "--commit"), ("version", "--merge"), ("system", "--tag")])
def test_a_dispatched_rollback_names_its_target_as_its_level_does(rig, level, named):
    inputs = {"level": level, "target": "v1.0.0", "dry-run": "false", "reason": "CPU x4"}
    ran = dispatched(rig, inputs)
    assert ran.code == 0, ran.text
    assert ran.call("rollback")["words"] == [
        "rollback",
        level,
        f"{named}=v1.0.0",
        "--reason=CPU x4",
        "--yes",
        "--open-pr",
    ]
    assert ran.call("rollback")["secrets"] == ["GITHUB_TOKEN"]


def test_a_dispatch_that_says_nothing_else_is_a_dry_run(rig):
    ran = dispatched(rig, {"level": "version", "target": "", "dry-run": "true", "reason": HOSTILE})
    assert ran.call("rollback")["words"] == ["rollback", "version", f"--reason={HOSTILE}", "--yes", "--dry-run"]
    assert not list(Path(rig.folder).rglob("pwned"))


def merged(rig, files):
    """A version, merged into the default branch."""
    tip = rig.repository.commit(files, "v2", branch="v2")
    who = ("Mona", "mona@example.com", int(time.time()))  # what is old is no culprit of last night's
    return rig.repository.git.write("refs/heads/main", files, "Merge v2", (rig.base, tip), who)


def test_a_dispatched_rollback_pushes_with_the_jobs_token_and_opens_the_revert(rig):
    merged(rig, {"detector.py": FLICKERING})
    ran = dispatched(rig, {"level": "version", "target": "", "dry-run": "false", "reason": "CPU x4"}, stubbed="")
    assert ran.code == 0, ran.text
    (pull,) = rig.repository.pulls.values()
    assert rig.repository.git.tree_of(pull.head_sha) == rig.repository.git.tree_of(rig.base)
    assert "CPU x4" in rig.repository.issues[pull.number].body


def dispatched(rig, inputs, stubbed="rollback"):
    event = rig.hub.event("workflow_dispatch", rig.repository, workflow=ROLLBACK, inputs=inputs)
    return rig.run(event, "rollback", stubbed=stubbed, token=rig.hub.token("person", WRITER))
