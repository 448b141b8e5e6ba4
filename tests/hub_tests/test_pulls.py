"""Pull requests: refused as GitHub refuses them, and merged as GitHub merges them."""

import pytest
from github import GithubException

from tests.hub import ACTIONS_APP, RequiredCheck

GATE = RequiredCheck(context="gate", app_id=ACTIONS_APP)


def refusal(call, *words, **named):
    with pytest.raises(GithubException) as caught:
        call(*words, **named)
    return caught.value.status, caught.value.data


def test_a_second_pull_request_of_the_same_branches_is_refused(github, feature):
    github.create_pull(base="main", head="feature", title="One")
    status, data = refusal(github.create_pull, base="main", head="feature", title="Two")
    assert status == 422
    assert data["errors"][0]["message"] == "A pull request already exists for acme:feature."


def test_a_pull_request_without_commits_is_refused(github, repository):
    repository.branch("empty")
    status, data = refusal(github.create_pull, base="main", head="empty", title="Nothing")
    assert (status, data["errors"][0]["message"]) == (422, "No commits between main and empty")


def test_a_pull_request_follows_its_branch(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    assert pull.head.sha == feature
    moved = repository.commit({"model.py": "STATES = 5\n"}, branch="feature")
    assert github.get_pull(pull.number).head.sha == moved
    assert repository.sha("refs/pull/1/head") == moved


def test_the_base_sha_stays_where_the_base_was_when_the_head_last_moved(github, repository, feature):
    """As on GitHub; what is merged, and what a workflow checks out, has the base's newest commit."""
    old = repository.sha("main")
    pull = github.create_pull(base="main", head="feature", title="One")
    new = repository.commit({"other.py": "A = 1\n"})
    assert github.get_pull(pull.number).base.sha == old
    assert repository.git.commit(repository.sha("refs/pull/1/merge")).parents == (new, feature)
    assert [one.filename for one in github.get_pull(pull.number).get_files()] == ["model.py"]
    repository.commit({"model.py": "STATES = 5\n"}, branch="feature")
    assert github.get_pull(pull.number).base.sha == new
    assert repository.git.commit(pull.merge().sha).parents[0] == new


def test_a_branch_that_is_pushed_into_its_base_counts_as_merged(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    github.get_git_ref("heads/main").edit(feature)
    assert github.get_pull(pull.number).merged
    assert [one.number for one in github.get_commit(feature).get_pulls()] == [pull.number]


def test_a_stale_head_is_not_merged(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    repository.commit({"model.py": "STATES = 5\n"}, branch="feature")
    assert refusal(pull.merge, sha=feature)[0] == 409


@pytest.mark.parametrize(
    ("state", "said"),
    [(None, "is expected"), ("pending", "is in progress"), ("failure", "is failing"), ("error", "is failing")],
)
def test_what_is_not_green_is_not_merged(github, repository, feature, state, said):
    repository.protect(checks=(GATE,))
    pull = github.create_pull(base="main", head="feature", title="One")
    if state:
        github.get_commit(feature).create_status(state, context="gate")
    before = repository.sha("main")
    status, data = refusal(pull.merge)
    assert (status, data["message"]) == (405, f'Required status check "gate" {said}.')
    assert github.get_pull(pull.number).mergeable_state == "blocked"
    assert repository.sha("main") == before


def test_a_success_from_another_source_opens_nothing(hub, github, repository, feature):
    repository.protect(checks=(GATE,))
    pull = github.create_pull(base="main", head="feature", title="One")
    mona = hub.token("mona", {"contents": "read", "statuses": "write"}, kind="user", login="acme")
    with hub.client(mona) as client:
        client.get_repo("acme/models").get_commit(feature).create_status("success", context="gate")
    assert refusal(pull.merge)[0] == 405
    github.get_commit(feature).create_status("success", context="gate")
    assert pull.merge().merged


def test_a_success_of_an_older_head_opens_nothing(github, repository, feature):
    repository.protect(checks=(GATE,))
    pull = github.create_pull(base="main", head="feature", title="One")
    github.get_commit(feature).create_status("success", context="gate")
    repository.commit({"model.py": "STATES = 5\n"}, branch="feature")
    assert refusal(pull.merge)[0] == 405


@pytest.mark.parametrize(("method", "parents", "commits"), [("merge", 2, 3), ("squash", 1, 1), ("rebase", 1, 2)])
def test_merges_are_real_commits(github, repository, feature, method, parents, commits):
    repository.commit({"more.py": "MORE = 1\n"}, "More", branch="feature")
    before = repository.sha("main")
    pull = github.create_pull(base="main", head="feature", title="Two commits")
    merged = pull.merge(merge_method=method)
    tip = repository.git.commit(repository.sha("main"))
    assert (merged.sha, len(tip.parents)) == (tip.sha, parents)
    assert len(repository.git.commits(tip.sha, f"^{before}")) == commits
    assert repository.git.read(tip.sha, "model.py") == b"STATES = 4\n"
    assert repository.git.read(tip.sha, "more.py") == b"MORE = 1\n"
    assert [one.number for one in github.get_commit(tip.sha).get_pulls()] == [pull.number]
    assert github.get_pull(pull.number).merged


def test_a_conflict_is_not_merged(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    repository.commit({"model.py": "STATES = 9\n"})
    assert github.get_pull(pull.number).mergeable_state == "dirty"
    assert refusal(pull.merge)[0] == 405


def test_reviews_are_counted_of_those_who_may_write(hub, github, repository, feature):
    repository.protect(reviews=1)
    repository.collaborators |= {"rita": "write"}
    pull = github.create_pull(base="main", head="feature", title="One")
    for login, status in (("stranger", 405), ("rita", None)):
        token = hub.token(login, {"pull_requests": "write", "contents": "write"}, kind="user")
        with hub.client(token) as client:
            client.get_repo("acme/models").get_pull(pull.number).create_review(event="APPROVE", body="Fine")
        if status:
            assert refusal(pull.merge)[0] == status
    assert pull.merge().merged


def test_pulls_are_found_by_head_state_and_base(hub, github, repository, feature):
    fork = hub.fork(repository, "bob")
    hub.push_to_fork(fork, {"model.py": "STATES = 7\n"}, branch="feature")
    own, strange = (
        hub.open_pull_request(repository, "feature"),
        hub.open_pull_request(repository, fork, branch="feature"),
    )
    assert [one.number for one in github.get_pulls(head="acme:feature")] == [own.number]
    assert [one.number for one in github.get_pulls(head="bob:feature", state="all")] == [strange.number]
    github.get_pull(own.number).edit(state="closed")
    assert [one.number for one in github.get_pulls(state="closed")] == [own.number]
    assert [one.number for one in github.get_pulls(base="main")] == [strange.number]
    assert not list(github.get_pulls(base="other"))


def approve(hub, number, login):
    token = hub.token(login, {"pull_requests": "write", "contents": "read"}, kind="user")
    with hub.client(token) as client:
        client.get_repo("acme/models").get_pull(number).create_review(event="APPROVE", body="Fine")


@pytest.mark.parametrize(
    ("line", "path", "asked"),
    [
        ("/gate.toml @rita", "gate.toml", True),
        ("/gate.toml @rita", "sub/gate.toml", False),
        ("gate.toml @rita", "sub/gate.toml", True),
        (".github/ @rita", ".github/workflows/gate.yml", True),
        ("*.py @rita", "models/one.py", True),
        ("/models/ @rita", "models/deep/one.py", True),
        ("* @rita\n/free/", "free/one.py", False),
        ("/other @rita", "model.py", False),
    ],
)
def test_a_code_owner_must_approve_what_is_theirs(hub, github, repository, line, path, asked):
    repository.collaborators |= {"rita": "write", "walt": "write"}
    repository.commit({".github/CODEOWNERS": f"{line}\n"})
    repository.protect(reviews=1, code_owners=True)
    repository.commit({path: "changed = 1\n"}, branch="change")
    pull = hub.open_pull_request(repository, "change", user="mona")
    approve(hub, pull.number, "walt")
    merge = github.get_pull(pull.number).merge
    if asked:
        assert "code owner review from rita" in refusal(merge)[1]["message"]
        approve(hub, pull.number, "rita")
    assert merge().merged


def test_owners_are_those_of_the_base_not_of_the_change(hub, github, repository):
    repository.collaborators |= {"walt": "write"}
    repository.protect(reviews=1, code_owners=True)
    repository.commit({".github/CODEOWNERS": "* @walt\n"}, branch="change")
    pull = hub.open_pull_request(repository, "change", user="mona")
    approve(hub, pull.number, "walt")
    assert "code owner review from acme" in refusal(github.get_pull(pull.number).merge)[1]["message"]


def test_an_approval_of_an_older_head_is_dismissed_where_that_is_asked(hub, github, repository, feature):
    repository.collaborators |= {"walt": "write"}
    repository.protect(reviews=1, dismiss_stale=True)
    pull = hub.open_pull_request(repository, "feature", user="mona")
    approve(hub, pull.number, "walt")
    repository.commit({"model.py": "STATES = 5\n"}, branch="feature")
    assert refusal(github.get_pull(pull.number).merge)[0] == 405


def test_a_branch_behind_its_base_is_not_merged_where_that_is_strict(github, repository, feature):
    repository.protect(strict=True)
    pull = github.create_pull(base="main", head="feature", title="One")
    repository.commit({"other.py": "A = 1\n"})
    assert github.get_pull(pull.number).mergeable_state == "behind"
    assert refusal(pull.merge)[0] == 405


def test_an_admin_passes_only_where_the_rules_spare_admins(hub, repository, feature):
    repository.protect(checks=(GATE,), enforce_admins=True)
    pull = hub.open_pull_request(repository, "feature", user="mona")
    may = {"contents": "write", "pull_requests": "write"}
    with hub.client(hub.token("acme", may, kind="user")) as client:
        merge = client.get_repo("acme/models").get_pull(pull.number).merge
        assert refusal(merge)[0] == 405
        repository.protect(checks=(GATE,), enforce_admins=False)
        assert merge().merged


def test_a_merge_method_that_is_switched_off_is_refused(github, repository, feature):
    repository.settings["allow_rebase_merge"] = False
    pull = github.create_pull(base="main", head="feature", title="One")
    said = (405, "Rebase merges are not allowed on this repository.")
    status, data = refusal(pull.merge, merge_method="rebase")
    assert (status, data["message"]) == said


def test_a_draft_is_not_merged(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One", draft=True)
    assert refusal(pull.merge)[0] == 405


def test_a_closed_pull_request_may_be_opened_again_and_a_merged_one_not(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    pull.edit(state="closed")
    pull.edit(state="open")
    pull.merge()
    assert refusal(github.get_pull(pull.number).edit, state="open")[0] == 422


def test_a_pull_request_whose_branch_is_deleted_is_closed(github, repository, feature):
    pull = github.create_pull(base="main", head="feature", title="One")
    github.get_git_ref("heads/feature").delete()
    assert (github.get_pull(pull.number).state, github.get_pull(pull.number).merged) == ("closed", False)
