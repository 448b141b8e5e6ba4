"""What is read through PyGithub is what git has, and what tests have set."""

import io
import zipfile

import pytest
import requests
from github import GithubException

from tests.hub import ACTIONS_APP, Hub, RequiredCheck

WORKFLOW = ".github/workflows/gate.yml"


def test_the_repository_says_what_it_allows(github, repository):
    repository.settings["allow_auto_merge"] = True
    found = github.get_pulls and repository.hub.client(next(iter(repository.hub.tokens.values()))).get_repo(
        "acme/models"
    )
    assert (found.default_branch, found.allow_auto_merge, found.permissions.push) == ("main", True, True)


def test_files_are_read_at_a_ref(github, repository, feature):
    assert github.get_contents("model.py", ref="main").decoded_content == b"STATES = 3\n"
    assert github.get_contents("model.py", ref=feature).decoded_content == b"STATES = 4\n"
    assert github.get_contents(".github/CODEOWNERS").decoded_content == b"* @acme\n"
    assert {one.name for one in github.get_contents(".github")} == {"CODEOWNERS", "workflows"}
    with pytest.raises(GithubException, match="Not Found"):
        github.get_contents("nothing.py")


def test_a_comparison_is_of_three_dots(github, repository, feature):
    repository.commit({"other.py": "A = 1\n"})
    compared = github.compare("main", "feature")
    assert (compared.status, compared.ahead_by, compared.behind_by) == ("diverged", 1, 1)
    assert [one.filename for one in compared.files] == ["model.py"]
    assert compared.merge_base_commit.sha != repository.sha("main")


def test_a_pull_request_lists_its_files(github, hub, repository):
    repository.commit({"new.py": "A = 1\n", "gate.toml": None, "model.py": "STATES = 4\n"}, branch="feature")
    pull = hub.open_pull_request(repository, "feature")
    files = {
        one.filename: (one.status, one.additions, one.deletions) for one in github.get_pull(pull.number).get_files()
    }
    assert files == {"new.py": ("added", 1, 0), "gate.toml": ("removed", 0, 1), "model.py": ("modified", 1, 1)}


def test_a_renamed_file_says_what_it_was(github, hub, repository):
    repository.commit({"model.py": None, "models/one.py": "STATES = 3\n"}, branch="feature")
    (file,) = github.get_pull(hub.open_pull_request(repository, "feature").number).get_files()
    assert (file.status, file.filename, file.previous_filename) == ("renamed", "models/one.py", "model.py")


def test_protection_and_rules_are_told(hub, github, repository):
    repository.protect(checks=(RequiredCheck(context="gate", app_id=ACTIONS_APP), "lint"), reviews=2, code_owners=True)
    repository.ruleset({"type": "deletion"}, {"type": "required_linear_history"})
    owner = hub.token("acme", {"administration": "read", "contents": "read"}, kind="user")
    with hub.client(owner) as client:
        branch = client.get_repo("acme/models").get_branch("main")
        assert branch.protected
        held = branch.get_protection()
        assert [(one.context, one.app_id) for one in held.required_status_checks.checks] == [
            ("gate", ACTIONS_APP),
            ("lint", None),
        ]
        assert held.required_pull_request_reviews.required_approving_review_count == 2
        assert held.required_pull_request_reviews.require_code_owner_reviews
    _, rules = github.requester.requestJsonAndCheck("GET", f"{github.url}/rules/branches/main")
    assert [one["type"] for one in rules] == ["deletion", "required_linear_history"]


def test_a_ruleset_holds_merges_back(github, hub, repository, feature):
    check = {"context": "gate", "integration_id": ACTIONS_APP}
    rule = {
        "type": "required_status_checks",
        "parameters": {"required_status_checks": [check], "strict_required_status_checks_policy": False},
    }
    repository.ruleset(rule)
    pull = github.get_pull(hub.open_pull_request(repository, "feature").number)
    with pytest.raises(GithubException, match='check "gate" is expected'):
        pull.merge()
    github.create_check_run("gate", feature, status="completed", conclusion="success")
    assert pull.merge().merged


def test_protection_is_set_through_the_api(hub, repository):
    wanted = {
        "required_status_checks": {
            "strict": True,
            "contexts": [],
            "checks": [{"context": "gate", "app_id": ACTIONS_APP}],
        },
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "restrictions": None,
    }
    owner = hub.token("acme", {"administration": "write"}, kind="user")
    with hub.client(owner) as client:
        client.requester.requestJsonAndCheck("PUT", "/repos/acme/models/branches/main/protection", input=wanted)
    held = repository.protections["main"]
    assert (held.checks, held.strict, held.reviews) == ((RequiredCheck(context="gate", app_id=ACTIONS_APP),), True, 1)


def test_the_setting_for_pull_requests_is_read_and_written(hub, repository):
    owner = hub.token("acme", {"administration": "write"}, kind="user")
    with hub.client(owner) as client:
        path = "/repos/acme/models/actions/permissions/workflow"
        assert client.requester.requestJsonAndCheck("GET", path)[1]["can_approve_pull_request_reviews"]
        off = {"can_approve_pull_request_reviews": False}
        client.requester.requestJsonAndCheck("PUT", path, input=off)
    assert not repository.may_open_pulls


def test_an_artifact_lies_on_another_host_that_is_shown_no_token(hub, github, repository, writer, feature):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("observations.json", "{}")
    run = hub.run(repository, WORKFLOW, feature, artifacts={"observations": packed.getvalue()})
    (artifact,) = github.get_workflow_run(run.id).get_artifacts()
    headers = {"Authorization": f"Bearer {writer.secret}", "Connection": "close"}
    answer = requests.get(artifact.archive_download_url, headers=headers, timeout=20)
    assert answer.content == packed.getvalue()
    assert "Authorization" not in answer.request.headers
    requests.get(answer.url, headers=headers, timeout=20)
    assert "the token was shown to the blob store" in hub.breaches.pop()
    repository.artifacts[artifact.id].expired = True
    assert requests.get(artifact.archive_download_url, headers=headers, timeout=20).status_code == 410


def test_runs_are_found_by_head(hub, github, repository, feature):
    run = hub.run(repository, WORKFLOW, feature)
    hub.run(repository, WORKFLOW, repository.sha("main"), "push")
    assert [one.id for one in github.get_workflow_runs(head_sha=feature)] == [run.id]
    assert (run.head_branch, github.get_workflow_run(run.id).path) == ("feature", WORKFLOW)


def test_a_workflow_is_dispatched_only_if_it_says_so(github, repository):
    repository.commit({".github/workflows/ci.yml": "on: push\n"})
    assert github.get_workflow("gate.yml").create_dispatch("main", {"level": "1"}, throw=True)
    (asked,) = repository.dispatches
    assert (asked.workflow, asked.ref, asked.inputs) == (WORKFLOW, "main", {"level": "1"})
    with pytest.raises(GithubException, match="workflow_dispatch"):
        github.get_workflow("ci.yml").create_dispatch("main", throw=True)


def test_who_put_a_label_on_is_told(hub, github, repository):
    issue = github.create_issue("Title")
    repository.collaborators["rita"] = "triage"
    repository.collaborators["walt"] = "write"
    walt = hub.token("walt", {"issues": "write", "contents": "read"}, kind="user")
    with hub.client(walt) as client:
        client.get_repo("acme/models").get_issue(issue.number).add_to_labels("gate: override")
    labelled = [one for one in issue.get_events() if one.event == "labeled"]
    assert [(one.label.name, one.actor.login) for one in labelled] == [("gate: override", "walt")]
    assert [one.event for one in issue.get_timeline()] == ["labeled"]
    assert github.get_collaborator_permission("walt") == "write"
    assert github.get_collaborator_permission("rita") == "read"
    assert github.get_collaborator_role_name("rita") == "triage"


def test_lists_come_in_pages(github, repository):
    issue = github.create_issue("Title")
    for number in range(35):
        issue.create_comment(f"Comment {number}")
    assert [one.body for one in issue.get_comments()] == [f"Comment {number}" for number in range(35)]


def test_tags_and_releases(github, repository, feature):
    repository.tag("v1.0.0")
    release = github.create_git_release("v1.1.0", name="1.1", message="New", target_commitish=feature)
    assert {one.name: one.commit.sha for one in github.get_tags()} == {
        "v1.0.0": repository.sha("main"),
        "v1.1.0": feature,
    }
    assert github.get_latest_release().id == release.id


def test_a_commit_is_made_of_git_objects(github, repository):
    from github import InputGitTreeElement  # noqa: PLC0415

    main = github.get_git_commit(repository.sha("main"))
    element = InputGitTreeElement("new/file.py", "100644", "blob", content="A = 1\n")
    gone = InputGitTreeElement("gate.toml", "100644", "blob", sha=None)
    tree = github.create_git_tree([element, gone], base_tree=main.tree)
    made = github.create_git_commit("Made", tree, [main])
    github.create_git_ref("refs/heads/made", made.sha)
    assert repository.git.read("refs/heads/made", "new/file.py") == b"A = 1\n"
    assert repository.git.read("refs/heads/made", "gate.toml") is None
    assert repository.git.read("refs/heads/made", "model.py") == b"STATES = 3\n"


def test_an_enterprise_lives_under_its_own_path(tmp_path, socket_enabled):
    with Hub(tmp_path / "ghe", base_path="/api/v3") as hub:
        repository = hub.repository("acme/models", {"model.py": "A = 1\n"})
        repository.commit({"model.py": "A = 2\n"}, branch="feature")
        token = hub.token("job", dict.fromkeys(("contents", "pull_requests"), "write"))
        with hub.client(token) as client:
            github = client.get_repo("acme/models")
            pull = github.create_pull(base="main", head="feature", title="One")
            assert github.url == f"{hub.html}/api/v3/repos/acme/models"
            query = "query Q { viewer { login } }"
            assert client.requester.graphql_query(query, {})[1]["data"]["viewer"]["login"] == "github-actions[bot]"
            assert pull.merge().merged
        assert [entry.path for entry in hub.log.requests("PUT")] == ["/repos/acme/models/pulls/1/merge"]
