"""Held to GitHub's official description: requests, answers, and what the hub does not serve."""

import pytest
import requests

from tests.hub import Hub, rest
from tests.hub.examples import broken
from tests.hub.routes import ROUTES


@pytest.fixture
def strict(tmp_path, socket_enabled):
    """A hub whose breaches are looked at by the test itself."""
    hub = Hub(tmp_path / "hub")
    hub.start()
    hub.repository("acme/models", {"model.py": "STATES = 3\n"})
    yield hub
    hub.stop()


def send(hub, method, path, body=None):
    token = hub.token("any", dict.fromkeys(("contents", "issues", "checks", "statuses", "pull_requests"), "write"))
    headers = {"Authorization": f"Bearer {token.secret}", "Connection": "close"}
    return requests.request(method, hub.api + path, json=body, headers=headers, timeout=20)


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/repos/acme/models/issues", {"body": "no title"}, "title"),
        ("POST", "/repos/acme/models/issues", {"title": "a", "boddy": "b"}, "no field 'boddy'"),
        ("POST", "/repos/acme/models/issues", {"title": "a", "labels": "gate"}, "labels"),
        ("POST", "/repos/acme/models/statuses/SHA", {"state": "passed"}, "state"),
        ("POST", "/repos/acme/models/check-runs", {"head_sha": "SHA"}, "it:"),
        ("POST", "/repos/acme/models/check-runs", {"name": "gate", "head_sha": "SHA", "conclusion": "fine"}, "fine"),
        ("POST", "/repos/acme/models/pulls", {"title": "a", "head": "b"}, "base"),
        ("GET", "/repos/acme/models/pulls?per_page=many", None, "per_page"),
        ("GET", "/repos/acme/models/pulls?sates=open", None, "no query parameter 'sates'"),
    ],
)
def test_a_request_against_the_description_is_refused_and_fails_the_test(strict, method, path, body, said):
    answer = send(strict, method, path, body)
    assert answer.status_code == 422
    with pytest.raises(AssertionError, match="against GitHub's description") as failed:
        strict.check()
    assert said in str(failed.value)


def test_an_answer_against_the_description_fails_the_test(strict, monkeypatch):
    monkeypatch.setattr("tests.hub.looks.issue.url", lambda _: "not a URL")
    assert send(strict, "POST", "/repos/acme/models/issues", {"title": "a"}).status_code == 201
    with pytest.raises(AssertionError, match="answer to POST /repos/acme/models/issues: "):
        strict.check()


def test_what_the_hub_does_not_serve_fails_the_test(strict):
    assert send(strict, "GET", "/repos/acme/models/stargazers").status_code == 404
    with pytest.raises(AssertionError, match="does not serve"):
        strict.check()


def test_outside_of_the_base_path_there_is_nothing(tmp_path, socket_enabled):
    with pytest.raises(AssertionError, match="outside of /api/v3"), Hub(tmp_path, base_path="/api/v3") as hub:
        requests.get(f"{hub.html}/repos/acme/models", headers={"Connection": "close"}, timeout=20)


def test_no_operation_is_served_twice():
    keys = [one.key for one in ROUTES]
    assert rest.__all__
    assert len(keys) == len(set(keys))


def test_githubs_own_examples_break_its_description_where_they_do():
    """Fifteen of the operations that the hub serves; a newer description will change this list."""
    repo, pulls = "/repos/{owner}/{repo}", "/repos/{owner}/{repo}/pulls"
    protection = f"{repo}/branches/{{branch}}/protection"
    assert {one.operation for one in broken()} == {
        f"GET {repo}",  # no `language`
        f"PATCH {repo}",  # no `has_discussions`
        f"GET {repo}/branches",  # required_status_checks without `checks`
        f"GET {protection}",  # the same, and Apps and teams of older shapes
        f"GET {protection}/required_pull_request_reviews",
        f"GET {protection}/required_status_checks",
        f"GET {repo}/collaborators/{{username}}/permission",  # a user without role_name
        f"GET {repo}/commits/{{commit_sha}}/pulls",  # here and in all of pulls: teams without `type`
        f"GET {repo}/commits/{{ref}}",  # files without `sha` and `contents_url`
        f"GET {repo}/issues/{{issue_number}}",  # an answer that is no issue at all
        f"GET {pulls}",
        f"POST {pulls}",
        f"GET {pulls}/{{pull_number}}",
        f"PATCH {pulls}/{{pull_number}}",
        f"GET {repo}/rulesets",  # an `enforcement` that is none
    }
