"""How pull requests live: opened on two branches, following the head, closed when there is nothing left to follow."""

from typing import TYPE_CHECKING

from tests.hub.exchange import Refused, invalid
from tests.hub.state.issue import Issue
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository

if TYPE_CHECKING:
    from tests.hub.hub import Hub

FORBIDDEN = "GitHub Actions is not permitted to create or approve pull requests."


def opened(
    hub: "Hub",
    base: Repository,
    source: Repository,
    *,
    branch: str,
    into: str,
    title: str,
    body: str | None,
    user: str,
    draft: bool = False,
    app_id: int | None = None,
) -> Pull:
    """A new pull request, or GitHub's reason why not."""
    head, target = source.git.head(branch), base.git.head(into)
    if target is None:
        raise invalid("PullRequest", "base")
    if head is None:
        raise invalid("PullRequest", "head")
    base.git.take(source.git, head)
    _refuse_duplicate(base, source, branch, into)
    _refuse_empty(base, target, head, into, branch)
    number, now = base.next_number(), hub.now()
    base.issues[number] = Issue(
        id=hub.next_id(),
        number=number,
        title=title,
        body=body,
        user=hub.user(user).login,
        created_at=now,
        updated_at=now,
        app_id=app_id,
    )
    pull = Pull(
        id=hub.next_id(),
        number=number,
        head_repository=source.full_name,
        head_branch=branch,
        head_sha=head,
        base_branch=into,
        base_sha=target,
        draft=draft,
    )
    base.pulls[number] = pull
    publish(base, pull)
    return pull


def _refuse_duplicate(base: Repository, source: Repository, branch: str, into: str) -> None:
    for pull in base.pulls.values():
        if is_open(base, pull) and (pull.head_repository, pull.head_branch, pull.base_branch) == (
            source.full_name,
            branch,
            into,
        ):
            text = f"A pull request already exists for {source.owner}:{branch}."
            raise Refused(
                422,
                "Validation Failed",
                errors=[{"resource": "PullRequest", "code": "custom", "message": text}],
            )


def _refuse_empty(base: Repository, target: str, head: str, into: str, branch: str) -> None:
    common = base.git.merge_base(target, head)
    if common is None:
        text = f"The {branch} branch has no history in common with {into}"
    elif common == head:
        text = f"No commits between {into} and {branch}"
    else:
        return
    raise Refused(422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": text}])


def is_open(repository: Repository, pull: Pull) -> bool:
    return repository.issues[pull.number].state == "open"


def follow_branches(hub: "Hub", base: Repository, moved: Repository) -> None:
    """Open pull requests of ``base`` that touch ``moved`` see where their branches are now."""
    for pull in base.pulls.values():
        if moved.full_name in (pull.head_repository, base.full_name) and is_open(base, pull):
            _follow(hub, base, pull)


def _follow(hub: "Hub", base: Repository, pull: Pull) -> None:
    source = hub.repositories[pull.head_repository.lower()]
    head, target = source.git.head(pull.head_branch), base.git.head(pull.base_branch)
    if head is None or target is None:
        close(hub, base, pull.number, "ghost")
        return
    if (head, target) == (pull.head_sha, pull.base_sha):
        return
    base.git.take(source.git, head)
    pull.head_sha, pull.base_sha = head, target
    base.issues[pull.number].updated_at = hub.now()
    if base.git.is_ancestor(head, target):
        mark_merged(hub, base, pull, target, "ghost")
    publish(base, pull)


def publish(base: Repository, pull: Pull) -> None:
    """``refs/pull/N/head``, and ``merge``: what a workflow of this pull request checks out."""
    base.git.set_ref(f"refs/pull/{pull.number}/head", pull.head_sha)
    tree = None if pull.merged else base.git.merged_tree(pull.base_sha, pull.head_sha)
    if tree is None:
        pull.merge_commit_sha = pull.merge_commit_sha if pull.merged else None
        return
    message = f"Merge {pull.head_sha} into {pull.base_sha}"
    pull.merge_commit_sha = base.git.commit_tree(tree, (pull.base_sha, pull.head_sha), message)
    base.git.set_ref(f"refs/pull/{pull.number}/merge", pull.merge_commit_sha)


def close(hub: "Hub", repository: Repository, number: int, login: str, reason: str | None = None) -> None:
    issue, now = repository.issues[number], hub.now()
    issue.state, issue.closed_at, issue.updated_at = "closed", now, now
    issue.closed_by = hub.user(login).login
    issue.state_reason = None if number in repository.pulls else reason or "completed"


def mark_merged(hub: "Hub", repository: Repository, pull: Pull, sha: str, login: str) -> None:
    pull.merged, pull.merged_at, pull.merged_by, pull.merge_commit_sha = True, hub.now(), hub.user(login).login, sha
    close(hub, repository, pull.number, login)
