"""What GitHub has no room for, and names that clash."""

import pytest
from github import GithubException


def status_of(call, *words, **named):
    with pytest.raises(GithubException) as caught:
        call(*words, **named)
    return caught.value.status


def test_a_comment_ends_at_65536_characters(hub, repository, github):
    issue = github.create_issue("Title")
    assert issue.create_comment("x" * 65536).body[-1] == "x"
    assert status_of(issue.create_comment, "x" * 65537) == 422
    assert status_of(issue.get_comments()[0].edit, "x" * 65537) == 422
    assert status_of(github.create_issue, "Title", body="x" * 65537) == 422
    assert len(repository.comments) == 1


def test_a_status_description_ends_at_140_characters(github, repository, feature):
    commit = github.get_commit(feature)
    commit.create_status("success", description="x" * 140, context="gate")
    assert status_of(commit.create_status, "failure", description="x" * 141, context="gate") == 422
    assert [one.state for one in commit.get_statuses()] == ["success"]


def annotation(line):
    return {
        "path": "model.py",
        "start_line": line,
        "end_line": line,
        "annotation_level": "failure",
        "message": "Too many states",
    }


def test_a_check_run_takes_fifty_annotations_a_request_and_adds_them_up(github, repository, feature):
    fifty = [annotation(line) for line in range(1, 51)]
    run = github.create_check_run("gate", feature, output={"title": "t", "summary": "s", "annotations": fifty})
    run.edit(output={"title": "t", "summary": "s", "annotations": fifty[:10]})
    assert run.output.annotations_count == 60
    assert len(list(run.get_annotations())) == 60


def test_fifty_one_annotations_are_too_many(hub, github, feature):
    many = [annotation(line) for line in range(1, 52)]
    output = {"title": "t", "summary": "s", "annotations": many}
    assert status_of(github.create_check_run, "gate", feature, output=output) == 422
    assert "output.annotations" in hub.breaches.pop()
    assert not hub.breaches


def test_a_summary_ends_at_65535_characters(hub, github, feature):
    output = {"title": "t", "summary": "x" * 65536}
    assert status_of(github.create_check_run, "gate", feature, output=output) == 422
    hub.breaches.clear()
    assert github.create_check_run("gate", feature, output={"title": "t", "summary": "x" * 65535})


def test_names_of_branches_clash(github, repository, feature):
    github.create_git_ref("refs/heads/revert", feature)
    assert status_of(github.create_git_ref, "refs/heads/revert/one", feature) == 422
    assert status_of(github.create_git_ref, "refs/heads/revert", feature) == 422
    github.get_git_ref("heads/revert").delete()
    assert github.create_git_ref("refs/heads/revert/one", feature).ref == "refs/heads/revert/one"


def test_a_ref_moves_backwards_only_by_force(github, repository, feature):
    ref = github.get_git_ref("heads/feature")
    assert status_of(ref.edit, repository.sha("main")) == 422
    ref.edit(repository.sha("main"), force=True)
    assert repository.sha("feature") == repository.sha("main")


@pytest.mark.parametrize("sha", ["0" * 40, "f" * 40])
def test_a_ref_to_nothing_is_refused(github, sha):
    assert status_of(github.create_git_ref, "refs/heads/x", sha) == 422


def test_a_protected_branch_is_neither_moved_nor_deleted(github, repository, feature):
    repository.protect(checks=("gate",))
    ref = github.get_git_ref("heads/main")
    assert status_of(ref.edit, feature) == 422
    assert status_of(ref.delete) == 422
    assert status_of(github.create_file, "a.py", "A", "A = 1\n") == 409


def test_a_label_is_made_once(github):
    github.create_label("gate: override", "ff0000")
    assert status_of(github.create_label, "Gate: Override", "00ff00") == 422


def test_a_label_is_put_on_and_taken_off_however_it_is_spelt(hub, repository, github, feature):
    github.create_label("Gate:Passed", "00ff00")
    issue = github.create_issue("x")
    issue.add_to_labels("gate:passed")
    assert [one.name for one in issue.get_labels()] == ["Gate:Passed"]
    assert [one.number for one in github.get_issues(labels=["GATE:PASSED"])] == [issue.number]
    issue.remove_from_labels("gate:PASSED")
    assert not list(issue.get_labels())


def test_a_page_holds_no_more_than_the_server_gives(hub, github):
    hub.largest_page = 2
    for title in "abcde":
        github.create_issue(title)
    assert len(list(github.get_issues())) == 5
