"""Issues, and what has happened to them."""

from typing import Any

from tests.hub.exchange import Answer, Refused, Request, invalid, missing
from tests.hub.looks import issue as looks
from tests.hub.pulling import close
from tests.hub.rest.labels import labelled, names_in
from tests.hub.routes import route
from tests.hub.state.issue import Event, Issue
from tests.hub.state.repository import Repository

BODY = 65536


def found(request: Request) -> Issue:
    repository, number = request.repository, request.number("issue_number")
    if number in repository.deleted_issues:
        raise Refused(410, "This issue was deleted")
    if number in repository.transferred_issues:
        raise Refused(301, "Moved Permanently", headers={"Location": repository.transferred_issues[number]})
    issue = repository.issues.get(number)
    if issue is None:
        raise missing()
    return issue


def hold_to_length(body: str | None, resource: str) -> None:
    if len(body or "") > BODY:
        raise invalid(resource, "body", code="custom", message=f"body is too long (maximum is {BODY} characters)")


def happened(request: Request, repository: Repository, number: int, event: str) -> None:
    repository.events.append(
        Event(
            id=request.hub.next_id(),
            issue=number,
            event=event,
            actor=request.token.login,
            created_at=request.hub.now(),
        )
    )


@route("GET", "/repos/{owner}/{repo}/issues", "issues: read")
def listed(request: Request) -> Any:
    """Pull requests are issues, too."""
    repository, query = request.repository, request.query
    state, labels = query.get("state", "open"), set(filter(None, query.get("labels", "").lower().split(",")))
    chosen = [
        one
        for one in repository.issues.values()
        if state in ("all", one.state)
        and labels <= {name.lower() for name in one.labels}
        and query.get("creator", one.user).lower() == one.user.lower()
    ]
    chosen.sort(key=lambda one: one.number, reverse=query.get("direction", "desc") == "desc")
    return request.listed([looks.issue(repository, one) for one in chosen])


@route("POST", "/repos/{owner}/{repo}/issues", "issues: write")
def create(request: Request) -> Answer:
    repository, body, now = request.repository, request.body, request.hub.now()
    hold_to_length(body.get("body"), "Issue")
    made = Issue(
        id=request.hub.next_id(),
        number=repository.next_number(),
        title=str(body["title"]),
        body=body.get("body"),
        user=request.token.login,
        created_at=now,
        updated_at=now,
        app_id=request.token.app_id,
    )
    repository.issues[made.number] = made
    if _may_label(request, repository):
        made.assignees = list(body.get("assignees") or [])
        labelled(request, repository, made, names_in(body.get("labels") or []))
    return Answer(status=201, body=looks.issue(repository, made))


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}", "issues: read", "pull_requests: read")
def get(request: Request) -> Any:
    return looks.issue(request.repository, found(request))


@route("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}", "issues: write", "pull_requests: write")
def edit(request: Request) -> Any:
    repository, issue, body = request.repository, found(request), request.body
    hold_to_length(body.get("body"), "Issue")
    issue.title, issue.body = str(body.get("title", issue.title)), body.get("body", issue.body)
    issue.assignees = list(body.get("assignees", issue.assignees))
    if "labels" in body:
        labelled(request, repository, issue, names_in(body["labels"]), replace=True)
    set_state(request, repository, issue, body.get("state"), body.get("state_reason"))
    issue.updated_at = request.hub.now()
    return looks.issue(repository, issue)


def set_state(
    request: Request, repository: Repository, issue: Issue, state: str | None, reason: str | None = None
) -> None:
    if state == "closed" and issue.state == "open":
        close(request.hub, repository, issue.number, request.token.login, reason)
        happened(request, repository, issue.number, "closed")
    elif state == "open" and issue.state == "closed":
        pull = repository.pulls.get(issue.number)
        if pull and pull.merged:
            raise invalid(
                "PullRequest", "state", code="custom", message="state cannot be changed. The pull request is merged."
            )
        issue.state, issue.closed_at, issue.closed_by, issue.state_reason = "open", None, None, "reopened"
        happened(request, repository, issue.number, "reopened")
        request.hub.moved(repository)


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/events", "issues: read", "pull_requests: read")
def events(request: Request) -> Any:
    """Who applied a label stands here."""
    repository, number = request.repository, found(request).number
    return request.listed([looks.event(repository, one) for one in repository.events if one.issue == number])


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/timeline", "issues: read", "pull_requests: read")
def timeline(request: Request) -> Any:
    repository, number = request.repository, found(request).number
    happened_then = [(one.id, looks.event(repository, one)) for one in repository.events if one.issue == number]
    said = [
        (one.id, looks.timeline_comment(repository, one)) for one in repository.comments.values() if one.issue == number
    ]
    return request.listed([shown for _, shown in sorted([*happened_then, *said], key=lambda pair: pair[0])])


def _may_label(request: Request, repository: Repository) -> bool:
    """Without push access labels are dropped silently, as on GitHub."""
    return request.token.is_app or repository.can_write(request.token.login)
