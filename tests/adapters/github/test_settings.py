"""What GitHub says of a repository's settings, asked of the hub; what a token may not see is not taken for granted."""

import pytest

from gate.adapters.github import Client, Connection, GitHubSettings
from gate.adapters.github.settings import page_of
from gate.domain.doctor import RequiredCheck
from gate.errors import GitHubError
from tests.adapters.github.conftest import Answer
from tests.hub.state.protection import RequiredCheck as Held

OWNER = {"actions": "read", "metadata": "read", "contents": "read", "administration": "read"}


@pytest.fixture
def repository(hub):
    return hub.repository("quants/regimes", {"README.md": "models\n"}, default_branch="trunk")


def asked(hub, permissions=OWNER, branch="trunk"):
    token = hub.token("doctor", permissions)
    with Client(Connection(repository="quants/regimes", token=token.secret, api_url=hub.api)) as client:
        return GitHubSettings(client).hosted(branch)


def test_a_repository_as_it_is_made_requires_nothing(hub, repository):
    repository.may_open_pulls = False
    hosted = asked(hub)
    assert (hosted.branch, hosted.checks, hosted.may_open_pull_requests) == ("trunk", (), False)
    assert not hosted.code_owner_review


def test_branch_protection_is_read_with_whom_each_check_must_come_from(hub, repository):
    repository.protect(checks=(Held(context="gate", app_id=15368), "tests"), reviews=1, code_owners=True)
    hosted = asked(hub)
    assert hosted.checks == (RequiredCheck(context="gate", app_id=15368), RequiredCheck(context="tests"))
    assert (hosted.code_owner_review, hosted.may_open_pull_requests) == (True, True)


def test_rulesets_count_as_much(hub, repository):
    checks = {
        "strict_required_status_checks_policy": False,
        "required_status_checks": [{"context": "gate", "integration_id": 77}],
    }
    review = {
        "require_code_owner_review": True,
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    repository.ruleset(
        {"type": "required_status_checks", "parameters": checks}, {"type": "pull_request", "parameters": review}
    )
    hosted = asked(hub)
    assert RequiredCheck(context="gate", app_id=77) in hosted.checks
    assert hosted.code_owner_review


def test_the_default_branch_is_asked_for_where_nobody_names_one(hub, repository):
    assert asked(hub, branch="").branch == "trunk"


def test_what_a_jobs_token_may_not_see_is_not_known(hub, repository):
    hosted = asked(hub, {"metadata": "read", "contents": "read"})
    assert (hosted.checks, hosted.code_owner_review, hosted.may_open_pull_requests) == ((), None, None)


@pytest.mark.parametrize(
    ("reviewers", "another", "seen"),
    [((), False, (False, False)), (("maria",), False, (True, False)), (("maria",), True, (True, True))],
)
def test_who_approves_a_rollback_is_read_from_its_environment(reviewers, another, seen, hub, repository):
    assert (asked(hub).rollback_approved, asked(hub).rollback_by_another) == (None, None)
    repository.environment("rollback", *reviewers, prevent_self_review=another)
    hosted = asked(hub)
    assert (hosted.rollback_approved, hosted.rollback_by_another) == seen


def test_it_only_reads(hub, repository):
    asked(hub)
    assert not hub.log.writes()


@pytest.mark.enable_socket
def test_rules_whose_parameters_github_leaves_out_require_nothing(told):
    rules = [{"type": "pull_request"}, {"type": "required_status_checks"}, {"type": "deletion"}]
    told.answers = [Answer(body={"name": "main"}), Answer(body=rules), Answer(body={"name": "x"})]
    with told.client() as client:
        hosted = GitHubSettings(client).hosted("main")
    assert (hosted.checks, hosted.code_owner_review, hosted.may_open_pull_requests) == ((), False, False)


@pytest.mark.enable_socket
@pytest.mark.parametrize("page", [b"<html>Sign in</html>", [], "x"])
def test_a_page_instead_of_settings_is_one_line(page, told):
    told.answers = [Answer(body=page)]
    with told.client() as client, pytest.raises(GitHubError, match="makes no sense"):
        GitHubSettings(client).hosted("main")


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.github.com", "https://github.com/o/r"),
        ("https://ghe.example/api/v3", "https://ghe.example/o/r"),
        ("https://api.desk.ghe.com/", "https://desk.ghe.com/o/r"),
    ],
)
def test_the_repositorys_page_is_on_its_own_server(api, page):
    assert page_of(Connection(repository="o/r", token="t", api_url=api)) == page
