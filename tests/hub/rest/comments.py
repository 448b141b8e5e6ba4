"""Comments on issues and pull requests."""

from typing import Any

from tests.hub.exchange import Answer, Refused, Request, invalid, missing
from tests.hub.looks.issue import comment
from tests.hub.rest.issues import found, hold_to_length
from tests.hub.routes import route
from tests.hub.state.issue import Comment


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", "issues: read", "pull_requests: read")
def listed(request: Request) -> Any:
    repository, number = request.repository, found(request).number
    since = request.query.get("since", "")
    said = [one for one in repository.comments.values() if one.issue == number and one.updated_at >= since]
    return request.listed([comment(repository, one) for one in said])


@route("GET", "/repos/{owner}/{repo}/issues/comments", "issues: read", "pull_requests: read")
def everywhere(request: Request) -> Any:
    repository = request.repository
    said = sorted(
        repository.comments.values(), key=lambda one: one.id, reverse=request.query.get("direction") == "desc"
    )
    return request.listed([comment(repository, one) for one in said])


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", "issues: write", "pull_requests: write")
def create(request: Request) -> Answer:
    repository, issue, now = request.repository, found(request), request.hub.now()
    if not request.body["body"].strip():
        raise invalid("IssueComment", "body", code="missing_field")
    hold_to_length(request.body["body"], "IssueComment")
    made = Comment(
        id=request.hub.next_id(),
        issue=issue.number,
        user=request.token.login,
        body=request.body["body"],
        created_at=now,
        updated_at=now,
        app_id=request.token.app_id,
    )
    repository.comments[made.id] = made
    return Answer(status=201, body=comment(repository, made))


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}", "issues: read", "pull_requests: read")
def get(request: Request) -> Any:
    return comment(request.repository, _one(request))


@route("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", "issues: write", "pull_requests: write")
def edit(request: Request) -> Any:
    one = _one(request)
    _own_or_maintained(request, one)
    hold_to_length(request.body["body"], "IssueComment")
    one.body, one.updated_at = request.body["body"], request.hub.now()
    return comment(request.repository, one)


@route("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", "issues: write", "pull_requests: write")
def delete(request: Request) -> Answer:
    one = _one(request)
    _own_or_maintained(request, one)
    del request.repository.comments[one.id]
    return Answer(status=204)


def _one(request: Request) -> Comment:
    one = request.repository.comments.get(request.number("comment_id"))
    if one is None:
        raise missing()
    return one


def _own_or_maintained(request: Request, one: Comment) -> None:
    """An App with write permission may edit anyone's comment, as a maintainer may."""
    token = request.token
    if one.user != token.login and not token.is_app and not request.repository.can_write(token.login):
        raise Refused(403, "Must have admin rights to Repository.")
