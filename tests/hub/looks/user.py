"""Users, bots and Apps."""

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.hub.hub import Hub

TAILS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
LONG_AGO = "2020-01-01T00:00:00Z"


def node_id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def user(hub: "Hub", login: str) -> dict[str, Any]:
    known = hub.user(login)
    url = f"{hub.api}/users/{quote(login)}"
    return {
        "login": login,
        "id": known.id,
        "node_id": node_id("User", known.id),
        "avatar_url": f"{hub.html}/avatars/{known.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{hub.html}/{quote(login)}",
        **{name: url + tail for name, tail in TAILS.items()},
        "type": known.type,
        "site_admin": False,
    }


def public_user(hub: "Hub", login: str) -> dict[str, Any]:
    """What ``GET /user`` and ``GET /users/{username}`` add."""
    nothing = dict.fromkeys(("company", "email", "hireable", "bio", "location"))
    return {
        **user(hub, login),
        **nothing,
        "name": login,
        "blog": "",
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }


def app(hub: "Hub", app_id: int | None, permissions: dict[str, str] | None = None) -> dict[str, Any] | None:
    if app_id is None:
        return None
    slug = hub.apps.get(app_id, f"app-{app_id}")
    return {
        "id": app_id,
        "slug": slug,
        "node_id": node_id("App", app_id),
        "owner": user(hub, "github"),
        "name": slug,
        "description": "",
        "external_url": f"{hub.html}/apps/{slug}",
        "html_url": f"{hub.html}/apps/{slug}",
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "permissions": permissions or {"metadata": "read"},
        "events": [],
    }


def association(hub: "Hub", full_name: str, login: str) -> str:
    repository = hub.repositories[full_name.lower()]
    if login == repository.owner:
        return "OWNER"
    if login in repository.collaborators:
        return "COLLABORATOR"
    merged = any(pull.merged and repository.issues[pull.number].user == login for pull in repository.pulls.values())
    return "CONTRIBUTOR" if merged else "NONE"
