"""Environments, and who must say yes before a job of theirs starts."""

from typing import Any

from tests.hub.exchange import Request, missing
from tests.hub.looks.commit import url
from tests.hub.looks.user import node_id, user
from tests.hub.routes import route


@route("GET", "/repos/{owner}/{repo}/environments/{environment_name}", "actions: read")
def environment(request: Request) -> Any:
    repository, hub = request.repository, request.hub
    found = repository.environments.get(request.params["environment_name"])
    if found is None:
        raise missing()
    reviewers = [{"type": "User", "reviewer": user(hub, login)} for login in found.reviewers]
    rule = {
        "id": found.id + 1,
        "node_id": node_id("Gate", found.id + 1),
        "type": "required_reviewers",
        "prevent_self_review": found.prevent_self_review,
        "reviewers": reviewers,
    }
    return {
        "id": found.id,
        "node_id": node_id("Environment", found.id),
        "name": found.name,
        "url": f"{url(repository)}/environments/{found.name}",
        "html_url": f"{hub.html}/{repository.full_name}/deployments/activity_log?environments_filter={found.name}",
        "created_at": repository.created_at,
        "updated_at": repository.created_at,
        "protection_rules": [rule] if reviewers else [],
        "deployment_branch_policy": None,
    }
