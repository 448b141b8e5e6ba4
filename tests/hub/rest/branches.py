"""Branches and their protection."""

from typing import Any
from urllib.parse import quote

from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.looks.commit import commit, url
from tests.hub.merging import required_checks
from tests.hub.routes import route
from tests.hub.state.protection import Protection, RequiredCheck
from tests.hub.state.repository import Repository


@route("GET", "/repos/{owner}/{repo}/branches", "contents: read")
def branches(request: Request) -> Any:
    repository = request.repository
    tips = repository.git.refs("refs/heads")
    shown = [_short(repository, ref.removeprefix("refs/heads/"), sha) for ref, sha in tips.items()]
    if "protected" in request.query:
        shown = [one for one in shown if one["protected"] == (request.query["protected"] == "true")]
    return request.listed(shown)


@route("GET", "/repos/{owner}/{repo}/branches/{branch}", "contents: read")
def branch(request: Request) -> Any:
    repository, name = request.repository, request.params["branch"]
    sha = repository.git.head(name)
    if sha is None:
        raise Refused(404, "Branch not found")
    base = f"{url(repository)}/branches/{quote(name, safe='')}"
    return {
        **_short(repository, name, sha),
        "commit": commit(repository, repository.git.commit(sha)),
        "_links": {"self": base, "html": f"{repository.hub.html}/{repository.full_name}/tree/{name}"},
        "protection": _summary(repository, name),
        "protection_url": f"{base}/protection",
    }


@route("GET", "/repos/{owner}/{repo}/branches/{branch}/protection", "administration: read")
def protection(request: Request) -> Any:
    return _protection(request.repository, request.params["branch"])


@route("PUT", "/repos/{owner}/{repo}/branches/{branch}/protection", "administration: write")
def protect(request: Request) -> Any:
    repository, name, body = request.repository, request.params["branch"], request.body
    if repository.git.head(name) is None:
        raise Refused(404, "Branch not found")
    checks, reviews = body["required_status_checks"], body["required_pull_request_reviews"]
    repository.protect(
        name,
        checks=_asked_checks(checks or {}),
        strict=bool(checks and checks["strict"]),
        reviews=None if reviews is None else reviews.get("required_approving_review_count", 1),
        code_owners=bool(reviews and reviews.get("require_code_owner_reviews")),
        dismiss_stale=bool(reviews and reviews.get("dismiss_stale_reviews")),
        enforce_admins=bool(body["enforce_admins"]),
        linear=bool(body.get("required_linear_history")),
        force_pushes=bool(body.get("allow_force_pushes")),
        deletions=bool(body.get("allow_deletions")),
    )
    return _protection(repository, name)


@route("DELETE", "/repos/{owner}/{repo}/branches/{branch}/protection", "administration: write")
def unprotect(request: Request) -> Answer:
    _known(request.repository, request.params["branch"])
    request.repository.unprotect(request.params["branch"])
    return Answer(status=204)


@route("GET", "/repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks", "administration: read")
def required(request: Request) -> Any:
    shown = _protection(request.repository, request.params["branch"])
    if "required_status_checks" not in shown:
        raise Refused(404, "Required status checks not enabled")
    return shown["required_status_checks"]


@route(
    "GET", "/repos/{owner}/{repo}/branches/{branch}/protection/required_pull_request_reviews", "administration: read"
)
def required_reviews(request: Request) -> Any:
    shown = _protection(request.repository, request.params["branch"])
    if "required_pull_request_reviews" not in shown:
        raise missing()
    return shown["required_pull_request_reviews"]


def _asked_checks(asked: dict[str, Any]) -> tuple[RequiredCheck, ...]:
    """``-1`` means anyone; ``contexts`` is the older spelling."""
    named = asked.get("checks") or [{"context": name} for name in asked.get("contexts", [])]
    ids = [one.get("app_id") for one in named]
    return tuple(
        RequiredCheck(context=one["context"], app_id=None if app_id in (None, -1) else app_id)
        for one, app_id in zip(named, ids, strict=True)
    )


def _known(repository: Repository, name: str) -> Protection:
    if repository.git.head(name) is None:
        raise Refused(404, "Branch not found")
    if name not in repository.protections:
        raise Refused(404, "Branch not protected")
    return repository.protections[name]


def _short(repository: Repository, name: str, sha: str) -> dict[str, Any]:
    protected = name in repository.protections or bool(repository.rules_of(name))
    return {"name": name, "commit": {"sha": sha, "url": f"{url(repository)}/commits/{sha}"}, "protected": protected}


def _summary(repository: Repository, name: str) -> dict[str, Any]:
    checks = required_checks(repository, name)
    return {
        "enabled": name in repository.protections,
        "required_status_checks": {
            "enforcement_level": "everyone" if checks else "off",
            "contexts": [one.context for one in checks],
            "checks": [{"context": one.context, "app_id": one.app_id} for one in checks],
        },
    }


def _protection(repository: Repository, name: str) -> dict[str, Any]:
    held = _known(repository, name)
    base = f"{url(repository)}/branches/{quote(name, safe='')}/protection"
    shown: dict[str, Any] = {
        "url": base,
        "enforce_admins": {"url": f"{base}/enforce_admins", "enabled": held.enforce_admins},
        "required_linear_history": {"enabled": held.linear},
        "allow_force_pushes": {"enabled": held.force_pushes},
        "allow_deletions": {"enabled": held.deletions},
    }
    if held.checks or held.strict:
        shown["required_status_checks"] = {
            "url": f"{base}/required_status_checks",
            "strict": held.strict,
            "contexts": [one.context for one in held.checks],
            "contexts_url": f"{base}/required_status_checks/contexts",
            "checks": [{"context": one.context, "app_id": one.app_id} for one in held.checks],
        }
    if held.reviews is not None:
        shown["required_pull_request_reviews"] = {
            "url": f"{base}/required_pull_request_reviews",
            "dismiss_stale_reviews": held.dismiss_stale,
            "require_code_owner_reviews": held.code_owners,
            "required_approving_review_count": held.reviews,
        }
    return shown
