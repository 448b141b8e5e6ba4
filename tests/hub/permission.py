"""Is this token allowed to do this? Permissions for everyone, roles for people besides."""

from tests.hub.exchange import Refused, Request, missing
from tests.hub.routes import Route
from tests.hub.state.repository import Repository
from tests.hub.tokens import Token

EVERYBODYS = frozenset({"issues: write", "pull_requests: write"})
"""What somebody without write access may do in a public repository: open, comment, review."""


def hold(one: Route, request: Request) -> None:
    """Raises GitHub's refusal: 404 for what cannot be seen, 403 for what must not be done."""
    repository = request.repository if "repo" in request.params else None
    if repository and not _sees(request.token, repository):
        raise missing()
    if one.needs and not any(request.token.may(need) for need in one.needs):
        raise request.token.refusal()
    if repository and not request.token.is_app:
        _hold_to_role(one, request, repository)


def _sees(token: Token, repository: Repository) -> bool:
    return token.reaches(repository.full_name) and (token.is_app or repository.role_of(token.login) != "none")


def _hold_to_role(one: Route, request: Request, repository: Repository) -> None:
    login, needs = request.token.login, set(one.needs)
    administers = any(need.startswith("administration") for need in needs)
    if administers and repository.role_of(login) != "admin":
        raise Refused(403, "Must have admin rights to Repository.")
    writes = any(need.endswith("write") for need in needs)
    everybodys = needs & EVERYBODYS and (one.method == "POST" or "/comments/" in one.template)
    if writes and not everybodys and not repository.can_write(login):
        raise request.token.refusal()
