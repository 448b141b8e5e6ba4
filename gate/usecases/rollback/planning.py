"""Plan a rollback: everything is made ready in a private repository, and nothing is written anywhere else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from gate.domain.rollback import Commit, Ending, Level, Plan, Refs, Taken
from gate.domain.tags import releases
from gate.errors import BrokenQuestionError
from gate.judging.taking_back import (
    branch_of,
    free_name,
    key_of,
    mainline,
    message_of,
    restoring_message,
    reverted_by,
)
from gate.ports.pull_requests import PullRequests
from gate.ports.rollback import History


class StoppedError(Exception):
    """The rollback does not go ahead, and that is an answer: how it ends, why, and what to do."""

    def __init__(self, ending: Ending, sentence: str, advice: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.ending = ending
        self.sentence = sentence
        self.advice = advice
        self.details = tuple(details)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Where a rollback stands: the branch that is mended, at one moment."""

    history: History
    refs: Refs
    target: str
    base: Commit


def ground(history: History, target: str | None) -> Ground:
    """Find the branch that is mended, and bring its tip here."""
    refs = history.refs()
    if not refs.branches:
        raise BrokenQuestionError(f"{refs.where} has no branches yet", "there is nothing to take back")
    name = target or refs.main
    if name is None:
        raise BrokenQuestionError(f"{refs.where} does not say which branch is the main one", "name it with --branch")
    if name not in refs.branches:
        known = ", ".join(sorted(refs.branches)[:8])
        raise BrokenQuestionError(f"there is no branch '{name}' in {refs.where}", f"there are: {known}")
    history.bring(refs.branches[name])
    (base,) = history.commits((refs.branches[name],))
    return Ground(history=history, refs=refs, target=name, base=base)


def named(on: Ground, name: str) -> str:
    """Return the commit that a name means: on the remote first, then here."""
    sha = on.refs.branches.get(name) or on.refs.tags.get(name) or _only_there(on, name)
    if sha is None:
        (sha,) = on.history.resolve((name,))
    on.history.bring(sha)
    return sha


def _only_there(on: Ground, name: str) -> str | None:
    """The tip of a branch by its SHA: a rollback's branch is on the remote, and nobody has fetched it."""
    found = {sha for sha in on.refs.branches.values() if len(name) >= 7 and sha.startswith(name)}
    return found.pop() if len(found) == 1 else None


# ------------------------------------------------------------------ commits


def commits_named(on: Ground, names: Sequence[str]) -> tuple[Commit, ...]:
    """Return the commits that SHAs, refs and ranges name, newest first; all of them on the target branch."""
    shas: list[str] = []
    for name in names:
        shas += _range(on, name) if ".." in name else on.history.resolve((name,))
    unique = tuple(dict.fromkeys(shas))
    for sha in unique:
        if not on.history.is_ancestor(sha, on.base.sha):
            raise BrokenQuestionError(
                f"{sha[:12]} is not on the branch {on.target}",
                "it was pushed away, or is on another branch: name that one with --branch",
            )
    return on.history.commits(on.history.newest_first(unique))


def _range(on: Ground, name: str) -> list[str]:
    since, dots, until = name.partition("..")
    if dots and until.startswith("."):
        raise BrokenQuestionError(f"'{name}' has three dots", "write a range as A..B: what B has beyond A")
    if not since or not until:
        raise BrokenQuestionError(f"'{name}' is half a range", "write it as A..B: what B has beyond A")
    first, last = on.history.resolve((since, until))
    found = [commit.sha for commit in on.history.between(first, last)]
    if not found:
        raise BrokenQuestionError(f"the range {name} is empty", "the older commit comes first")
    return found


def plan_commits(on: Ground, names: Sequence[str], level: Level = Level.FEATURE, parent: int | None = None) -> Plan:
    """Plan to take commits back, newest first. Raises StoppedError where they cannot be, BrokenQuestionError."""
    if not names:
        raise BrokenQuestionError("no commit is named", "name one with --commit SHA or --commit A..B")
    commits = commits_named(on, names)
    _refuse_reverts(on, commits)
    key = key_of("revert", on.target, *sorted(commit.sha for commit in commits))
    taken = [Taken(commit=commit, parent=_parent(on, commit, parent)) for commit in commits]
    head, done, skipped = _taken_back(on, taken, key)
    (tip,) = on.history.commits((head,))
    return Plan(
        level=level,
        target=on.target,
        base=on.base.sha,
        head=head,
        tree=tip.tree,
        branch=free_name(branch_of([commit.sha for commit in commits], on.target, on.refs.default), on.refs.branches),
        key=key,
        taken=tuple(done),
        skipped=tuple(skipped),
        changed=on.history.changed(on.base.sha, head) if done else (),
        notes=tuple(_notes(done, skipped)),
    )


def _parent(on: Ground, commit: Commit, number: int | None) -> str:
    if not commit.parents:
        message = f"{commit.named} is the first commit of all: taking it back would delete every file"
        raise BrokenQuestionError(message, "name a later one")
    if number is not None and len(commit.parents) > 1:
        if number > len(commit.parents):
            raise BrokenQuestionError(f"{commit.named} has {len(commit.parents)} parents", "mend --mainline")
        return commit.parents[number - 1]
    line: Collection[str] = ()
    if len(commit.parents) > 1:
        line = on.history.on_first_parents((commit.sha, *commit.parents), on.base.sha)
    found = mainline(commit, line, on.target)
    if found is None:
        message = f"no parent of the merge {commit.named} is on {on.target} itself"
        raise BrokenQuestionError(
            message, "say with --mainline 1 which parent stays, or name the merge into the branch"
        )
    return found


def _refuse_reverts(on: Ground, commits: Sequence[Commit]) -> None:
    """To take a revert back brings back what somebody took out: never by a machine."""
    here = {commit.sha for commit in commits}
    for commit in commits:
        back = _brings_back(on, commit) - here
        if back:
            name = min(back)[:12]
            raise StoppedError(
                Ending.CULPRIT_IS_A_REVERT,
                f"{commit.named} is itself a revert: without it {name} would be back",
                f"see why that was taken out; then by hand: git revert {commit.sha[:12]}",
            )


def _brings_back(on: Ground, commit: Commit) -> frozenset[str]:
    """What a commit reverts; a merge, what all the commits that it brought revert."""
    if len(commit.parents) < 2:
        return reverted_by(commit)
    brought = on.history.between(commit.parents[0], commit.parents[1])
    each = [reverted_by(one) for one in brought]
    return frozenset().union(reverted_by(commit), *(each if all(each) else ()))


def _taken_back(on: Ground, taken: Sequence[Taken], key: str) -> tuple[str, list[Taken], list[Commit]]:
    """Take one after the other back: the new tip, what was taken back, what was already."""
    head = on.base.sha
    done: list[Taken] = []
    skipped: list[Commit] = []
    for one in taken:
        message = message_of(one.commit, one.parent, key)
        result = on.history.revert(head, one.commit, one.parent, message)
        if result == head:
            skipped.append(one.commit)
        elif isinstance(result, str):
            done.append(one)
            head = result
        elif is_undone(on, one.commit.sha):
            skipped.append(one.commit)
        else:
            raise _conflict(on, one.commit, result)
    return head, done, skipped


def is_undone(on: Ground, sha: str) -> bool:
    """Whether some commit reverts this one, and was not reverted itself."""
    return any(not is_undone(on, revert.sha) for revert in on.history.reverts(sha, on.base.sha))


def _conflict(on: Ground, commit: Commit, paths: Sequence[str]) -> StoppedError:
    later = [one for one in on.history.touched_since(commit.sha, on.base.sha, paths) if one.sha != commit.sha]
    details = [f"in conflict: {path}" for path in paths] + [f"changed it since: {one.named}" for one in later]
    message = f"{commit.named} cannot be taken back by itself: {', '.join(paths[:3])} changed since"
    advice = "take back the later commits too (below), or the version: gate rollback version"
    return StoppedError(Ending.CONFLICTS, message, advice, details)


def _notes(done: Sequence[Taken], skipped: Sequence[Commit]) -> list[str]:
    notes = [f"{commit.named} is taken back already" for commit in skipped]
    for one in done:
        brought = len(one.commit.parents) - 1
        if brought > 1:
            notes.append(f"{one.commit.named} merged {brought} branches: all of them are taken back")
        if one.commit.parents and brought and one.parent != one.commit.parents[0]:
            number = one.commit.parents.index(one.parent) + 1
            notes.append(f"of the merge {one.commit.named}, parent {number} is on the branch: it stays")
    return notes


# ------------------------------------------------------------------ the whole version


def plan_version(on: Ground, merge: str | None, parent: int | None = None) -> Plan:
    """Plan to take a version back: the merge, squash or range that is named, else the newest merge of the branch."""
    name = merge
    if name is None:
        found = on.history.newest_merge(on.base.sha)
        if found is None:
            raise BrokenQuestionError(
                f"{on.target} has no merge commit to take back",
                "after a squash or rebase merge name it: --merge SHA, --merge A..B, or --pr N",
            )
        name = found.sha
    plan = plan_commits(on, (name,), Level.VERSION, parent)
    picked = () if merge else (f"no version was named: the newest merge of {on.target} is taken",)
    return msgspec.structs.replace(plan, notes=(*picked, *plan.notes))


def merge_of(on: Ground, number: int, forge: PullRequests | None) -> str:
    """Return what a pull request became on the branch: a merge, a squashed commit, or a range of rebased ones."""
    if forge is None:
        return _named_by_title(on, number)
    found = forge.numbered(number)
    if found.state != "merged":
        raise BrokenQuestionError(f"pull request #{number} is not merged: it is {found.state}", "name another")
    on.history.bring(found.merge_commit)
    (merge,) = on.history.commits((found.merge_commit,))
    count = len(found.subjects)
    if len(merge.parents) > 1 or count < 2:
        return merge.sha
    # After a rebase merge GitHub names the last commit alone; after a squash there is only that one.
    last = on.history.between(f"{merge.sha}~{count}", merge.sha)
    rebased = [one.subject for one in reversed(last)] == list(found.subjects)
    return f"{merge.sha}~{count}..{merge.sha}" if rebased else merge.sha


def _named_by_title(on: Ground, number: int) -> str:
    """Without GitHub: by the title that it gives to merges and squashes."""
    for words in (f"Merge pull request #{number} ", f"(#{number})"):
        found = on.history.titled(on.base.sha, words)
        if found is not None and words in f"{found.subject} ":
            return found.sha
    raise BrokenQuestionError(
        f"no commit of {on.target} names pull request #{number}",
        "a rebase merge leaves no trace: set GITHUB_TOKEN, or name it with --merge A..B",
    )


# ------------------------------------------------------------------ the whole system


def plan_system(on: Ground, tag: str | None, without: Sequence[str] = ()) -> Plan:
    """Plan to go back to a stable tag: a branch at its exact bits, and a commit on the target with its files."""
    name, sha, notes = (tag, *_tag_named(on, tag)) if tag else _last_stable(on, without)
    (at,) = on.history.commits((sha,))
    lost = on.history.between(sha, on.base.sha)
    key = key_of("restore", on.target, on.base.sha, sha)
    stamp = _stamp(on.base)
    head = on.base.sha
    if at.tree != on.base.tree:
        head = on.history.restore(on.base.sha, at.tree, restoring_message(name, sha, lost, key))
    return Plan(
        level=Level.SYSTEM,
        target=on.target,
        base=on.base.sha,
        head=head,
        tree=at.tree,
        branch=free_name(f"emergency/restore-{stamp}", on.refs.branches),
        deploy_branch=free_name(f"emergency/rollback-{stamp}", on.refs.branches),
        key=key,
        tag=name,
        tag_commit=sha,
        lost=lost,
        changed=on.history.changed(on.base.sha, head),
        notes=notes,
    )


def _stamp(base: Commit) -> str:
    """The time of the tip that is rolled back: whoever rolls the same back finds the same branch."""
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime.fromtimestamp(base.time, tz=UTC).strftime("%Y%m%dT%H%M%SZ")


def _tag_named(on: Ground, tag: str) -> tuple[str, tuple[str, ...]]:
    if tag in on.refs.tags:
        sha = on.refs.tags[tag]
        on.history.bring(sha)
        (sha,) = on.history.resolve((sha,))
        published: tuple[str, ...] = ()
    else:
        (sha,) = on.history.resolve((tag,))
        published = (f"{tag} is no tag of {on.refs.where}",)
    if not on.history.is_ancestor(sha, on.base.sha):
        raise BrokenQuestionError(
            f"{tag} is not in the history of {on.target}: it never was what trades there",
            "name a tag of this branch with --tag, or the branch of that tag with --branch",
        )
    return sha, published


def _last_stable(on: Ground, without: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    """By ancestry, then version, without pre-releases; what has the files of the tip already is no way back."""
    notes: list[str] = []
    found = releases(on.refs.tags)
    for name in found:
        sha = on.refs.tags[name]
        on.history.bring(sha)
        if not on.history.is_ancestor(sha, on.base.sha):
            notes.append(f"{name} is passed over: it is not in the history of {on.target}")
        elif on.history.commits((sha,))[0].tree == on.base.tree:
            notes.append(f"{name} is passed over: it is what stands there now")
        elif any(on.history.is_ancestor(culprit, sha) for culprit in without):
            notes.append(f"{name} is passed over: it has the culprit in it")
        else:
            return name, sha, tuple(notes)
    tags = len(on.refs.tags)
    why = f"of {tags} tags none is a released version in its history" if tags else "it has no tags"
    raise BrokenQuestionError(
        f"there is no stable tag on {on.target} to go back to: {why}", "name one with --tag, or `git fetch --tags`"
    )
