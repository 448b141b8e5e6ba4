"""`gate verify`, `gate drill` and the emergency scripts, on real repositories."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gate.domain.rollback import Shown
from gate.domain.verdict import DataRecord, Judgement, Outcome, Reason, Verdict, VerdictRecord, VersionRecord
from gate.usecases.rollback.verifying import metrics_check

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"


@pytest.fixture
def rolled(repo):
    """A rollback that was made, and its record."""
    repo.put("state.db", "as it was\n")
    done = repo.rollback("feature", "--commit", repo.squashed, "--state", "state.db", "--record", "../record.json")
    assert done.code == 0, done.said
    repo.head = done.plan["head"]
    return repo


def checks(done):
    return {check["name"]: check["shown"] for check in done.record["checks"]}


def verified(repo, *words):
    return repo.gate("verify", "--record", "../record.json", "--state", "state.db", "--json", *words)


def test_a_rollback_that_is_what_it_must_be(rolled):
    done = verified(rolled)
    assert done.code == 0, done.said
    assert checks(done) == {
        "tree": "HOLDS",
        "untouched files": "HOLDS",
        "refs": "HOLDS",
        "data and state": "HOLDS",
        "metrics": "NOT_ASKED",
    }


def test_a_state_file_that_changed_is_seen(rolled):
    rolled.put("state.db", "otherwise\n")
    done = verified(rolled)
    assert done.code == 1
    assert checks(done)["data and state"] == "BROKEN"


def test_a_state_file_that_is_gone_is_seen(rolled):
    (rolled.folder / "state.db").unlink()
    assert verified(rolled).code == 1


def test_a_branch_that_was_moved_afterwards_is_seen(rolled):
    rolled.git("push", "-q", "--force", "origin", f"main:refs/heads/hotfix/revert-{rolled.squashed[:12]}")
    done = verified(rolled)
    assert (done.code, checks(done)["refs"]) == (1, "BROKEN")


def test_a_branch_that_is_gone_because_it_was_merged_is_well(rolled):
    name = f"hotfix/revert-{rolled.squashed[:12]}"
    rolled.git("fetch", "-q", "origin", name)
    rolled.git("merge", "-q", "--no-ff", "-m", "the rollback", "FETCH_HEAD")
    rolled.git("push", "-q", "origin", "main", f":{name}")
    assert verified(rolled).code == 0


def test_a_tree_that_is_not_what_the_commits_give_is_seen(rolled):
    rolled.git("fetch", "-q", "origin", rolled.head)
    other = rolled.git("commit-tree", "-p", "main", "-m", "forged", rolled.tree("v1.0.0"))
    rolled.git("branch", "forged", other)
    done = verified(rolled, "--rolled-back", other)
    shown = checks(done)
    assert (done.code, shown["tree"], shown["untouched files"]) == (1, "BROKEN", "BROKEN")


def test_another_ref_that_moved_in_the_same_moment_is_no_proof(rolled):
    path = rolled.folder / "../record.json"
    record = json.loads(path.read_text())
    record["refs_after"]["refs/heads/somebody"] = record["refs_after"]["refs/heads/main"]
    path.write_text(json.dumps(record))
    done = verified(rolled)
    assert (done.code, checks(done)["refs"]) == (3, "UNKNOWN")


def test_fingerprints_can_be_taken_before(rolled):
    assert rolled.gate("verify", "--take", "../before.json", "--state", "state.db").code == 0
    words = ("verify", "--against", "main", "--before", "../before.json", "--state", "state.db", "--json")
    assert rolled.gate(*words).code == 0
    rolled.put("state.db", "otherwise\n")
    assert checks(rolled.gate(*words))["data and state"] == "BROKEN"


def test_the_systems_restore_is_the_tags_tree_byte_for_byte(repo):
    plan = repo.rollback("system", "--yes").plan
    words = ("verify", "--against", "v1.0.0", "--json")
    assert repo.gate(*words, "--rolled-back", plan["head"]).code == 0
    assert repo.gate(*words, "--rolled-back", plan["branch"]).code == 0
    assert repo.gate(*words).code == 1  # main is not merged yet


def test_nothing_to_verify_against_is_a_broken_question(repo):
    assert repo.gate("verify").code == 2


# ------------------------------------------------------------------ metrics


def verdict(outcome=Outcome.PASS, reason=Reason.WITHIN_LIMIT, whole=Verdict.PASS):
    judgement = Judgement(metric="cpu", outcome=outcome, reason=reason, sentence="CPU.", blocking=True)
    return VerdictRecord(
        verdict=whole,
        reason="All hold.",
        judgements=(judgement,),
        baseline=None,
        candidate=VersionRecord(ref="", sha="", factory=""),
        data=DataRecord(symbols=(), bars=0, sha256=""),
        policy_sha256="",
        environment={},
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (verdict(), Shown.HOLDS),
        (verdict(Outcome.WARN, Reason.DRIFT), Shown.BROKEN),
        (msgspec.structs.replace(verdict(), quick=True), Shown.UNKNOWN),
        (verdict(Outcome.FAIL, Reason.ABOVE_LIMIT, Verdict.BLOCK), Shown.BROKEN),
        (verdict(Outcome.NO_DATA, Reason.TOO_FEW_TRIES, Verdict.INCONCLUSIVE), Shown.UNKNOWN),
        (verdict(Outcome.ERROR, Reason.GATE_FAULT, Verdict.GATE_ERROR), Shown.UNKNOWN),
    ],
)
def test_metrics_are_back_only_where_that_is_shown(given, shown):
    assert metrics_check(given, "v1").shown is shown


# ------------------------------------------------------------------ drill


def test_a_drill_rehearses_and_verifies_all_levels_and_touches_nothing_else(repo):
    before, remote = repo.state(), repo.refs()
    done = repo.gate("drill", "--json")
    assert done.code == 0, done.said
    assert [one["shown"] for one in done.record["rehearsals"]] == ["HOLDS"] * 3
    assert done.record["untouched"]
    assert (repo.state(), repo.refs()) == (before, remote)
    assert [path.suffix for path in sorted((repo.folder / "reports/drills").iterdir())] == [".json", ".md"]


def test_a_drill_without_a_stable_tag_says_that_level_3_was_not_rehearsed(repo):
    repo.git("tag", "-d", "v1.0.0")
    done = repo.gate("drill", "--json")
    assert done.code == 3
    assert [one["shown"] for one in done.record["rehearsals"]] == ["HOLDS", "HOLDS", "UNKNOWN"]
    assert "no stable tag" in done.record["rehearsals"][2]["sentence"]


def test_a_drill_needs_no_remote_and_works_where_nothing_was_merged(empty):
    for number in range(3):
        empty.commit(f"squash (#{number})", **{f"f{number}__py": f"{number}\n"})
    empty.git("tag", "v1.0.0", "HEAD~1")
    empty.git("remote", "remove", "origin")
    done = empty.gate("drill", "--json")
    assert done.code == 0, done.said


# ------------------------------------------------------------------ scripts


def script(repo, name, *words):
    environment = {**os.environ, "GATE": f"{sys.executable} -m gate"}
    return subprocess.run(
        (str(SCRIPTS / name), *words), cwd=repo.folder, env=environment, capture_output=True, text=True, check=False
    )


def test_an_emergency_from_its_trigger_to_its_proof_without_a_network(repo, tmp_path):
    repo.git("remote", "set-url", "origin", "https://nowhere.invalid/x.git")
    there = ("--remote", str(repo.remote.folder))
    done = script(repo, "emergency_rollback.sh", *there, "--yes")
    assert done.returncode == 0, done.stderr
    assert any(name.startswith("refs/heads/emergency/rollback-") for name in repo.refs())
    proof = script(repo, "verify_system.sh", *there)
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "every file is that of" in proof.stdout


def test_the_emergency_script_asks_before_the_whole_system_goes_back(repo):
    before = repo.refs()
    assert script(repo, "emergency_rollback.sh").returncode == 1
    assert repo.refs() == before


def test_the_emergency_script_takes_the_other_levels_too(repo):
    done = script(repo, "emergency_rollback.sh", "feature", "--commit", repo.squashed, "--no-push", "--json")
    assert msgspec.json.decode(done.stdout)["ending"] == "KEPT_LOCALLY"


def test_without_a_record_verify_system_says_so(repo):
    done = script(repo, "verify_system.sh")
    assert done.returncode == 2
    assert "there is no record" in done.stderr
