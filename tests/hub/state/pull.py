"""Pull requests; title, body, labels and state are their issue's."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Review:
    id: int
    user: str
    state: str
    """``APPROVED``, ``CHANGES_REQUESTED``, ``COMMENTED``, ``PENDING`` or ``DISMISSED``."""
    body: str
    commit_id: str
    submitted_at: str


@dataclass(kw_only=True)
class Pull:
    id: int
    number: int
    head_repository: str
    head_branch: str
    head_sha: str
    """Follows the branch as long as the pull request is open."""
    base_branch: str
    base_sha: str
    """Where the base was when the head last moved: GitHub does not move it on when only the base does."""
    base_tip: str
    """Where the base is; after the merge, where it was before."""
    draft: bool = False
    maintainer_can_modify: bool = False
    merged: bool = False
    merged_at: str | None = None
    merged_by: str | None = None
    merge_commit_sha: str | None = None
    auto_merge: str | None = None
    """The method, where it was enabled."""
    reviews: list[Review] = field(default_factory=list)
