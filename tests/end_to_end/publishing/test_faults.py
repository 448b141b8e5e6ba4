"""8. Each fault of the hub at each request of a publish: bounded time, never a bare pass, no duplicate."""

import time
from fnmatch import fnmatchcase

import pytest

from gate.errors import GateError
from tests.hub import faults
from tests.published import MENDED, PATIENT, QUICK, scene

REPO = "/repos/quant/models"
GRAPHQL = ("POST", "/graphql")
BY_REST = {
    "pulls": ("GET", f"{REPO}/pulls"),
    "comments": ("GET", f"{REPO}/issues/*/comments"),
    "files": ("GET", f"{REPO}/pulls/*/files"),
}
"""What one question of GraphQL answers, where there is GraphQL."""
REQUESTS = {
    "at once": GRAPHQL,
    "artifacts": ("GET", f"{REPO}/actions/runs/*/artifacts"),
    "zip": ("GET", f"{REPO}/actions/artifacts/*/zip"),
    "blob": ("GET", "/_blobs/*"),
    "policy": ("GET", f"{REPO}/contents/gate.toml"),
    **BY_REST,
    "comment": ("POST", f"{REPO}/issues/*/comments"),
    "check": ("POST", f"{REPO}/check-runs"),
    "label": ("POST", f"{REPO}/issues/*/labels"),
    "status": ("POST", f"{REPO}/statuses/*"),
    "settling": ("GET", f"{REPO}/commits/*/check-runs"),
}
FAULTS = {
    "403": faults.status(403),
    "422": faults.status(422),
    "429": faults.rate_limited(retry_after=3600),
    "secondary limit": faults.secondary_limit(retry_after=0),
    "502": faults.bad_gateway(),
    "502 after success": faults.bad_gateway(when=faults.When.AFTER),
    "reset": faults.reset(),
    "reset after success": faults.reset(when=faults.When.AFTER),
    "slow": faults.slow(1.3),
    "truncated": faults.truncated(),
    "a page": faults.html(),
}
US = "github-actions[bot]"
BOUND = 40.0
"""Seconds: `whole` and one answer, with room for a busy machine. Nothing waits for 3600."""


@pytest.fixture
def good(hub, zips):
    return scene(hub, zips, files=MENDED)


def without_graphql(it, request_):
    """What is only asked by REST where the hub knows nothing else."""
    it.hub.speaks_graphql = request_ not in BY_REST.values()


def published(it, run):
    """Whether it came to its end; how it ends otherwise is one line, in bounded time."""
    started = time.monotonic()
    try:
        it.publish(run)
    except GateError as caught:
        error = caught
    else:
        error = None
    assert time.monotonic() - started < BOUND
    if error is not None:
        assert "\n" not in error.message
        assert error.advice
        assert it.token.secret not in f"{error.message} {error.advice}"
    return error is None


def holds(it):
    """No duplicate, and no success without its evidence."""
    assert len(it.comments()) <= 1
    assert len(it.checks()) <= 1
    if it.state() == "success":
        assert "PASS" in it.comment
        assert [check.conclusion for check in it.checks()] == ["success"]


@pytest.mark.parametrize("graphql", [True, False])
def test_8_these_are_all_requests_of_a_publish(graphql, good):
    good.hub.speaks_graphql = graphql
    good.publish(good.run("good"))
    for entry in good.hub.log.requests():
        known = (entry.method == method and fnmatchcase(entry.path, path) for method, path in REQUESTS.values())
        assert any(known), str(entry)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_8_a_fault_ends_in_bounded_time_without_a_duplicate_and_doing_it_again_mends_it(request_, fault, good):
    it = good
    run = it.run("good")
    without_graphql(it, request_)
    it.hub.faults.add(*request_, fault)
    it.pace = QUICK if fault is FAULTS["slow"] else it.pace
    done = published(it, run)
    holds(it)
    assert not done or it.state() == "success"
    it.hub.faults.clear()
    it.pace = PATIENT
    assert published(it, run)
    holds(it)
    assert it.state() == "success"
    assert it.labels == {"gate:passed"}


@pytest.mark.parametrize("fault", ["502 after success", "reset", "a page"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_8_a_fault_that_stays_is_never_a_pass_without_evidence(request_, fault, good):
    it = good
    run = it.run("good")
    without_graphql(it, request_)
    it.hub.faults.add(*request_, FAULTS[fault], times=None)
    published(it, run)
    holds(it)
    it.hub.faults.clear()
    assert published(it, run)
    holds(it)
    assert it.state() == "success"


@pytest.mark.parametrize("fault", ["502 after success", "reset after success", "truncated"])
def test_8_a_status_whose_answer_was_lost_is_found_and_not_set_twice(fault, good):
    good.hub.faults.add(*REQUESTS["status"], FAULTS[fault])
    assert published(good, good.run("good"))
    assert [one.state for one in good.statuses()] == ["success"]


def full(it):
    """As many statuses of the context as GitHub keeps of one."""
    it.repository.statuses += [it.statuses()[-1]] * (1000 - len(it.statuses()))


def test_a_status_that_stands_already_is_no_failure_where_github_takes_no_more(good):
    run = good.run("good")
    good.publish(run)
    full(good)
    assert published(good, run)
    assert good.state() == "success"


def test_where_github_takes_no_more_the_other_answer_is_still_said_and_it_is_no_success(good):
    good.publish(good.run("good"))
    full(good)
    with pytest.raises(GateError, match="reached the maximum number of statuses"):
        good.publish(good.run("bad"))
    assert [check.conclusion for check in good.checks()] == ["failure"]
    assert "BLOCK" in good.comment
    assert good.labels == {"gate:blocked"}


def test_a_page_is_no_proof_that_something_is_gone(good):
    it = good
    for _ in range(2):
        it.hub.comment(it.repository, it.pull.number, f"<!-- gate:verdict head={it.head} run=1.1 -->", user=US)
    it.hub.label(it.repository, it.pull.number, "gate:blocked", user=US)
    it.hub.speaks_graphql = False
    it.hub.faults.add("DELETE", f"{REPO}/issues/comments/*", FAULTS["a page"])
    it.hub.faults.add("DELETE", f"{REPO}/issues/*/labels/*", FAULTS["a page"])
    assert published(it, it.run("good"))
    assert len(it.comments()) == 1
    assert it.labels == {"gate:passed"}
