"""What other commands leave behind, made by hand: a verdict, a record, a proof, a culprit, a drill."""

from gate.domain.culprit import Commit as Suspect
from gate.domain.culprit import Culprits, Finding
from gate.domain.culprit import Outcome as Search
from gate.domain.rollback import (
    Check,
    Commit,
    Drill,
    Ending,
    Fingerprint,
    Level,
    Plan,
    Proof,
    Record,
    Rehearsal,
    Shown,
    Taken,
)
from gate.domain.verdict import DataRecord, Judgement, Outcome, Reason, Verdict, VerdictRecord, VersionRecord

SHA = "5d6e7f80123a" + "0" * 28
BASE = "b" * 40
AT = "2026-03-02T14:40:00Z"


def verdict():
    judgement = Judgement(
        metric="regime_change_rate",
        outcome=Outcome.FAIL,
        reason=Reason.ABOVE_LIMIT,
        sentence="21.0% of bars change the regime, at most 15% may",
        blocking=True,
        baseline=0.083,
        candidate=0.21,
    )
    version = VersionRecord(ref="main", sha=BASE, factory="m:M")
    return VerdictRecord(
        verdict=Verdict.ROLL_BACK,
        reason="Regime change rate",
        judgements=(judgement,),
        baseline=version,
        candidate=version,
        data=DataRecord(symbols=("SPX",), bars=10, sha256="0"),
        policy_sha256="0",
        environment={},
    )


def plan(**more):
    commit = Commit(sha=SHA, parents=("a" * 40,), tree="t", time=0, author="Ann", message="Drop the smoothing (#8)")
    whole = {
        "level": Level.FEATURE,
        "target": "main",
        "base": BASE,
        "head": "c" * 40,
        "tree": "d" * 40,
        "branch": "hotfix/revert-5d6e7f80123a",
        "key": "0" * 16,
        "taken": (Taken(commit=commit, parent="a" * 40),),
    }
    return Plan(**{**whole, **more})


def record(ending=Ending.BRANCH_PUSHED, **more):
    prints = (Fingerprint(path="a", bytes=100, sha256="1"), Fingerprint(path="b", bytes=200, sha256="2"))
    whole = {"at": AT, "sentence": "the branch stands", "plan": plan(), "fingerprints": prints, "seconds": 61.0}
    return Record(ending=ending, **{**whole, **more})


def proof(at="2026-03-02T14:50:00Z", **shown):
    names = {"tree": "HOLDS", "refs": "HOLDS", "data and state": "HOLDS", "metrics": "HOLDS"}
    checks = {**names, **{name.replace("_", " "): word for name, word in shown.items()}}
    return Proof(
        at=at,
        against=BASE,
        head="c" * 40,
        checks=tuple(Check(name=name, shown=Shown(word), sentence=name) for name, word in checks.items()),
    )


def culprits():
    suspect = Suspect(sha=SHA, tree="t", author="Ann", subject="Drop the smoothing")
    finding = Finding(metric="regime_change_rate", outcome=Search.FOUND, culprit=suspect, pull_request=8)
    return Culprits(good=suspect, bad=suspect, commits=3, collapsed=0, findings=(finding,), evaluated=3, resumed=0)


def drill(at, *, shown=Shown.HOLDS, levels=tuple(Level), seconds=10.0):
    rehearsals = tuple(
        Rehearsal(level=level, target_minutes=(5, 10), seconds=1.0, shown=shown, sentence="") for level in levels
    )
    return Drill(at=at, repository="r", target="main", tip=BASE, rehearsals=rehearsals, seconds=seconds, untouched=True)
