"""What a rollback and its proof say of an incident: which it is, and which of its steps are done, and when."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from gate.domain.incident import Entry, Incident, Stage, moment, written
from gate.domain.rollback import DONE, Check, Ending, Plan, Proof, Record, Shown
from gate.judging.incidents import entry_id

SHORTEST = 7
"""Characters of a SHA that name a commit."""
IN_FORCE = frozenset({Ending.BRANCH_PUSHED, Ending.ALREADY_UNDONE, Ending.ALREADY_MERGED})
"""The strategy's procedures end with a push: "Deploy rollback". A pull request that waits is not in force yet."""
BY = "gate rollback"
BY_PROOF = "gate verify"


def meant(incidents: Iterable[Incident], named: str, record: Record | None) -> Sequence[Incident]:
    """Those that a rollback is for: the one that was named (id or its issue's address), else the open ones about it."""
    there = list(incidents)
    if named:
        exact = [one for one in there if one.id == named]
        return exact or [one for one in there if one.id.startswith(named) or _is_issue(one, named)]
    if record is None or record.plan is None:
        return ()
    shas = _concerned(record.plan)
    return [one for one in there if one.is_open and len(one.version) >= SHORTEST and _any(shas, one.version)]


def _is_issue(incident: Incident, address: str) -> bool:
    return incident.issue is not None and address.rstrip("/").endswith(f"/issues/{incident.issue}")


def _concerned(plan: Plan) -> Sequence[str]:
    """What is taken back, and the tip that was deployed with it."""
    return (plan.base, *(one.commit.sha for one in plan.taken), *(one.sha for one in plan.lost))


def _any(shas: Sequence[str], version: str) -> bool:
    return any(sha.startswith(version.lower()) for sha in shas)


def of_rollback(record: Record, path: str) -> tuple[Entry, ...]:
    """Decided when it was asked for; rolled back where it is in force; anything else is a note."""
    done = written(moment(record.at) + timedelta(seconds=record.seconds))
    level = f"level {int(record.plan.level)}: " if record.plan else ""
    head = f", at {record.plan.head[:12]}" if record.plan and not record.plan.is_empty else ""
    text = f"{level}{record.ending.value}: {record.sentence}{head}"
    if record.ending not in DONE:
        return (_entry(at=done, text=f"the rollback did not go ahead: {text}", path=path, by=BY),)
    reason = f" ({record.reason})" if record.reason else ""
    decided = _entry(at=record.at, stage=Stage.DECIDED, text=f"{level or 'to '}roll back{reason}", path=path, by=BY)
    if record.ending in IN_FORCE:
        return (decided, _entry(at=done, stage=Stage.ROLLED_BACK, text=text, path=path, by=BY))
    waits = "; rolled back once it is merged, which gate verify sees"
    return (decided, _entry(at=done, text=f"{text}{waits}", path=path, by=BY))


def of_proof(proof: Proof, landed_at: str, path: str) -> tuple[Entry, ...]:
    """Verified where everything asked holds and the metrics were asked; rolled back where the branch has it."""
    landed = (
        (_entry(at=landed_at, stage=Stage.ROLLED_BACK, text="the branch has it", path=path, by=BY_PROOF),)
        if landed_at
        else ()
    )
    told = "; ".join(f"{one.name}: {one.shown.value}" for one in proof.checks)
    if proof.shown is Shown.HOLDS and metrics_back(proof.checks):
        return (*landed, _entry(at=proof.at, stage=Stage.VERIFIED, text=told, path=path, by=BY_PROOF))
    why = "the metrics were not shown to be back" if proof.shown is Shown.HOLDS else proof.shown.value
    return (*landed, _entry(at=proof.at, text=f"not verified yet ({why}): {told}", path=path, by=BY_PROOF))


def metrics_back(checks: Sequence[Check]) -> bool:
    """The metrics were asked, and are the baseline's again."""
    return any(one.name == "metrics" and one.shown is Shown.HOLDS for one in checks)


def merged_at(plan: Plan, commits: Iterable[tuple[int, str, str, bool]]) -> str:
    """When the branch came to have it: the first of its commits since the plan (time, SHA, tree, has it).

    The revert itself bears no time of its own (its name must be the same for whoever makes it), so it does not count.
    """
    found = (time for time, sha, tree, has in commits if sha != plan.head and (has or tree == plan.tree))
    time = next(found, None)
    return written(datetime.fromtimestamp(time, tz=UTC)) if time is not None else ""


def _entry(*, at: str, text: str, path: str, by: str, stage: Stage | None = None) -> Entry:
    return Entry(id=entry_id(by, at, stage or "", text), at=at, stage=stage, text=text, by=by, proof=path)
