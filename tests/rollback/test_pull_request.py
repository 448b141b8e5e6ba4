"""One pull request, whatever happens: opened, adopted, refused, and never a second one."""

import pytest

from tests.hub import faults
from tests.hub.state.issue import Event

pytestmark = pytest.mark.usefixtures("socket_enabled")


def test_a_pull_request_is_opened_with_all_that_a_reader_needs(served):
    done = served.rollback("feature", "--commit", served.repo.squashed, "--reason", "CPU is 4 times the baseline's")
    assert done.record["ending"] == "PULL_REQUEST_OPEN", done.err
    (pull,) = served.there.pulls.values()
    issue = served.there.issues[pull.number]
    assert issue.title == 'Revert "Add costs (\N{WORD JOINER}#8)"'.replace("\N{WORD JOINER}", "")
    for words in (
        "What is taken back",
        "CPU is 4 times",
        "How it was verified",
        "git revert",
        served.repo.squashed[:12],
    ):
        assert words in issue.body
    assert f"<!-- gate-rollback: {done.plan['key']} -->" in issue.body
    assert done.record["url"].endswith(f"/pull/{pull.number}")


def test_a_second_trigger_adopts_it(served):
    first = served.rollback("feature", "--commit", served.repo.squashed)
    second = served.rollback("feature", "--commit", served.repo.squashed)
    assert (first.record["url"], second.code) == (second.record["url"], 0)
    assert second.record["adopted"]
    assert len(served.pulls) == 1


def test_a_branch_without_its_pull_request_gets_one(served):
    served.repo.rollback("feature", "--commit", served.repo.squashed)
    assert not served.pulls
    assert served.rollback("feature", "--commit", served.repo.squashed).record["ending"] == "PULL_REQUEST_OPEN"
    assert len(served.pulls) == 1


def test_closed_by_a_human_means_no(served):
    number = served_number(served)
    close(served, number)
    served.there.git.drop_ref(f"refs/heads/hotfix/revert-{served.repo.squashed[:12]}")
    done = served.rollback("feature", "--commit", served.repo.squashed)
    assert (done.code, done.record["ending"]) == (1, "CLOSED_BY_HUMAN")
    assert served.branches == {}
    assert len(served.pulls) == 1


def test_a_person_may_force_what_a_person_closed(served):
    close(served, served_number(served))
    done = served.rollback("feature", "--commit", served.repo.squashed, "--force")
    assert (done.record["ending"], done.record["forced"]) == ("PULL_REQUEST_OPEN", True)


def test_merged_already_is_a_success(served):
    number = served_number(served)
    with served.hub.client(served.hub.token("boss", WRITES, kind="user", login="ann")) as client:
        client.get_repo("acme/models").get_pull(number).merge(merge_method="squash")
    done = served.rollback("feature", "--commit", served.repo.squashed)
    assert (done.code, done.record["ending"]) == (0, "ALREADY_UNDONE")


def test_without_permission_for_pull_requests_an_issue_is_opened_and_no_branch_is_left(served):
    served.there.may_open_pulls = False
    done = served.rollback("feature", "--commit", served.repo.squashed)
    assert (done.code, done.record["ending"]) == (0, "ISSUE_OPENED")
    (issue,) = served.there.issues.values()
    assert f"compare/main...hotfix/revert-{served.repo.squashed[:12]}" in issue.body
    assert served.branches == {}
    assert served.rollback("feature", "--commit", served.repo.squashed).record["url"] == done.record["url"]
    assert len(served.there.issues) == 1


def test_conflicts_become_an_issue_that_names_them(served):
    repo = served.repo
    later = repo.commit("costs again", costs__py="COST = 9\n")
    repo.push()
    done = served.rollback("feature", "--commit", repo.squashed)
    assert (done.code, done.record["ending"]) == (1, "CONFLICTS")
    (issue,) = served.there.issues.values()
    assert "costs.py" in issue.body
    assert later[:12] in issue.body
    assert served.branches == {}


@pytest.mark.parametrize(("by", "ending"), [("ann", "KILL_SWITCH"), ("mallory", "PULL_REQUEST_OPEN")])
def test_the_kill_switch_is_honoured_only_from_somebody_with_write_access(served, by, ending):
    issue = served.hub.issue(served.there, "Stop it", user=by)
    served.there.collaborators["mallory"] = "triage"
    served.label(issue.number, "gate:no-rollback", by)
    assert served.rollback("feature", "--commit", served.repo.squashed).record["ending"] == ending


@pytest.mark.parametrize(("by", "ending"), [("ann", "OPTED_OUT"), ("mallory", "PULL_REQUEST_OPEN")])
def test_the_opt_out_label_on_the_culprits_pull_request_is_honoured_from_a_writer(served, by, ending):
    sha = merged_pull(served)
    number = max(served.there.pulls)
    served.there.collaborators["mallory"] = "triage"
    served.label(number, "gate:keep", by)
    assert served.rollback("version", "--merge", sha).record["ending"] == ending


def test_the_daily_cap_counts_what_was_proposed_today_from_anywhere(served):
    _, two = served.repo.rebased
    assert served.rollback("feature", "--commit", two, "--record", "../a.json").code == 0
    done = served.rollback("feature", "--commit", served.repo.squashed, "--daily-cap", "1", "--record", "../b.json")
    assert (done.code, done.record["ending"]) == (1, "DAILY_CAP")
    again = served.rollback("feature", "--commit", two, "--daily-cap", "1", "--record", "../c.json")
    assert again.code == 0


def test_a_rebase_merge_is_found_by_its_pull_requests_number(served):
    sha = merged_pull(served, "rebase", commits=3)
    number = max(served.there.pulls)
    plan = served.repo.rollback("version", "--pr", str(number), "--dry-run", **served.environment).plan
    assert plan["taken"][0]["commit"]["sha"] == sha
    assert len(plan["taken"]) == 3


@pytest.mark.parametrize("method", ["squash", "merge"])
def test_a_squash_and_a_merge_are_found_by_their_pull_requests_number(served, method):
    sha = merged_pull(served, method, commits=3)
    plan = served.repo.rollback("version", "--pr", str(max(served.there.pulls)), "--dry-run", **served.environment).plan
    assert [one["commit"]["sha"] for one in plan["taken"]] == [sha]


FAULTS = {
    "502": faults.bad_gateway(),
    "502 after it was done": faults.bad_gateway(when=faults.When.AFTER),
    "reset": faults.reset(),
    "reset after it was done": faults.reset(when=faults.When.AFTER),
    "half an answer": faults.truncated(),
    "403": faults.status(403),
    "422": faults.status(422),
    "401": faults.status(401),
}


@pytest.mark.parametrize("turn", range(3))
def test_whatever_fails_at_whichever_request_one_branch_and_one_pull_request_are_left_in_the_end(served, turn):
    """A third of the requests each, another fault at each; benchmarks/rolling_back.py tries all at all."""
    hub, repo = served.hub, served.repo
    words = ("feature", "--commit", repo.squashed, "--record", "../r.json")
    served.rollback(*words)
    for nth in range(1 + turn, len(hub.log.requests()) + 1, 3):
        clean(served)
        hub.faults.add("*", "*", list(FAULTS.values())[nth % len(FAULTS)], nth=nth, times=1)
        served.rollback(*words)
        hub.faults.clear()
        done = served.rollback(*words)
        assert done.code == 0, (nth, done.said)
        assert [state for _, state in served.pulls] == ["open"], nth
        assert len(served.branches) == 1


# ------------------------------------------------------------------ hands

WRITES = {"contents": "write", "pull_requests": "write", "issues": "write"}


def served_number(served):
    """The number of a rollback's pull request."""
    assert served.rollback("feature", "--commit", served.repo.squashed).code == 0
    return max(served.there.pulls)


def close(served, number):
    with served.hub.client(served.hub.token("boss", WRITES, kind="user", login="ann")) as client:
        client.get_repo("acme/models").get_pull(number).edit(state="closed")


def clean(served):
    """As if there had been no rollback yet."""
    for number in list(served.there.pulls):
        del served.there.pulls[number]
        del served.there.issues[number]
    for number in list(served.there.issues):
        del served.there.issues[number]
    for name in served.branches:
        served.there.git.drop_ref(f"refs/heads/{name}")


def merged_pull(served, method="merge", commits=1):
    """A pull request that was merged by GitHub; the SHA that GitHub names."""
    repo = served.repo
    repo.git("switch", "-q", "-c", "topic")
    for number in range(commits):
        repo.commit(f"topic {number}", **{f"topic{number}__py": f"{number}\n"})
    repo.push("topic")
    with served.hub.client(served.hub.token("boss", WRITES, kind="user", login="ann")) as client:
        there = client.get_repo("acme/models")
        pull = there.create_pull(base="main", head="topic", title="Topic")
        pull.merge(merge_method=method)
        sha = there.get_pull(pull.number).merge_commit_sha
    repo.git("fetch", "-q", "origin")
    return sha


@pytest.mark.parametrize(("label", "ending"), [("Gate:No-Rollback", "KILL_SWITCH"), ("GATE:KEEP", "OPTED_OUT")])
def test_a_label_that_holds_back_does_so_however_it_is_spelt(label, ending, served):
    sha = merged_pull(served)
    number = max(served.there.pulls)
    if ending == "KILL_SWITCH":
        number = served.hub.issue(served.there, "Stop it", user="ann").number
    served.label(number, label, "ann")
    assert served.rollback("version", "--merge", sha).record["ending"] == ending


def test_a_kill_switch_is_found_behind_hundreds_of_other_events(served):
    issue = served.hub.issue(served.there, "Stop it", user="mallory")
    made = Event(id=1, issue=issue.number, event="renamed", actor="mallory", created_at=served.hub.now())
    served.there.events += [made] * 301
    served.label(issue.number, "gate:no-rollback", "ann")
    assert served.rollback("feature", "--commit", served.repo.squashed).record["ending"] == "KILL_SWITCH"


def test_where_a_repository_has_no_issues_none_of_them_holds_back(served):
    served.hub.faults.add("GET", "/repos/*/issues", faults.status(410, "Issues are disabled"), times=None)
    assert served.rollback("feature", "--commit", served.repo.squashed).record["ending"] == "PULL_REQUEST_OPEN"


def test_a_strangers_issue_with_our_marker_does_not_keep_ours_from_being_opened(served):
    served.there.may_open_pulls = False
    key = served.rollback("feature", "--commit", served.repo.squashed).plan["key"]
    served.there.issues.clear()
    forged = served.hub.issue(served.there, "Nothing", f"<!-- gate-rollback: {key} -->", user="mallory")
    done = served.rollback("feature", "--commit", served.repo.squashed)
    ours = [one for one in served.there.issues.values() if one is not forged]
    assert len(ours) == 1
    assert done.record["url"].endswith(f"/issues/{ours[0].number}")
    assert served.rollback("feature", "--commit", served.repo.squashed).record["url"] == done.record["url"]


def test_pull_requests_from_a_fork_do_not_use_up_the_daily_cap(served):
    fork = served.hub.fork(served.there, "mallory")
    for number in range(4):
        served.hub.push_to_fork(fork, {"x.txt": str(number)}, branch=f"x{number}")
        body = f"<!-- gate-rollback: {number:016x} -->"
        served.hub.open_pull_request(served.there, fork, branch=f"x{number}", body=body, user="mallory")
    assert served.rollback("feature", "--commit", served.repo.squashed).record["ending"] == "PULL_REQUEST_OPEN"


def test_what_the_other_side_says_of_a_branch_that_it_refuses_is_repeated(served):
    hook = served.there.git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: GH006: Protected branch update failed.' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = served.rollback("feature", "--commit", served.repo.squashed)
    assert done.code == 4
    assert "GH006: Protected branch update failed" in done.err
    assert "branch protection rules" in done.err
