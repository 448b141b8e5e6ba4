"""Event payloads: GitHub's real ones, with this hub's repository, numbers and SHAs put in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tests.hub import npm
from tests.hub.looks import actions, pull, user
from tests.hub.looks.actions import simple_commit
from tests.hub.looks.issue import label
from tests.hub.looks.repository import usual
from tests.hub.state.actions import Run
from tests.hub.state.issue import Label
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository

if TYPE_CHECKING:
    from tests.hub.hub import Hub

PACKAGE, VERSION, MEMBER = "@octokit/webhooks-examples", "7.6.1", "api.github.com/index.json"
NIGHTLY = "0 3 * * *"
OF_PULLS = ("opened", "synchronize", "reopened", "closed", "labeled", "unlabeled", "ready-for-review")
DESCRIBED = frozenset(
    {
        *(f"pull-request-{action}" for action in OF_PULLS),
        "workflow-run-completed",
        "workflow-run-requested",
        "workflow-dispatch",
        "merge-group-checks-requested",
    }
)
"""Payloads that GitHub's description knows, by its names."""


@dataclass(frozen=True, kw_only=True)
class MergeGroup:
    """What a merge queue asks checks for."""

    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """A payload, and what a job finds in its environment because of it."""

    name: str
    payload: dict[str, Any]
    environment: dict[str, str]

    def write(self, path: Path) -> Path:
        """``event.json``, whose place is GITHUB_EVENT_PATH."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self.payload), indent=2))
        return path


def queued(hub: "Hub", repository: Repository, one: Pull) -> MergeGroup:
    """The pull request in the merge queue: its merge with the base, on the queue's branch."""
    base = repository.git.head(one.base_branch)
    assert base is not None
    tree = repository.git.merged_tree(base, one.head_sha)
    assert tree is not None, "a conflict does not reach the queue"
    title = repository.issues[one.number].title
    head = repository.git.commit_tree(tree, (base, one.head_sha), f"Merge pull request #{one.number}\n\n{title}\n")
    ref = f"refs/heads/gh-readonly-queue/{one.base_branch}/pr-{one.number}-{base}"
    repository.git.set_ref(ref, head)
    return MergeGroup(head_sha=head, head_ref=ref, base_sha=base, base_ref=f"refs/heads/{one.base_branch}")


def pull_request(hub: "Hub", repository: Repository, one: Pull, action: str, **extra: Any) -> Event:
    """``opened``, ``synchronize``, ``labeled`` (with ``label="name"``) and so on."""
    if name := extra.pop("label", None):
        known = repository.labels.setdefault(name, Label(id=hub.next_id(), name=name))
        extra["label"] = label(repository, known)
    own: dict[str, Any] = {"action": action, "number": one.number, "pull_request": pull.full(repository, one)}
    if action == "synchronize":
        own |= {"before": extra.pop("before", one.base_sha), "after": one.head_sha}
    payload = _filled(hub, repository, "pull_request", action, own | extra, repository.issues[one.number].user)
    merge = one.merge_commit_sha or one.head_sha
    refs = {"GITHUB_HEAD_REF": one.head_branch, "GITHUB_BASE_REF": one.base_branch}
    return _event(hub, repository, "pull_request", payload, f"refs/pull/{one.number}/merge", merge, refs)


def workflow_run(hub: "Hub", repository: Repository, run: Run, action: str = "completed") -> Event:
    """The job of such a workflow runs on the default branch, whatever the run was of."""
    own = {
        "action": action,
        "workflow": actions.workflow(repository, run.workflow),
        "workflow_run": actions.run(repository, run),
    }
    payload = _filled(hub, repository, "workflow_run", action, own, run.actor)
    return _on_default(hub, repository, "workflow_run", payload)


def workflow_dispatch(
    hub: "Hub", repository: Repository, path: str, inputs: Mapping[str, str] | None = None, *, sender: str | None = None
) -> Event:
    own = {"inputs": dict(inputs or {}), "ref": f"refs/heads/{repository.default_branch}", "workflow": path}
    payload = _filled(hub, repository, "workflow_dispatch", None, own, sender or repository.owner)
    return _on_default(hub, repository, "workflow_dispatch", payload)


def merge_group(hub: "Hub", repository: Repository, group: MergeGroup) -> Event:
    commit = simple_commit(repository, group.head_sha)
    fields = {name: getattr(group, name) for name in ("head_sha", "head_ref", "base_sha", "base_ref")}
    own = {"action": "checks_requested", "merge_group": {**fields, "head_commit": commit}}
    payload = _filled(hub, repository, "merge_group", "checks_requested", own, repository.owner)
    return _event(hub, repository, "merge_group", payload, group.head_ref, group.head_sha, {})


def schedule(hub: "Hub", repository: Repository, path: str, cron: str = NIGHTLY) -> Event:
    """Made: GitHub sends no webhook for it, and the examples have none."""
    payload = {"schedule": cron, "workflow": path, "repository": usual(repository)}
    return _on_default(hub, repository, "schedule", payload)


# ---------------------------------------------------------------------- filling in


@cache
def _examples() -> dict[str, list[dict[str, Any]]]:
    listed = msgspec.json.decode(npm.member_of(PACKAGE, VERSION, MEMBER).read_bytes())
    return {one["name"]: one["examples"] for one in listed}


def _filled(
    hub: "Hub", repository: Repository, name: str, action: str | None, own: dict[str, Any], sender: str
) -> dict[str, Any]:
    """The real payload with our own values over it; its other repositories and hosts become ours."""
    example = next(one for one in _examples()[name] if action is None or one["action"] == action)
    theirs = example["repository"]
    text = msgspec.json.encode({key: value for key, value in example.items() if key in _KEPT}).decode()
    for old, new in (
        ("https://api.github.com", hub.api),
        ("https://github.com", hub.html),
        (theirs["full_name"], repository.full_name),
    ):
        text = text.replace(old, new)
    ours = {**own, "repository": usual(repository), "sender": user.user(hub, sender)}
    payload = _over(msgspec.json.decode(text), ours)
    described = "-".join(filter(None, (name, action))).replace("_", "-")
    broken = hub.description.broken_by_event(described, payload)
    hub.breaches.extend(f"event {described}: {fault}" for fault in broken)
    return payload


_KEPT = frozenset({"action", "number", "pull_request", "repository", "workflow_run", "workflow", "merge_group"})
"""Keys of an example that are kept; ``organization`` and ``installation`` depend on who receives the event."""


def _over(theirs: Any, ours: Any) -> Any:
    """Ours where we say something, theirs where only they do."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {**theirs, **{key: _over(theirs.get(key), value) for key, value in ours.items()}}
    return ours


def _on_default(hub: "Hub", repository: Repository, name: str, payload: dict[str, Any]) -> Event:
    branch = repository.default_branch
    return _event(hub, repository, name, payload, f"refs/heads/{branch}", repository.git.head(branch) or "", {})


def _event(
    hub: "Hub", repository: Repository, name: str, payload: dict[str, Any], ref: str, sha: str, more: dict[str, str]
) -> Event:
    sender = payload.get("sender", {}).get("login", repository.owner)
    environment = {
        **hub.environment,
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_REPOSITORY": repository.full_name,
        "GITHUB_REPOSITORY_OWNER": repository.owner,
        "GITHUB_REPOSITORY_ID": str(repository.id),
        "GITHUB_REF": ref,
        "GITHUB_REF_NAME": ref.removeprefix("refs/").removeprefix("heads/").removeprefix("pull/"),
        "GITHUB_SHA": sha,
        "GITHUB_ACTOR": sender,
        "GITHUB_TRIGGERING_ACTOR": sender,
        "GITHUB_RUN_ID": str(hub.next_id()),
        "GITHUB_RUN_NUMBER": "1",
        "GITHUB_RUN_ATTEMPT": "1",
        "PATH": os.environ.get("PATH", os.defpath),
        **more,
    }
    return Event(name=name, payload=payload, environment=environment)
