"""Statuses and check runs."""

from typing import Any

from tests.hub.looks import pull as pulls
from tests.hub.looks.commit import url
from tests.hub.looks.user import app, node_id, user
from tests.hub.state.checks import CheckRun, Status
from tests.hub.state.repository import Repository


def status(repository: Repository, one: Status) -> dict[str, Any]:
    """As a list shows it, with its maker."""
    return {**simple_status(repository, one), "creator": user(repository.hub, one.creator)}


def simple_status(repository: Repository, one: Status) -> dict[str, Any]:
    """As the combined status shows it."""
    return {
        "url": f"{url(repository)}/statuses/{one.sha}",
        "avatar_url": f"{repository.hub.html}/avatars/{repository.hub.user(one.creator).id}",
        "id": one.id,
        "node_id": node_id("StatusContext", one.id),
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": one.created_at,
        "updated_at": one.created_at,
    }


def check_run(repository: Repository, one: CheckRun) -> dict[str, Any]:
    base = f"{url(repository)}/check-runs/{one.id}"
    page = f"{repository.hub.html}/{repository.full_name}/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node_id("CheckRun", one.id),
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": base,
        "html_url": page,
        "details_url": one.details_url or page,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": one.started_at,
        "completed_at": one.completed_at,
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{base}/annotations",
        },
        "check_suite": {"id": one.suite},
        "app": app(repository.hub, one.app_id),
        "pull_requests": [
            pulls.minimal(repository, pull)
            for pull in repository.pulls.values()
            if pull.head_sha == one.head_sha and pull.head_repository == repository.full_name
        ],
    }


def annotation(repository: Repository, one: CheckRun, given: dict[str, Any]) -> dict[str, Any]:
    page = f"{repository.hub.html}/{repository.full_name}"
    names = (
        "path",
        "start_line",
        "end_line",
        "start_column",
        "end_column",
        "annotation_level",
        "title",
        "message",
        "raw_details",
    )
    return {**{name: given.get(name) for name in names}, "blob_href": f"{page}/blob/{one.head_sha}/{given['path']}"}
