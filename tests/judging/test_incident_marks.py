"""What a rollback and its proof write into an incident, word for word."""

import pytest

from gate.domain.incident import Entry, Stage
from gate.domain.rollback import Commit, Ending, Level
from gate.judging.incident_marks import meant, merged_at, of_proof, of_rollback
from gate.judging.incidents import entry_id
from tests.incidents.book import incident
from tests.incidents.made import AT, BASE, SHA, plan, proof, record

DONE_AT = "2026-03-02T14:41:01Z"
HEAD = "cccccccccccc"


def named(by, at, text, *, path, stage=None):
    return Entry(id=entry_id(by, at, stage or "", text), at=at, stage=stage, text=text, by=by, proof=path)


# ------------------------------------------------------------------ which incident


def test_an_id_that_is_exact_means_no_other_that_begins_so():
    one, other = incident(), incident(id="2026-03-02-1430-rate-2")
    assert meant([other, one], one.id, None) == [one]
    assert meant(iter([other, one]), one.id[:-2], None) == [other, one]


@pytest.mark.parametrize(
    "address", ["https://github.com/o/r/issues/7", "https://github.com/o/r/issues/7/", "/issues/7"]
)
def test_the_address_of_an_issue_means_its_incident_alone(address):
    there = [incident(issue=7), incident(issue=17), incident(issue=None), incident(issue=70)]
    assert meant(there, address, None) == there[:1]


def test_nothing_of_an_incident_without_an_issue_is_an_address():
    assert meant([incident()], "https://github.com/o/r/issues/None", None) == []
    assert meant([incident(issue=7)], "https://github.com/o/r/issues/7X", None) == []


def test_without_a_name_and_without_a_record_nobody_is_meant():
    assert meant([incident(version=SHA)], "", None) == ()


def test_what_is_lost_with_a_stable_tag_is_concerned_too():
    lost = Commit(sha="e" * 40, parents=(), tree="t", time=0, author="Ann", message="hotfix")
    about = [incident(version=version) for version in (SHA, "e" * 7, BASE)]
    assert meant([*about, incident(version="f" * 40)], "", record(plan=plan(lost=(lost,)))) == about


# ------------------------------------------------------------------ a rollback


def test_a_branch_that_was_pushed_is_decided_and_rolled_back():
    assert of_rollback(record(reason="rate 21%"), "r.json") == (
        named("gate rollback", AT, "level 1: roll back (rate 21%)", path="r.json", stage=Stage.DECIDED),
        named(
            "gate rollback",
            DONE_AT,
            f"level 1: {Ending.BRANCH_PUSHED.value}: the branch stands, at {HEAD}",
            path="r.json",
            stage=Stage.ROLLED_BACK,
        ),
    )


def test_a_pull_request_that_waits_is_decided_and_not_in_force():
    decided, waits = of_rollback(record(Ending.PULL_REQUEST_OPEN), "r.json")
    assert decided == named("gate rollback", AT, "level 1: roll back", path="r.json", stage=Stage.DECIDED)
    text = (
        f"level 1: {Ending.PULL_REQUEST_OPEN.value}: the branch stands, at {HEAD}"
        "; rolled back once it is merged, which gate verify sees"
    )
    assert waits == named("gate rollback", DONE_AT, text, path="r.json")


def test_what_did_not_go_ahead_is_one_note():
    text = f"the rollback did not go ahead: level 1: {Ending.CONFLICTS.value}: the branch stands, at {HEAD}"
    assert of_rollback(record(Ending.CONFLICTS), "r.json") == (named("gate rollback", DONE_AT, text, path="r.json"),)


def test_without_a_plan_no_level_and_no_commit_is_said():
    decided, done = of_rollback(record(Ending.ALREADY_UNDONE, plan=None), "r.json")
    assert decided.text == "to roll back"
    assert done.text == f"{Ending.ALREADY_UNDONE.value}: the branch stands"


def test_a_plan_of_nothing_names_no_commit():
    empty = plan(taken=(), head=BASE)
    assert empty.is_empty
    (_, done) = of_rollback(record(Ending.ALREADY_UNDONE, plan=empty), "r.json")
    assert done.text == f"level 1: {Ending.ALREADY_UNDONE.value}: the branch stands"


# ------------------------------------------------------------------ a proof


def test_a_proof_that_holds_is_verified_and_lists_what_was_asked():
    landed, verified = of_proof(proof(), AT, "p.json")
    assert landed == named("gate verify", AT, "the branch has it", path="p.json", stage=Stage.ROLLED_BACK)
    text = "tree: HOLDS; refs: HOLDS; data and state: HOLDS; metrics: HOLDS"
    assert verified == named("gate verify", "2026-03-02T14:50:00Z", text, path="p.json", stage=Stage.VERIFIED)


def test_a_proof_that_does_not_hold_is_a_note_that_says_why():
    told = "tree: {}; refs: HOLDS; data and state: HOLDS; metrics: {}"
    for words, why in (
        ({"metrics": "NOT_ASKED"}, "the metrics were not shown to be back"),
        ({"tree": "BROKEN"}, "BROKEN"),
    ):
        text = f"not verified yet ({why}): {told.format(words.get('tree', 'HOLDS'), words.get('metrics', 'HOLDS'))}"
        landed, note = of_proof(proof(**words), AT, "p.json")
        assert landed.stage is Stage.ROLLED_BACK
        assert note == named("gate verify", "2026-03-02T14:50:00Z", text, path="p.json")
        assert of_proof(proof(**words), "", "p.json") == (note,)


def test_it_came_to_the_branch_with_the_first_commit_that_has_it():
    mine = plan()
    commits = [(1_000, "before", "other", False), (2_000, "first", "more", True), (3_000, "second", mine.tree, True)]
    assert merged_at(mine, iter(commits)) == "1970-01-01T00:33:20Z"
    assert merged_at(mine, [(0, "x", mine.tree, False)]) == "1970-01-01T00:00:00Z"
    assert merged_at(plan(level=Level.SYSTEM), [(1_000, mine.head, mine.tree, True)]) == ""
