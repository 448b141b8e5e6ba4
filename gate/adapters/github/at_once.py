"""A pull request with its comments and its files in one question, which by REST are three.

GraphQL answers it. Where it does not (a server without it, more than a page, a file that was renamed: it names only the
new path), there is no answer here, and the three are asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gate.adapters.github.asking import sha
from gate.adapters.github.client import Client
from gate.adapters.github.writing import folded
from gate.domain.publication import Changes, Comment, Pull, Relabel

QUERY = """
query PullRequestsOfABranch($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    labels(first: 100, query: "gate:") { nodes { id name } }
    pullRequests(
      headRefName: $branch, states: [OPEN], first: 10, orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      pageInfo { hasNextPage }
      nodes {
        id
        number
        headRefOid
        baseRefOid
        headRepositoryOwner { login }
        labels(first: 100) { pageInfo { hasNextPage } nodes { name } }
        comments(first: 100) {
          pageInfo { hasNextPage }
          nodes { fullDatabaseId author { __typename login } body createdAt }
        }
        files(first: 100) { pageInfo { hasNextPage } nodes { path changeType } }
      }
    }
  }
}
"""
SWAP = """
mutation Relabel($on: AddLabelsToLabelableInput!, $off: RemoveLabelsFromLabelableInput!) {
  on: addLabelsToLabelable(input: $on) { labelable { labels(first: 100) { nodes { name } } } }
  off: removeLabelsFromLabelable(input: $off) { labelable { labels(first: 100) { nodes { name } } } }
}
"""
WITH_ANOTHER_NAME = frozenset({"RENAMED", "COPIED"})
"""Only REST tells what such a file was called before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A pull request as it stands."""

    pull: Pull
    comments: Sequence[Comment] | None
    """The oldest first; None where they must be asked for."""
    changes: Changes | None
    id: str
    """GraphQL's name for it."""
    labels: Mapping[str, str]
    """The names of the repository's labels of ours, case folded, and what GraphQL calls each."""


def standing(client: Client, owner: str, branch: str) -> list[Standing] | None:
    """The open pull requests from a branch; None where GraphQL does not tell all of it."""
    here, _, name = client.connection.repository.partition("/")

    def ask() -> list[Standing] | None:
        asked = {"owner": here, "name": name, "branch": branch}
        found = client.requester.graphql_query(QUERY, asked)[1]["data"]["repository"]
        nodes = _whole(found["pullRequests"])
        if nodes is None:  # as many pull requests from branches of this name: somebody may have made them to hide one
            return None
        known = {str(label["name"]).casefold(): str(label["id"]) for label in found["labels"]["nodes"]}
        return [_standing(node, known) for node in nodes if _is_from(node, owner)]

    return client.once("the pull request of the run's branch", ask)


def _is_from(node: Any, owner: str) -> bool:
    """A head whose repository was deleted belongs to nobody."""
    return str((node["headRepositoryOwner"] or {}).get("login", "")).casefold() == owner.casefold()


def swapped(client: Client, known: Standing, action: Relabel) -> bool:
    """One label on and another off in one request; False where it is not known to have been done."""
    if not (action.add and action.remove and known.labels.keys() >= folded((*action.add, *action.remove))):
        return False
    on, off = (
        {"labelableId": known.id, "labelIds": [known.labels[name] for name in folded(names)]}
        for names in (action.add, action.remove)
    )

    def ask() -> bool:
        told = client.requester.graphql_query(SWAP, {"on": on, "off": off})[1]["data"]["off"]["labelable"]["labels"][
            "nodes"
        ]
        names = folded(label["name"] for label in told)
        return names >= folded(action.add) and not names & folded(action.remove)

    return bool(client.once(f"relabel pull request {known.pull.number}", ask))


def _standing(node: Any, known: Mapping[str, str]) -> Standing:
    labels = _whole(node["labels"])
    if labels is None:
        raise ValueError("more labels than a page holds")
    pull = Pull(
        number=int(node["number"]),
        head_sha=sha(node["headRefOid"]),
        base_sha=sha(node["baseRefOid"]),
        labels=tuple(str(label["name"]) for label in labels),
    )
    comments, files = _whole(node["comments"]), _whole(node["files"])
    return Standing(
        pull=pull,
        comments=None if comments is None else [_comment(one) for one in comments],
        changes=None if files is None else _changes(files),
        id=str(node["id"]),
        labels=known,
    )


def _whole(connection: Any) -> list[Any] | None:
    """The nodes, where they are all of them."""
    return None if connection["pageInfo"]["hasNextPage"] is not False else list(connection["nodes"])


def _comment(node: Any) -> Comment:
    return Comment(
        id=int(node["fullDatabaseId"]),
        author=_login(node["author"]),
        body=str(node["body"]),
        created_at=datetime.fromisoformat(node["createdAt"]).astimezone(UTC),
    )


def _login(author: Any) -> str:
    """As REST spells it: a bot's name has brackets there, and no person's may have them."""
    if author is None:
        return ""  # a person who left GitHub
    login = str(author["login"])
    if re.search(r"[\[\]]", login):
        return login
    return f"{login}[bot]" if author["__typename"] == "Bot" else login


def _changes(files: list[Any]) -> Changes | None:
    if any(file["changeType"] in WITH_ANOTHER_NAME for file in files):
        return None
    return Changes(paths=tuple(str(file["path"]) for file in files))
