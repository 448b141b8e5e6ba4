"""What a rollback may do and how it is named, decided from values alone."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence

from gate.domain.rollback import Applied, Commit, Ending, Level, Policy, PullRequest

REVERTED = re.compile(r"^This reverts commit ([0-9a-f]{40,64})\b", re.MULTILINE)
"""git writes this line whatever the title says ("Revert", or "Reapply" since git 2.43)."""
TRAILER = "Gate-Rollback"
DAY = 86_400
NAMED = 12
"""Characters of a SHA that are shown."""
_MERGED_INTO = re.compile(r"^Merge (?:remote-tracking )?branch '(?:[^']*/)?(?P<from>[^'/]+)'.* into ")


def key_of(*parts: str) -> str:
    """Name a rollback by what it takes back and where: two triggers with the same key are one rollback."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def branch_of(shas: Sequence[str], target: str, default: str | None) -> str:
    """Name the branch, the same for whoever asks: creating it is the lock. `shas` are newest first."""
    more = "" if len(shas) == 1 and target == default else f"-{key_of(target, *sorted(shas))[:8]}"
    return f"hotfix/revert-{shas[0][:NAMED]}{more}"


def free_name(branch: str, branches: Collection[str]) -> str:
    """The name, with dashes where a branch `hotfix` makes every `hotfix/...` impossible, or one below it exists."""
    blocked = any(branch.startswith(f"{name}/") or name.startswith(f"{branch}/") for name in branches)
    return branch.replace("/", "-") if blocked else branch


def mainline(commit: Commit, on_branch: Collection[str], target: str) -> str | None:
    """The parent that is on the target branch; None where nobody can tell.

    `on_branch` are those of the commit and its parents that lie on the target's first-parent line.
    """
    if len(commit.parents) == 1:
        return commit.parents[0]
    if commit.sha in on_branch:
        return commit.parents[1] if _merged_the_target(commit, target) else commit.parents[0]
    found = [parent for parent in commit.parents if parent in on_branch]
    return found[0] if len(found) == 1 else None


def _merged_the_target(commit: Commit, target: str) -> bool:
    """Whether the target was merged into a branch that the target was then moved to: its line is the second parent."""
    found = _MERGED_INTO.match(commit.subject)
    return len(commit.parents) == 2 and found is not None and found["from"] == target.rpartition("/")[2]


def reverted_by(commit: Commit) -> frozenset[str]:
    """The commits that this one says it reverts."""
    return frozenset(REVERTED.findall(commit.message))


def message_of(commit: Commit, parent: str, key: str) -> str:
    """A revert's message, as git writes it, with the rollback's name below."""
    merge = f", reversing\nchanges made to {parent}" if len(commit.parents) > 1 else ""
    return f'Revert "{commit.subject}"\n\nThis reverts commit {commit.sha}{merge}.\n\n{TRAILER}: {key}\n'


def restoring_message(tag: str, tag_commit: str, lost: Sequence[Commit], key: str) -> str:
    """The message of the commit that makes the target's files those of the tag."""
    listed = "\n".join(f"- {commit.named}" for commit in lost[:100])
    more = f"\n- and {len(lost) - 100} more" if len(lost) > 100 else ""
    return (
        f"Restore {tag}\n\nEvery file is as in {tag} ({tag_commit}).\n\n"
        f"What this takes out:\n{listed}{more}\n\n{TRAILER}: {key}\n"
    )


# ------------------------------------------------------------------ what holds a rollback back

Stop = tuple[Ending, str, str]
"""How it ends, one line of why, one of what to do."""
FORCED = "a person may decide otherwise: --force, which is recorded"


def switched_off(policy: Policy, *, has_file: bool, labels: Iterable[Applied] = ()) -> Stop | None:
    """The kill switch, where somebody with write access set it."""
    honoured = [one for one in labels if one.may_write]
    if policy.switched_off:
        why = f"the variable {policy.switched_off} says so"
    elif has_file:
        why = f"the target branch has the file {policy.kill_switch_file}"
    elif honoured:
        why = f"{honoured[0].by} put the label {honoured[0].label} on {honoured[0].place}"
    else:
        return None
    return Ending.KILL_SWITCH, f"rollbacks are switched off: {why}", FORCED


def opted_out(labels: Iterable[Applied]) -> Stop | None:
    """The culprit's pull request says that it stays; honoured from who may write."""
    for one in labels:
        if one.may_write:
            return Ending.OPTED_OUT, f"{one.place} is to be kept: {one.by} put the label {one.label} on it", FORCED
    return None


def too_old(policy: Policy, commits: Sequence[Commit], now: int) -> Stop | None:
    """Something new was not broken by something old."""
    for commit in commits:
        days = (now - commit.time) // DAY
        if days > policy.max_age_days:
            message = f"{commit.named} is {days} days old; more than {policy.max_age_days} is no culprit"
            return Ending.TOO_OLD, message, f"set --max-age, or {FORCED}"
    return None


def capped(policy: Policy, keys_today: Collection[str], key: str) -> Stop | None:
    """So many rollbacks on one day point to something else; trying the same one again is not another one."""
    others = set(keys_today) - {key}
    if len(others) < policy.daily_cap:
        return None
    message = f"{len(others)} rollbacks were made today, and {policy.daily_cap} are allowed"
    return Ending.DAILY_CAP, message, f"look for a common cause first; set --daily-cap, or {FORCED}"


def answered(found: Sequence[PullRequest]) -> Stop | None:
    """What became of an earlier pull request of this rollback; None where there was none, or one is open."""
    if any(one.state == "open" for one in found):
        return None
    for one in found:
        if one.state == "merged":
            return Ending.ALREADY_MERGED, f"it was merged already: {one.url}", ""
    if found:
        message = f"a person closed its pull request, which means no: {found[0].url}"
        return Ending.CLOSED_BY_HUMAN, message, "open it again there, or --force"
    return None


def needs_a_human(level: Level) -> bool:
    """Only the whole system is never taken back without being asked."""
    return level is Level.SYSTEM
