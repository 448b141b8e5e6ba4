"""Rehearse every level on a scratch clone, verify each, and time it against the strategy's targets."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import msgspec

from gate.domain.rollback import TARGET_MINUTES, Commit, Level, Plan, Policy, Record, Rehearsal, Shown
from gate.errors import GateError
from gate.ports.rollback import History
from gate.usecases.rollback.doing import Errand, Taker
from gate.usecases.rollback.planning import Ground, StoppedError, ground, plan_commits, plan_system, plan_version
from gate.usecases.rollback.verifying import Claim, verify

TRIED = 20
"""Commits or merges that are tried until one reverts without a conflict."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Driller:
    """The ports that rehearsing goes through."""

    history: Callable[[], AbstractContextManager[History]]
    """Opened anew for each level, as an emergency would."""
    taker: Taker
    target: str
    policy: Policy
    clock: Callable[[], datetime]

    def rehearse(self) -> tuple[Rehearsal, ...]:
        """Take back one feature, one version and the system."""
        return tuple(self._level(level) for level in Level)

    def _level(self, level: Level) -> Rehearsal:
        started = self.clock()
        blank = Rehearsal(
            level=level, target_minutes=TARGET_MINUTES[level], seconds=0.0, shown=Shown.UNKNOWN, sentence=""
        )
        try:
            with self.history() as history:
                done = self._rehearsed(blank, ground(history, self.target))
        except GateError as error:
            done = msgspec.structs.replace(blank, sentence=f"not rehearsed: {error.message}")
        return _in_time(msgspec.structs.replace(done, seconds=(self.clock() - started).total_seconds()))

    def _rehearsed(self, blank: Rehearsal, on: Ground) -> Rehearsal:
        record = self.taker.take_back(on, PLANS[blank.level], Errand(reason="drill", policy=self.policy))
        replace = msgspec.structs.replace
        if record.plan is None or not record.refs_after:
            return replace(blank, sentence=f"{record.ending.value}: {record.sentence}", record=record)
        proof = verify(on.history, _claim(record, record.plan), None)
        asked = [check for check in proof.checks if check.shown is not Shown.NOT_ASKED]
        held = "; ".join(f"{check.name}: {check.sentence}" for check in asked)
        return replace(blank, shown=proof.shown, sentence=held, record=record, proof=proof)


def _claim(record: Record, plan: Plan) -> Claim:
    return Claim(against=plan.tag_commit or plan.base, head=plan.head, record=record)


def _in_time(done: Rehearsal) -> Rehearsal:
    """Later than the strategy allows is not rehearsed well."""
    late = done.seconds > done.target_minutes[1] * 60
    return msgspec.structs.replace(done, shown=Shown.BROKEN) if late and done.shown is Shown.HOLDS else done


# ------------------------------------------------------------------ what is taken back


def _feature(on: Ground) -> Plan:
    """The newest commit that can be taken back by itself."""
    single = (commit for commit in _newest(on) if len(commit.parents) == 1)
    return _first_that_can(on, single, lambda commit: plan_commits(on, (commit.sha,)))


def _version(on: Ground) -> Plan:
    """The newest merge that can be taken back; where there is none, the newest commit of the branch (a squash)."""
    newest = on.history.newest_merge(on.base.sha)
    if newest is None:
        squashed = (commit for commit in _newest(on) if len(commit.parents) == 1)
        return _first_that_can(on, squashed, lambda commit: plan_version(on, commit.sha))
    return _first_that_can(on, _merges(on, newest), lambda commit: plan_version(on, commit.sha))


def _newest(on: Ground) -> Iterator[Commit]:
    commit: Commit | None = on.base
    for _ in range(TRIED):
        if commit is None or not commit.parents:
            return
        yield commit
        (commit,) = on.history.commits((commit.parents[0],))


def _merges(on: Ground, newest: Commit) -> Iterator[Commit]:
    merge: Commit | None = newest
    for _ in range(TRIED):
        if merge is None:
            return
        yield merge
        merge = on.history.newest_merge(merge.parents[0])


def _first_that_can(on: Ground, commits: Iterator[Commit], make: Callable[[Commit], Plan]) -> Plan:
    for commit in commits:
        try:
            plan = make(commit)
        except (StoppedError, GateError):
            continue
        if not plan.is_empty:
            return plan
    raise GateError(f"none of the newest {TRIED} of {on.target} can be taken back by itself", "")


PLANS: dict[Level, Callable[[Ground], Plan]] = {
    Level.FEATURE: _feature,
    Level.VERSION: _version,
    Level.SYSTEM: lambda on: plan_system(on, None),
}
