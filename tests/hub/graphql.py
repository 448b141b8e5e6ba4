"""The GraphQL questions that gate may ask: who it is, the pull requests of a branch, and the revert of one.

Each is checked against GitHub's own schema, and carried out by it: what the schema does not know is refused.
"""

from email.message import Message
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import graphql
import msgspec

from tests.hub import npm
from tests.hub.exchange import Answer, Refused
from tests.hub.faults import Fault, When
from tests.hub.log import Entry
from tests.hub.looks.pull import changes_of, simple
from tests.hub.looks.user import node_id
from tests.hub.rest import labels
from tests.hub.reverting import reverted
from tests.hub.service import token_of
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository
from tests.hub.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hub.hub import Hub

PACKAGE, VERSION, MEMBER = "@octokit/graphql-schema", "15.26.1", "schema.graphql"
CHANGES = {"added": "ADDED", "removed": "DELETED", "modified": "MODIFIED", "renamed": "RENAMED", "copied": "COPIED"}


class Unanswerable(Exception):  # noqa: N818
    """An error as GraphQL tells it: 200, no data, a type and a sentence."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


@cache
def schema() -> graphql.GraphQLSchema:
    """GitHub's own."""
    words = npm.member_of(PACKAGE, VERSION, MEMBER).read_text()
    return graphql.build_ast_schema(graphql.parse(words, no_location=True), assume_valid=True)


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
    if not hub.speaks_graphql:
        return Answer(status=404, body={"message": "Not Found"}), fault
    with hub.lock:
        done = _answered(hub, token, entry.body)
        entry.changed = entry.is_write and done.errors is None
    if done.errors is None:
        return Answer(body={"data": done.data}), fault
    return Answer(body={"data": None, "errors": [_told(error) for error in done.errors]}), fault


def _answered(hub: "Hub", token: Token, body: dict[str, Any]) -> graphql.ExecutionResult:
    root: dict[str, Callable[..., Any]] = {
        "viewer": lambda info: {"login": token.login},
        "repository": lambda info, owner, name, **_: _repository(hub, token, f"{owner}/{name}"),
        "addLabelsToLabelable": lambda info, input: _relabel(hub, token, input, on=True),  # noqa: A006
        "removeLabelsFromLabelable": lambda info, input: _relabel(hub, token, input, on=False),  # noqa: A006
        "revertPullRequest": lambda info, input: _revert(hub, token, input),  # noqa: A006 (the argument's name)
    }
    return graphql.graphql_sync(schema(), body.get("query", ""), root, variable_values=body.get("variables"))


def _told(error: graphql.GraphQLError) -> dict[str, Any]:
    why = error.original_error
    if isinstance(why, Unanswerable):
        return {"type": why.kind, "path": error.path, "message": str(why)}
    if why is not None:
        raise why  # the hub's own fault
    return {"extensions": {"code": "undefinedField"}, "message": error.message}


# ------------------------------------------------------------------ reading


def _repository(hub: "Hub", token: Token, full_name: str) -> dict[str, Any]:
    found = hub.repositories.get(full_name.lower())
    if found is None or not token.reaches(found.full_name):
        raise Unanswerable("NOT_FOUND", f"Could not resolve to a Repository with the name '{full_name}'.")
    return {
        "pullRequests": lambda info, **asked: _pulls(token, found, asked),
        "labels": lambda info, **asked: _page(_labels(found, asked.get("query", "")), asked),
    }


def _labels(repository: Repository, query: str) -> list[dict[str, str]]:
    """GitHub looks for the query's words in names and descriptions."""
    known = [one for one in repository.labels.values() if query.lower() in f"{one.name} {one.description}".lower()]
    return [{"id": node_id("Label", one.id), "name": one.name} for one in known]


def _pulls(token: Token, repository: Repository, asked: dict[str, Any]) -> dict[str, Any]:
    if not token.may("pull_requests: read"):
        raise Unanswerable("FORBIDDEN", str(token.refusal()))
    chosen = [
        one
        for one in repository.pulls.values()
        if asked.get("headRefName", one.head_branch) == one.head_branch
        and _state(repository, one) in asked.get("states", ["OPEN", "CLOSED", "MERGED"])
    ]
    newest = asked.get("orderBy", {}).get("direction") == "DESC"
    chosen.sort(key=lambda one: one.number, reverse=newest)
    return _page([_pull(repository, one) for one in chosen], asked)


def _page(nodes: list[Any], asked: dict[str, Any]) -> dict[str, Any]:
    first = asked.get("first")
    if first is None or not 1 <= first <= 100:
        raise Unanswerable("EXCESSIVE_PAGINATION", "You must provide a `first` value between 1 and 100")
    return {"nodes": nodes[:first], "totalCount": len(nodes), "pageInfo": {"hasNextPage": len(nodes) > first}}


def _state(repository: Repository, pull: Pull) -> str:
    return "MERGED" if pull.merged else repository.issues[pull.number].state.upper()


def _pull(repository: Repository, pull: Pull) -> dict[str, Any]:
    hub, issue, shown = repository.hub, repository.issues[pull.number], simple(repository, pull)
    head = hub.repositories.get(pull.head_repository.lower())
    return {
        "id": shown["node_id"],
        "databaseId": pull.id,
        "fullDatabaseId": str(pull.id),
        "number": pull.number,
        "title": issue.title,
        "body": issue.body or "",
        "url": shown["html_url"],
        "state": _state(repository, pull),
        "isDraft": pull.draft,
        "merged": pull.merged,
        "headRefName": pull.head_branch,
        "headRefOid": pull.head_sha,
        "headRepositoryOwner": {"__typename": "User", "login": head.owner} if head else None,
        "baseRefName": pull.base_branch,
        "baseRefOid": pull.base_sha,
        "createdAt": issue.created_at,
        "author": _actor(hub, issue.user),
        "labels": lambda info, **asked: _page([{"name": name} for name in issue.labels], asked),
        "comments": lambda info, **asked: _page(_comments(repository, pull), asked),
        "files": lambda info, **asked: _page(_files(repository, pull), asked),
    }


def _comments(repository: Repository, pull: Pull) -> list[dict[str, Any]]:
    return [
        {
            "fullDatabaseId": str(one.id),
            "author": _actor(repository.hub, one.user),
            "body": one.body,
            "createdAt": one.created_at,
        }
        for one in sorted(repository.comments.values(), key=lambda one: one.id)
        if one.issue == pull.number
    ]


def _files(repository: Repository, pull: Pull) -> list[dict[str, Any]]:
    return [{"path": one.path, "changeType": CHANGES[one.status]} for one in changes_of(repository, pull)]


def _actor(hub: "Hub", login: str) -> dict[str, str]:
    """GraphQL leaves a bot's brackets away."""
    bot = hub.user(login).type == "Bot"
    return {"__typename": "Bot" if bot else "User", "login": login.removesuffix("[bot]") if bot else login}


# ------------------------------------------------------------------ labels


def _relabel(hub: "Hub", token: Token, given: dict[str, Any], *, on: bool) -> dict[str, Any]:
    repository, pull = _named(hub, given["labelableId"])
    if not (token.reaches(repository.full_name) and token.may("pull_requests: write")):
        raise Unanswerable("FORBIDDEN", str(token.refusal()))
    names = {node_id("Label", one.id): one.name for one in repository.labels.values()}
    for wanted in given["labelIds"]:
        if wanted not in names:
            raise Unanswerable("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted}'")
        issue, name = repository.issues[pull.number], names[wanted]
        by = SimpleNamespace(hub=hub, token=token)
        if on:
            labels.labelled(by, repository, issue, [name])
        elif name in issue.labels:
            labels.unlabelled(by, repository, issue, name)
    return {
        "clientMutationId": given.get("clientMutationId"),
        "labelable": {"__typename": "PullRequest", **_pull(repository, pull)},
    }


# ------------------------------------------------------------------ the revert


def _revert(hub: "Hub", token: Token, given: dict[str, Any]) -> dict[str, Any]:
    repository, pull = _named(hub, given["pullRequestId"])
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
