"""Prove a rollback: the tree, the untouched files, the refs, the data and state, and the metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.domain.rollback import Check, Fingerprint, Level, Plan, Proof, Record, Shown
from gate.domain.verdict import Verdict, VerdictRecord
from gate.judging.taking_back import message_of
from gate.ports.rollback import History
from gate.usecases.rollback.gating import Gate, is_back, worse

NAMED = 3
"""Files or refs that a sentence names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What is to be proved."""

    against: str
    """The commit that it is held against."""
    head: str
    """The rolled-back commit."""
    record: Record | None = None
    """What was done, where it was written down."""
    before: Sequence[Fingerprint] = ()
    """Data and state as they were before."""
    now: Sequence[Fingerprint] = ()


def verify(history: History, claim: Claim, gate: Gate | None) -> Proof:
    """Answer every question that can be asked; a question that was asked and has no answer is never a pass."""
    plan = claim.record.plan if claim.record else None
    checks = [_tree(history, claim, plan)]
    if plan is not None and claim.record is not None:
        checks += [_untouched(history, claim.head, plan), _refs(history, claim, plan)]
    checks += [_state(claim), _metrics(claim, gate)]
    return Proof(against=claim.against, head=claim.head, checks=tuple(checks))


# ------------------------------------------------------------------ the tree


def _tree(history: History, claim: Claim, plan: Plan | None) -> Check:
    head, against = history.commits((claim.head, claim.against))
    if plan is None or plan.level is Level.SYSTEM:
        return _same_tree(history, claim, (head.tree, against.tree))
    expected = _replayed(history, plan)
    if head.tree == plan.tree == expected:
        return _check("tree", "", f"{head.tree[:12]}: made again from its commits, it is the same")
    seen = f"it is {head.tree[:12]}, the record says {plan.tree[:12]}, made again it is {(expected or 'none')[:12]}"
    return _check("tree", seen, "")


def _same_tree(history: History, claim: Claim, trees: tuple[str, str]) -> Check:
    if trees[0] == trees[1]:
        return _check("tree", "", f"{trees[0][:12]}: every file is that of {claim.against[:12]}, byte for byte")
    differ = history.changed(claim.head, claim.against)
    return _check("tree", f"{len(differ)} files are not those of {claim.against[:12]}: {_some(differ)}", "")


def _replayed(history: History, plan: Plan) -> str | None:
    """Take the same commits back once more: equal inputs must make an equal tree."""
    head = plan.base
    for one in plan.taken:
        made = history.revert(head, one.commit, one.parent, message_of(one.commit, one.parent, plan.key))
        if not isinstance(made, str):
            return None
        head = made
    return history.commits((head,))[0].tree


def _untouched(history: History, head: str, plan: Plan) -> Check:
    wrong = sorted(set(history.changed(plan.base, head)) ^ set(plan.changed))
    good = f"all files but {len(plan.changed)} are those of {plan.base[:12]}, byte for byte"
    return _check("untouched files", f"changed otherwise than planned: {_some(wrong)}" if wrong else "", good)


# ------------------------------------------------------------------ refs, data, metrics


def _refs(history: History, claim: Claim, plan: Plan) -> Check:
    """Only the intended ones moved; what somebody else pushed in that moment cannot be told apart."""
    record = claim.record
    assert record is not None  # noqa: S101 (asked before)
    meant = {f"refs/heads/{name}": sha for name, sha in plan.pushes.items()}
    now = history.refs().all
    lost = [name for name, sha in meant.items() if now.get(name) != sha and not _merged(history, plan, sha, now)]
    if lost:
        return _check("refs", f"not where they were put: {_some(lost)}", "")
    others = sorted(set(moved(record.refs_before, record.refs_after)) - set(meant))
    if others:
        return Check(name="refs", shown=Shown.UNKNOWN, sentence=f"moved in the same moment: {_some(others)}")
    return _check("refs", "", f"only {_some(list(meant))} moved")


def _merged(history: History, plan: Plan, sha: str, now: Mapping[str, str]) -> bool:
    """A branch may be gone once the target has it."""
    tip = now.get(f"refs/heads/{plan.target}")
    if tip is None:
        return False
    history.bring(tip)
    return history.is_ancestor(sha, tip)


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The refs that differ between two moments."""
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def _state(claim: Claim) -> Check:
    before = claim.before or (claim.record.fingerprints if claim.record else ())
    if not before:
        sentence = "no file is watched (--state, or gate.toml's data)"
        return Check(name="data and state", shown=Shown.NOT_ASKED, sentence=sentence)
    now = {one.path: one for one in claim.now}
    wrong = [one.path for one in before if now.get(one.path) != one]
    good = f"{len(before)} files have the SHA-256 that they had before"
    return _check("data and state", f"not as before: {_some(wrong)}" if wrong else "", good)


def _metrics(claim: Claim, gate: Gate | None) -> Check:
    if gate is None:
        sentence = "the models were not run (no gate.toml, or --no-metrics)"
        return Check(name="metrics", shown=Shown.NOT_ASKED, sentence=sentence)
    return metrics_check(gate(claim.head), claim.against)


def metrics_check(verdict: VerdictRecord, against: str) -> Check:
    """Back is shown, not assumed: every limit held with enough tries, and no metric worse beyond doubt."""
    if is_back(verdict):
        return _check("metrics", "", f"back at those of {against[:12]}: {verdict.reason}")
    if verdict.verdict is Verdict.PASS and worse(verdict):
        return _check("metrics", f"worse than {against[:12]} beyond doubt: {', '.join(worse(verdict))}", "")
    if verdict.verdict in (Verdict.BLOCK, Verdict.ROLL_BACK):
        return _check("metrics", verdict.reason, "")
    word = f"{verdict.verdict.value}{' (quick)' if verdict.quick else ''}"
    return Check(name="metrics", shown=Shown.UNKNOWN, sentence=f"{word}: {verdict.reason}")


def _check(name: str, wrong: str, good: str) -> Check:
    return Check(name=name, shown=Shown.BROKEN if wrong else Shown.HOLDS, sentence=wrong or good)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
