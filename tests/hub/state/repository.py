"""A repository: its git objects, and what GitHub keeps beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.hub.bare import Bare
from tests.hub.hooks import PROTECTED
from tests.hub.state.actions import Artifact, Dispatch, Run, Workflow
from tests.hub.state.checks import CheckRun, Status
from tests.hub.state.issue import Comment, Event, Issue, Label
from tests.hub.state.protection import Environment, Protection, RequiredCheck
from tests.hub.state.pull import Pull

if TYPE_CHECKING:
    from tests.hub.hub import Hub

SETTINGS: dict[str, Any] = {
    "allow_merge_commit": True,
    "allow_squash_merge": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "delete_branch_on_merge": False,
    "allow_update_branch": False,
}
FIRST_COMMIT = 1767225600
"""2026-01-01; each commit is a minute after the one before, so the same files make the same SHAs."""


@dataclass(kw_only=True, eq=False, repr=False)
class Repository:
    hub: "Hub"
    id: int
    owner: str
    name: str
    git: Bare
    created_at: str
    private: bool = False
    default_branch: str = "main"
    parent: str | None = None
    """Full name of what it was forked from."""
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    collaborators: dict[str, str] = field(default_factory=dict)
    """Login to admin, maintain, write, triage or read."""
    may_open_pulls: bool = True
    """Settings, Actions: "Allow GitHub Actions to create and approve pull requests"."""
    default_permissions: str = "read"
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    deleted_issues: set[int] = field(default_factory=set)
    transferred_issues: dict[int, str] = field(default_factory=dict)
    """By their old number: where the API has them now."""
    comments: dict[int, Comment] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    pulls: dict[int, Pull] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    dispatches: list[Dispatch] = field(default_factory=list)
    releases: dict[int, dict[str, Any]] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    rulesets: dict[int, dict[str, Any]] = field(default_factory=dict)
    made: int = 0

    def __repr__(self) -> str:
        return f"Repository({self.full_name})"

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def clone_url(self) -> str:
        return f"{self.hub.html}/{self.full_name}.git"

    # ------------------------------------------------------------------ what tests build

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        message: str = "Change",
        *,
        branch: str | None = None,
        parents: tuple[str, ...] | None = None,
        author: tuple[str, str] = ("Mona", "mona@example.com"),
    ) -> str:
        """A commit on ``branch`` (made from the default branch where it is new) that changes these files; its SHA."""
        with self.hub.lock:
            branch = branch or self.default_branch
            if parents is None:
                tip = self.git.head(branch) or self.git.head(self.default_branch)
                parents = (tip,) if tip else ()
            self.made += 1
            who = (*author, FIRST_COMMIT + 60 * self.made)
            sha = self.git.write(f"refs/heads/{branch}", files, message, parents, who)
            self.hub.moved(self)
            return sha

    def branch(self, name: str, at: str | None = None) -> str:
        """A branch at ``at`` (a SHA, a branch, a tag; the default branch where nothing is said); its SHA."""
        with self.hub.lock:
            sha = self.sha(at or self.default_branch)
            self.git.set_ref(f"refs/heads/{name}", sha)
            self.hub.moved(self)
            return sha

    def tag(self, name: str, at: str | None = None) -> str:
        sha = self.sha(at or self.default_branch)
        self.git.set_ref(f"refs/tags/{name}", sha)
        return sha

    def sha(self, name: str) -> str:
        """The commit that a branch, a tag or a SHA means."""
        for ref in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            found = self.git.sha_of(ref)
            if found:
                return found
        raise LookupError(f"{self.full_name} has no {name}")

    def environment(self, name: str, *reviewers: str, prevent_self_review: bool = False) -> None:
        """Settings, Environments."""
        self.environments[name] = Environment(
            id=self.hub.next_id(), name=name, reviewers=reviewers, prevent_self_review=prevent_self_review
        )

    def protect(self, branch: str | None = None, *, checks: tuple[RequiredCheck | str, ...] = (), **rules: Any) -> None:
        """Protect a branch; a check is a name, or a name bound to its App."""
        required = tuple(RequiredCheck(context=one) if isinstance(one, str) else one for one in checks)
        self.protections[branch or self.default_branch] = Protection(checks=required, **rules)
        self.write_protected()

    def unprotect(self, branch: str | None = None) -> None:
        self.protections.pop(branch or self.default_branch, None)
        self.write_protected()

    def ruleset(
        self, *rules: dict[str, Any], name: str = "main", branches: tuple[str, ...] = ("~DEFAULT_BRANCH",)
    ) -> int:
        """An active ruleset with GitHub's own rule objects, such as ``{"type": "pull_request", ...}``; its id."""
        number = self.hub.next_id()
        self.rulesets[number] = {"id": number, "name": name, "branches": branches, "rules": list(rules)}
        self.write_protected()
        return number

    # ------------------------------------------------------------------ what handlers ask

    def write_protected(self) -> None:
        """Tell the hook which refs nobody may push to."""
        names = {branch for branch in {*self.protections, *self.ruled_branches()} if self.forbids_push(branch)}
        (self.git.path / PROTECTED).write_text("".join(f"refs/heads/{name}\n" for name in sorted(names)))

    def ruled_branches(self) -> set[str]:
        return {
            self.default_branch if name == "~DEFAULT_BRANCH" else name.removeprefix("refs/heads/")
            for ruleset in self.rulesets.values()
            for name in ruleset["branches"]
        }

    def rules_of(self, branch: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """(ruleset, rule) for all that hold for this branch."""
        names = {branch, f"refs/heads/{branch}"} | ({"~DEFAULT_BRANCH"} if branch == self.default_branch else set())
        return [
            (ruleset, rule)
            for ruleset in self.rulesets.values()
            if names & set(ruleset["branches"])
            for rule in ruleset["rules"]
        ]

    def forbids_push(self, branch: str) -> bool:
        """Changes must be made through a pull request."""
        return branch in self.protections or any(
            rule["type"] in ("pull_request", "required_status_checks") for _, rule in self.rules_of(branch)
        )

    def role_of(self, login: str) -> str:
        """The permission of a person: none, read, triage, write, maintain or admin."""
        if login == self.owner:
            return "admin"
        return self.collaborators.get(login, "none" if self.private else "read")

    def can_write(self, login: str) -> bool:
        return self.role_of(login) in ("write", "maintain", "admin")

    def next_number(self) -> int:
        return max(self.issues, default=0) + 1
