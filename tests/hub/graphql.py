"""The GraphQL questions that gate may ask: who it is, and the revert of a pull request."""

import re
from email.message import Message
from typing import TYPE_CHECKING, Any

import msgspec

from tests.hub.exchange import Answer, Refused
from tests.hub.faults import Fault, When
from tests.hub.log import Entry
from tests.hub.looks.pull import simple
from tests.hub.reverting import reverted
from tests.hub.service import token_of
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository
from tests.hub.tokens import Token

if TYPE_CHECKING:
    from tests.hub.hub import Hub

Selection = dict[str, Any]
"""Names of fields, each with the fields below it."""


class Unanswerable(Exception):  # noqa: N818
    """An error as GraphQL tells it: 200, no data, a type and a sentence."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


def serve(hub: "Hub", entry: Entry, headers: Message, content: bytes) -> tuple[Answer, Fault | None]:
    token = token_of(hub, headers)
    entry.token = token.name if token else ""
    entry.body = msgspec.json.decode(content) if content else {}
    hub.log.add(entry)
    fault = hub.faults.meet(entry.method, entry.path)
    if fault and fault.when is When.INSTEAD:
        return fault.instead(), fault
    if token is None:
        return Answer(status=401, body={"message": "Bad credentials"}), fault
    try:
        with hub.lock:
            data = _answered(hub, token, entry.body)
            entry.changed = entry.is_write
    except Unanswerable as why:
        error = {"type": why.kind, "path": [], "message": str(why)}
        return Answer(body={"data": None, "errors": [error]}), fault
    return Answer(body={"data": data}), fault


def _answered(hub: "Hub", token: Token, body: dict[str, Any]) -> dict[str, Any]:
    asked = _selection(body.get("query", ""))
    if list(asked) == ["viewer"]:
        return _chosen({"viewer": {"login": token.login}}, asked, "Query")
    if list(asked) == ["revertPullRequest"]:
        return _chosen({"revertPullRequest": _revert(hub, token, body["variables"]["input"], asked)}, asked, "Mutation")
    hub.breaches.append(f"GraphQL: the hub does not serve {body.get('query')!r}")
    raise Unanswerable("UNPROCESSABLE", "the hub does not serve this")


def _revert(hub: "Hub", token: Token, given: dict[str, Any], asked: Selection) -> dict[str, Any]:
    unknown = set(given) - {"pullRequestId", "title", "body", "draft", "clientMutationId"}
    if unknown:
        hub.breaches.append(f"GraphQL: revertPullRequest has no {', '.join(sorted(unknown))}")
    repository, pull = _named(hub, given["pullRequestId"])
    _chosen({"revertPullRequest": _reverted(repository, pull, pull, given)}, asked, "Mutation")
    if not token.reaches(repository.full_name):
        raise Unanswerable("NOT_FOUND", f"Could not resolve to a node with the global id of '{given['pullRequestId']}'")
    if not (token.may("pull_requests: write") and token.may("contents: write")):
        raise Unanswerable("FORBIDDEN", str(token.refusal()))
    try:
        made = reverted(
            hub, token, repository, pull, given.get("title"), given.get("body"), draft=given.get("draft", False)
        )
    except Refused as refused:
        raise Unanswerable("UNPROCESSABLE", str(refused)) from refused
    return _reverted(repository, pull, made, given)


def _reverted(repository: Repository, pull: Pull, made: Pull, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "clientMutationId": given.get("clientMutationId"),
        "pullRequest": _pull(repository, pull),
        "revertPullRequest": _pull(repository, made),
    }


def _named(hub: "Hub", node_id: str) -> tuple[Repository, Pull]:
    for repository in hub.repositories.values():
        for pull in repository.pulls.values():
            if simple(repository, pull)["node_id"] == node_id:
                return repository, pull
    raise Unanswerable("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'")


def _pull(repository: Repository, pull: Pull) -> dict[str, Any]:
    issue, shown = repository.issues[pull.number], simple(repository, pull)
    return {
        "id": shown["node_id"],
        "databaseId": pull.id,
        "fullDatabaseId": str(pull.id),
        "number": pull.number,
        "title": issue.title,
        "body": issue.body or "",
        "url": shown["html_url"],
        "state": "MERGED" if pull.merged else issue.state.upper(),
        "isDraft": pull.draft,
        "merged": pull.merged,
        "headRefName": pull.head_branch,
        "headRefOid": pull.head_sha,
        "baseRefName": pull.base_branch,
        "baseRefOid": pull.base_sha,
        "createdAt": issue.created_at,
        "author": {"login": issue.user},
    }


def _selection(query: str) -> Selection:
    """The fields of a query, names only: arguments, variables and the operation's head are left out."""
    bare = re.sub(r"\([^()]*\)", "", query)
    words = iter(re.findall(r"[{}]|\w+", bare[bare.find("{") + 1 :]))
    return _fields(words)


def _fields(words: Any) -> Selection:
    found: Selection = {}
    last = ""
    for word in words:
        if word == "}":
            return found
        if word == "{":
            found[last] = _fields(words)
        else:
            found[word], last = {}, word
    return found


def _chosen(known: dict[str, Any], asked: Selection, kind: str) -> dict[str, Any]:
    for name in asked:
        if name not in known:
            raise Unanswerable("undefinedField", f"Field '{name}' doesn't exist on type '{kind}'")
    return {
        name: _chosen(known[name], below, name) if below and known[name] is not None else known[name]
        for name, below in asked.items()
    }
