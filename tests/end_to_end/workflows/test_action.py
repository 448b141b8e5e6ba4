"""action.yml in a workflow of somebody's own."""

OWN = ".github/workflows/own.yml"


def started(rig, **how):
    event = rig.hub.event("workflow_dispatch", rig.repository, workflow=OWN)
    return rig.run(event, "own", stubbed="run", **how)


def test_the_action_hands_its_inputs_to_gate_run_and_the_verdict_to_the_next_step(rig):
    ran = started(rig)
    assert ran.code == 0, ran.text
    words = ["run", "--config", "gate.toml", "--output", "out", "--baseline=v1.0.0", "--after-merge", "--first version"]
    assert ran.call("run")["words"] == words
    assert "it says PASS at level ''" in ran.text


def test_where_gate_fails_so_does_the_step(rig):
    ran = started(rig, fails="run")
    assert ran.code != 0
    assert "it says" not in ran.text.replace("echo", "")
