"""Reviews."""

from typing import Any

from tests.hub.exchange import Refused, Request
from tests.hub.looks.pull import review
from tests.hub.rest.pulls import found, hold_actions
from tests.hub.routes import route
from tests.hub.state.pull import Review

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull_requests: read")
def listed(request: Request) -> Any:
    pull = found(request)
    return request.listed([review(request.repository, pull, one) for one in pull.reviews])


@route("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull_requests: write")
def create(request: Request) -> Any:
    repository, pull, body = request.repository, found(request), request.body or {}
    state = STATES.get(body.get("event", ""), "PENDING")
    if state == "APPROVED":
        hold_actions(request)
    own = repository.issues[pull.number].user == request.token.login
    if own and state in ("APPROVED", "CHANGES_REQUESTED"):
        what = "approve" if state == "APPROVED" else "request changes on"
        raise Refused(422, "Unprocessable Entity", errors=[f"Can not {what} your own pull request"])
    made = Review(
        id=request.hub.next_id(),
        user=request.token.login,
        state=state,
        body=body.get("body") or "",
        commit_id=body.get("commit_id", pull.head_sha),
        submitted_at=request.hub.now(),
    )
    pull.reviews.append(made)
    return review(repository, pull, made)
