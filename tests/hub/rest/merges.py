"""Merging: real commits in the bare repository, or GitHub's reason why not."""

from typing import Any

from tests.hub.bare import Commit
from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.merging import hindrances, is_behind, is_strict, mergeable
from tests.hub.pulling import is_open, mark_merged
from tests.hub.rest.issues import happened
from tests.hub.rest.pulls import found
from tests.hub.routes import route
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository

ALLOWED = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}
NOT_ALLOWED = {
    "merge": "Merge commits are not allowed on this repository.",
    "squash": "Squash merges are not allowed on this repository.",
    "rebase": "Rebase merges are not allowed on this repository.",
}


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", "pull_requests: read", "contents: read")
def is_merged(request: Request) -> Answer:
    if not found(request).merged:
        raise missing()
    return Answer(status=204)


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", "contents: write")
def merge(request: Request) -> Any:
    repository, pull, body = request.repository, found(request), request.body or {}
    method = body.get("merge_method", "merge")
    _hold(request, repository, pull, method, body.get("sha"))
    base = pull.base_tip
    sha = _MADE[method](request, repository, pull, body)
    repository.git.set_ref(f"refs/heads/{pull.base_branch}", sha, base)
    mark_merged(request.hub, repository, pull, sha, request.token.login)
    happened(request, repository, pull.number, "merged")
    happened(request, repository, pull.number, "closed")
    if repository.settings["delete_branch_on_merge"]:
        request.hub.repositories[pull.head_repository.lower()].git.drop_ref(f"refs/heads/{pull.head_branch}")
    request.hub.moved(repository)
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def _hold(request: Request, repository: Repository, pull: Pull, method: str, sha: str | None) -> None:
    if pull.merged or not is_open(repository, pull) or pull.draft:
        raise Refused(405, "Pull Request is not mergeable" if not pull.draft else "Pull Request is still a draft")
    if sha is not None and sha != pull.head_sha:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    if not repository.settings[ALLOWED[method]]:
        raise Refused(405, NOT_ALLOWED[method])
    if not mergeable(repository, pull):
        raise Refused(405, "Pull Request is not mergeable")
    if is_strict(repository, pull.base_branch) and is_behind(repository, pull):
        raise Refused(405, "Head branch is out of date. Review and try the merge again.")
    missed = [] if _excused(request, repository, pull) else hindrances(repository, pull)
    if missed:
        raise Refused(405, " ".join(missed))


def _excused(request: Request, repository: Repository, pull: Pull) -> bool:
    held = repository.protections.get(pull.base_branch)
    is_admin = not request.token.is_app and repository.role_of(request.token.login) == "admin"
    return bool(is_admin and held and not held.enforce_admins)


def _identity(request: Request) -> tuple[str, str, str]:
    login = request.token.login
    number = request.hub.user(login).id
    return (login, f"{number}+{login}@users.noreply.github.com", request.hub.now())


def _message(body: dict[str, Any], title: str, text: str) -> str:
    title, text = body.get("commit_title") or title, body.get("commit_message", text) or ""
    return f"{title}\n\n{text}".strip() + "\n"


def _merge(request: Request, repository: Repository, pull: Pull, body: dict[str, Any]) -> str:
    tree = repository.git.merged_tree(pull.base_tip, pull.head_sha)
    assert tree is not None
    owner = pull.head_repository.split("/")[0]
    title = f"Merge pull request #{pull.number} from {owner}/{pull.head_branch}"
    message = _message(body, title, repository.issues[pull.number].title)
    return repository.git.commit_tree(tree, (pull.base_tip, pull.head_sha), message, _identity(request))


def _squash(request: Request, repository: Repository, pull: Pull, body: dict[str, Any]) -> str:
    tree = repository.git.merged_tree(pull.base_tip, pull.head_sha)
    assert tree is not None
    inside = _inside(repository, pull)
    title = f"{repository.issues[pull.number].title} (#{pull.number})"
    text = "" if len(inside) == 1 else "\n".join(f"* {one.message}" for one in inside)
    return repository.git.commit_tree(tree, (pull.base_tip,), _message(body, title, text), _identity(request))


def _rebase(request: Request, repository: Repository, pull: Pull, body: dict[str, Any]) -> str:
    """Each commit anew, also where it would have been a fast-forward: GitHub's SHAs always change."""
    tip = pull.base_tip
    for one in _inside(repository, pull):
        tree = repository.git.picked_tree(one, tip)
        if tree is None:
            raise Refused(405, "This branch can't be rebased")
        tip = repository.git.commit_tree(tree, (tip,), one.message + "\n", one.author, _identity(request))
    return tip


def _inside(repository: Repository, pull: Pull) -> list[Commit]:
    return repository.git.commits("--reverse", "--no-merges", pull.head_sha, f"^{pull.base_tip}")


_MADE = {"merge": _merge, "squash": _squash, "rebase": _rebase}
