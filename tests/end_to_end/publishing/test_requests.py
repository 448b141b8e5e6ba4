"""How often GitHub is asked, and that one question answers what three did."""

from dataclasses import replace

import pytest

from gate.adapters.github import GitHubHost, asking
from gate.adapters.github.at_once import standing
from gate.adapters.versions.committed import NotHereError, text_at
from tests.published import FLICKERING, MENDED, scene

MOST = 8


@pytest.fixture
def it(hub, zips):
    made = scene(hub, zips, files=FLICKERING)
    made.pace = replace(made.pace, answer=20, call=60.0, whole=120.0)  # a question that is repeated counts twice
    return made


def asked_of(it, kind):
    """Requests of a publish whose job has the repository checked out, as publish.yml's has."""
    run = it.run(kind)
    it.hub.log.clear()
    it.publish(run, nearby=lambda sha, path: it.repository.git.read(sha, path).decode())
    return [one for one in it.hub.log.requests() if not one.path.startswith("/_blobs/")]


def test_a_publish_asks_at_most_eight_times(it):
    assert len(asked_of(it, "bad")) <= MOST
    assert it.labels == {"gate:blocked"}


def test_a_publish_of_the_next_head_asks_at_most_eight_times_also_where_the_label_changes(it):
    it.publish(it.run("bad"))
    it.push(MENDED)
    it.publish(it.run("good"))  # the first time that the other label is put on makes it
    it.push(FLICKERING)
    assert len(asked_of(it, "bad")) <= MOST
    assert it.labels == {"gate:blocked"}
    it.push(MENDED)
    assert len(asked_of(it, "good")) <= MOST
    assert it.labels == {"gate:passed"}


def test_labels_are_swapped_by_rest_where_graphql_does_not(it):
    it.publish(it.run("bad"))
    it.push(MENDED)
    it.hub.speaks_graphql = False
    it.publish(it.run("good"))
    assert it.labels == {"gate:passed"}


@pytest.mark.parametrize("graphql", [True, False])
def test_a_label_that_somebody_spelt_otherwise_is_the_same_label(graphql, it):
    it.hub.speaks_graphql = graphql
    for name in ("Gate:Passed", "GATE:blocked"):
        it.hub.label(it.repository, it.pull.number, name, user="maria")
    it.publish(it.run("bad"))
    assert it.labels == {"GATE:blocked"}
    it.push(MENDED)
    it.publish(it.run("good"))
    assert it.labels == {"Gate:Passed"}
    assert it.state() == "success"


# ------------------------------------------------------------------ one question for three


def both(it):
    """What GraphQL says, and what REST says."""
    with it.client() as client:
        owner, branch = it.pull.head_repository.split("/")[0], it.pull.head_branch
        at_once = standing(client, owner, branch)
        pulls = asking.pulls_of(client, owner, branch)
        rest = [(one, asking.comments(client, one.number), asking.changes(client, one.number)) for one in pulls]
    return at_once, rest


def test_graphql_and_rest_say_the_same(it):
    it.hub.comment(it.repository, it.pull.number, "hello", user="maria")
    it.hub.label(it.repository, it.pull.number, "urgent", user="maria")
    it.publish(it.run("bad"))
    at_once, rest = both(it)
    assert [(one.pull, one.comments, one.changes) for one in at_once] == rest
    assert [comment.author for comment in rest[0][1]] == ["maria", "github-actions[bot]"]


def test_a_page_that_does_not_hold_all_comments_is_asked_for_by_rest(it):
    for number in range(101):
        it.hub.comment(it.repository, it.pull.number, f"{number}", user="maria")
    at_once, rest = both(it)
    assert at_once[0].comments is None
    assert len(rest[0][1]) == 101


def test_a_renamed_file_is_asked_for_by_rest_which_knows_its_old_name(it):
    git = it.repository.git
    text = git.read(it.head, "gate.toml").decode()
    it.push({"gate.toml": None, "gate-old.toml": text})
    at_once, rest = both(it)
    assert at_once[0].changes is None
    assert "gate.toml" in rest[0][2].paths


def test_what_came_along_is_handed_out_once(it):
    with it.client() as client:
        host = GitHubHost(client)
        pull = host.pulls_of(it.pull.head_repository.split("/")[0], it.pull.head_branch)[0]
        assert host.comments(pull.number) == []
        it.hub.comment(it.repository, pull.number, "later", user="maria")
        assert [one.body for one in host.comments(pull.number)] == ["later"]


# ------------------------------------------------------------------ a file at hand


def test_a_file_at_a_commit_is_read_from_the_clone_that_has_it(it):
    folder = it.repository.git.path
    assert text_at(folder, it.base, "gate.toml") == it.repository.git.read(it.base, "gate.toml").decode()
    assert text_at(folder, it.base, "no.toml") is None


def test_a_commit_that_the_clone_does_not_have_is_asked_for(it, tmp_path):
    with pytest.raises(NotHereError):
        text_at(it.repository.git.path, "0" * 40, "gate.toml")
    with pytest.raises(NotHereError):
        text_at(tmp_path, it.base, "gate.toml")
