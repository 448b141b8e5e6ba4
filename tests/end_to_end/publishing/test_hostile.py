"""What a stranger may put into an artifact or a name, up to what stands at GitHub; and GitHub Enterprise."""

from pathlib import Path

import pytest

from gate.domain.publication import Cause
from gate.domain.verdict import Verdict
from tests.adapters.test_archive import HOSTILE, members
from tests.hub import Hub
from tests.published import FLICKERING, scene

__all__ = ["members"]  # a fixture
NAME = "@org/all <!-- gate: head=x --> | `code` [x](http://evil) \u202e\u200b <img src=x> " + "x" * 10_000


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE)
def test_4_a_hostile_artifact_is_a_gate_error_and_nothing_is_written_outside(made, members, regressed, tmp_path):
    published = regressed.publish(regressed.run(None, artifact=made(members), conclusion="success"))
    assert (published.answer.verdict, published.answer.cause) == (Verdict.GATE_ERROR, Cause.DAMAGED_ARTIFACT)
    assert regressed.state() == "error"
    assert not [*tmp_path.parent.rglob("*evil*"), *Path.cwd().glob("*evil*"), *Path("/etc").glob("*evil*")]


def test_5_hostile_names_are_rendered_harmless(regressed):
    def named(document):
        for version in document["versions"].values():
            version["factory"] = version["ref"] = NAME

    regressed.publish(regressed.run("bad", change=named))
    said = regressed.comment
    assert "BLOCK" in said
    assert len(said) < 65_536
    assert said.count("<!-- gate") == 1  # our own
    for word in ("@org/all", "<img", "](http://evil", "\u202e", "\u200b"):
        assert word not in said, word


@pytest.mark.enable_socket
def test_github_enterprise_is_reached_below_its_base_path(zips):
    with Hub(base_path="/api/v3") as hub:
        it = scene(hub, zips, files=FLICKERING)
        it.publish(it.run("bad"))
        assert it.state() == "failure"
        assert hub.api.endswith("/api/v3")
