"""Tags and releases."""

from typing import Any

from tests.hub.exchange import Answer, Request, invalid, missing
from tests.hub.looks.commit import url
from tests.hub.looks.user import node_id, user
from tests.hub.routes import route
from tests.hub.state.repository import Repository


@route("GET", "/repos/{owner}/{repo}/tags", "contents: read")
def tags(request: Request) -> Any:
    repository = request.repository
    names = [ref.removeprefix("refs/tags/") for ref in repository.git.refs("refs/tags")]
    return request.listed([_tag(repository, name) for name in reversed(names)])


def _tag(repository: Repository, name: str) -> dict[str, Any]:
    sha = repository.git.sha_of(f"refs/tags/{name}")
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{url(repository)}/commits/{sha}"},
        "zipball_url": f"{url(repository)}/zipball/refs/tags/{name}",
        "tarball_url": f"{url(repository)}/tarball/refs/tags/{name}",
        "node_id": node_id(f"Tag:{name}", repository.id),
    }


@route("GET", "/repos/{owner}/{repo}/releases", "contents: read")
def listed(request: Request) -> Any:
    return request.listed([_release(request.repository, one) for one in reversed(request.repository.releases.values())])


@route("POST", "/repos/{owner}/{repo}/releases", "contents: write")
def create(request: Request) -> Answer:
    repository, body = request.repository, request.body
    name = body["tag_name"]
    if any(one["tag_name"] == name for one in repository.releases.values()):
        raise invalid("Release", "tag_name", code="already_exists")
    target = body.get("target_commitish", repository.default_branch)
    if repository.git.sha_of(f"refs/tags/{name}") is None and not body.get("draft"):
        sha = repository.git.head(target) or repository.git.sha_of(target)
        if sha is None:
            raise invalid("Release", "target_commitish")
        repository.git.set_ref(f"refs/tags/{name}", sha)
    number = request.hub.next_id()
    repository.releases[number] = {
        "id": number,
        "tag_name": name,
        "target_commitish": target,
        "name": body.get("name"),
        "body": body.get("body"),
        "draft": body.get("draft", False),
        "prerelease": body.get("prerelease", False),
        "author": request.token.login,
        "created_at": request.hub.now(),
    }
    return Answer(status=201, body=_release(repository, repository.releases[number]))


@route("GET", "/repos/{owner}/{repo}/releases/latest", "contents: read")
def latest(request: Request) -> Any:
    full = [one for one in request.repository.releases.values() if not one["draft"] and not one["prerelease"]]
    if not full:
        raise missing()
    return _release(request.repository, full[-1])


@route("GET", "/repos/{owner}/{repo}/releases/tags/{tag}", "contents: read")
def by_tag(request: Request) -> Any:
    for one in request.repository.releases.values():
        if one["tag_name"] == request.params["tag"] and not one["draft"]:
            return _release(request.repository, one)
    raise missing()


@route("GET", "/repos/{owner}/{repo}/releases/{release_id}", "contents: read")
def get(request: Request) -> Any:
    found = request.repository.releases.get(request.number("release_id"))
    if found is None:
        raise missing()
    return _release(request.repository, found)


def _release(repository: Repository, one: dict[str, Any]) -> dict[str, Any]:
    base = f"{url(repository)}/releases/{one['id']}"
    page = f"{repository.hub.html}/{repository.full_name}"
    return {
        **one,
        "url": base,
        "assets_url": f"{base}/assets",
        "upload_url": f"{base}/assets{{?name,label}}",
        "html_url": f"{page}/releases/tag/{one['tag_name']}",
        "tarball_url": f"{url(repository)}/tarball/{one['tag_name']}",
        "zipball_url": f"{url(repository)}/zipball/{one['tag_name']}",
        "node_id": node_id("Release", one["id"]),
        "author": user(repository.hub, one["author"]),
        "published_at": None if one["draft"] else one["created_at"],
        "assets": [],
    }
