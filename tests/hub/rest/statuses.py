"""Commit statuses."""

from typing import Any

from tests.hub.exchange import Answer, Refused, Request, invalid
from tests.hub.looks.checks import simple_status, status
from tests.hub.looks.commit import url
from tests.hub.looks.repository import minimal
from tests.hub.rest.commits import resolved
from tests.hub.routes import route
from tests.hub.state.checks import Status
from tests.hub.state.repository import Repository

DESCRIPTION = 140
OF_A_CONTEXT = 1000


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", "statuses: write")
def create(request: Request) -> Answer:
    repository, sha, body = request.repository, request.params["sha"], request.body
    if repository.git.kind_of(sha) != "commit":
        raise Refused(422, f"No commit found for SHA: {sha}")
    if len(body.get("description") or "") > DESCRIPTION:
        raise invalid(
            "Status", "description", code="custom", message="description is too long (maximum is 140 characters)"
        )
    context = body.get("context", "default")
    if sum((one.sha, one.context) == (sha, context) for one in repository.statuses) >= OF_A_CONTEXT:
        raise Refused(
            422, "Validation Failed", errors=["This SHA and context has reached the maximum number of statuses."]
        )
    made = Status(
        id=request.hub.next_id(),
        sha=sha,
        state=body["state"],
        context=context,
        description=body.get("description"),
        target_url=body.get("target_url"),
        creator=request.token.login,
        app_id=request.token.app_id,
        created_at=request.hub.now(),
    )
    repository.statuses.append(made)
    return Answer(status=201, body=status(repository, made))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", "statuses: read")
def listed(request: Request) -> Any:
    repository, sha = request.repository, _sha(request)
    found = [status(repository, one) for one in reversed(repository.statuses) if one.sha == sha]
    return request.listed(found)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/status", "statuses: read")
def combined(request: Request) -> Any:
    """The latest of each context; pending where there is none, as on GitHub."""
    repository, sha = request.repository, _sha(request)
    latest = list({one.context: one for one in repository.statuses if one.sha == sha}.values())
    page, _ = request.page(latest)
    return {
        "state": _worst([one.state for one in latest]),
        "statuses": [simple_status(repository, one) for one in page],
        "sha": sha,
        "total_count": len(latest),
        "repository": minimal(repository),
        "commit_url": f"{url(repository)}/commits/{sha}",
        "url": f"{url(repository)}/commits/{sha}/status",
    }


def _sha(request: Request) -> str:
    sha = resolved(request.repository, request.params["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {request.params['ref']}")
    return sha


def _worst(states: list[str]) -> str:
    if any(state in ("error", "failure") for state in states):
        return "failure"
    return "success" if states and all(state == "success" for state in states) else "pending"


def of(repository: Repository, sha: str) -> dict[str, Status]:
    """The latest status of each context, for tests to look at."""
    return {one.context: one for one in repository.statuses if one.sha == sha}
