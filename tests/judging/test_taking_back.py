"""What holds a rollback back, how it is named, and which parent of a merge stays."""

import re

import pytest

from gate.domain.rollback import Applied, Commit, Ending, Level, Policy, PullRequest
from gate.judging.taking_back import (
    DAY,
    FORCED,
    answered,
    branch_of,
    capped,
    free_name,
    key_of,
    mainline,
    message_of,
    needs_a_human,
    opted_out,
    restoring_message,
    reverted_by,
    switched_off,
    too_old,
)

A, B, C = "a" * 40, "b" * 40, "c" * 40


def commit(sha=A, parents=(B,), message="Faster fit\n\nbody", time=0):
    return Commit(sha=sha, parents=parents, tree="t", time=time, author="x", message=message)


def label(by, *, may_write, name="gate:keep", place="pull request #12"):
    return Applied(label=name, place=place, by=by, may_write=may_write)


# ------------------------------------------------------------------ names


def test_two_triggers_of_the_same_rollback_have_the_same_key_and_no_parts_run_together():
    assert key_of("revert", "main", A) == key_of("revert", "main", A)
    assert re.fullmatch("[0-9a-f]{16}", key_of("revert"))
    assert key_of("revert", "main") != key_of("revertmain")
    assert key_of("re", "vert") != key_of("rev", "ert")
    assert key_of("revert", "main", A) == "afc02aab5562635c", (
        "it is in commits and branches already: it stays what it is"
    )


def test_one_commit_of_the_default_branch_gives_the_short_name_and_all_else_one_of_its_own():
    assert branch_of([A], "main", "main") == "hotfix/revert-aaaaaaaaaaaa"
    release, two = branch_of([A], "release", "main"), branch_of([A, B], "main", "main")
    assert re.fullmatch("hotfix/revert-aaaaaaaaaaaa-[0-9a-f]{8}", release)
    assert re.fullmatch("hotfix/revert-aaaaaaaaaaaa-[0-9a-f]{8}", two)
    assert release.rpartition("-")[2] == key_of("release", A)[:8]
    assert two.rpartition("-")[2] == key_of("main", A, B)[:8]
    assert branch_of([B, A], "main", "main").rpartition("-")[2] == key_of("main", A, B)[:8], "in whatever order"


@pytest.mark.parametrize(
    ("branches", "name"),
    [
        ([], "hotfix/revert-1"),
        (["main", "hotfix-2", "hotfix/revert-10", "hotfix/revert-1"], "hotfix/revert-1"),
        (["hotfix"], "hotfix-revert-1"),
        (["hotfix/revert-1/more"], "hotfix-revert-1"),
    ],
)
def test_a_branch_in_the_way_of_the_name_turns_its_slashes_into_dashes(branches, name):
    assert free_name("hotfix/revert-1", branches) == name


def test_a_branch_is_in_the_way_at_any_depth():
    assert free_name("a/b/c", ["a"]) == free_name("a/b/c", ["a/b"]) == "a-b-c"
    assert free_name("a/b/c", ["b", "a/c"]) == "a/b/c"


# ------------------------------------------------------------------ which parent stays


def test_a_commit_with_one_parent_goes_back_to_it_wherever_it_lies():
    assert mainline(commit(parents=(B,)), [], "main") == B


@pytest.mark.parametrize(
    ("subject", "target", "stays"),
    [
        ("Merge pull request #4 from x/fit", "main", B),
        ("Merge branch 'fit'", "main", B),
        ("Merge branch 'main' into fit", "main", C),
        ("Merge remote-tracking branch 'origin/main' into fit", "main", C),
        ("Merge branch 'origin/main' of github.com:x/y into fit", "main", C),
        ("Merge branch 'main' into fit", "release/main", C),
        ("Merge branch 'main' into fit", "main/release", B),
        ("Merge branch 'next' into fit", "main", B),
        ("Revert Merge branch 'main' into fit", "main", B),
    ],
)
def test_a_merge_on_the_line_keeps_its_first_parent_unless_the_target_was_merged_into_it(subject, target, stays):
    assert mainline(commit(parents=(B, C), message=f"{subject}\n\nx"), [A], target) == stays


def test_a_merge_of_three_keeps_its_first_parent_whatever_its_subject_says():
    assert mainline(commit(parents=(B, C, "d"), message="Merge branch 'main' into fit"), [A], "main") == B


def test_of_a_merge_beside_the_line_the_one_parent_on_it_stays_and_two_or_none_tell_nothing():
    merge = commit(parents=(B, C))
    assert mainline(merge, [C], "main") == C
    assert mainline(merge, [B, C], "main") is None
    assert mainline(merge, [], "main") is None


# ------------------------------------------------------------------ messages


def test_what_a_commit_says_it_reverts_is_read_from_gits_own_line_alone():
    message = f'Reapply "x"\n\nThis reverts commit {A}.\n\nThis reverts commit {B}, reversing\nchanges made to {C}.\n'
    assert reverted_by(commit(message=message)) == {A, B}
    assert reverted_by(commit(message=f"he said: This reverts commit {A}.")) == set()
    assert reverted_by(commit(message=f"This reverts commit {A[:12]}.")) == set()


def test_a_reverts_message_is_gits_own_with_the_rollbacks_name_below():
    assert message_of(commit(), B, "k") == (f'Revert "Faster fit"\n\nThis reverts commit {A}.\n\nGate-Rollback: k\n')
    assert message_of(commit(parents=(B, C)), B, "k") == (
        f'Revert "Faster fit"\n\nThis reverts commit {A}, reversing\nchanges made to {B}.\n\nGate-Rollback: k\n'
    )


def test_the_message_of_a_restored_tag_lists_what_is_lost_a_hundred_at_most():
    assert restoring_message("v1", B, [commit()], "k") == (
        f"Restore v1\n\nEvery file is as in v1 ({B}).\n\nWhat this takes out:\n"
        '- aaaaaaaaaaaa "Faster fit"\n\nGate-Rollback: k\n'
    )
    hundred = restoring_message("v1", B, [commit()] * 100, "k")
    assert hundred.count("\n- ") == 100
    assert "more" not in hundred
    more = restoring_message("v1", B, [commit()] * 101, "k")
    assert more.count('\n- aaaaaaaaaaaa "') == 100
    assert more.endswith('"Faster fit"\n- and 1 more\n\nGate-Rollback: k\n')


# ------------------------------------------------------------------ what holds it back


def test_the_kill_switch_is_a_variable_a_file_or_a_label_of_whoever_may_write():
    def why(policy=Policy(), **found):  # noqa: B008  it is frozen
        stop = switched_off(policy, **({"has_file": False} | found))
        assert stop is None or (stop[0], stop[2]) == (Ending.KILL_SWITCH, FORCED)
        return stop and stop[1]

    stranger = label("eve", may_write=False, name="gate:no-rollback", place="issue #3")
    known = [
        label("ann", may_write=True, name="gate:no-rollback", place="issue #4"),
        label("bob", may_write=True, name="gate:stop", place="issue #5"),
    ]
    assert why() is None
    assert why(labels=[stranger]) is None
    assert why(labels=[stranger, *known]) == (
        "rollbacks are switched off: ann put the label gate:no-rollback on issue #4"
    )
    assert why(has_file=True, labels=known) == (
        "rollbacks are switched off: the target branch has the file .gate/no-rollback"
    )
    assert why(Policy(switched_off="GATE_NO_ROLLBACK"), has_file=True) == (
        "rollbacks are switched off: the variable GATE_NO_ROLLBACK says so"
    )


def test_a_pull_request_stays_where_someone_who_may_write_labelled_it_so():
    stranger, ann = label("eve", may_write=False), label("ann", may_write=True)
    assert opted_out([]) is None
    assert opted_out([stranger]) is None
    assert opted_out([stranger, ann]) == (
        Ending.OPTED_OUT,
        "pull request #12 is to be kept: ann put the label gate:keep on it",
        FORCED,
    )


def test_a_commit_older_than_is_allowed_is_no_culprit_and_one_exactly_as_old_is():
    policy, now = Policy(max_age_days=30), 100 * DAY
    exactly, older = commit(time=70 * DAY), commit(time=69 * DAY)
    assert too_old(policy, [exactly], now) is None
    assert too_old(policy, [commit(time=69 * DAY + 1)], now) is None, "whole days count"
    assert too_old(policy, [exactly, older], now) == (
        Ending.TOO_OLD,
        'aaaaaaaaaaaa "Faster fit" is 31 days old; more than 30 is no culprit',
        f"set --max-age, or {FORCED}",
    )


def test_more_rollbacks_a_day_than_are_allowed_are_held_back_and_the_same_again_is_no_other():
    policy = Policy(daily_cap=2)
    assert capped(policy, ["a"], "b") is None
    assert capped(policy, ["a", "a", "b"], "b") is None
    assert capped(policy, ["a", "b"], "c") == (
        Ending.DAILY_CAP,
        "2 rollbacks were made today, and 2 are allowed",
        f"look for a common cause first; set --daily-cap, or {FORCED}",
    )


def test_an_open_pull_request_goes_on_a_merged_one_is_done_and_a_closed_one_means_no():
    def made(number, state):
        return PullRequest(number=number, url=f"https://x/{number}", state=state)

    closed = made(1, "closed")
    assert answered([]) is None
    assert answered([closed, made(2, "open"), made(3, "merged")]) is None
    assert answered([closed, made(3, "merged")]) == (
        Ending.ALREADY_MERGED,
        "it was merged already: https://x/3",
        "",
    )
    assert answered([closed, made(4, "closed")]) == (
        Ending.CLOSED_BY_HUMAN,
        "a person closed its pull request, which means no: https://x/1",
        "open it again there, or --force",
    )


def test_only_the_whole_system_is_never_taken_back_without_being_asked():
    assert [needs_a_human(level) for level in Level] == [False, False, True]
