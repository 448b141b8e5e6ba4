"""Which level: the smallest whose tree passes, with the reasons; never on a flake."""

import json
import shutil
from types import SimpleNamespace

import msgspec
import pytest

from gate.adapters.git_history import open_history
from gate.cli.proposing import remembered
from gate.cli.rollback import words_of
from gate.domain.rollback import Level, LevelReason
from gate.domain.verdict import DataRecord, Judgement, Outcome, Reason, Verdict, VerdictRecord, VersionRecord
from gate.usecases.rollback.planning import ground
from gate.usecases.rollback.proposing import Suspicion, propose
from tests.end_to_end.conftest import CONFIG, DETECTOR, bars
from tests.rollback.conftest import repository_in


def verdict(whole, reason=Reason.ABOVE_LIMIT, **changes):
    outcome = Outcome.FAIL if whole in (Verdict.BLOCK, Verdict.ROLL_BACK) else Outcome.PASS
    sentence = "The candidate does not load." if reason is Reason.DOES_NOT_LOAD else "CPU of fit: 4.0x, at most 3.0x."
    judgement = Judgement(metric="cpu", outcome=outcome, reason=reason, sentence=sentence, blocking=True)
    record = VerdictRecord(
        verdict=whole,
        reason=sentence,
        judgements=(judgement,),
        baseline=None,
        candidate=VersionRecord(ref="main", sha="", factory="m:M"),
        data=DataRecord(symbols=("A",), bars=10, sha256=""),
        policy_sha256="",
        environment={},
    )
    return msgspec.structs.replace(record, **changes)


PASSES, FAILS, OPEN = (verdict(one) for one in (Verdict.PASS, Verdict.BLOCK, Verdict.INCONCLUSIVE))
UNLOADED = verdict(Verdict.BLOCK, Reason.DOES_NOT_LOAD)


def proposed(repo, *answers, culprits=None, **suspicion):
    """The gate answers in this order; no answers: there is none."""
    told = iter(answers)
    culprits = (repo.squashed,) if culprits is None else culprits
    with open_history(repo.folder, "origin", push=False) as history:
        on = ground(history, None)
        gate = (lambda _: next(told)) if answers else None
        return propose(on, Suspicion(culprits=culprits, **suspicion), gate)


def reasons(proposal):
    return [(int(one.level), one.reason) for one in proposal.attempts]


def test_level_1_where_the_tree_without_the_culprit_passes(repo):
    found = proposed(repo, PASSES)
    assert (found.plan.level, found.plan.level_reason) == (Level.FEATURE, LevelReason.PASSES_WITHOUT)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (FAILS, LevelReason.STILL_FAILS),
        (UNLOADED, LevelReason.DOES_NOT_IMPORT),
        (OPEN, LevelReason.NOT_SHOWN),
        (verdict(Verdict.PASS, quick=True), LevelReason.NOT_SHOWN),
        (verdict(Verdict.GATE_ERROR), LevelReason.NOT_SHOWN),
    ],
)
def test_level_2_where_it_does_not_and_the_reason_is_kept(repo, answer, reason):
    found = proposed(repo, answer, PASSES)
    assert reasons(found) == [(1, reason), (2, LevelReason.PASSES_WITHOUT)]
    assert found.plan.level is Level.VERSION
    assert found.plan.notes[0].startswith("level 1 does not do: ")


def test_level_3_where_neither_does_and_it_is_not_gated_but_asked(repo):
    found = proposed(repo, FAILS, FAILS)
    assert (found.plan.level, found.plan.level_reason) == (Level.SYSTEM, LevelReason.STILL_FAILS)


def test_a_conflict_escalates(repo):
    repo.commit("costs again", costs__py="COST = 9\n")
    repo.push()
    repo.git("fetch", "-q", "origin")
    assert reasons(proposed(repo, PASSES))[0] == (1, LevelReason.CONFLICTS)


def test_a_culprit_that_is_a_revert_escalates(repo):
    repo.dated("revert", "--no-edit", repo.squashed)
    repo.push()
    assert reasons(proposed(repo, PASSES, culprits=("HEAD",)))[0] == (1, LevelReason.CULPRIT_IS_A_REVERT)


def test_without_a_culprit_the_version_is_tried(repo):
    assert reasons(proposed(repo, PASSES, culprits=())) == [
        (1, LevelReason.NO_CULPRIT),
        (2, LevelReason.PASSES_WITHOUT),
    ]


def test_a_stable_tag_that_has_the_culprit_is_no_way_back(repo):
    repo.git("tag", "v2.0.0", "main~1")
    repo.push()
    found = proposed(repo, FAILS, FAILS)
    assert found.plan.tag == "v1.0.0"
    assert "v2.0.0 is passed over: it has the culprit in it" in found.plan.notes


def test_where_nothing_can_be_done_nothing_is_proposed(empty):
    empty.commit("one", a__py="A = 1\n")
    empty.push()
    found = proposed(empty, PASSES, culprits=())
    assert found.plan is None
    assert [reason for _, reason in reasons(found)] == [
        LevelReason.NO_CULPRIT,
        LevelReason.NO_VERSION,
        LevelReason.NO_STABLE_TAG,
    ]


def test_without_a_gate_the_first_that_can_be_applied_is_proposed_and_said_to_be_untried(repo):
    assert reasons(proposed(repo)) == [(1, LevelReason.UNTRIED)]


# ------------------------------------------------------------------ the command


def written(repo, record):
    (repo.folder / "../verdict.json").write_bytes(msgspec.json.encode(record))
    return ("--verdict", "../verdict.json")


@pytest.mark.parametrize(
    "record",
    [FAILS, OPEN, PASSES, verdict(Verdict.GATE_ERROR), verdict(Verdict.ROLL_BACK, quick=True)],
    ids=["blocked, not confirmed", "inconclusive or cancelled", "passed", "gate error", "quick"],
)
def test_nothing_is_taken_back_without_confirmed_evidence(repo, record):
    before = repo.refs()
    done = repo.rollback("propose", *written(repo, record), "--culprit", repo.squashed, "--carry-out", "--no-gate")
    assert (done.code, done.record["ending"]) == (1, "NO_EVIDENCE")
    assert repo.refs() == before


def test_a_proposal_writes_nothing_unless_it_is_carried_out(repo):
    words = (*written(repo, verdict(Verdict.ROLL_BACK)), "--culprit", repo.squashed, "--no-gate")
    before = repo.refs()
    done = repo.rollback("propose", *words)
    assert (done.code, done.record["ending"]) == (0, "PLANNED")
    assert "level 1: UNTRIED" in done.err
    assert repo.refs() == before
    assert repo.rollback("propose", *words, "--carry-out").record["ending"] == "BRANCH_PUSHED"


def test_the_breach_stands_in_the_text_with_its_numbers(repo):
    from gate.domain.limit import Limit  # noqa: PLC0415
    from gate.domain.rollback import Plan  # noqa: PLC0415
    from gate.metrics.registry import METRICS  # noqa: PLC0415
    from gate.report.rollback import Story, pull_request_text  # noqa: PLC0415

    breach = Judgement(
        metric="cpu",
        outcome=Outcome.FAIL,
        reason=Reason.ABOVE_LIMIT,
        sentence="CPU: 4.0x.",
        blocking=True,
        baseline=1.0,
        candidate=4.0,
        change=4.0,
        change_kind="ratio",
        limit=Limit(max_ratio=3.0),
    )
    plan = msgspec.convert(repo.rollback("feature", "--commit", repo.squashed, "--dry-run").plan, Plan)
    record = verdict(Verdict.ROLL_BACK, judgements=(breach,))
    text = pull_request_text(plan, Story(verdict=record, metrics=METRICS, reason="@everyone <!-- x -->"))
    assert "4.00x" in text or "4.0x" in text
    assert "≤ 3" in text
    assert "@everyone" not in text
    assert "<!-- x" not in text


# ------------------------------------------------------------------ with a real model


@pytest.fixture
def models(tmp_path):
    """A detector at v1.0.0, then a squash that flickers, and a later commit that has nothing to do with it."""
    repo = repository_in(tmp_path / "models")
    repo.commit("v1", detector__py=DETECTOR, bars__csv=bars(700), gate__toml=CONFIG + "\n[baseline]\nref = 'v1.0.0'\n")
    repo.git("tag", "v1.0.0")
    flicker = DETECTOR.replace("return (self._level(frame) > self.cut)", "return (np.arange(len(frame)) % 2 > 0)")
    repo.culprit = repo.commit("flicker (#2)", detector__py=flicker)
    repo.commit("readme", readme__md="hello\n")
    repo.push()
    return repo


def test_the_gate_itself_proposes_level_1_and_verify_shows_that_the_metrics_are_back(models):
    words = (*written(models, verdict(Verdict.ROLL_BACK)), "--culprit", models.culprit, "--against", "v1.0.0")
    done = models.rollback("propose", *words, "--carry-out", "--record", "../record.json")
    assert done.code == 0, done.said
    assert (done.plan["level"], done.plan["level_reason"]) == (1, "PASSES_WITHOUT")
    proof = models.gate("verify", "--record", "../record.json", "--against", "v1.0.0", "--json")
    assert proof.code == 0, proof.said
    assert {check["name"]: check["shown"] for check in proof.record["checks"]}["metrics"] == "HOLDS"
    bad = models.gate("verify", "--against", "v1.0.0", "--json", "--rolled-back", "main", "--quick")
    assert bad.code == 1
    assert json.loads(bad.out)["checks"][-1]["shown"] == "BROKEN"
    shutil.rmtree(models.folder)


def test_what_the_gate_said_of_the_proposed_tree_is_told_in_the_pull_request(repo):
    proofs, said = {}, verdict(Verdict.PASS)
    with open_history(repo.folder, "origin", push=False) as history:
        on = ground(history, None)
        plan = propose(on, Suspicion(culprits=(repo.squashed,)), remembered(lambda _: said, proofs)).plan
    assert proofs == {plan.head: said}
    asked, errand = SimpleNamespace(verdict=None), SimpleNamespace(reason="", incident="")
    assert "the gate on the reverted tree: PASS" in words_of(asked, proofs)(plan, errand)[1]
    assert "the models were not run" in words_of(asked, {})(plan, errand)[1]
    assert remembered(None, proofs) is None
