"""Rulesets, and the rules that hold for a branch."""

from typing import Any

from tests.hub.exchange import Request, missing
from tests.hub.looks.commit import url
from tests.hub.routes import route
from tests.hub.state.repository import Repository


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch}", "metadata: read")
def rules(request: Request) -> Any:
    repository = request.repository
    return request.listed(
        [
            {
                **rule,
                "ruleset_source_type": "Repository",
                "ruleset_source": repository.full_name,
                "ruleset_id": ruleset["id"],
            }
            for ruleset, rule in repository.rules_of(request.params["branch"])
        ]
    )


@route("GET", "/repos/{owner}/{repo}/rulesets", "metadata: read")
def rulesets(request: Request) -> Any:
    return request.listed([_summary(request.repository, one) for one in request.repository.rulesets.values()])


@route("GET", "/repos/{owner}/{repo}/rulesets/{ruleset_id}", "metadata: read")
def ruleset(request: Request) -> Any:
    found = request.repository.rulesets.get(request.number("ruleset_id"))
    if found is None:
        raise missing()
    include = [name if name.startswith("~") else f"refs/heads/{name}" for name in found["branches"]]
    return {
        **_summary(request.repository, found),
        "conditions": {"ref_name": {"include": include, "exclude": []}},
        "rules": found["rules"],
    }


def _summary(repository: Repository, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "name": one["name"],
        "target": "branch",
        "source_type": "Repository",
        "source": repository.full_name,
        "enforcement": "active",
        "node_id": f"RRS_{one['id']}",
        "created_at": repository.created_at,
        "updated_at": repository.created_at,
        "_links": {"self": {"href": f"{url(repository)}/rulesets/{one['id']}"}},
    }
