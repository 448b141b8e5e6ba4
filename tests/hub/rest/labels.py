"""Labels, and who put them on."""

from collections.abc import Iterable
from typing import Any

from tests.hub.exchange import Answer, Refused, Request, invalid, missing
from tests.hub.looks.issue import label, labels
from tests.hub.routes import route
from tests.hub.state.issue import Event, Issue, Label
from tests.hub.state.repository import Repository


def names_in(given: Any) -> list[str]:
    """Names out of the several shapes that the API takes."""
    items = given.get("labels", []) if isinstance(given, dict) else given or []
    items = [items] if isinstance(items, str) else items
    return [one if isinstance(one, str) else one["name"] for one in items]


def labelled(
    request: Request, repository: Repository, issue: Issue, names: Iterable[str], *, replace: bool = False
) -> None:
    """Put labels on (making those that are new), take the others off where they are replaced."""
    names = [known(repository, name) or name for name in names]
    for name in names:
        repository.labels.setdefault(name, Label(id=request.hub.next_id(), name=name))
    for name in [one for one in issue.labels if replace and one not in names]:
        unlabelled(request, repository, issue, name)
    for name in names:
        if name not in issue.labels:
            issue.labels.append(name)
            _note(request, repository, issue, "labeled", name)


def known(repository: Repository, name: str) -> str | None:
    """As the label is spelt here: GitHub tells them apart whatever their case."""
    return next((one for one in repository.labels if one.lower() == name.lower()), None)


def unlabelled(request: Request, repository: Repository, issue: Issue, name: str) -> None:
    issue.labels.remove(name)
    _note(request, repository, issue, "unlabeled", name)


def _note(request: Request, repository: Repository, issue: Issue, event: str, name: str) -> None:
    repository.events.append(
        Event(
            id=request.hub.next_id(),
            issue=issue.number,
            event=event,
            actor=request.token.login,
            created_at=request.hub.now(),
            label=name,
        )
    )


def _issue(request: Request) -> Issue:
    issue = request.repository.issues.get(request.number("issue_number"))
    if issue is None:
        raise missing()
    return issue


@route("GET", "/repos/{owner}/{repo}/labels", "issues: read", "pull_requests: read")
def all_labels(request: Request) -> Any:
    return request.listed([label(request.repository, one) for one in request.repository.labels.values()])


@route("POST", "/repos/{owner}/{repo}/labels", "issues: write", "pull_requests: write")
def create(request: Request) -> Answer:
    repository, name = request.repository, request.body["name"]
    if name.lower() in {one.lower() for one in repository.labels}:
        raise invalid("Label", "name", code="already_exists")
    description = request.body.get("description")
    if len(description or "") > 100:
        raise invalid(
            "Label", "description", code="custom", message="description is too long (maximum is 100 characters)"
        )
    made = Label(
        id=request.hub.next_id(), name=name, color=request.body.get("color", "ededed"), description=description
    )
    repository.labels[name] = made
    return Answer(status=201, body=label(repository, made))


@route("GET", "/repos/{owner}/{repo}/labels/{name}", "issues: read", "pull_requests: read")
def get(request: Request) -> Any:
    found = request.repository.labels.get(known(request.repository, request.params["name"]) or "")
    if found is None:
        raise missing()
    return label(request.repository, found)


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/labels", "issues: read", "pull_requests: read")
def on_issue(request: Request) -> Any:
    return request.listed(labels(request.repository, _issue(request)))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels", "issues: write", "pull_requests: write")
def add(request: Request) -> Any:
    return _set(request, replace=False)


@route("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels", "issues: write", "pull_requests: write")
def replace(request: Request) -> Any:
    return _set(request, replace=True)


def _set(request: Request, *, replace: bool) -> Any:
    repository, issue = request.repository, _issue(request)
    if not request.token.is_app and not repository.can_write(request.token.login):
        raise Refused(403, "Must have admin rights to Repository.")
    labelled(request, repository, issue, names_in(request.body), replace=replace)
    return labels(repository, issue)


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", "issues: write", "pull_requests: write")
def remove(request: Request) -> Any:
    repository, issue = request.repository, _issue(request)
    name = known(repository, request.params["name"])
    if name is None or name not in issue.labels:
        raise Refused(404, "Label does not exist")
    unlabelled(request, repository, issue, name)
    return labels(repository, issue)
