"""The revert that GitHub makes: a branch with one commit that takes a merged pull request back, and a pull request."""

from typing import TYPE_CHECKING

from tests.hub.bare import ZERO
from tests.hub.exchange import Refused
from tests.hub.pulling import FORBIDDEN, opened
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository
from tests.hub.tokens import Kind, Token

if TYPE_CHECKING:
    from tests.hub.hub import Hub

CONFLICT = (
    "Sorry, this pull request couldn't be reverted automatically. It may have already been reverted, "
    "or the content may have changed since it was merged."
)


def reverted(
    hub: "Hub",
    token: Token,
    repository: Repository,
    pull: Pull,
    title: str | None,
    body: str | None,
    *,
    draft: bool,
) -> Pull:
    if token.kind is Kind.ACTIONS and not repository.may_open_pulls:
        raise Refused(403, FORBIDDEN)
    if not pull.merged or pull.merge_commit_sha is None:
        raise Refused(422, "Pull request must be merged to be reverted")
    branch = f"revert-{pull.number}-{pull.head_branch}"
    _commit_on(hub, token, repository, pull, branch)
    return opened(
        hub,
        repository,
        repository,
        branch=branch,
        into=pull.base_branch,
        title=title or f'Revert "{repository.issues[pull.number].title}"',
        body=body or f"Reverts {repository.full_name}#{pull.number}",
        user=token.login,
        draft=draft,
        app_id=token.app_id,
    )


def _commit_on(hub: "Hub", token: Token, repository: Repository, pull: Pull, branch: str) -> None:
    """From the tree that the merge left to the one it found, carried to where the base is now."""
    git, tip = repository.git, repository.git.head(pull.base_branch)
    assert tip is not None
    assert pull.merge_commit_sha is not None
    tree = git.carried_tree(git.tree_of(pull.merge_commit_sha), git.tree_of(pull.base_sha), tip)
    if tree is None or tree == git.tree_of(tip):
        raise Refused(422, CONFLICT)
    if git.head(branch):
        raise Refused(422, f"A branch named {branch} already exists")
    who = (token.login, f"{token.login}@users.noreply.github.com", hub.now())
    title = repository.issues[pull.number].title
    sha = git.commit_tree(tree, (tip,), f'Revert "{title}"\n', who)
    git.set_ref(f"refs/heads/{branch}", sha, ZERO)
