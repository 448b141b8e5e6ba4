"""What a test puts into the hub by hand is what clients see."""

import pytest
from github import GithubException


def test_somebodys_comment_label_and_review_are_theirs(hub, github, repository, feature):
    repository.protect(reviews=1)
    repository.collaborators["rita"] = "write"
    number = hub.open_pull_request(repository, "feature", user="mona").number
    hub.comment(repository, number, "<!-- gate -->", user="stranger")
    hub.label(repository, number, "gate: override", user="stranger")
    hub.review(repository, number, user="rita")
    pull = github.get_pull(number)
    assert [(one.user.login, one.body) for one in pull.get_issue_comments()] == [("stranger", "<!-- gate -->")]
    assert [one.name for one in pull.labels] == ["gate: override"]
    assert [one.actor.login for one in pull.as_issue().get_events()] == ["stranger"]
    assert [(one.user.login, one.state) for one in pull.get_reviews()] == [("rita", "APPROVED")]
    assert pull.merge().merged


@pytest.mark.parametrize(("conclusion", "merges"), [("success", True), ("neutral", True), ("skipped", True)])
def test_neutral_and_skipped_satisfy_a_required_check_too(hub, github, repository, feature, conclusion, merges):
    repository.protect(checks=("gate",))
    pull = github.create_pull(base="main", head="feature", title="One")
    hub.check_run(repository, feature, "gate", conclusion)
    assert pull.merge().merged is merges


@pytest.mark.parametrize("conclusion", [None, "failure", "cancelled", "timed_out", "action_required"])
def test_nothing_else_does(hub, github, repository, feature, conclusion):
    repository.protect(checks=("gate",))
    pull = github.create_pull(base="main", head="feature", title="One")
    hub.check_run(repository, feature, "gate", conclusion)
    with pytest.raises(GithubException, match='Required status check "gate"'):
        pull.merge()


def test_a_forks_pull_request_is_merged_like_another(hub, github, repository):
    fork = hub.fork(repository, "bob")
    sha = hub.push_to_fork(fork, {"model.py": "STATES = 7\n"})
    pull = github.get_pull(hub.open_pull_request(repository, fork).number)
    assert (pull.head.repo.full_name, pull.head.sha, pull.user.login) == ("bob/models", sha, "bob")
    assert pull.merge().merged
    assert repository.git.read("refs/heads/main", "model.py") == b"STATES = 7\n"
    assert github.get_pull(pull.number).raw_data["head"]["label"] == "bob:change"
