"""What goes wrong on demand goes wrong as it does in the world, and no oftener than it was asked to."""

import time

import pytest
import requests
from github import GithubException

from tests.hub import faults
from tests.hub.faults import When

COMMENTS = "/repos/acme/models/issues/1/comments"


@pytest.fixture
def comment(hub, repository, writer):
    """Post a comment with nothing in between that tries again."""
    hub.issue(repository, "Title")
    headers = {"Authorization": f"Bearer {writer.secret}", "Connection": "close"}
    return lambda: requests.post(hub.api + COMMENTS, json={"body": "Text"}, headers=headers, timeout=20)


@pytest.mark.parametrize("code", [403, 404, 422, 500, 502])
def test_the_nth_request_meets_its_status_and_changes_nothing(hub, repository, comment, code):
    hub.faults.add("POST", "*/issues/*/comments", faults.status(code), nth=2)
    assert [comment().status_code for _ in range(3)] == [201, code, 201]
    assert len(repository.comments) == 2
    assert [entry.changed for entry in hub.log.writes()] == [True, False, True]


def test_limits_come_with_their_headers(hub, comment):
    hub.faults.add("POST", "*", faults.rate_limited(retry_after=7))
    hub.faults.add("POST", "*", faults.secondary_limit(retry_after=3), nth=2)
    first, second = comment(), comment()
    assert (first.status_code, first.headers["Retry-After"], first.headers["x-ratelimit-remaining"]) == (429, "7", "0")
    assert int(first.headers["x-ratelimit-reset"]) >= int(time.time()) - 1
    assert (second.status_code, second.headers["Retry-After"]) == (403, "3")
    assert "secondary rate limit" in second.json()["message"]


def test_a_bad_gateway_may_hide_that_it_was_done(hub, repository, comment):
    hub.faults.add("POST", "*", faults.bad_gateway(when=When.AFTER))
    answer = comment()
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert len(repository.comments) == 1
    assert hub.log.writes()[0].changed


@pytest.mark.parametrize(("when", "made"), [(When.INSTEAD, 0), (When.AFTER, 1)])
def test_a_connection_is_reset_before_or_after(hub, repository, comment, when, made):
    hub.faults.add("POST", "*", faults.reset(when=when))
    with pytest.raises(requests.ConnectionError):
        comment()
    assert len(repository.comments) == made
    assert comment().status_code == 201


def test_half_of_the_json_arrives(hub, comment):
    hub.faults.add("POST", "*", faults.truncated())
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.JSONDecodeError)):
        comment().json()


def test_a_page_arrives_instead_of_json(hub, comment):
    hub.faults.add("POST", "*", faults.html())
    answer = comment()
    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")


def test_a_slow_answer_is_slow(hub, comment):
    hub.faults.add("POST", "*", faults.slow(0.3))
    before = time.monotonic()
    assert comment().status_code == 201
    assert time.monotonic() - before >= 0.3


def test_a_client_that_gave_up_leaves_the_hub_alone(hub, repository, writer, comment):
    hub.faults.add("POST", "*", faults.slow(0.4))
    with pytest.raises(requests.Timeout):
        requests.post(
            hub.api + COMMENTS, json={"body": "x"}, headers={"Authorization": f"token {writer.secret}"}, timeout=0.1
        )
    assert comment().status_code == 201
    assert len(repository.comments) == 2


def test_pygithub_sees_them_too(hub, github):
    hub.faults.add("POST", "*/issues", faults.status(422), times=None)
    for _ in range(3):
        with pytest.raises(GithubException) as caught:
            github.create_issue("Title")
        assert caught.value.status == 422


def test_git_meets_faults(hub, repository, feature):
    hub.faults.add("GET", "*/info/refs", faults.status(503))
    url = f"{hub.html}/acme/models.git/info/refs?service=git-upload-pack"
    assert [requests.get(url, headers={"Connection": "close"}, timeout=20).status_code for _ in range(2)] == [503, 200]
