"""Every pitfall that was met, and every wrong input: one clear line, and nothing half done."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest


def refused(repo, *words, code=2, **variables):
    """What was said; nothing may have been written, anywhere."""
    before, remote = repo.state(), repo.refs()
    done = repo.gate("rollback", *words, **variables)
    assert done.code == code, done.said
    assert (repo.state(), repo.refs()) == (before, remote)
    assert "Traceback" not in done.said
    return done.err


# ------------------------------------------------------------------ where it is asked


def test_a_shallow_clone_is_refused_with_the_line_that_mends_it(repo, tmp_path):
    url = f"file://{repo.remote.folder}"
    repo.git("clone", "-q", "--depth", "1", url, str(tmp_path / "shallow"))
    shallow = type(repo)(tmp_path / "shallow", repo.remote)
    said = refused(shallow, "feature", "--commit", "HEAD")
    assert "shallow clone" in said
    assert "git fetch --unshallow --tags" in said


def test_a_detached_head_is_no_obstacle(repo):
    repo.git("switch", "-q", "--detach", repo.merged)
    assert repo.rollback("feature", "--commit", repo.squashed).code == 0
    assert repo.sha() == repo.merged


def test_an_unborn_branch_has_nothing_to_take_back(empty):
    assert "has no branches yet" in refused(empty, "feature", "--commit", "HEAD")


def test_a_remote_that_was_never_pushed_to_has_no_branches(empty):
    empty.commit("only here", a__py="A = 1\n")
    assert "has no branches yet" in refused(empty, "feature", "--commit", "HEAD")


def test_a_folder_without_a_repository(tmp_path, repo):
    alone = type(repo)(tmp_path / "alone")
    alone.folder.mkdir()
    done = alone.gate("rollback", "feature", "--commit", "HEAD")
    assert done.code == 2
    assert "is not in a git repository" in done.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("0123456789abcdef0123456789abcdef01234567", "there is no commit"),
        ("no-such-branch", "there is no commit"),
        ("--output=stolen", "is not a commit"),
        ("", "is not a commit"),
        ("HEAD^{tree}", "there is no commit"),
        ("a..", "half a range"),
        ("HEAD...HEAD~1", "three dots"),
        ("HEAD..HEAD", "is empty"),
    ],
)
def test_a_name_that_names_no_commit(repo, name, said):
    assert said in refused(repo, "feature", f"--commit={name}")
    assert not (repo.folder / "stolen").exists()


def test_a_sha_that_is_not_on_the_branch(repo):
    repo.git("switch", "-q", "-c", "elsewhere", repo.merged)
    lost = repo.commit("elsewhere", e__py="E = 1\n")
    assert f"{lost[:12]} is not on the branch main" in refused(repo, "feature", "--commit", lost)


def test_a_commit_that_was_pushed_away_is_refused(repo):
    """An orphan still reverts with exit code 0."""
    away = repo.commit("gone", gone__py="G = 1\n")
    repo.push()
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("push", "-q", "--force", "origin", "main")
    assert "is not on the branch main" in refused(repo, "feature", "--commit", away)


def test_the_first_commit_of_all_is_not_taken_back(repo):
    first = repo.git("rev-list", "--max-parents=0", "main")
    assert "would delete every file" in refused(repo, "feature", "--commit", first)


def test_an_unknown_branch_and_an_unknown_remote(repo):
    assert "there is no branch 'mian'" in refused(repo, "feature", "--commit", "HEAD", "--branch", "mian")
    assert "known here: origin" in refused(repo, "feature", "--commit", "HEAD", "--remote", "upstream")


def test_a_remote_that_cannot_be_reached_is_said(repo):
    repo.git("remote", "set-url", "origin", "../nowhere.git")
    said = refused(repo, "feature", "--commit", "HEAD", code=4)
    assert "cannot be read" in said
    assert "--no-push" in said


# ------------------------------------------------------------------ merges


def test_of_a_merge_the_parent_on_the_branch_stays(repo):
    """`-m 2` would succeed, and revert the mainline's work."""
    plan = repo.rollback("feature", "--commit", repo.merged, "--dry-run").plan
    assert plan["taken"][0]["parent"] == repo.sha(f"{repo.merged}^1")


def test_where_main_was_merged_into_a_feature_and_moved_there_the_second_parent_stays(repo):
    repo.git("switch", "-q", "-c", "late")
    feature = repo.commit("late work", late__py="LATE = 1\n")
    repo.git("switch", "-q", "main")
    repo.commit("meanwhile", mean__py="MEAN = 1\n")
    repo.git("switch", "-q", "late")
    foxtrot = repo.merge("main", "Merge branch 'main' into late")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--ff-only", "late")
    repo.push()
    plan = repo.rollback("feature", "--commit", foxtrot, "--dry-run").plan
    assert plan["changed"] == ["late.py"]
    assert plan["taken"][0]["parent"] != feature
    assert "parent 2 is on the branch" in plan["notes"][0]


def test_where_main_was_merged_into_a_feature_before_its_merge_main_stays(repo):
    repo.git("switch", "-q", "-c", "late", repo.merged)
    repo.commit("late work", late__py="LATE = 1\n")
    inner = repo.merge("main", "take over main")
    repo.git("switch", "-q", "main")
    repo.merge("late")
    repo.push()
    done = repo.rollback("feature", "--commit", inner, "--dry-run")
    assert done.code == 0, done.said
    assert done.plan["changed"] == ["late.py"]


def test_a_merge_between_side_branches_is_asked_about(repo):
    for name in ("one", "two"):
        repo.git("switch", "-q", "-c", name, repo.merged)
        repo.commit(name, **{f"{name}__py": f"{name}\n"})
    inner = repo.merge("one", "one into two")
    repo.git("switch", "-q", "main")
    repo.merge("two")
    repo.push()
    assert "--mainline 1" in refused(repo, "feature", "--commit", inner)
    plan = repo.rollback("feature", "--commit", inner, "--mainline", "1", "--dry-run").plan
    assert plan["changed"] == ["one.py"]


def test_an_octopus_is_taken_back_whole_and_that_is_said(repo):
    for name in ("one", "two"):
        repo.git("switch", "-q", "-c", name, "main")
        repo.commit(name, **{f"{name}__py": f"{name}\n"})
    repo.git("switch", "-q", "main")
    repo.dated("merge", "-q", "--no-ff", "-m", "octopus", "one", "two")
    repo.push()
    plan = repo.rollback("feature", "--commit", "HEAD", "--dry-run").plan
    assert plan["changed"] == ["one.py", "two.py"]
    assert "merged 2 branches: all of them are taken back" in plan["notes"][0]


def test_the_text_says_that_merging_the_branch_again_brings_nothing(repo):
    import msgspec  # noqa: PLC0415

    from gate.domain.rollback import Plan  # noqa: PLC0415
    from gate.report.rollback import Story, pull_request_text  # noqa: PLC0415

    plan = msgspec.convert(repo.rollback("version", "--merge", repo.merged, "--dry-run").plan, Plan)
    text = pull_request_text(plan, Story(metrics={}))
    assert f"git revert {plan.head[:12]}" in text
    assert "Already up to date" in text


def test_what_was_reverted_comes_back_by_reverting_the_revert(repo):
    """As the pull request's text says; merging the branch again would silently lack it."""
    plan = repo.rollback("version", "--merge", repo.merged).plan
    repo.git("fetch", "-q", "origin", plan["branch"])
    repo.git("merge", "-q", "--no-ff", "-m", "the rollback", "FETCH_HEAD")
    assert "Already up to date" in repo.git("merge", "feature/hmm-v2")
    assert not (repo.folder / "states.py").exists()
    repo.dated("revert", "--no-edit", plan["head"])
    assert (repo.folder / "states.py").exists()


# ------------------------------------------------------------------ reverts


def test_a_revert_is_not_reverted_by_a_machine(repo):
    repo.dated("revert", "--no-edit", repo.squashed)
    repo.push()
    before = repo.refs()
    done = repo.rollback("feature", "--commit", "HEAD")
    assert (done.code, done.record["ending"]) == (1, "CULPRIT_IS_A_REVERT")
    assert f"git revert {repo.sha()[:12]}" in done.record["advice"]
    assert repo.refs() == before


def test_a_revert_is_known_by_its_line_not_by_its_title(repo):
    repo.git("rm", "-q", "costs.py")
    repo.record(f"Reapply nothing\n\nThis reverts commit {repo.squashed}.")
    repo.push()
    assert repo.rollback("feature", "--commit", "HEAD").record["ending"] == "CULPRIT_IS_A_REVERT"
    titled = repo.commit('Revert "the market"', x__py="X = 1\n")
    repo.push()
    assert repo.rollback("feature", "--commit", titled).record["ending"] == "BRANCH_PUSHED"


def test_the_merge_of_a_revert_is_a_revert(repo):
    repo.git("switch", "-q", "-c", "back")
    repo.dated("revert", "--no-edit", repo.squashed)
    repo.git("switch", "-q", "main")
    merge = repo.merge("back")
    repo.push()
    assert repo.rollback("version", "--merge", merge).record["ending"] == "CULPRIT_IS_A_REVERT"


def test_what_was_taken_back_and_changed_since_is_undone_already(repo):
    """To take it back once more would conflict; the line in the history says that it was."""
    repo.dated("revert", "--no-edit", repo.squashed)
    repo.commit("costs anew", costs__py="COST = 7\n")
    repo.push()
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert (done.code, done.record["ending"]) == (0, "ALREADY_UNDONE")


def test_what_came_back_by_a_revert_of_its_revert_is_not_undone(repo):
    repo.dated("revert", "--no-edit", repo.squashed)
    repo.dated("revert", "--no-edit", "HEAD")
    repo.push()
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert done.record["ending"] == "BRANCH_PUSHED"
    assert done.plan["changed"] == ["costs.py"]


# ------------------------------------------------------------------ conflicts


def test_conflicts_name_the_files_and_the_commits_and_leave_no_half_state(repo):
    later = repo.commit("costs again", costs__py="COST = 9\n")
    repo.push()
    before, remote = repo.state(), repo.refs()
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert (done.code, done.record["ending"]) == (1, "CONFLICTS")
    assert done.record["details"] == ["in conflict: costs.py", f'changed it since: {later[:12]} "costs again"']
    assert (repo.state(), repo.refs()) == (before, remote)
    both = repo.rollback("feature", "--commit", repo.squashed, "--commit", later)
    assert both.plan["changed"] == ["costs.py"]


# ------------------------------------------------------------------ the user's own things


def test_a_dirty_checkout_is_no_obstacle_and_nothing_of_it_is_touched(repo):
    repo.put("model.py", "V = 'half written'\n")
    repo.put("costs.py", "staged\n")
    repo.git("add", "costs.py")
    repo.put("untracked.txt", "mine\n")
    (repo.folder / ".git/index.lock").write_text("")
    before = repo.state()
    assert repo.rollback("feature", "--commit", repo.squashed).code == 0
    assert repo.state() == before


def test_hooks_drivers_filters_signatures_and_replaced_objects_change_nothing(repo, tmp_path):
    clean = repo.rollback("feature", "--commit", repo.squashed, "--dry-run").plan["head"]
    ran = tmp_path / "ran"
    for hook in ("pre-push", "reference-transaction", "post-commit", "pre-receive"):
        path = repo.folder / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {hook} >> {ran}\nexit 1\n")
        path.chmod(0o755)
    for key, value in {
        "commit.gpgSign": "true",
        "gpg.program": f"sh -c 'echo gpg >> {ran}'",
        "merge.hostile.driver": f"echo driver >> {ran}; false",
        "filter.hostile.clean": f"echo filter >> {ran}",
        "core.fsmonitor": f"echo monitor >> {ran}",
        "diff.external": f"echo diff >> {ran}",
        "core.hooksPath": str(repo.folder / ".git/hooks"),
    }.items():
        repo.git("config", key, value)
    (repo.folder / ".git/info").mkdir(exist_ok=True)
    (repo.folder / ".git/info/attributes").write_text("* merge=hostile filter=hostile\n")
    repo.git("replace", repo.squashed, repo.hotfix, check=False)
    ran.unlink(missing_ok=True)  # what the lines above started
    for words in ((), ("--no-push",)):
        done = repo.rollback("feature", "--commit", repo.squashed, *words)
        assert done.code == 0, done.said
        assert done.plan["head"] == clean
    assert not ran.exists()


def test_the_variables_of_whoever_started_it_change_nothing(repo, tmp_path):
    clean = repo.rollback("feature", "--commit", repo.squashed, "--dry-run").plan["head"]
    strange = {
        "GIT_DIR": str(tmp_path / "nowhere"),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_WORK_TREE": str(tmp_path),
        "GIT_OBJECT_DIRECTORY": str(tmp_path),
        "GIT_AUTHOR_NAME": "Mallory",
        "GIT_COMMITTER_DATE": "@1 +0000",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "merge.renames",
        "GIT_CONFIG_VALUE_0": "false",
    }
    done = repo.rollback("feature", "--commit", repo.squashed, **strange)
    assert done.plan["head"] == clean


def test_a_repository_that_git_does_not_trust_is_reported_and_nothing_is_added(repo):
    shutil.chown(repo.folder / ".git", 12345) if os.getuid() == 0 else pytest.xfail("only root can give files away")
    shutil.chown(repo.folder, 12345)
    done = repo.gate("rollback", "feature", "--commit", repo.squashed)
    assert done.code == 2
    assert "safe.directory" in done.err
    assert repo.git("config", "--global", "--get-all", "safe.directory", check=False) == ""


def test_a_subfolder_and_a_linked_worktree_are_the_same_repository(repo, tmp_path):
    repo.put("models/deep/x.py", "X = 1\n")
    repo.record("deep")
    repo.push()
    plan = repo.gate("rollback", "feature", "-C", "models/deep", "--commit", "HEAD", "--dry-run", "--json")
    assert plan.record["plan"]["changed"] == ["models/deep/x.py"]
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = type(repo)(tmp_path / "linked", repo.remote)
    assert linked.rollback("feature", "--commit", repo.squashed).code == 0


# ------------------------------------------------------------------ files of every kind


def test_crlf_binary_and_odd_names_come_back_byte_for_byte(repo):
    contents = {
        "windows.txt": b"one\r\ntwo\r\n",
        "binary.bin": bytes(range(256)),
        "with space/größe 市場.txt": "µ\n".encode(),
        'quote"tab\tnew\nline.txt': b"odd\n",
        "-dash.txt": b"dash\n",
    }
    for name, content in contents.items():
        repo.put(name, content)
    repo.record("before")
    want = repo.tree()
    for name, content in contents.items():
        repo.put(name, content.replace(b"\n", b"!\r\n") + b"\x00\xff")
    bad = repo.record("after")
    repo.push()
    done = repo.rollback("feature", "--commit", bad)
    assert done.plan["tree"] == want
    assert set(done.plan["changed"]) == set(contents)


def test_a_name_that_is_no_utf_8_is_no_obstacle(repo):
    (repo.folder / os.fsdecode(b"latin-\xe9.txt")).write_bytes(b"x\n")
    bad = repo.record("latin")
    repo.push()
    assert repo.rollback("feature", "--commit", bad).plan["changed"] == ["latin-\\xe9.txt"]


def test_a_submodule_goes_back_to_the_commit_it_had(repo):
    one, two = repo.sha("v1.0.0^{commit}"), repo.merged
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{one},vendor/lib")
    repo.dated("commit", "-q", "-m", "submodule")
    repo.git("update-index", "--cacheinfo", f"160000,{two},vendor/lib")
    repo.dated("commit", "-q", "-m", "newer submodule")
    repo.push()
    head = repo.rollback("feature", "--commit", "HEAD").plan["head"]
    assert repo.remote.git("ls-tree", head, "vendor/lib").split()[2] == one


# ------------------------------------------------------------------ stable tags


def test_the_highest_version_is_taken_not_the_last_name(repo):
    for tag, ref in (("v1.9.0", f"{repo.merged}"), ("v1.10.0", f"{repo.squashed}"), ("v1.11.0-rc1", "main~1")):
        repo.git("tag", tag, ref)
    repo.push()
    assert repo.rollback("system", "--dry-run").plan["tag"] == "v1.10.0"


def test_a_higher_tag_of_another_branch_is_passed_over_and_that_is_said(repo):
    repo.git("switch", "-q", "-c", "next")
    repo.commit("next", n__py="N = 1\n")
    repo.git("tag", "v3.0.0")
    repo.push()
    plan = repo.rollback("system", "--dry-run").plan
    assert plan["tag"] == "v1.0.0"
    assert "v3.0.0 is passed over: it is not in the history of main" in plan["notes"]
    assert "is not in the history of main" in refused(repo, "system", "--tag", "v3.0.0", "--yes")


def test_the_tag_of_what_stands_there_now_is_no_way_back(repo):
    repo.git("tag", "v2.0.0", "main")
    repo.push()
    plan = repo.rollback("system", "--dry-run").plan
    assert plan["tag"] == "v1.0.0"
    assert "v2.0.0 is passed over: it is what stands there now" in plan["notes"]


def test_without_a_stable_tag_it_is_said(empty):
    empty.commit("one", a__py="A = 1\n")
    empty.git("tag", "nightly")
    empty.git("tag", "v1.0.0rc1")
    empty.push()
    said = refused(empty, "system", "--yes")
    assert "there is no stable tag on main to go back to: of 2 tags none is a released version" in said


# ------------------------------------------------------------------ what holds back


@pytest.mark.parametrize("value", ["off", "OFF", "0", "no", "false"])
def test_the_kill_switch_as_a_variable(repo, value):
    done = repo.rollback("feature", "--commit", repo.squashed, GATE_ROLLBACK=value)
    assert (done.code, done.record["ending"]) == (1, "KILL_SWITCH")
    assert "GATE_ROLLBACK" in done.record["sentence"]


def test_the_kill_switch_as_a_file_counts_on_the_target_branch_alone(repo):
    repo.put(".gate/no-rollback", "")
    assert repo.rollback("feature", "--commit", repo.squashed, "--dry-run").code == 0
    assert repo.rollback("feature", "--commit", repo.squashed).record["ending"] == "BRANCH_PUSHED"
    repo.record("off")
    repo.push()
    done = repo.rollback("feature", "--commit", repo.rebased[1])
    assert done.record["ending"] == "KILL_SWITCH"
    assert repo.rollback("feature", "--commit", repo.rebased[1], "--force").record["ending"] == "BRANCH_PUSHED"


def test_an_old_commit_is_no_culprit(repo):
    done = repo.gate("rollback", "feature", "--commit", repo.squashed, "--max-age", "30", "--json")
    assert (done.code, done.record["ending"]) == (1, "TOO_OLD")
    kept = list((repo.folder / "reports/rollbacks").glob("*.json"))
    assert len(kept) == 1  # what did not go ahead is recorded, too


def test_the_daily_cap_counts_the_records_of_today(repo):
    shas = [repo.squashed, repo.rebased[1], repo.hotfix]
    codes = [repo.rollback("feature", "--commit", sha, "--daily-cap", "2").code for sha in shas]
    assert codes == [0, 0, 1]


def test_yesterdays_records_do_not_count(repo):
    assert repo.rollback("feature", "--commit", repo.squashed).code == 0
    (file,) = (repo.folder / "reports/rollbacks").glob("*.json")
    yesterday = (datetime.now(tz=UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    file.rename(file.with_name(yesterday + file.name[10:]))
    assert repo.rollback("feature", "--commit", repo.rebased[1], "--daily-cap", "1").code == 0


# ------------------------------------------------------------------ the branch


def test_a_branch_of_somebody_else_with_that_name_is_left_alone(repo):
    name = f"hotfix/revert-{repo.squashed[:12]}"
    repo.git("push", "-q", "origin", f"v1.0.0^{{commit}}:refs/heads/{name}")
    said = refused(repo, "feature", "--commit", repo.squashed, "--max-age", "100000", code=4)
    assert "it is no rollback of these commits" in said


def test_a_branch_that_was_made_on_an_older_tip_is_adopted(repo):
    first = repo.rollback("feature", "--commit", repo.squashed)
    repo.commit("main moved", moved__py="M = 1\n")
    repo.push("main")
    second = repo.rollback("feature", "--commit", repo.squashed)
    assert second.record["adopted"]
    assert second.plan["head"] == first.plan["head"]


def test_a_branch_hotfix_makes_no_folder_and_another_name_is_found(repo):
    repo.git("push", "-q", "origin", "main:refs/heads/hotfix")
    assert repo.rollback("feature", "--commit", repo.squashed).plan["branch"] == f"hotfix-revert-{repo.squashed[:12]}"


def test_a_protected_branch_name_is_said(repo):
    hook = repo.remote.folder / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    said = refused(repo, "feature", "--commit", repo.squashed, "--max-age", "100000", code=4)
    assert "was not taken" in said
    assert "protection rules" in said


def test_a_push_that_was_refused_after_it_landed_is_believed_by_what_stands_there(repo):
    hook = repo.remote.folder / "hooks/post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho broken >&2\nkill -9 $PPID\n")
    hook.chmod(0o755)
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert done.code == 0, done.said
    assert len([name for name in repo.refs() if "hotfix" in name]) == 1


def test_what_the_remote_has_and_this_clone_lacks_is_fetched_elsewhere(repo, tmp_path):
    repo.git("clone", "-q", str(repo.remote.folder), str(tmp_path / "other"))
    other = type(repo)(tmp_path / "other", repo.remote)
    other.clock = repo.clock
    other.git("switch", "-q", "main")
    other.commit("from elsewhere", elsewhere__py="E = 1\n")
    other.git("push", "-q", "origin", "main")
    before = repo.state()
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert done.plan["base"] == other.sha()
    assert repo.state() == before


def test_a_partial_clone_says_what_it_lacks(repo, tmp_path):
    repo.remote.git("config", "uploadpack.allowFilter", "true")
    subprocess.run(
        ("git", "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo.remote.folder}", "partial"),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    partial = type(repo)(tmp_path / "partial", repo.remote)
    bad = repo.commit("edit", notes__txt="one\nTWO\nthree\n")
    repo.commit("edit below", notes__txt="one\nTWO\nthree\nfour\n")
    repo.push()
    partial.git("fetch", "-q")
    done = partial.gate("rollback", "feature", "--commit", bad, "--max-age", "100000")
    assert done.code in (0, 4)
    if done.code:
        assert "clone without --filter" in done.err


def test_a_remote_whose_head_names_no_branch_is_read_all_the_same(repo):
    repo.remote.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    assert repo.rollback("version", "--dry-run").plan["target"] == "main"
