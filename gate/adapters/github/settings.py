"""The settings of a repository that the gate relies on; read only."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from gate.adapters.github.client import PUBLIC, Client, Connection
from gate.adapters.github.failures import GarbledError
from gate.domain.doctor import Hosted, RequiredCheck
from gate.errors import GitHubError

UNSEEN = frozenset({401, 403, 404})
"""Refusals that mean: this token may not see it, or it is not set."""

ENVIRONMENT = "rollback"
"""The one that rollback.yml names."""


class GitHubSettings:
    """Implements the port Hosting."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def hosted(self, branch: str) -> Hosted:
        """Read them; what may not be seen is None. No branch: the default one. Raises GitHubError."""
        branch = branch or self._client.read("default branch", lambda: self._client.repository.default_branch)
        place = f"branches/{quote(branch, safe='')}"
        summary, rules = self._seen(place), self._seen(f"rules/{place}", list)
        reviews = self._seen(f"{place}/protection/required_pull_request_reviews")
        workflows = self._seen("actions/permissions/workflow")
        approved, by_another = _approved(self._seen(f"environments/{ENVIRONMENT}"))
        return Hosted(
            repository=self._client.connection.repository,
            branch=branch,
            page=page_of(self._client.connection),
            checks=None if summary is None and rules is None else (*_classic(summary), *_of_rules(rules or ())),
            code_owner_review=_reviewed(reviews, rules),
            may_open_pull_requests=None
            if workflows is None
            else bool(workflows.get("can_approve_pull_request_reviews")),
            rollback_approved=approved,
            rollback_by_another=by_another,
        )

    def _seen(self, path: str, kind: type = dict) -> Any:
        """What GitHub answers; None where it refuses."""
        try:
            return self._client.read(f"settings: {path}", self._get(path, kind))
        except GitHubError as error:
            if error.status in UNSEEN:
                return None
            raise

    def _get(self, path: str, kind: type) -> Callable[[], Any]:
        whole = f"/repos/{self._client.connection.repository}/{path}"

        def ask() -> Any:
            told = self._client.requester.requestJsonAndCheck("GET", whole)[1]
            if "data" in told or not isinstance(told, kind):  # PyGithub wraps a page of HTML so
                raise GarbledError("something else than settings")
            return told

        return ask


def page_of(connection: Connection) -> str:
    """The repository's own page: below the API's host on GitHub Enterprise, beside it where the API has a host."""
    server = "https://github.com" if connection.api_url.rstrip("/") == PUBLIC else connection.api_url
    server = server.rstrip("/").removesuffix("/api/v3").replace("://api.", "://", 1)
    return f"{server}/{connection.repository}"


def _classic(summary: Any) -> Iterable[RequiredCheck]:
    """Of branch protection: -1 and null both mean anybody."""
    checks = ((summary or {}).get("protection") or {}).get("required_status_checks") or {}
    for one in checks.get("checks") or ():
        app_id = one.get("app_id")
        yield RequiredCheck(context=str(one["context"]), app_id=None if app_id in (None, -1) else int(app_id))


def _of_rules(rules: Iterable[Any]) -> Iterable[RequiredCheck]:
    """Of rulesets."""
    for rule in rules:
        if rule["type"] == "required_status_checks":
            for one in (rule.get("parameters") or {}).get("required_status_checks") or ():
                yield RequiredCheck(context=str(one["context"]), app_id=one.get("integration_id"))


def _reviewed(reviews: Any, rules: Any) -> bool | None:
    asked = [
        bool((rule.get("parameters") or {}).get("require_code_owner_review"))  # GitHub may leave them out
        for rule in rules or ()
        if rule["type"] == "pull_request"
    ]
    if reviews is not None:
        asked.append(bool(reviews.get("require_code_owner_reviews")))
    if any(asked):
        return True
    return None if reviews is None and not asked else False


def _approved(environment: Any) -> tuple[bool | None, bool | None]:
    """Whether a job of the environment waits for somebody, and for somebody else."""
    if environment is None:
        return None, None
    rules = [one for one in environment.get("protection_rules") or () if one.get("type") == "required_reviewers"]
    held = [one for one in rules if one.get("reviewers")]
    return bool(held), any(bool(one.get("prevent_self_review")) for one in held)
