"""Pull requests: listing, opening, editing, their files."""

from typing import Any

from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks import commit as commits
from tests.hub.looks import pull as looks
from tests.hub.pulling import FORBIDDEN, opened
from tests.hub.rest.issues import hold_to_length, set_state
from tests.hub.routes import route
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository
from tests.hub.tokens import Kind


def found(request: Request) -> Pull:
    pull = request.repository.pulls.get(request.number("pull_number"))
    if pull is None:
        raise missing()
    return pull


def hold_actions(request: Request) -> None:
    """A job's token opens and approves only where the repository's settings let it."""
    if request.token.kind is Kind.ACTIONS and not request.repository.may_open_pulls:
        raise Refused(403, FORBIDDEN)


@route("GET", "/repos/{owner}/{repo}/pulls", "pull_requests: read")
def listed(request: Request) -> Any:
    """``head`` is ``owner:branch``; without an owner GitHub ignores it."""
    repository, query = request.repository, request.query
    state, head = query.get("state", "open"), query.get("head", "")
    chosen = [
        one
        for one in repository.pulls.values()
        if state in ("all", repository.issues[one.number].state)
        and query.get("base", one.base_branch) == one.base_branch
        and (":" not in head or head.lower() == _label(one).lower())
    ]
    chosen.sort(key=lambda one: one.number, reverse=query.get("direction", "desc") == "desc")
    return request.listed([looks.simple(repository, one) for one in chosen])


def _label(pull: Pull) -> str:
    return f"{pull.head_repository.split('/')[0]}:{pull.head_branch}"


@route("POST", "/repos/{owner}/{repo}/pulls", "pull_requests: write")
def create(request: Request) -> Answer:
    repository, body = request.repository, request.body
    hold_actions(request)
    hold_to_length(body.get("body"), "PullRequest")
    if "title" not in body:
        raise Refused(
            422, "Validation Failed", errors=[{"resource": "Issue", "field": "title", "code": "missing_field"}]
        )
    source, branch = _source(request, repository, body["head"])
    pull = opened(
        request.hub,
        repository,
        source,
        branch=branch,
        into=body["base"],
        title=body["title"],
        body=body.get("body"),
        user=request.token.login,
        draft=body.get("draft", False),
        app_id=request.token.app_id,
    )
    pull.maintainer_can_modify = body.get("maintainer_can_modify", False) and source is not repository
    return Answer(status=201, body=looks.full(repository, pull))


def _source(request: Request, repository: Repository, head: str) -> tuple[Repository, str]:
    owner, colon, branch = head.partition(":")
    if not colon:
        return repository, head
    other = request.hub.repositories.get(f"{owner}/{repository.name}".lower())
    if other is None:
        raise Refused(
            422, "Validation Failed", errors=[{"resource": "PullRequest", "field": "head", "code": "invalid"}]
        )
    return other, branch


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests: read")
def get(request: Request) -> Any:
    return looks.full(request.repository, found(request))


@route("PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests: write")
def edit(request: Request) -> Any:
    repository, pull, body = request.repository, found(request), request.body
    hold_to_length(body.get("body"), "PullRequest")
    issue = repository.issues[pull.number]
    issue.title, issue.body = body.get("title", issue.title), body.get("body", issue.body)
    if base := body.get("base"):
        if repository.git.head(base) is None:
            raise Refused(
                422, "Validation Failed", errors=[{"resource": "PullRequest", "field": "base", "code": "invalid"}]
            )
        pull.base_branch = base
        request.hub.moved(repository)
    set_state(request, repository, issue, body.get("state"))
    issue.updated_at = request.hub.now()
    return looks.full(repository, pull)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", "pull_requests: read")
def files(request: Request) -> Any:
    repository, pull = request.repository, found(request)
    changes = looks.changes_of(repository, pull)
    return request.listed([commits.changed_file(repository, one, pull.head_sha) for one in changes])


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/commits", "pull_requests: read")
def commits_of(request: Request) -> Any:
    repository, pull = request.repository, found(request)
    inside = repository.git.commits("--reverse", pull.head_sha, f"^{pull.base_sha}")
    return request.listed([commits.commit(repository, one) for one in inside])
