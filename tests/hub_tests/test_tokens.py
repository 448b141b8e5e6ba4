"""Tokens are held to their permissions, in GitHub's words."""

import pytest
from github import GithubException

INTEGRATION = "Resource not accessible by integration"
PERSON = "Resource not accessible by personal access token"


def refused(call, *words, **named):
    with pytest.raises(GithubException) as caught:
        call(*words, **named)
    return caught.value.status, caught.value.data["message"]


@pytest.fixture
def seen(hub, repository):
    """The repository through a token of these permissions."""
    clients = []

    def through(permissions=None, **more):
        clients.append(hub.client(hub.token("tried", permissions, **more)))
        return clients[-1].get_repo("acme/models")

    yield through
    for client in clients:
        client.close()


def test_a_forks_token_writes_nothing(hub, seen, repository, feature):
    hub.open_pull_request(repository, "feature")
    before = repository.git.refs()
    github = seen()
    assert refused(github.create_issue, "Title") == (403, INTEGRATION)
    assert refused(github.get_commit(feature).create_status, "success") == (403, INTEGRATION)
    assert refused(github.create_check_run, "gate", feature) == (403, INTEGRATION)
    assert refused(github.create_git_ref, "refs/heads/x", feature) == (403, INTEGRATION)
    assert refused(github.get_pulls().get_page, 0) == (403, INTEGRATION)
    assert repository.git.refs() == before
    assert [entry.status for entry in hub.log.writes(token="tried")] == [403] * 4
    assert not any(entry.changed for entry in hub.log.requests())


@pytest.mark.parametrize(
    ("permission", "call"),
    [
        ("statuses", lambda github, sha: github.get_commit(sha).create_status("success", context="gate")),
        ("checks", lambda github, sha: github.create_check_run("gate", sha)),
        ("contents", lambda github, sha: github.create_git_ref("refs/heads/x", sha)),
        ("issues", lambda github, _: github.create_issue("Title")),
        ("pull_requests", lambda github, _: github.create_pull(base="main", head="feature", title="One")),
    ],
)
def test_a_write_needs_its_own_permission(seen, feature, permission, call):
    reading = dict.fromkeys(("contents", "issues", "pull_requests", "statuses", "checks"), "read")
    others = {name: "write" for name in reading if name != permission}
    assert refused(call, seen(reading), feature) == (403, INTEGRATION)
    assert refused(call, seen({**others, permission: "read"} | {"contents": "read"}), feature) == (403, INTEGRATION)
    call(seen({**reading, permission: "write"}), feature)


def test_a_job_opens_pull_requests_only_where_the_setting_lets_it(seen, repository, feature):
    said = "GitHub Actions is not permitted to create or approve pull requests."
    may = {"contents": "read", "pull_requests": "write"}
    repository.may_open_pulls = False
    assert refused(seen(may).create_pull, base="main", head="feature", title="One") == (403, said)
    app = seen(may, kind="app", login="gate-bot")
    pull = app.create_pull(base="main", head="feature", title="One")
    assert pull.user.login == "gate-bot[bot]"
    assert refused(seen(may).get_pull(pull.number).create_review, event="APPROVE") == (403, said)


def test_a_person_needs_a_role_besides_the_permission(seen, repository, feature):
    may = {"contents": "write", "issues": "write", "statuses": "write", "administration": "write"}
    stranger = seen(may, kind="user", login="stranger")
    assert stranger.create_issue("Anybody may").user.login == "stranger"
    assert refused(stranger.create_git_ref, "refs/heads/x", feature) == (403, PERSON)
    protection = stranger.get_branch("main").get_protection
    assert refused(protection) == (403, "Must have admin rights to Repository.")
    repository.collaborators["stranger"] = "write"
    assert stranger.create_git_ref("refs/heads/x", feature).object.sha == feature


def test_only_apps_write_checks(seen, feature):
    person = seen({"contents": "read", "checks": "write"}, kind="user", login="acme")
    assert refused(person.create_check_run, "gate", feature)[0] == 403


def test_an_app_changes_only_its_own_check_runs(seen, feature):
    may = {"contents": "read", "checks": "write"}
    run = seen(may).create_check_run("gate", feature)
    other = seen(may, kind="app", login="other-app").get_check_run(run.id)
    assert refused(other.edit, status="completed", conclusion="success")[0] == 403


def test_a_private_repository_is_not_there_for_strangers(hub, seen):
    secret = hub.repository("acme/secret", {"a": "1\n"}, private=True)
    may = {"contents": "read"}
    with hub.client(hub.token("stranger", may, kind="user")) as client:
        assert refused(client.get_repo, "acme/secret") == (404, "Not Found")
    with hub.client(hub.token("bound", may, repositories=(secret,))) as client:
        assert refused(client.get_repo, "acme/models") == (404, "Not Found")
        assert client.get_repo("acme/secret").private


def test_no_token_is_no_answer(hub, repository):
    with hub.client(None) as client:
        assert refused(client.get_repo, "acme/models") == (401, "Requires authentication")


def test_a_jobs_token_is_nobody(hub, writer):
    with hub.client(writer) as client, pytest.raises(GithubException, match=INTEGRATION):
        client.get_user().login  # noqa: B018  PyGithub asks when it is read
    with hub.client(hub.token("acme", kind="user")) as client:
        assert client.get_user().login == "acme"


def test_a_token_touches_workflows_only_with_their_permission(hub, seen, repository):
    path, text = ".github/workflows/new.yml", "on: push\n"
    assert refused(seen({"contents": "write"}).create_file, path, "New", text)[0] == 403
    sha = repository.commit({path: text}, branch="elsewhere")
    repository.git.drop_ref("refs/heads/elsewhere")
    assert refused(seen({"contents": "write"}).create_git_ref, "refs/heads/x", sha)[0] == 403
    seen({"contents": "write", "workflows": "write"}).create_git_ref("refs/heads/x", sha)
