"""Commits, what lies between two of them, and which pull requests they belong to."""

from typing import Any

from tests.hub.exchange import Refused, Request, missing
from tests.hub.looks import commit as looks
from tests.hub.looks.pull import simple
from tests.hub.routes import route
from tests.hub.state.repository import Repository


def resolved(repository: Repository, name: str) -> str | None:
    """A commit from what a path may hold: a SHA, ``heads/x``, ``tags/x``, a branch, a tag."""
    for ref in (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}", name):
        if sha := repository.git.sha_of(ref):
            return sha
    return None


@route("GET", "/repos/{owner}/{repo}/commits", "contents: read")
def listed(request: Request) -> Any:
    repository, query = request.repository, request.query
    sha = resolved(repository, query.get("sha", repository.default_branch))
    if sha is None:
        raise missing()
    words = [sha, *(f"--{word}={query[word]}" for word in ("since", "until", "author") if word in query)]
    words += ["--", query["path"]] if "path" in query else []
    return request.listed([looks.commit(repository, one) for one in repository.git.commits(*words)])


@route("GET", "/repos/{owner}/{repo}/commits/{ref}", "contents: read")
def get(request: Request) -> Any:
    repository, name = request.repository, request.params["ref"]
    sha = resolved(repository, name)
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {name}")
    return looks.full_commit(repository, repository.git.commit(sha))


@route("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests: read")
def pulls(request: Request) -> Any:
    """The merged pull request that brought the commit in, or the open ones that hold it."""
    repository = request.repository
    sha = resolved(repository, request.params["commit_sha"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {request.params['commit_sha']}")
    brought = [one for one in repository.pulls.values() if one.merged and sha in _brought(repository, one)]
    holding = [
        one
        for one in repository.pulls.values()
        if not one.merged and sha in {c.sha for c in repository.git.commits(one.head_sha, f"^{one.base_tip}")}
    ]
    return request.listed([simple(repository, one) for one in brought or holding])


def _brought(repository: Repository, pull: Any) -> set[str]:
    """The merge's own commits and, where the branch was merged as it was, the branch's."""
    return {
        pull.merge_commit_sha,
        *(one.sha for one in repository.git.commits(pull.merge_commit_sha, f"^{pull.base_tip}")),
    }


@route("GET", "/repos/{owner}/{repo}/compare/{basehead}", "contents: read")
def compare(request: Request) -> Any:
    """Three dots: from where they parted to the head."""
    repository, (base_name, _, head_name) = request.repository, request.params["basehead"].partition("...")
    base = _side(request, repository, base_name)
    head = _side(request, repository, head_name)
    if base is None or head is None:
        raise missing()
    git = repository.git
    common = git.merge_base(base, head)
    if common is None:
        raise Refused(404, f"No common ancestor between {base_name} and {head_name}.")
    ahead, behind = git.commits(head, f"^{base}"), git.commits(base, f"^{head}")
    page = f"{repository.hub.html}/{repository.full_name}/compare/{base_name}...{head_name}"
    shown, _ = request.page([looks.commit(repository, one) for one in reversed(ahead)])
    return {
        "url": f"{looks.url(repository)}/compare/{base_name}...{head_name}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": looks.commit(repository, git.commit(base)),
        "merge_base_commit": looks.commit(repository, git.commit(common)),
        "status": _word(len(ahead), len(behind)),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": shown,
        "files": [looks.changed_file(repository, one, head) for one in git.changes(common, head)],
    }


def _side(request: Request, repository: Repository, name: str) -> str | None:
    """``branch``, or ``owner:branch`` of a fork."""
    owner, colon, branch = name.partition(":")
    if not colon:
        return resolved(repository, name)
    other = request.hub.repositories.get(f"{owner}/{repository.name}".lower())
    sha = resolved(other, branch) if other else None
    if other and sha:
        repository.git.take(other.git, sha)
    return sha


def _word(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"
