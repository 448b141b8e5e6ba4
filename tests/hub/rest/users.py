"""Who the token is, and what it has left."""

from typing import Any

from tests.hub.exchange import Refused, Request, missing
from tests.hub.looks.repository import usual
from tests.hub.looks.user import app, public_user
from tests.hub.routes import route
from tests.hub.tokens import Kind


@route("GET", "/user")
def me(request: Request) -> Any:
    """A person. An installation and a job's token are nobody: 403, as on GitHub."""
    if request.token.kind is not Kind.USER:
        raise Refused(403, "Resource not accessible by integration")
    return public_user(request.hub, request.token.login)


@route("GET", "/users/{username}")
def somebody(request: Request) -> Any:
    login = request.params["username"]
    if login not in request.hub.users:
        raise missing()
    return public_user(request.hub, login)


@route("GET", "/app")
def my_app(request: Request) -> Any:
    """Only an App's own JSON web token may ask, never an installation's: that one asks GraphQL for ``viewer``."""
    raise Refused(401, "A JSON web token could not be decoded")


@route("GET", "/apps/{app_slug}")
def some_app(request: Request) -> Any:
    for number, slug in request.hub.apps.items():
        if slug == request.params["app_slug"]:
            return app(request.hub, number)
    raise missing()


@route("GET", "/installation/repositories")
def reached(request: Request) -> Any:
    if not request.token.is_app:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories.")
    seen = [usual(one) for one in request.hub.repositories.values() if request.token.reaches(one.full_name)]
    answer = request.counted("repositories", seen)
    answer.body["repository_selection"] = "selected"
    return answer


@route("GET", "/rate_limit")
def rate_limit(request: Request) -> Any:
    rate = request.hub.rate
    full = {"limit": rate.limit, "used": rate.used, "remaining": rate.remaining, "reset": int(rate.reset)}
    return {"resources": {"core": full, "search": full, "graphql": full}, "rate": full}
