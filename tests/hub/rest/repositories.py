"""The repository itself: what it is, who may do what, and what its workflows may."""

from typing import Any

from tests.hub.exchange import Answer, Request, missing
from tests.hub.looks.repository import ROLES, full
from tests.hub.looks.user import user
from tests.hub.routes import route
from tests.hub.state.repository import SETTINGS


@route("GET", "/repos/{owner}/{repo}", "metadata: read")
def get(request: Request) -> Any:
    return full(request.repository, request.token)


@route("PATCH", "/repos/{owner}/{repo}", "administration: write")
def edit(request: Request) -> Any:
    repository = request.repository
    repository.settings.update({name: value for name, value in request.body.items() if name in SETTINGS})
    repository.default_branch = request.body.get("default_branch", repository.default_branch)
    return full(repository, request.token)


@route("GET", "/repos/{owner}/{repo}/actions/permissions/workflow", "administration: read")
def workflow_permissions(request: Request) -> Any:
    return {
        "default_workflow_permissions": request.repository.default_permissions,
        "can_approve_pull_request_reviews": request.repository.may_open_pulls,
    }


@route("PUT", "/repos/{owner}/{repo}/actions/permissions/workflow", "administration: write")
def set_workflow_permissions(request: Request) -> Answer:
    repository = request.repository
    repository.may_open_pulls = request.body.get("can_approve_pull_request_reviews", repository.may_open_pulls)
    repository.default_permissions = request.body.get("default_workflow_permissions", repository.default_permissions)
    return Answer(status=204)


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", "metadata: read")
def permission(request: Request) -> Any:
    """``permission`` knows four words, ``role_name`` six."""
    login = request.params["username"]
    if login not in (*request.hub.users, *request.repository.collaborators):
        raise missing()
    role = request.repository.role_of(login)
    plain = {"maintain": "write", "triage": "read"}.get(role, role)
    rank = ROLES[role]
    words = {"admin": 5, "maintain": 4, "push": 3, "triage": 2, "pull": 1}
    can = {word: rank >= least for word, least in words.items()}
    shown = {**user(request.hub, login), "role_name": role, "permissions": can}
    return {"permission": plain, "role_name": role, "user": shown}


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}", "metadata: read")
def is_collaborator(request: Request) -> Answer:
    login = request.params["username"]
    if login not in (request.repository.owner, *request.repository.collaborators):
        raise missing()
    return Answer(status=204)
