"""Repositories, small and full."""

from typing import Any

from tests.hub.looks.user import node_id, user
from tests.hub.state.repository import Repository
from tests.hub.tokens import Token

TAILS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
ZEROES = (
    "forks",
    "forks_count",
    "stargazers_count",
    "watchers",
    "watchers_count",
    "size",
    "network_count",
    "subscribers_count",
)
ROLES = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


def minimal(repository: Repository) -> dict[str, Any]:
    """As it stands inside other answers."""
    hub, name = repository.hub, repository.full_name
    url = f"{hub.api}/repos/{name}"
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": name,
        "private": repository.private,
        "owner": user(hub, repository.owner),
        "html_url": f"{hub.html}/{name}",
        "description": None,
        "fork": repository.parent is not None,
        "url": url,
        **{key: url + tail for key, tail in TAILS.items()},
    }


def usual(repository: Repository) -> dict[str, Any]:
    """As it stands in a pull request, and in lists."""
    hub, name = repository.hub, repository.full_name
    issues = sum(issue.state == "open" for issue in repository.issues.values())
    return {
        **minimal(repository),
        "git_url": f"git://127.0.0.1/{name}.git",
        "ssh_url": f"git@127.0.0.1:{name}.git",
        "clone_url": repository.clone_url,
        "svn_url": f"{hub.html}/{name}",
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": repository.default_branch,
        "open_issues": issues,
        "open_issues_count": issues,
        "topics": [],
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": False,
        "has_discussions": False,
        "archived": False,
        "disabled": False,
        "visibility": "private" if repository.private else "public",
        "pushed_at": repository.created_at,
        "created_at": repository.created_at,
        "updated_at": repository.created_at,
        **dict.fromkeys(ZEROES, 0),
    }


def full(repository: Repository, token: Token) -> dict[str, Any]:
    """``GET /repos/{owner}/{repo}``: its settings are shown to who may write, as on GitHub."""
    body = {**usual(repository), "permissions": permissions(repository, token)}
    if body["permissions"]["push"]:
        body |= repository.settings
    if repository.parent:
        parent = repository.hub.repositories[repository.parent.lower()]
        body |= {"parent": usual(parent), "source": usual(parent)}
    return body


def permissions(repository: Repository, token: Token) -> dict[str, bool]:
    """An App's follow from what it holds, a person's from their role."""
    held = "write" if token.may("contents: write") else "read"
    rank = ROLES[held if token.is_app else repository.role_of(token.login)]
    words = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {word: rank >= ROLES[role] for word, role in words.items()}
