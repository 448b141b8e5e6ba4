"""Carry a plan out: one branch and one pull request, whoever asks, however often, and whatever dies in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from gate.domain.rollback import Applied, Ending, Plan, Policy, PullRequest, Record, Refs
from gate.errors import GateError
from gate.judging.taking_back import answered, capped, key_of, needs_a_human, opted_out, switched_off, too_old
from gate.ports.pull_requests import PullRequests
from gate.ports.rollback import History
from gate.ports.rollback_records import RollbackRecords
from gate.usecases.rollback.planning import Ground, StoppedError


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """What was asked for, beside the plan."""

    policy: Policy = field(default_factory=Policy)
    reason: str = ""
    incident: str = ""
    state: tuple[str, ...] = ()
    """Files that must be the same afterwards."""
    dry_run: bool = False
    push: bool = True
    open_pr: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Taker:
    """The ports that taking back goes through."""

    records: RollbackRecords
    pull_requests: PullRequests | None
    """None: nobody is asked, and no pull request is opened."""
    clock: Callable[[], datetime]
    approve: Callable[[Plan], bool]
    """Asks a human."""
    words: Callable[[Plan, Errand], tuple[str, str]]
    """Title and text of the pull request."""

    def take_back(self, on: Ground, make: Callable[[Ground], Plan], errand: Errand) -> Record:
        """Plan, hold back where something says so, and carry out; every answer is a record."""
        started = self.clock()
        plan = None
        try:
            plan = make(on)
            record = self._dry(plan) if errand.dry_run else self._do(on, plan, errand)
        except StoppedError as stop:
            record = self._stopped(plan, stop, errand)
        return msgspec.structs.replace(
            record,
            at=_iso(started),
            reason=errand.reason,
            incident=errand.incident,
            forced=errand.policy.force,
            seconds=round((self.clock() - started).total_seconds(), 3),
        )

    def _dry(self, plan: Plan) -> Record:
        if plan.is_empty:
            return _nothing_left(plan)
        return Record(at="", ending=Ending.PLANNED, sentence="a dry run: nothing was written anywhere", plan=plan)

    def _do(self, on: Ground, plan: Plan, errand: Errand) -> Record:
        if plan.is_empty:
            return _nothing_left(plan)
        before = self.records.fingerprints(errand.state)
        self._hold_back(on, plan, errand)
        if needs_a_human(plan.level) and not self.approve(plan):
            raise StoppedError(Ending.NOT_APPROVED, "level 3 needs a human's yes", "answer it, or give --yes")
        refusal = self.pull_requests.refusal() if self.pull_requests and errand.open_pr else ""
        if refusal:  # known before a branch is pushed that nobody could turn into a pull request
            return self._issue_instead(plan, errand, refusal)
        adopted, after = created(on.history, plan, on.refs)
        record = Record(
            at="",
            ending=Ending.BRANCH_PUSHED if errand.push else Ending.KEPT_LOCALLY,
            sentence=_stands(plan, adopted=adopted, where=after.where),
            plan=adopted_plan(plan, after),
            adopted=adopted,
            refs_before=on.refs.all,
            refs_after=after.all,
            fingerprints=before,
        )
        return self._proposed(plan, errand, record) if self.pull_requests and errand.open_pr else record

    # -------------------------------------------------------------- what holds back

    def _hold_back(self, on: Ground, plan: Plan, errand: Errand) -> None:
        """Raise StoppedError for the first thing that speaks against it."""
        now, policy = self.clock(), errand.policy
        if not policy.force:
            culprits = [taken.commit for taken in plan.taken]
            stops = (
                switched_off(
                    policy,
                    has_file=on.history.has_file(on.base.sha, policy.kill_switch_file),
                    labels=self._labels_on_issues(policy),
                ),
                opted_out(self._labels_on_culprits(plan, policy)),
                too_old(policy, culprits, int(now.timestamp())),
                capped(policy, self._keys_today(now), plan.key),
                answered(self._found(plan)),
            )
            for stop in stops:
                if stop is not None:
                    raise StoppedError(*stop)

    def _labels_on_issues(self, policy: Policy) -> Sequence[Applied]:
        return self.pull_requests.labels_on_issues(policy.kill_switch_label) if self.pull_requests else ()

    def _labels_on_culprits(self, plan: Plan, policy: Policy) -> Sequence[Applied]:
        shas = [taken.commit.sha for taken in plan.taken]
        return self.pull_requests.labels_on_culprits(shas, policy.opt_out_label) if self.pull_requests else ()

    def _keys_today(self, now: datetime) -> Sequence[str]:
        day = now.astimezone(UTC).strftime("%Y-%m-%d")
        proposed = self.pull_requests.keys_since(f"{day}T00:00:00Z") if self.pull_requests else ()
        return [*self.records.keys_on(day), *proposed]

    def _found(self, plan: Plan) -> Sequence[PullRequest]:
        return self.pull_requests.of_branch(plan.branch) if self.pull_requests else ()

    # -------------------------------------------------------------- the pull request

    def _proposed(self, plan: Plan, errand: Errand, record: Record) -> Record:
        """Open the pull request, or adopt the one that is there."""
        found, adopted = self._one_pull_request(plan, errand)
        return msgspec.structs.replace(
            record,
            ending=Ending.PULL_REQUEST_OPEN,
            sentence=f"{'found open' if adopted else 'opened'}: {found.url}",
            url=found.url,
            adopted=record.adopted and adopted,
        )

    def _one_pull_request(self, plan: Plan, errand: Errand) -> tuple[PullRequest, bool]:
        forge = self.pull_requests
        assert forge is not None  # noqa: S101 (asked for before)
        title, body = self.words(plan, errand)
        found = self._open_one(plan)
        if found is not None:
            return found, True
        try:
            return forge.open(plan.branch, plan.target, title, body), False
        except GateError as error:
            found = self._open_one(plan)  # another trigger was faster, or the answer was lost on its way
            if found is not None:
                return found, True
            advice = f"the branch {plan.branch} is pushed; run the same command again, it goes on from there"
            raise GateError(f"the pull request could not be opened: {error.message}", advice) from error

    def _open_one(self, plan: Plan) -> PullRequest | None:
        return next((one for one in self._found(plan) if one.state == "open"), None)

    def _issue_instead(self, plan: Plan, errand: Errand, refusal: str) -> Record:
        """Pull requests may not be opened here: tell people, and leave no branch that nobody wants."""
        forge = self.pull_requests
        assert forge is not None  # noqa: S101 (asked for before)
        title, body = self.words(plan, errand)
        link = forge.compare_link(plan.target, plan.branch)
        by_hand = (
            f"{body}\n\n---\nThe pull request could not be opened: {refusal}. Push the branch and open it: {link}\n"
        )
        issue = forge.issue(plan.key, title, by_hand)
        return Record(
            at="",
            ending=Ending.ISSUE_OPENED,
            sentence=f"no pull request may be opened here ({refusal}): an issue says so, and no branch was pushed",
            advice=f"{issue.url}",
            plan=plan,
            url=issue.url,
        )

    def _stopped(self, plan: Plan | None, stop: StoppedError, errand: Errand) -> Record:
        url = ""
        if stop.ending is Ending.CONFLICTS and self.pull_requests and errand.open_pr and not errand.dry_run:
            listed = "\n".join(f"- {line}" for line in stop.details)
            url = self.pull_requests.issue(
                key_of(stop.sentence), "A rollback needs hands", f"{stop.sentence}\n\n{listed}\n"
            ).url
        return Record(
            at="",
            ending=stop.ending,
            sentence=stop.sentence,
            advice=stop.advice,
            details=stop.details,
            plan=plan,
            url=url,
        )


def created(history: History, plan: Plan, before: Refs) -> tuple[bool, Refs]:
    """Create the branches, or adopt them where somebody did. Whether they were there, and the refs afterwards.

    Nothing that git prints is believed: what stands is what is read afterwards.
    """
    if all(before.branches.get(name) == sha for name, sha in plan.pushes.items()):
        return True, before
    missing = {name: sha for name, sha in plan.pushes.items() if name not in before.branches}
    complaint = history.create(missing) if missing else ""
    after = history.refs()
    for name, sha in plan.pushes.items():
        _check(history, plan, name, (sha, after.branches.get(name)), complaint)
    return bool(complaint) or len(missing) < len(plan.pushes), after


def _check(history: History, plan: Plan, name: str, shas: tuple[str, str | None], complaint: str) -> None:
    wanted, found = shas
    if found == wanted:
        return
    if found is None:
        raise GateError(f"the branch {name} was not taken: {complaint}", _advice(complaint))
    history.bring(found)
    (tip,) = history.commits((found,))
    if plan.key not in tip.message:  # made on an older tip it is the same rollback; otherwise it is somebody's own
        raise GateError(
            f"there is a branch {name} already, and it is no rollback of these commits",
            "rename or delete that branch, then run this again",
        )


def _advice(complaint: str) -> str:
    refused = ("protected", "denied", "not permitted", "declined", "403", "hook")
    if any(word in complaint.lower() for word in refused):
        return "branches of this name may not be created with these credentials: see the branch protection rules"
    return "run this again: it goes on where it stopped"


def adopted_plan(plan: Plan, after: Refs) -> Plan:
    """The plan as it stands on the remote: an adopted branch may have been made on an older tip."""
    found = after.branches.get(plan.branch, plan.head)
    return plan if found == plan.head else msgspec.structs.replace(plan, head=found)


def _nothing_left(plan: Plan) -> Record:
    what = f"the files are those of {plan.tag}" if plan.tag else "every commit is taken back already"
    return Record(at="", ending=Ending.ALREADY_UNDONE, sentence=f"nothing is left to do: {what}", plan=plan)


def _stands(plan: Plan, *, adopted: bool, where: str) -> str:
    verb = "stands already" if adopted else "is made"
    return f"the branch {plan.branch} {verb} in {where}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
