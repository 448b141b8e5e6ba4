"""May this pull request be merged, and if not, which of GitHub's reasons is it?"""

from tests.hub.owners import owners_of
from tests.hub.state.protection import RequiredCheck
from tests.hub.state.pull import Pull, Review
from tests.hub.state.repository import Repository

PASSING = frozenset({"success", "neutral", "skipped"})
"""What satisfies a required check; ``neutral`` and ``skipped`` do, too."""


def mergeable(repository: Repository, pull: Pull) -> bool | None:
    """Without conflicts; None once there is nothing left to merge."""
    if pull.merged or repository.issues[pull.number].state != "open":
        return None
    return repository.git.merged_tree(pull.base_tip, pull.head_sha) is not None


def state_of(repository: Repository, pull: Pull) -> str:
    """``mergeable_state``."""
    free = mergeable(repository, pull)
    if free is None:
        return "unknown"
    if not free:
        return "dirty"
    if pull.draft:
        return "draft"
    if hindrances(repository, pull):
        return "blocked"
    if is_strict(repository, pull.base_branch) and is_behind(repository, pull):
        return "behind"
    return "unstable" if _anything_red(repository, pull.head_sha) else "clean"


def hindrances(repository: Repository, pull: Pull) -> list[str]:
    """What protection misses, in GitHub's words."""
    return [*_check_hindrances(repository, pull), *_review_hindrances(repository, pull)]


def is_strict(repository: Repository, branch: str) -> bool:
    protection = repository.protections.get(branch)
    ruled = any(
        rule["type"] == "required_status_checks" and rule["parameters"].get("strict_required_status_checks_policy")
        for _, rule in repository.rules_of(branch)
    )
    return bool(protection and protection.strict) or ruled


def is_behind(repository: Repository, pull: Pull) -> bool:
    return not repository.git.is_ancestor(pull.base_tip, pull.head_sha)


def required_checks(repository: Repository, branch: str) -> list[RequiredCheck]:
    """Of the branch's protection and of its rulesets."""
    protection = repository.protections.get(branch)
    found = list(protection.checks) if protection else []
    for _, rule in repository.rules_of(branch):
        if rule["type"] == "required_status_checks":
            found += [
                RequiredCheck(context=one["context"], app_id=one.get("integration_id"))
                for one in rule["parameters"]["required_status_checks"]
            ]
    return found


def outcome(repository: Repository, sha: str, required: RequiredCheck) -> str | None:
    """What this check says about a commit; None where the right source has said nothing."""
    runs = [
        run
        for run in repository.checks.values()
        if run.head_sha == sha and run.name == required.context and required.app_id in (None, run.app_id)
    ]
    statuses = [
        one
        for one in repository.statuses
        if one.sha == sha and one.context == required.context and required.app_id in (None, one.app_id)
    ]
    said = [statuses[-1].state] if statuses else []
    if runs:
        last = max(runs, key=lambda run: run.id)
        said.append((last.conclusion or "pending") if last.status == "completed" else "pending")
    return None if not said else next((word for word in said if word not in PASSING), said[0])


def _check_hindrances(repository: Repository, pull: Pull) -> list[str]:
    found = []
    for required in required_checks(repository, pull.base_branch):
        said = outcome(repository, pull.head_sha, required)
        if said is None:
            found.append(f'Required status check "{required.context}" is expected.')
        elif said == "pending":
            found.append(f'Required status check "{required.context}" is in progress.')
        elif said not in PASSING:
            found.append(f'Required status check "{required.context}" is failing.')
    return found


def approvals_needed(repository: Repository, branch: str) -> int:
    protection = repository.protections.get(branch)
    ruled = [
        rule.get("parameters", {}).get("required_approving_review_count", 0)
        for _, rule in repository.rules_of(branch)
        if rule["type"] == "pull_request"
    ]
    return max([(protection.reviews or 0) if protection else 0, *ruled])


def _review_hindrances(repository: Repository, pull: Pull) -> list[str]:
    needed = approvals_needed(repository, pull.base_branch)
    counted = _standing_reviews(repository, pull)
    approvers = {one.user for one in counted if one.state == "APPROVED"}
    found = []
    if needed and any(one.state == "CHANGES_REQUESTED" for one in counted):
        found.append("Changes have been requested.")
    elif len(approvers) < needed:
        plural = "review is" if needed == 1 else "reviews are"
        found.append(f"At least {needed} approving {plural} required by reviewers with write access.")
    if _asks_owners(repository, pull.base_branch):
        found += _owner_hindrances(repository, pull, approvers)
    return found


def _standing_reviews(repository: Repository, pull: Pull) -> list[Review]:
    """The last word of each who may write; a dismissed one is none."""
    last = {one.user: one for one in pull.reviews if one.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")}
    protection = repository.protections.get(pull.base_branch)
    stale = bool(protection and protection.dismiss_stale)
    return [
        one
        for login, one in last.items()
        if repository.can_write(login)
        and one.state != "DISMISSED"
        and (one.commit_id == pull.head_sha or not (stale and one.state == "APPROVED"))
    ]


def _asks_owners(repository: Repository, branch: str) -> bool:
    protection = repository.protections.get(branch)
    ruled = any(
        rule.get("parameters", {}).get("require_code_owner_review")
        for _, rule in repository.rules_of(branch)
        if rule["type"] == "pull_request"
    )
    return bool(protection and protection.code_owners) or ruled


def _owner_hindrances(repository: Repository, pull: Pull, approvers: set[str]) -> list[str]:
    common = repository.git.merge_base(pull.base_tip, pull.head_sha) or pull.base_tip
    paths = [path for one in repository.git.changes(common, pull.head_sha) for path in (one.path, one.previous) if path]
    waited = [owners_of(repository, pull.base_tip, path) for path in paths]
    names = sorted({name for owners in waited if owners and not owners & approvers for name in owners})
    return [f"Waiting on code owner review from {', '.join(names)}."] if names else []


def _anything_red(repository: Repository, sha: str) -> bool:
    latest = {one.context: one.state for one in repository.statuses if one.sha == sha}
    runs = [run.conclusion for run in repository.checks.values() if run.head_sha == sha and run.status == "completed"]
    return any(word not in PASSING for word in (*latest.values(), *runs))
