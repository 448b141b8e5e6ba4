"""Refs: reading, creating (the lock of two triggers at once), moving, deleting."""

from typing import Any

from tests.hub.bare import ZERO, GitRefused
from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks.commit import ref
from tests.hub.routes import route
from tests.hub.state.repository import Repository


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref}", "contents: read")
def get(request: Request) -> Any:
    name = f"refs/{request.params['ref']}"
    sha = request.repository.git.refs(name).get(name)
    if sha is None:
        raise missing()
    return ref(request.repository, name, sha)


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}", "contents: read")
def matching(request: Request) -> Any:
    """By prefix of the name, not by folder."""
    start = f"refs/{request.params['ref']}"
    found = request.repository.git.refs()
    return [ref(request.repository, name, sha) for name, sha in found.items() if name.startswith(start)]


@route("POST", "/repos/{owner}/{repo}/git/refs", "contents: write")
def create(request: Request) -> Answer:
    repository, name, sha = request.repository, request.body["ref"], request.body["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Refused(
            422,
            "Reference name must start with 'refs/' and contain at least two slashes."
            if name.startswith("refs/")
            else "Reference name must start with 'refs/'.",
        )
    _has_object(repository, sha)
    if name in repository.git.refs():
        raise Refused(422, "Reference already exists")
    _may_touch_workflows(request, repository, sha)
    try:
        repository.git.set_ref(name, sha, ZERO)
    except GitRefused as refused:
        raise Refused(422, "Reference update failed") from refused
    request.hub.moved(repository)
    return Answer(status=201, body=ref(repository, name, sha))


@route("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}", "contents: write")
def update(request: Request) -> Any:
    repository, name, sha = request.repository, f"refs/{request.params['ref']}", request.body["sha"]
    old = repository.git.refs(name).get(name)
    if old is None:
        raise Refused(422, "Reference does not exist")
    _has_object(repository, sha)
    _unprotected(request, repository, name)
    _may_touch_workflows(request, repository, sha)
    if not request.body.get("force") and not repository.git.is_ancestor(old, sha):
        raise Refused(422, "Update is not a fast forward")
    repository.git.set_ref(name, sha, old)
    request.hub.moved(repository)
    return ref(repository, name, sha)


@route("DELETE", "/repos/{owner}/{repo}/git/refs/{ref}", "contents: write")
def delete(request: Request) -> Answer:
    repository, name = request.repository, f"refs/{request.params['ref']}"
    if name not in repository.git.refs(name):
        raise Refused(422, "Reference does not exist")
    _unprotected(request, repository, name)
    if name == f"refs/heads/{repository.default_branch}":
        raise Refused(422, "Cannot delete the default branch")
    repository.git.drop_ref(name)
    request.hub.moved(repository)
    return Answer(status=204)


def _has_object(repository: Repository, sha: str) -> None:
    if repository.git.kind_of(sha) is None:
        raise Refused(422, "Object does not exist")


def _unprotected(request: Request, repository: Repository, name: str) -> None:
    branch = name.removeprefix("refs/heads/")
    if name.startswith("refs/heads/") and repository.forbids_push(branch):
        held = repository.protections.get(branch)
        if held and not held.enforce_admins and repository.role_of(request.token.login) == "admin":
            return
        raise Refused(
            422, f"Protected branch update failed for {name}.\n\nChanges must be made through a pull request."
        )


def _may_touch_workflows(request: Request, repository: Repository, sha: str) -> None:
    """A commit that changes workflows and is on no ref yet needs ``workflows: write``."""
    if request.token.may("workflows: write") or repository.git.kind_of(sha) != "commit":
        return
    if repository.git.git("log", "--format=", "--name-only", sha, "--not", "--all", "--", ".github/workflows"):
        raise request.token.refusal()
