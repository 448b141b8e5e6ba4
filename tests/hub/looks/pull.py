"""Pull requests and their reviews."""

from typing import Any

from tests.hub.looks.commit import url
from tests.hub.looks.issue import labels
from tests.hub.looks.repository import usual
from tests.hub.looks.user import association, node_id, user
from tests.hub.merging import mergeable, state_of
from tests.hub.state.pull import Pull, Review
from tests.hub.state.repository import Repository


def simple(repository: Repository, one: Pull) -> dict[str, Any]:
    """As it stands in a list."""
    hub, issue = repository.hub, repository.issues[one.number]
    base, page = f"{url(repository)}/pulls/{one.number}", f"{hub.html}/{repository.full_name}/pull/{one.number}"
    issue_url = f"{url(repository)}/issues/{one.number}"
    links = {
        "self": base,
        "html": page,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{base}/comments",
        "review_comment": f"{url(repository)}/pulls/comments{{/number}}",
        "commits": f"{base}/commits",
        "statuses": f"{url(repository)}/statuses/{one.head_sha}",
    }
    people = [user(hub, login) for login in issue.assignees]
    return {
        "url": base,
        "id": one.id,
        "node_id": node_id("PullRequest", one.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue_url,
        "commits_url": links["commits"],
        "comments_url": links["comments"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "statuses_url": links["statuses"],
        "number": one.number,
        "state": issue.state,
        "locked": issue.locked,
        "title": issue.title,
        "user": user(hub, issue.user),
        "body": issue.body,
        "labels": [
            one | {"description": one["description"] or ""} for one in labels(repository, issue)
        ],  # no null here
        "milestone": None,
        "active_lock_reason": None,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "merged_at": one.merged_at,
        "merge_commit_sha": one.merge_commit_sha,
        "assignee": people[0] if people else None,
        "assignees": people,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(hub.repositories.get(one.head_repository.lower()), one.head_branch, one.head_sha, repository),
        "base": _side(repository, one.base_branch, one.base_sha, repository),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": association(hub, repository.full_name, issue.user),
        "auto_merge": _auto_merge(repository, one),
        "draft": one.draft,
    }


def full(repository: Repository, one: Pull) -> dict[str, Any]:
    """As ``GET /pulls/{number}`` shows it, with what GitHub had to compute."""
    changes = changes_of(repository, one)
    commits = repository.git.commits(one.head_sha, f"^{one.base_tip}") if not one.merged else []
    return {
        **simple(repository, one),
        "merged": one.merged,
        "mergeable": mergeable(repository, one),
        "rebaseable": mergeable(repository, one),
        "mergeable_state": state_of(repository, one),
        "merged_by": user(repository.hub, one.merged_by) if one.merged_by else None,
        "comments": sum(comment.issue == one.number for comment in repository.comments.values()),
        "review_comments": 0,
        "maintainer_can_modify": one.maintainer_can_modify,
        "commits": len(commits),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }


def changes_of(repository: Repository, one: Pull) -> list[Any]:
    """Files since the branches parted, as GitHub's three dots show them."""
    common = repository.git.merge_base(one.base_tip, one.head_sha) or one.base_tip
    return repository.git.changes(common, one.head_sha)


def minimal(repository: Repository, one: Pull) -> dict[str, Any]:
    """As it stands in check runs and workflow runs."""
    head = repository.hub.repositories.get(one.head_repository.lower(), repository)
    return {
        "url": f"{url(repository)}/pulls/{one.number}",
        "id": one.id,
        "number": one.number,
        "head": {"ref": one.head_branch, "sha": one.head_sha, "repo": _tiny(head)},
        "base": {"ref": one.base_branch, "sha": one.base_sha, "repo": _tiny(repository)},
    }


def review(repository: Repository, pull: Pull, one: Review) -> dict[str, Any]:
    hub = repository.hub
    page = f"{hub.html}/{repository.full_name}/pull/{pull.number}#pullrequestreview-{one.id}"
    pull_url = f"{url(repository)}/pulls/{pull.number}"
    return {
        "id": one.id,
        "node_id": node_id("PullRequestReview", one.id),
        "user": user(hub, one.user),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(hub, repository.full_name, one.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "submitted_at": one.submitted_at,
        "commit_id": one.commit_id,
    }


def _tiny(repository: Repository) -> dict[str, Any]:
    return {"id": repository.id, "url": url(repository), "name": repository.name}


def _side(of: Repository | None, branch: str, sha: str, base: Repository) -> dict[str, Any]:
    owner = of.owner if of else "ghost"
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(base.hub, owner),
        "repo": usual(of) if of else None,
    }


def _auto_merge(repository: Repository, one: Pull) -> dict[str, Any] | None:
    if one.auto_merge is None:
        return None
    return {
        "enabled_by": user(repository.hub, repository.owner),
        "merge_method": one.auto_merge,
        "commit_title": None,
        "commit_message": None,
    }
