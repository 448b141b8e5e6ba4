"""Commits, trees, refs and files."""

from typing import Any

from tests.hub.bare import Change, Commit
from tests.hub.looks.user import node_id
from tests.hub.state.repository import Repository

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def url(repository: Repository) -> str:
    return f"{repository.hub.api}/repos/{repository.full_name}"


def person(who: tuple[str, str, str]) -> dict[str, str]:
    return {"name": who[0], "email": who[1], "date": who[2]}


def commit(repository: Repository, one: Commit) -> dict[str, Any]:
    """As ``/commits`` shows it; nobody's account is guessed from an e-mail."""
    base, page = url(repository), f"{repository.hub.html}/{repository.full_name}/commit"
    return {
        "sha": one.sha,
        "node_id": node_id("Commit", repository.id) + one.sha,
        "commit": {
            "author": person(one.author),
            "committer": person(one.committer),
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{base}/git/trees/{one.tree}"},
            "url": f"{base}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": f"{base}/commits/{one.sha}",
        "html_url": f"{page}/{one.sha}",
        "comments_url": f"{base}/commits/{one.sha}/comments",
        "author": None,
        "committer": None,
        "parents": [{"sha": sha, "url": f"{base}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in one.parents],
    }


def full_commit(repository: Repository, one: Commit) -> dict[str, Any]:
    """With its files, against its first parent."""
    base = one.parents[0] if one.parents else EMPTY_TREE
    changes = repository.git.changes(base, one.sha)
    added, removed = sum(c.additions for c in changes), sum(c.deletions for c in changes)
    return {
        **commit(repository, one),
        "stats": {"additions": added, "deletions": removed, "total": added + removed},
        "files": [changed_file(repository, change, one.sha) for change in changes],
    }


EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def git_commit(repository: Repository, one: Commit) -> dict[str, Any]:
    """As ``/git/commits`` shows it."""
    base, page = f"{url(repository)}/git", f"{repository.hub.html}/{repository.full_name}/commit"
    return {
        "sha": one.sha,
        "node_id": node_id("Commit", repository.id) + one.sha,
        "url": f"{base}/commits/{one.sha}",
        "html_url": f"{page}/{one.sha}",
        "author": person(one.author),
        "committer": person(one.committer),
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{base}/trees/{one.tree}"},
        "parents": [{"sha": s, "url": f"{base}/commits/{s}", "html_url": f"{page}/{s}"} for s in one.parents],
        "verification": UNSIGNED,
    }


def changed_file(repository: Repository, change: Change, at: str) -> dict[str, Any]:
    page = f"{repository.hub.html}/{repository.full_name}"
    return {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{page}/blob/{at}/{change.path}",
        "raw_url": f"{page}/raw/{at}/{change.path}",
        "contents_url": f"{url(repository)}/contents/{change.path}?ref={at}",
        **({"patch": change.patch} if change.patch else {}),
        **({"previous_filename": change.previous} if change.previous else {}),
    }


def ref(repository: Repository, name: str, sha: str) -> dict[str, Any]:
    kind = repository.git.kind_of(sha) or "commit"
    base = f"{url(repository)}/git"
    return {
        "ref": name,
        "node_id": node_id(f"Ref:{name}", repository.id),
        "url": f"{base}/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{base}/{kind}s/{sha}"},
    }
