"""What the hub answers by GraphQL, through PyGithub."""

import pytest
from github import GithubException

FIELDS = "revertPullRequest { number title body headRefName headRefOid state } pullRequest { number state }"


def revert(github, pull, fields=FIELDS, **more):
    given = {"pullRequestId": pull.raw_data["node_id"], **more}
    return github.requester.graphql_named_mutation("revertPullRequest", given, fields)[1]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_reverted(github, repository, feature, method):
    before = repository.git.tree_of(repository.sha("main"))
    repository.commit({"more.py": "MORE = 1\n"}, "More", branch="feature")
    pull = github.create_pull(base="main", head="feature", title="Two commits")
    pull.merge(merge_method=method)
    made = revert(github, github.get_pull(pull.number))
    new = made["revertPullRequest"]
    assert made["pullRequest"] == {"number": pull.number, "state": "MERGED"}
    assert (new["title"], new["body"]) == ('Revert "Two commits"', "Reverts acme/models#1")
    assert new["headRefName"] == "revert-1-feature"
    assert repository.git.tree_of(new["headRefOid"]) == before
    assert github.get_pull(new["number"]).merge().merged
    assert repository.git.tree_of(repository.sha("main")) == before


def test_a_revert_leaves_later_work_alone(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    pull.merge()
    repository.commit({"later.py": "LATER = 1\n"})
    made = revert(github, pull)["revertPullRequest"]
    assert repository.git.read(made["headRefOid"], "later.py") == b"LATER = 1\n"
    assert repository.git.read(made["headRefOid"], "model.py") == b"STATES = 3\n"


def test_what_changed_since_is_not_reverted(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    pull.merge()
    repository.commit({"model.py": "STATES = 9\n"})
    with pytest.raises(GithubException, match="couldn't be reverted automatically"):
        revert(github, pull)
    assert repository.git.head("revert-1-feature") is None


def test_a_job_may_not_revert_where_the_setting_is_off(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    pull.merge()
    repository.may_open_pulls = False
    with pytest.raises(GithubException, match="not permitted to create or approve pull requests"):
        revert(github, pull)


def test_a_field_that_there_is_not_is_refused(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    pull.merge()
    with pytest.raises(GithubException, match=r"nonsense. on type .PullRequest"):
        revert(github, pull, "revertPullRequest { nonsense }")
    assert repository.git.head("revert-1-feature") is None


def test_the_viewer_is_who_the_token_is(github):
    query = "query Q { viewer { login } }"
    assert github.requester.graphql_query(query, {})[1] == {"data": {"viewer": {"login": "github-actions[bot]"}}}
