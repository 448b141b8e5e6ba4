"""Issues, comments, labels and events."""

from typing import Any
from urllib.parse import quote

from tests.hub.looks.commit import url
from tests.hub.looks.user import app, association, node_id, user
from tests.hub.state.issue import Comment, Event, Issue, Label
from tests.hub.state.repository import Repository


def label(repository: Repository, one: Label) -> dict[str, Any]:
    return {
        "id": one.id,
        "node_id": node_id("Label", one.id),
        "url": f"{url(repository)}/labels/{quote(one.name)}",
        "name": one.name,
        "description": one.description,
        "color": one.color,
        "default": False,
    }


def labels(repository: Repository, issue: Issue) -> list[dict[str, Any]]:
    return [label(repository, repository.labels[name]) for name in issue.labels]


def issue(repository: Repository, one: Issue) -> dict[str, Any]:
    hub, base = repository.hub, f"{url(repository)}/issues/{one.number}"
    kind = "pull" if one.number in repository.pulls else "issues"
    page = f"{hub.html}/{repository.full_name}/{kind}/{one.number}"
    people = [user(hub, login) for login in one.assignees]
    body = {
        "id": one.id,
        "node_id": node_id("Issue", one.id),
        "url": base,
        "repository_url": url(repository),
        "labels_url": f"{base}/labels{{/name}}",
        "comments_url": f"{base}/comments",
        "events_url": f"{base}/events",
        "timeline_url": f"{base}/timeline",
        "html_url": page,
        "number": one.number,
        "state": one.state,
        "state_reason": one.state_reason,
        "title": one.title,
        "body": one.body,
        "user": user(hub, one.user),
        "labels": labels(repository, one),
        "assignee": people[0] if people else None,
        "assignees": people,
        "milestone": None,
        "locked": one.locked,
        "active_lock_reason": None,
        "comments": sum(comment.issue == one.number for comment in repository.comments.values()),
        "closed_at": one.closed_at,
        "closed_by": user(hub, one.closed_by) if one.closed_by else None,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "author_association": association(hub, repository.full_name, one.user),
        "performed_via_github_app": app(hub, one.app_id),
    }
    return body | _as_pull(repository, one, page)


def _as_pull(repository: Repository, one: Issue, page: str) -> dict[str, Any]:
    pull = repository.pulls.get(one.number)
    if pull is None:
        return {}
    links = {
        "url": f"{url(repository)}/pulls/{one.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": pull.merged_at,
    }
    return {"pull_request": links, "draft": pull.draft}


def comment(repository: Repository, one: Comment) -> dict[str, Any]:
    hub, base = repository.hub, url(repository)
    kind = "pull" if one.issue in repository.pulls else "issues"
    return {
        "id": one.id,
        "node_id": node_id("IssueComment", one.id),
        "url": f"{base}/issues/comments/{one.id}",
        "html_url": f"{hub.html}/{repository.full_name}/{kind}/{one.issue}#issuecomment-{one.id}",
        "issue_url": f"{base}/issues/{one.issue}",
        "body": one.body,
        "user": user(hub, one.user),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "author_association": association(hub, repository.full_name, one.user),
        "performed_via_github_app": app(hub, one.app_id),
    }


def event(repository: Repository, one: Event) -> dict[str, Any]:
    base = url(repository)
    body = {
        "id": one.id,
        "node_id": node_id("Event", one.id),
        "url": f"{base}/issues/events/{one.id}",
        "actor": user(repository.hub, one.actor),
        "event": one.event,
        "commit_id": one.commit_id,
        "commit_url": f"{base}/commits/{one.commit_id}" if one.commit_id else None,
        "created_at": one.created_at,
        "performed_via_github_app": None,
    }
    if one.label:
        body["label"] = {"name": one.label, "color": repository.labels[one.label].color}
    return body


def timeline_comment(repository: Repository, one: Comment) -> dict[str, Any]:
    body = comment(repository, one)
    return {**body, "event": "commented", "actor": body["user"]}
