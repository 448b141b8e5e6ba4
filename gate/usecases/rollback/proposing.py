"""Find the smallest rollback that helps: the commits, else the version, else the system."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from gate.domain.rollback import Attempt, Ending, Level, LevelReason, Plan, Proposal
from gate.domain.verdict import Outcome, Verdict, VerdictRecord
from gate.errors import BrokenQuestionError
from gate.usecases.rollback.gating import Gate, does_not_load
from gate.usecases.rollback.planning import Ground, StoppedError, plan_commits, plan_system, plan_version

BY_ENDING = {
    Ending.CONFLICTS: LevelReason.CONFLICTS,
    Ending.CULPRIT_IS_A_REVERT: LevelReason.CULPRIT_IS_A_REVERT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """What is known of the cause."""

    culprits: tuple[str, ...] = ()
    merge: str | None = None
    tag: str | None = None


def refuse_without_evidence(verdict: VerdictRecord) -> None:
    """Nothing is proposed on a flake, a cancelled job or a quick look. Raises StoppedError."""
    confirmed = verdict.verdict is Verdict.ROLL_BACK and not verdict.quick
    if not confirmed or not any(one.outcome is Outcome.FAIL and one.blocking for one in verdict.judgements):
        word = f"{verdict.verdict.value}{' (quick)' if verdict.quick else ''}"
        raise StoppedError(
            Ending.NO_EVIDENCE,
            f"the verdict is {word}: it shows no breach that was confirmed in fresh processes",
            "gate run --after-merge confirms what fails; or name what to take back yourself: gate rollback feature",
        )


def propose(on: Ground, suspicion: Suspicion, gate: Gate | None) -> Proposal:
    """Try level after level; without a gate the first that can be applied is proposed, and it is said so."""
    attempts: list[Attempt] = []
    for level, make in _ladder(on, suspicion):
        attempt = _tried(level, make, None if level is Level.SYSTEM else gate)
        attempts.append(attempt)
        if attempt.plan is not None:
            return Proposal(plan=_explained(attempts), attempts=tuple(attempts))
    return Proposal(plan=None, attempts=tuple(attempts))


def _ladder(on: Ground, suspicion: Suspicion) -> list[tuple[Level, Callable[[], Plan]]]:
    def commits() -> Plan:
        if not suspicion.culprits:
            raise StoppedError(Ending.NO_EVIDENCE, "no culprit is known")
        return plan_commits(on, suspicion.culprits)

    return [
        (Level.FEATURE, commits),
        (Level.VERSION, lambda: plan_version(on, suspicion.merge)),
        (Level.SYSTEM, lambda: plan_system(on, suspicion.tag, _resolved(on, suspicion.culprits))),
    ]


def _resolved(on: Ground, names: Sequence[str]) -> Sequence[str]:
    try:
        return on.history.resolve([name for name in names if ".." not in name])
    except BrokenQuestionError:
        return ()


def _tried(level: Level, make: Callable[[], Plan], gate: Gate | None) -> Attempt:
    """Plan a level and gate it; the attempt has a plan only where it can be proposed."""
    try:
        plan = make()
    except StoppedError as stop:
        reason = BY_ENDING.get(stop.ending, LevelReason.NO_CULPRIT)
        return Attempt(level=level, reason=reason, sentence=stop.sentence)
    except BrokenQuestionError as error:
        return Attempt(level=level, reason=_missing(level), sentence=error.message)
    if plan.is_empty:
        return Attempt(level=level, reason=LevelReason.NOTHING_TO_DO, sentence="it is taken back already")
    if gate is None:
        return Attempt(level=level, reason=LevelReason.UNTRIED, sentence="it can be applied; not gated", plan=plan)
    return _gated(level, plan, gate(plan.head))


def _missing(level: Level) -> LevelReason:
    found = {Level.FEATURE: LevelReason.NO_CULPRIT, Level.VERSION: LevelReason.NO_VERSION}
    return found.get(level, LevelReason.NO_STABLE_TAG)


def _gated(level: Level, plan: Plan, verdict: VerdictRecord) -> Attempt:
    if verdict.verdict is Verdict.PASS and not verdict.quick:
        sentence = f"the tree without it passes the gate: {verdict.reason}"
        return Attempt(level=level, reason=LevelReason.PASSES_WITHOUT, sentence=sentence, plan=plan)
    unloaded = does_not_load(verdict)
    if unloaded:
        return Attempt(level=level, reason=LevelReason.DOES_NOT_IMPORT, sentence=unloaded)
    failed = verdict.verdict in (Verdict.BLOCK, Verdict.ROLL_BACK)
    reason = LevelReason.STILL_FAILS if failed else LevelReason.NOT_SHOWN
    return Attempt(level=level, reason=reason, sentence=f"{verdict.verdict.value}: {verdict.reason}")


def _explained(attempts: Sequence[Attempt]) -> Plan:
    """The plan, with why it is no smaller one: the reason of the level below, where there is one."""
    last = attempts[-1]
    assert last.plan is not None  # noqa: S101 (asked before)
    reason = last.reason if last.level is Level.FEATURE or last.reason is LevelReason.PASSES_WITHOUT else None
    notes = [f"level {int(one.level)} does not do: {one.sentence}" for one in attempts[:-1]]
    return msgspec.structs.replace(
        last.plan, level_reason=reason or attempts[-2].reason, notes=(*notes, *last.plan.notes)
    )
