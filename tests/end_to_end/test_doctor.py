"""gate doctor before and after gate init, in a repository of a stranger's."""

import json

import pytest


def told(done):
    return {finding["what"]: finding["state"] for finding in json.loads(done.out)}


@pytest.mark.parametrize("tag", ["v1.0.0"])
def test_before_init_it_is_broken_and_after_it_only_what_init_cannot_do_is_left(repository, tag):
    repository.commit("v1", tag=tag)
    repository.git("rm", "-q", "gate.toml")
    before = repository.gate("doctor")
    assert before.code == 2
    assert "X  gate.toml       there is no gate.toml here\n                    -> gate init" in before.out
    assert repository.gate("init", "--owner", "@quants").code == 0
    after = repository.gate("doctor", "--json")
    assert after.code == 3, "limits were never exercised, and nobody asked GitHub"
    found = told(after)
    for what in ("gate.toml", "model", "data", "history", "stable tag", "workflows", "code owners"):
        assert found[what] == "OK", found
    assert (found["limits"], found["GitHub"]) == ("WARNING", "WARNING")
    quiet = repository.gate("doctor", "--quiet")
    assert "gate selftest --quick" in quiet.out
    assert "ok" not in quiet.out.split()


def test_it_changes_nothing(repository):
    repository.commit("v1")
    repository.gate("doctor")
    assert repository.git("status", "--porcelain") == ""
