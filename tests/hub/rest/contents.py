"""Files at a ref."""

import base64
from typing import Any

from tests.hub.bare import Node
from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks.commit import git_commit, url
from tests.hub.rest.commits import resolved
from tests.hub.routes import route
from tests.hub.state.repository import Repository

LARGE = 1024 * 1024
"""From here on GitHub sends no content."""


@route("GET", "/repos/{owner}/{repo}/contents/{path}", "contents: read")
def get(request: Request) -> Any:
    repository, path = request.repository, request.params["path"].strip("/")
    name = request.query.get("ref", repository.default_branch)
    sha = resolved(repository, name)
    if sha is None:
        raise Refused(404, f"No commit found for the ref {name}")
    if not path:
        return [_entry(repository, one, name) for one in repository.git.tree(sha)]
    node = repository.git.at(sha, path)
    if node is None:
        raise missing()
    if node.kind == "tree":
        found = repository.git.tree(f"{sha}:{path}")
        return [_entry(repository, one, name, under=path) for one in found]
    content = repository.git.blob(node.sha)
    if "raw" in request.headers.get("accept", ""):
        return Answer(raw=content, headers={"Content-Type": "application/vnd.github.raw+json"})
    return _file(repository, node, name, content)


@route("PUT", "/repos/{owner}/{repo}/contents/{path}", "contents: write")
def put(request: Request) -> Answer:
    repository, path, body = request.repository, request.params["path"], request.body
    branch = body.get("branch", repository.default_branch)
    tip = _free_tip(request, branch)
    old = repository.git.at(tip, path)
    if old and body.get("sha") is None:
        raise Refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if old and body["sha"] != old.sha:
        raise Refused(409, f"{path} does not match {body['sha']}")
    _hold_workflows(request, path)
    sha = repository.commit({path: base64.b64decode(body["content"])}, body["message"], branch=branch)
    node = repository.git.at(sha, path)
    assert node is not None
    shown = _file(repository, node, branch, b"")
    made = git_commit(repository, repository.git.commit(sha))
    return Answer(status=200 if old else 201, body={"content": shown, "commit": made})


@route("DELETE", "/repos/{owner}/{repo}/contents/{path}", "contents: write")
def delete(request: Request) -> Any:
    repository, path, body = request.repository, request.params["path"], request.body
    branch = body.get("branch", repository.default_branch)
    old = repository.git.at(_free_tip(request, branch), path)
    if old is None:
        raise missing()
    if body["sha"] != old.sha:
        raise Refused(409, f"{path} does not match {body['sha']}")
    _hold_workflows(request, path)
    sha = repository.commit({path: None}, body["message"], branch=branch)
    return {"content": None, "commit": git_commit(repository, repository.git.commit(sha))}


def _free_tip(request: Request, branch: str) -> str:
    repository = request.repository
    tip = repository.git.head(branch)
    if tip is None:
        raise Refused(404, f"Branch {branch} not found")
    if repository.forbids_push(branch):
        raise Refused(409, "Could not create file: Changes must be made through a pull request.")
    return tip


def _hold_workflows(request: Request, path: str) -> None:
    if path.startswith(".github/workflows/") and not request.token.may("workflows: write"):
        raise request.token.refusal()


def _file(repository: Repository, node: Node, name: str, content: bytes) -> dict[str, Any]:
    small = len(content) <= LARGE
    return {
        **_entry(repository, node, name),
        "content": base64.encodebytes(content).decode() if small else "",
        "encoding": "base64" if small else "none",
    }


def _entry(repository: Repository, node: Node, name: str, under: str = "") -> dict[str, Any]:
    path = f"{under}/{node.path}" if under else node.path
    kind = {"tree": "dir", "commit": "submodule"}.get(node.kind, "file")
    base, page = url(repository), f"{repository.hub.html}/{repository.full_name}"
    links = {
        "self": f"{base}/contents/{path}?ref={name}",
        "git": f"{base}/git/{node.kind}s/{node.sha}",
        "html": f"{page}/{node.kind}/{name}/{path}",
    }
    return {
        "type": kind,
        "size": node.size or 0,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": node.sha,
        "url": links["self"],
        "git_url": links["git"],
        "html_url": links["html"],
        "download_url": f"{page}/raw/{name}/{path}" if kind == "file" else None,
        "_links": links,
    }
