"""What is read: runs, pull requests, files, comments, checks, and who may do what."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from gate.adapters.github.client import Client
from gate.domain.publication import Applied, Changes, Check, Comment, Pull, Run, same_name

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest

T = TypeVar("T")

MOST_FILES = 3000
"""GitHub lists no more files of a pull request, and of a comparison 300."""
MOST_COMPARED = 300
MOST_CHECKS = 100
MOST_COMMENTS = 3000
MOST_EVENTS = 3000
"""Of anything longer the rest is not looked at: whoever floods a pull request must not hold the gate up."""


def run(client: Client, run_id: int) -> Run:
    """Return a run of a workflow."""

    def ask() -> Run:
        path = f"/repos/{client.connection.repository}/actions/runs/{run_id:d}"
        return run_of(client.requester.requestJsonAndCheck("GET", path)[1])

    return client.read(f"workflow run {run_id}", ask)


def run_of(payload: Any) -> Run:
    """A run as the API and the event describe it. Raises what an answer without sense raises."""
    return Run(
        id=int(payload["id"]),
        attempt=int(payload["run_attempt"]),
        path=str(payload["path"]).partition("@")[0],
        event=str(payload["event"]),
        repository=str(payload["repository"]["full_name"]),
        head_sha=sha(payload["head_sha"]),
        head_branch=str(payload["head_branch"] or ""),
        # a fork that was deleted has no repository any more
        head_owner=str(((payload["head_repository"] or {}).get("owner") or {}).get("login", "")),
        status=str(payload["status"]),
        conclusion=str(payload["conclusion"] or ""),
        created_at=datetime.fromisoformat(payload["created_at"]),
        url=str(payload["html_url"]),
    )


def sha(text: Any) -> str:
    """A full commit SHA, or nothing that could be read as one."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text):
        raise ValueError("no commit SHA")
    return text


def pulls_of(client: Client, owner: str, branch: str) -> Sequence[Pull]:
    """Find the open pull requests from a branch; a run from a fork does not name them."""

    def ask() -> list[Pull]:
        found = client.repository.get_pulls(state="open", head=f"{owner}:{branch}")
        return [_pull(one) for one in islice(found, 100)]

    return client.read("the pull request of the run's branch", ask)


def pull(client: Client, number: int) -> Pull:
    """Return a pull request."""

    def ask() -> Pull:
        return _pull(client.repository.get_pull(number).complete())

    return client.read(f"pull request {number}", ask)


def _pull(one: "PullRequest") -> Pull:
    labels = tuple(label.name for label in one.labels)
    return Pull(number=one.number, head_sha=sha(one.head.sha), base_sha=sha(one.base.sha), labels=labels)


def changes(client: Client, number: int) -> Changes:
    """List the files that a pull request touches."""

    def ask() -> Changes:
        return _changes(client.repository.get_pull(number).get_files(), MOST_FILES)

    return client.read(f"files of pull request {number}", ask)


def changes_between(client: Client, base: str, head: str) -> Changes:
    """List the files in which two commits differ."""

    def ask() -> Changes:
        return _changes(client.repository.compare(base, head).files, MOST_COMPARED)

    return client.read(f"files between {base[:7]} and {head[:7]}", ask)


def _changes(files: Iterable[Any], most: int) -> Changes:
    found = list(islice(files, most))
    names = (name for file in found for name in (file.filename, file.previous_filename) if name)
    return Changes(paths=tuple(names), complete=len(found) < most)


def file_at(client: Client, commit: str, path: str) -> str | None:
    """Return a text file at a commit; None where it is not there."""

    def ask() -> str | None:
        found = client.repository.get_contents(path, ref=sha(commit))
        return None if isinstance(found, list) else found.decoded_content.decode()

    return client.found(f"{path} at {commit[:7]}", ask)


def comments(client: Client, number: int) -> Sequence[Comment]:
    """List the comments, the oldest first."""

    def ask() -> list[Comment]:
        found = client.repository.get_issue(number).get_comments()
        return [_comment(one) for one in islice(found, MOST_COMMENTS)]

    return client.read(f"comments of pull request {number}", ask)


def _comment(one: "IssueComment") -> Comment:
    author = one.user.login if one.user else ""  # a person who left GitHub has no name
    return Comment(id=one.id, author=author, body=one.body or "", created_at=one.created_at.astimezone(UTC))


def checks(client: Client, commit: str, name: str) -> Sequence[Check]:
    """List the check runs of this name on a commit, the oldest first."""

    def ask() -> list[Check]:
        path = f"/repos/{client.connection.repository}/commits/{commit}/check-runs"
        told = client.listed(path, {"check_name": name, "filter": "all"}, MOST_CHECKS, "check_runs")
        return sorted(map(_check, told), key=lambda check: check.id)

    return client.read(f"check runs of {commit[:7]}", ask)


def _check(told: Any) -> Check:
    output = told["output"] or {}
    return Check(
        id=int(told["id"]),
        external_id=str(told["external_id"] or ""),
        conclusion=str(told["conclusion"] or ""),
        title=str(output.get("title") or ""),
        summary=str(output.get("summary") or ""),
        app=str((told.get("app") or {}).get("slug") or ""),
    )


def applied(client: Client, number: int, label: str) -> Applied | None:
    """Say who put a label on last: the issue's own events tell it, whatever anybody writes."""

    def ask() -> Applied | None:
        found = client.repository.get_issue(number).get_events()
        told = [
            one for one in islice(found, MOST_EVENTS) if one.event == "labeled" and same_name(label, one.label.name)
        ]
        if not told:
            return None
        last = max(told, key=lambda event: event.created_at)
        return Applied(label=label, by=last.actor.login if last.actor else "", at=last.created_at.astimezone(UTC))

    return client.read(f"events of pull request {number}", ask)


def permission(client: Client, login: str) -> str:
    """Say what somebody may do here; who is unknown may do nothing."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})", login):  # a bot's name has brackets
        return "none"

    def ask() -> str:
        return client.repository.get_collaborator_permission(login)

    return client.found(f"what {login} may do", ask) or "none"
