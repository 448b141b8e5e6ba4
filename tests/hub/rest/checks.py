"""Check runs; only Apps may write them."""

from typing import Any

from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks.checks import annotation, check_run
from tests.hub.rest.commits import resolved
from tests.hub.routes import route
from tests.hub.state.checks import CheckRun
from tests.hub.state.repository import Repository

ANNOTATIONS, TEXT = 50, 65535


@route("POST", "/repos/{owner}/{repo}/check-runs", "checks: write")
def create(request: Request) -> Answer:
    repository, body = request.repository, request.body
    _only_apps(request)
    sha = body["head_sha"]
    if repository.git.kind_of(sha) != "commit":
        raise Refused(422, f"No commit found for SHA: {sha}")
    now = request.hub.now()
    made = CheckRun(
        id=request.hub.next_id(),
        suite=request.hub.next_id(),
        name=body["name"],
        head_sha=sha,
        app_id=request.token.app_id or 0,
        status="queued",
        started_at=body.get("started_at", now),
    )
    _apply(request, made)
    repository.checks[made.id] = made
    return Answer(status=201, body=check_run(repository, made))


@route("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks: write")
def update(request: Request) -> Any:
    _only_apps(request)
    found = _found(request)
    if found.app_id != request.token.app_id:
        raise Refused(403, f"Invalid app_id `{request.token.app_id}` - check run belongs to another GitHub App.")
    _apply(request, found)
    return check_run(request.repository, found)


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks: read")
def get(request: Request) -> Any:
    return check_run(request.repository, _found(request))


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", "checks: read")
def annotations(request: Request) -> Any:
    found = _found(request)
    return request.listed([annotation(request.repository, found, one) for one in found.annotations])


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", "checks: read")
def for_ref(request: Request) -> Any:
    """The latest of each name and App, unless all are asked for."""
    repository, query = request.repository, request.query
    sha = resolved(repository, request.params["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {request.params['ref']}")
    found = [one for one in repository.checks.values() if one.head_sha == sha and _fits(one, query)]
    if query.get("filter", "latest") == "latest":
        found = list({(one.name, one.app_id): one for one in found}.values())
    return request.counted("check_runs", [check_run(repository, one) for one in reversed(found)])


def _fits(one: CheckRun, query: dict[str, str]) -> bool:
    wanted = {"check_name": one.name, "status": one.status, "app_id": str(one.app_id)}
    return all(query.get(name, value) == value for name, value in wanted.items())


def _only_apps(request: Request) -> None:
    if not request.token.is_app:
        raise Refused(403, "You must authenticate via a GitHub App.")


def _found(request: Request) -> CheckRun:
    found = request.repository.checks.get(request.number("check_run_id"))
    if found is None:
        raise missing()
    return found


def _apply(request: Request, run: CheckRun) -> None:
    body = request.body
    output = body.get("output") or {}
    _hold_to_limits(output)
    for name in ("name", "status", "conclusion", "completed_at", "external_id", "details_url", "started_at"):
        if name in body:
            setattr(run, name, body[name])
    if run.conclusion and ("conclusion" in body or run.status == "completed"):
        run.status = "completed"
        run.completed_at = run.completed_at or request.hub.now()
    for name in ("title", "summary", "text"):
        if name in output:
            setattr(run, name, output[name])
    run.annotations += output.get("annotations", [])


def _hold_to_limits(output: dict[str, Any]) -> None:
    """Said in GitHub's words, that begin with what they are about."""
    if len(output.get("annotations", [])) > ANNOTATIONS:
        supplied = len(output["annotations"])
        raise Refused(
            422, f"Invalid request.\n\nNo more than {ANNOTATIONS} items are allowed; {supplied} were supplied."
        )
    for name in ("summary", "text"):
        if len((output.get(name) or "").encode()) > TEXT:
            raise Refused(
                422, f"Invalid request.\n\nOnly {TEXT} characters are allowed; {len(output[name])} were supplied."
            )
    for one in output.get("annotations", []):
        if ("start_column" in one or "end_column" in one) and one["start_line"] != one["end_line"]:
            raise Refused(
                422, "Invalid request.\n\nstart_column and end_column need start_line and end_line to be equal."
            )


def of(repository: Repository, sha: str) -> dict[str, CheckRun]:
    """The latest check run of each name, for tests to look at."""
    return {one.name: one for one in repository.checks.values() if one.head_sha == sha}
