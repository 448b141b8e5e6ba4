"""Workflows, their runs and artifacts, and asking for one to run."""

import re
from typing import Any

from tests.hub.blobs import signed_url
from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks import actions as looks
from tests.hub.routes import route
from tests.hub.state.actions import Artifact, Dispatch, Run, Workflow
from tests.hub.state.repository import Repository

FOLDER = ".github/workflows/"


def known(repository: Repository) -> dict[str, Workflow]:
    """Workflows of the default branch, and those that have run."""
    tip = repository.git.head(repository.default_branch)
    nodes = repository.git.tree(tip, recursive=True) if tip else []
    for node in nodes:
        if node.path.startswith(FOLDER) and node.path.endswith((".yml", ".yaml")):
            repository.hub.workflow(repository, node.path)
    return repository.workflows


def _workflow(request: Request) -> Workflow:
    name = request.params["workflow_id"]
    for one in known(request.repository).values():
        if name in (str(one.id), one.path.rsplit("/", 1)[1]):
            return one
    raise missing()


@route("GET", "/repos/{owner}/{repo}/actions/workflows", "actions: read")
def workflows(request: Request) -> Any:
    found = known(request.repository).values()
    return request.counted("workflows", [looks.workflow(request.repository, one) for one in found])


@route("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}", "actions: read")
def workflow(request: Request) -> Any:
    return looks.workflow(request.repository, _workflow(request))


@route("POST", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", "actions: write")
def dispatch(request: Request) -> Answer:
    repository, one, body = request.repository, _workflow(request), request.body
    sha = repository.git.head(body["ref"].removeprefix("refs/heads/")) or repository.git.sha_of(
        f"refs/tags/{body['ref']}"
    )
    if sha is None:
        raise Refused(422, f"No ref found for: {body['ref']}")
    text = (repository.git.read(sha, one.path) or b"").decode()
    if not re.search(r"\bworkflow_dispatch\b", text):
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    inputs = body.get("inputs", {})
    repository.dispatches.append(Dispatch(workflow=one.path, ref=body["ref"], inputs=inputs, actor=request.token.login))
    run = request.hub.run(
        repository,
        one.path,
        sha,
        "workflow_dispatch",
        head_branch=body["ref"],
        status="queued",
        actor=request.token.login,
    )
    if not body.get("return_run_details"):
        return Answer(status=204)
    shown = looks.run(repository, run)
    return Answer(body={"workflow_run_id": run.id, "run_url": shown["url"], "html_url": shown["html_url"]})


@route("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", "actions: read")
def runs_of(request: Request) -> Any:
    one = _workflow(request)
    return _runs(request, [run for run in request.repository.runs.values() if run.workflow == one])


@route("GET", "/repos/{owner}/{repo}/actions/runs", "actions: read")
def runs(request: Request) -> Any:
    return _runs(request, list(request.repository.runs.values()))


def _runs(request: Request, found: list[Run]) -> Answer:
    query = request.query
    chosen = [
        one
        for one in reversed(found)
        if query.get("branch", one.head_branch) == one.head_branch
        and query.get("event", one.event) == one.event
        and query.get("head_sha", one.head_sha) == one.head_sha
        and query.get("actor", one.actor) == one.actor
        and query.get("status", one.status) in (one.status, one.conclusion)
    ]
    return request.counted("workflow_runs", [looks.run(request.repository, one) for one in chosen])


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", "actions: read")
def run(request: Request) -> Any:
    return looks.run(request.repository, _run(request))


def _run(request: Request) -> Run:
    found = request.repository.runs.get(request.number("run_id"))
    if found is None:
        raise missing()
    return found


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts", "actions: read")
def artifacts_of(request: Request) -> Any:
    one = _run(request)
    return _artifacts(request, [each for each in request.repository.artifacts.values() if each.run_id == one.id])


@route("GET", "/repos/{owner}/{repo}/actions/artifacts", "actions: read")
def artifacts(request: Request) -> Any:
    return _artifacts(request, list(request.repository.artifacts.values()))


def _artifacts(request: Request, found: list[Artifact]) -> Answer:
    chosen = [one for one in reversed(found) if request.query.get("name", one.name) == one.name]
    return request.counted("artifacts", [looks.artifact(request.repository, one) for one in chosen])


@route("GET", "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}", "actions: read")
def artifact(request: Request) -> Any:
    return looks.artifact(request.repository, _artifact(request))


@route("GET", "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}", "actions: read")
def download(request: Request) -> Answer:
    """A redirect to another host, that must not be shown the token."""
    found = _artifact(request)
    if request.params["archive_format"] != "zip":
        raise missing()
    if found.expired:
        raise Refused(410, "Artifact has expired")
    return Answer(status=302, headers={"Location": signed_url(request.hub, found.content)})


def _artifact(request: Request) -> Artifact:
    found = request.repository.artifacts.get(request.number("artifact_id"))
    if found is None:
        raise missing()
    return found
