"""What is written: status, check run, comment, labels. Each knows how to find out whether it was written already."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from gate.adapters.github import asking
from gate.adapters.github.client import Client
from gate.adapters.github.failures import GarbledError
from gate.domain.publication import (
    Annotation,
    Check,
    Comment,
    DeleteComment,
    Relabel,
    SetStatus,
    WriteCheck,
    WriteComment,
    same_name,
)
from gate.errors import BrokenQuestionError, GitHubError

MOST_STATUSES = 1000
MOST_ANNOTATIONS = 50
"""GitHub takes no more in one request."""


def set_status(client: Client, action: SetStatus) -> None:
    """Set the commit status; the newest of a context is the one that counts."""
    path = f"/repos/{client.connection.repository}/statuses/{action.sha}"
    body = {"state": action.state, "description": action.description, "context": action.context}
    body |= {"target_url": action.target_url} if action.target_url else {}

    def send() -> bool:
        told = client.requester.requestJsonAndCheck("POST", path, input=body)[1]
        return answered(told["state"] == action.state and told["context"] == action.context)

    def look_up() -> bool | None:
        newest = _newest_status(client, action)
        return True if newest == (action.state, action.description, action.target_url) else None

    what = f"set the status of {action.sha[:7]}"
    try:
        client.write(what, send, look_up)
    except GitHubError as error:  # GitHub keeps 1,000 of a context, and then refuses even what stands there already
        if error.status != 422 or not client.read(what, look_up):
            raise


def _newest_status(client: Client, action: SetStatus) -> tuple[str, str, str] | None:
    """State, description and address of what the context says now; PyGithub would take the legacy route."""
    path = f"/repos/{client.connection.repository}/commits/{action.sha}/statuses"
    told = client.listed(path, {}, MOST_STATUSES)
    newest = next((one for one in told if one["context"] == action.context), None)
    return newest and (newest["state"], newest["description"] or "", newest["target_url"] or "")


def answered(as_written: bool) -> bool:
    """PyGithub takes a page of HTML for an answer: only what was written, said back, is one."""
    if not as_written:
        raise GarbledError("something else was answered than was written")
    return True


def write_check(client: Client, action: WriteCheck) -> int:
    """Make or take over the check run; its id."""
    body = _check_body(action)
    path = f"/repos/{client.connection.repository}/check-runs"

    def send() -> int:
        if action.adopt is not None:
            told = client.requester.requestJsonAndCheck("PATCH", f"{path}/{action.adopt:d}", input=body)[1]
        else:
            told = client.requester.requestJsonAndCheck("POST", path, input={**body, "head_sha": action.sha})[1]
        return int(told["id"])

    def look_up() -> int | None:
        return next((one.id for one in asking.checks(client, action.sha, action.name) if _is(one, action)), None)

    return client.write(f"write the check run of {action.sha[:7]}", send, look_up)


def _is(check: Check, action: WriteCheck) -> bool:
    wanted = (action.external_id, action.conclusion, action.title)
    there = (check.external_id, check.conclusion, check.title)
    return there == wanted and action.adopt in (None, check.id)


def _check_body(action: WriteCheck) -> dict[str, Any]:
    output: dict[str, Any] = {"title": action.title, "summary": action.summary}
    if action.annotations:
        output["annotations"] = [_annotation(one) for one in action.annotations[:MOST_ANNOTATIONS]]
    body = {
        "name": action.name,
        "external_id": action.external_id,
        "status": "completed",
        "conclusion": action.conclusion,
        "output": output,
    }
    return body | ({"details_url": action.details_url} if action.details_url else {})


def _annotation(one: Annotation) -> dict[str, Any]:
    place = {"path": one.path, "start_line": one.line, "end_line": one.line}
    return place | {"annotation_level": one.level, "title": one.title, "message": one.message}


def write_comment(client: Client, action: WriteComment, author: str, mark: str) -> int:
    """Make or edit the comment; its id. Where somebody else of us was faster, theirs is edited."""
    if action.edit is not None:
        edited = _edit(client, action.edit, action)
        if edited is not None:
            return edited

    def send() -> tuple[int, str]:
        path = f"/repos/{client.connection.repository}/issues/{action.number:d}/comments"
        made = client.requester.requestJsonAndCheck("POST", path, input={"body": action.body})[1]
        return int(made["id"]), str(made["user"]["login"])

    def look_up() -> tuple[int, str] | None:
        ours = list(of_ours(asking.comments(client, action.number), author, mark))
        return (ours[0].id, author) if ours else None

    made, by = client.write(f"comment on pull request {action.number}", send, look_up)
    if not same_name(author, by):
        delete_comment(client, DeleteComment(id=made))
        raise BrokenQuestionError(
            f"the token comments as {by!r:.60}, and comments of {author!r:.60} are looked for",
            "say with --author as whom gate comments",
        )
    return made


def of_ours(comments: "Any", author: str, mark: str) -> Iterator[Comment]:
    """Marker and author must both match: anybody can write a marker."""
    return (one for one in comments if same_name(author, one.author) and one.body.startswith(mark))


def _edit(client: Client, comment_id: int, action: WriteComment) -> int | None:
    """None where it is not there any more."""
    path = f"/repos/{client.connection.repository}/issues/comments/{comment_id:d}"

    def send() -> int:
        told = client.requester.requestJsonAndCheck("PATCH", path, input={"body": action.body})[1]
        return int(told["id"])

    def look_up() -> int | None:
        told = client.requester.requestJsonAndCheck("GET", path)[1]
        return comment_id if told["body"] == action.body else None

    try:
        return client.write(f"edit the comment on pull request {action.number}", send, look_up)
    except GitHubError as error:
        if error.status == 404:
            return None
        raise


def delete_comment(client: Client, action: DeleteComment) -> None:
    """Delete a comment; one that is gone already is gone."""
    path = f"/repos/{client.connection.repository}/issues/comments/{action.id:d}"
    _gone(client, "delete a second comment", path)


def relabel(client: Client, action: Relabel) -> None:
    """Put labels on and take others off; each twice is each once."""
    if action.add:
        _add_labels(client, action.number, action.add)
    for label in action.remove:
        base = f"/repos/{client.connection.repository}/issues/{action.number:d}/labels/"
        _gone(client, f"take a label off pull request {action.number}", base + quote(label, safe=""))


def _add_labels(client: Client, number: int, labels: Sequence[str]) -> None:
    issue = client.repository.get_issue(number)
    path = f"/repos/{client.connection.repository}/issues/{number:d}/labels"

    def send() -> bool:
        told = client.requester.requestJsonAndCheck("POST", path, input={"labels": list(labels)})[1]
        return answered(folded(one["name"] for one in told) >= folded(labels))

    def look_up() -> bool | None:
        return folded(one.name for one in issue.get_labels()) >= folded(labels) or None

    client.write(f"label pull request {number}", send, look_up)


def folded(names: Iterable[str]) -> set[str]:
    """As `same_name` for many: GitHub answers with the spelling that was there first."""
    return {name.casefold() for name in names}


def _gone(client: Client, what: str, path: str) -> None:
    """Deleting twice is deleting once, so there is nothing to look up: 404 is what was wanted."""

    def send() -> bool:
        told = client.requester.requestJsonAndCheck("DELETE", path)[1]
        return answered(not isinstance(told, dict))  # nothing, or the labels that are left

    try:
        client.write(what, send, lambda: None)
    except GitHubError as error:
        if error.status != 404:
            raise
