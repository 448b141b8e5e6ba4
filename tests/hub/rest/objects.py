"""git's own objects: commits, trees, blobs, tags."""

import base64
from typing import Any

from tests.hub.bare import Node
from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks.commit import EMPTY_TREE, UNSIGNED, git_commit, url
from tests.hub.looks.user import node_id
from tests.hub.routes import route
from tests.hub.state.repository import Repository


@route("GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}", "contents: read")
def get_commit(request: Request) -> Any:
    repository, sha = request.repository, request.params["commit_sha"]
    if repository.git.kind_of(sha) != "commit":
        raise missing()
    return git_commit(repository, repository.git.commit(sha))


@route("POST", "/repos/{owner}/{repo}/git/commits", "contents: write")
def create_commit(request: Request) -> Answer:
    repository, body = request.repository, request.body
    for sha in (body["tree"], *body.get("parents", [])):
        if repository.git.kind_of(sha) is None:
            raise Refused(
                422,
                "Tree SHA does not exist"
                if sha == body["tree"]
                else "Parent SHA does not exist or is not a commit object",
            )
    author = body.get("author") or {"name": request.token.login, "email": f"{request.token.login}@example.com"}
    who = (author["name"], author["email"], author.get("date") or request.hub.now())
    given = body.get("committer") or author
    committer = (given.get("name", who[0]), given.get("email", who[1]), given.get("date") or who[2])
    sha = repository.git.commit_tree(body["tree"], tuple(body.get("parents", [])), body["message"], who, committer)
    return Answer(status=201, body=git_commit(repository, repository.git.commit(sha)))


@route("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", "contents: read")
def get_tree(request: Request) -> Any:
    repository, name = request.repository, request.params["tree_sha"]
    treeish = repository.git.head(name) or name
    if repository.git.kind_of(treeish) is None:
        raise missing()
    return _tree(repository, repository.git.tree_of(treeish), recursive="recursive" in request.query)


@route("POST", "/repos/{owner}/{repo}/git/trees", "contents: write")
def create_tree(request: Request) -> Answer:
    """``base_tree`` with these entries put in; ``sha: null`` takes one out."""
    repository, body = request.repository, request.body
    lines: dict[str, str] = {}
    if base := body.get("base_tree"):
        lines = {
            one.path: f"{one.mode} {one.sha}" for one in repository.git.tree(base, recursive=True) if one.kind != "tree"
        }
    for entry in body["tree"]:
        lines.pop(entry["path"], None)
        lines = {path: line for path, line in lines.items() if not path.startswith(entry["path"] + "/")}
        sha = _entry_sha(repository, entry)
        if sha and entry.get("mode") == "040000":
            lines |= {
                f"{entry['path']}/{one.path}": f"{one.mode} {one.sha}"
                for one in repository.git.tree(sha, recursive=True)
                if one.kind != "tree"
            }
        elif sha:
            lines[entry["path"]] = f"{entry.get('mode', '100644')} {sha}"
    return Answer(status=201, body=_tree(repository, repository.git.written_tree(lines)))


@route("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", "contents: read")
def get_blob(request: Request) -> Any:
    repository, sha = request.repository, request.params["file_sha"]
    if repository.git.kind_of(sha) != "blob":
        raise missing()
    content = repository.git.blob(sha)
    return {
        "sha": sha,
        "node_id": node_id("Blob", repository.id) + sha,
        "size": len(content),
        "url": f"{url(repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


@route("POST", "/repos/{owner}/{repo}/git/blobs", "contents: write")
def create_blob(request: Request) -> Answer:
    text = request.body["content"]
    content = base64.b64decode(text) if request.body.get("encoding") == "base64" else text.encode()
    sha = request.repository.git.git("hash-object", "-w", "--stdin", given=content)
    return Answer(status=201, body={"sha": sha, "url": f"{url(request.repository)}/git/blobs/{sha}"})


@route("GET", "/repos/{owner}/{repo}/git/tags/{tag_sha}", "contents: read")
def get_tag(request: Request) -> Any:
    repository, sha = request.repository, request.params["tag_sha"]
    if repository.git.kind_of(sha) != "tag":
        raise missing()
    head, _, message = repository.git.git("cat-file", "tag", sha).partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines())
    who, _, _when = fields["tagger"].rpartition("> ")
    name, _, mail = who.partition(" <")
    when = repository.git.git("for-each-ref", "--format=%(taggerdate:iso-strict)", "--points-at", sha, "--count=1")
    return {
        "node_id": node_id("Tag", repository.id) + sha,
        "tag": fields["tag"],
        "sha": sha,
        "url": f"{url(repository)}/git/tags/{sha}",
        "message": message,
        "tagger": {"name": name, "email": mail, "date": when or request.hub.now()},
        "object": {
            "sha": fields["object"],
            "type": fields["type"],
            "url": f"{url(repository)}/git/{fields['type']}s/{fields['object']}",
        },
        "verification": UNSIGNED,
    }


def _entry_sha(repository: Repository, entry: dict[str, Any]) -> str | None:
    if "content" in entry:
        return repository.git.git("hash-object", "-w", "--stdin", given=entry["content"].encode())
    return entry.get("sha")


def _tree(repository: Repository, sha: str, *, recursive: bool = False) -> dict[str, Any]:
    entries = [] if sha == EMPTY_TREE else repository.git.tree(sha, recursive=recursive)
    return {
        "sha": sha,
        "url": f"{url(repository)}/git/trees/{sha}",
        "tree": [_entry(repository, one) for one in entries],
        "truncated": False,
    }


def _entry(repository: Repository, one: Node) -> dict[str, Any]:
    shown = {"path": one.path, "mode": one.mode, "type": one.kind, "sha": one.sha}
    if one.size is not None:
        shown["size"] = one.size
    return {**shown, "url": f"{url(repository)}/git/{one.kind}s/{one.sha}"}
