"""Workflows, runs and artifacts."""

from typing import Any

from tests.hub.looks import pull as pulls
from tests.hub.looks.commit import url
from tests.hub.looks.repository import minimal
from tests.hub.looks.user import LONG_AGO, node_id, user
from tests.hub.state.actions import Artifact, Run, Workflow
from tests.hub.state.repository import Repository


def workflow(repository: Repository, one: Workflow) -> dict[str, Any]:
    page = f"{repository.hub.html}/{repository.full_name}"
    return {
        "id": one.id,
        "node_id": node_id("Workflow", one.id),
        "name": one.name,
        "path": one.path,
        "state": "active",
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "url": f"{url(repository)}/actions/workflows/{one.id}",
        "html_url": f"{page}/blob/{repository.default_branch}/{one.path}",
        "badge_url": f"{page}/workflows/{one.name}/badge.svg",
    }


def run(repository: Repository, one: Run) -> dict[str, Any]:
    hub, base = repository.hub, f"{url(repository)}/actions/runs/{one.id}"
    head = hub.repositories[one.head_repository.lower()]
    return {
        "id": one.id,
        "name": one.workflow.name,
        "node_id": node_id("WorkflowRun", one.id),
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "path": one.path,
        "run_number": one.number,
        "run_attempt": one.attempt,
        "event": one.event,
        "display_title": one.workflow.name,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": one.workflow.id,
        "check_suite_id": one.id,
        "check_suite_node_id": node_id("CheckSuite", one.id),
        "url": base,
        "html_url": f"{hub.html}/{repository.full_name}/actions/runs/{one.id}",
        "pull_requests": [pulls.minimal(repository, repository.pulls[number]) for number in one.pull_requests],
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "run_started_at": one.created_at,
        "actor": user(hub, one.actor),
        "triggering_actor": user(hub, one.actor),
        **{f"{word}_url": f"{base}/{word}" for word in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "previous_attempt_url": None,
        "check_suite_url": f"{url(repository)}/check-suites/{one.id}",
        "workflow_url": f"{url(repository)}/actions/workflows/{one.workflow.id}",
        "head_commit": simple_commit(head, one.head_sha),
        "repository": minimal(repository),
        "head_repository": minimal(head),
        "head_repository_id": head.id,
        "referenced_workflows": [],
    }


def artifact(repository: Repository, one: Artifact) -> dict[str, Any]:
    base = f"{url(repository)}/actions/artifacts/{one.id}"
    run_of = repository.runs[one.run_id]
    return {
        "id": one.id,
        "node_id": node_id("Artifact", one.id),
        "name": one.name,
        "size_in_bytes": len(one.content) if one.size is None else one.size,
        "url": base,
        "archive_download_url": f"{base}/zip",
        "expired": one.expired,
        "created_at": one.created_at,
        "expires_at": one.created_at,
        "updated_at": one.created_at,
        "workflow_run": {
            "id": run_of.id,
            "repository_id": repository.id,
            "head_repository_id": repository.hub.repositories[run_of.head_repository.lower()].id,
            "head_branch": run_of.head_branch,
            "head_sha": run_of.head_sha,
        },
    }


def simple_commit(repository: Repository, sha: str) -> dict[str, Any] | None:
    """As it stands in runs and events."""
    if repository.git.kind_of(sha) != "commit":
        return None
    one = repository.git.commit(sha)
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "message": one.message,
        "timestamp": one.committer[2],
        "author": {"name": one.author[0], "email": one.author[1]},
        "committer": {"name": one.committer[0], "email": one.committer[1]},
    }
