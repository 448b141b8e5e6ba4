"""The three procedures of the rollback strategy, on real repositories with a real remote."""

import json

import pytest


def test_level_1_reverts_a_commit_on_a_branch_of_its_own(repo):
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert done.code == 0, done.err
    assert done.record["ending"] == "BRANCH_PUSHED"
    head = repo.refs()[f"refs/heads/hotfix/revert-{repo.squashed[:12]}"]
    assert done.plan["head"] == head
    assert done.plan["changed"] == ["costs.py"]
    assert repo.remote.git("diff", "--name-status", "main", head) == "D\tcosts.py"


def test_level_1_says_what_git_says_in_the_message(repo):
    head = repo.rollback("feature", "--commit", repo.squashed).plan["head"]
    message = repo.remote.git("log", "-1", "--format=%B", head)
    assert message.startswith('Revert "Add costs (#8)"\n\nThis reverts commit ' + repo.squashed + ".")
    assert f"Gate-Rollback: {repo.rollback('feature', '--commit', repo.squashed).plan['key']}" in message


def test_level_1_takes_several_commits_back_newest_first_however_they_are_named(repo):
    one, two = repo.rebased
    named = repo.rollback("feature", "--commit", one, "--commit", two, "--dry-run").plan
    ranged = repo.rollback("feature", "--commit", f"{one}~1..{two}", "--dry-run").plan
    assert [taken["commit"]["sha"] for taken in named["taken"]] == [two, one]
    assert (named["tree"], named["head"], named["branch"]) == (ranged["tree"], ranged["head"], ranged["branch"])
    assert named["changed"] == ["log.py"]


def test_level_1_works_on_the_feature_branch_that_is_named(repo):
    culprit = repo.sha("feature/hmm-v2")
    done = repo.rollback("feature", "--commit", culprit, "--branch", "feature/hmm-v2")
    assert done.plan["base"] == culprit
    assert repo.remote.git("show", f"{done.plan['head']}:model.py") == "V = 1"


def test_level_2_takes_a_merge_back_and_keeps_what_was_on_the_branch(repo):
    done = repo.rollback("version", "--merge", repo.merged)
    assert done.plan["branch"].startswith("hotfix/revert-")
    assert sorted(done.plan["changed"]) == ["model.py", "states.py"]
    assert repo.remote.git("show", f"{done.plan['head']}:other.py") == "OTHER = 1"


@pytest.mark.parametrize("number", [7, 8])
def test_level_2_finds_a_merge_and_a_squash_by_the_number_in_their_title(repo, number):
    plan = repo.rollback("version", "--pr", str(number), "--dry-run").plan
    assert plan["taken"][0]["commit"]["sha"] == {7: repo.merged, 8: repo.squashed}[number]


def test_level_2_takes_a_rebased_range_back(repo):
    one, two = repo.rebased
    plan = repo.rollback("version", "--merge", f"{one}~1..{two}").plan
    assert [taken["commit"]["sha"] for taken in plan["taken"]] == [two, one]
    assert plan["changed"] == ["log.py"]


def test_level_2_without_a_name_takes_the_newest_merge_and_says_so(repo):
    plan = repo.rollback("version", "--dry-run").plan
    assert plan["taken"][0]["commit"]["sha"] == repo.merged
    assert "newest merge" in plan["notes"][0]


def test_level_3_makes_a_branch_at_the_tag_and_a_commit_with_its_files_on_the_tip(repo):
    done = repo.rollback("system", "--yes")
    plan, refs = done.plan, repo.refs()
    assert refs[f"refs/heads/{plan['deploy_branch']}"] == repo.sha("v1.0.0^{commit}")
    restored = refs[f"refs/heads/{plan['branch']}"]
    assert repo.remote.git("rev-parse", f"{restored}^{{tree}}") == repo.tree("v1.0.0")
    assert repo.remote.git("rev-parse", f"{restored}^") == repo.sha("main")
    assert plan["deploy_branch"].startswith("emergency/rollback-2025")


def test_level_3_lists_what_is_lost_with_the_hotfix_among_it(repo):
    lost = [commit["sha"] for commit in repo.rollback("system", "--dry-run").plan["lost"]]
    assert lost[0] == repo.hotfix
    assert len(lost) == 6


def test_level_3_is_refused_without_a_human(repo):
    before = repo.refs()
    done = repo.rollback("system")
    assert done.code == 1
    assert done.record["ending"] == "NOT_APPROVED"
    assert repo.refs() == before


def test_a_dry_run_prints_plan_and_diff_and_writes_nothing_anywhere(repo):
    before, remote = repo.state(), repo.refs()
    done = repo.gate("rollback", "feature", "--commit", repo.squashed, "--dry-run", "--max-age", "100000")
    assert done.code == 0
    assert "-COST = 5" in done.out
    assert "PLANNED" in done.out
    assert "somebody asked for this level" in done.out
    assert (repo.state(), repo.refs()) == (before, remote)
    assert not (repo.folder / "reports").exists()


def test_no_remote_is_needed_the_branch_is_kept_here(repo):
    repo.git("remote", "set-url", "origin", "https://nowhere.invalid/x.git")
    before = repo.git("for-each-ref")
    done = repo.rollback("feature", "--commit", repo.squashed, "--no-push")
    assert done.record["ending"] == "KEPT_LOCALLY", done.err
    assert repo.sha(done.plan["branch"]) == done.plan["head"]
    left = [line for line in repo.git("for-each-ref").splitlines() if "hotfix/" not in line]
    assert left == before.splitlines()
    assert repo.git("status", "--short") == "?? reports/"


def test_a_remote_may_be_a_path(repo, tmp_path):
    repo.git("clone", "-q", "--bare", str(repo.remote.folder), str(tmp_path / "spare.git"))
    repo.git("remote", "remove", "origin")
    done = repo.rollback("feature", "--commit", repo.squashed, "--remote", "../spare.git")
    assert done.record["ending"] == "BRANCH_PUSHED", done.err


def test_equal_inputs_make_equal_commits(repo, tmp_path):
    first = repo.rollback("feature", "--commit", repo.squashed, "--dry-run").plan["head"]
    second = repo.rollback("version", "--merge", repo.squashed, "--dry-run").plan["head"]
    assert first == second


def test_what_was_done_is_written_down(repo):
    repo.put("state.json", "{}")
    repo.rollback(
        "feature", "--commit", repo.squashed, "--reason", "CPU x4", "--incident", "INC-1", "--state", "state.json"
    )
    (file,) = (repo.folder / "reports/rollbacks").glob("*.json")
    record = json.loads(file.read_text())
    assert (record["reason"], record["incident"], record["ending"]) == ("CPU x4", "INC-1", "BRANCH_PUSHED")
    assert record["fingerprints"][0]["path"] == "state.json"
    moved = {name for name in record["refs_after"] if name not in record["refs_before"]}
    assert moved == {f"refs/heads/{record['plan']['branch']}"}


def test_the_record_goes_where_it_is_told_to(repo, tmp_path):
    repo.rollback("feature", "--commit", repo.squashed, "--record", str(tmp_path / "kept.json"))
    assert json.loads((tmp_path / "kept.json").read_text())["ending"] == "BRANCH_PUSHED"
    assert not (repo.folder / "reports").exists()


def test_doing_it_twice_is_doing_it_once(repo):
    first = repo.rollback("feature", "--commit", repo.squashed)
    refs = repo.refs()
    second = repo.rollback("feature", "--commit", repo.squashed)
    assert (first.record["adopted"], second.record["adopted"]) == (False, True)
    assert second.code == 0
    assert repo.refs() == refs


def test_what_is_taken_back_already_is_a_success(repo):
    repo.dated("revert", "--no-edit", repo.squashed)
    repo.push()
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert done.code == 0
    assert done.record["ending"] == "ALREADY_UNDONE"
    assert not [name for name in repo.refs() if "hotfix" in name]
