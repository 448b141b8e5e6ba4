"""A rollback and its proof write the steps of their incident themselves, and stop for nothing that fails there."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from gate.domain.incident import Stage
from gate.domain.rollback import Ending, Level, Shown
from gate.judging.incident_marks import meant, merged_at, of_proof, of_rollback
from tests.incidents.conftest import incident, run
from tests.incidents.made import AT, BASE, SHA, plan, proof, record
from tests.rollback.conftest import nobodys_git, repo, served, template  # noqa: F401  fixtures

# ------------------------------------------------------------------ which incident


def test_the_one_that_is_named_is_meant_by_id_beginning_or_the_address_of_its_issue():
    one, other = incident(issue=7), incident(id="2026-03-02-1430-rate-2", issue=8)
    for named in (one.id, "https://github.com/o/r/issues/7"):
        assert meant((one, other), named, None) == [one]
    assert len(meant((one, other), "2026-03", None)) == 2
    assert meant((one, other), "2027", None) == []


def test_an_open_one_about_what_is_taken_back_is_meant():
    about = [incident(version=version) for version in (SHA, SHA[:7], SHA.upper(), BASE)]
    others = [incident(version=version) for version in ("", SHA[:6], "f" * 40)]
    closed = incident(version=SHA, closed_at=AT)
    assert meant((*about, *others, closed), "", record()) == about


def test_without_a_plan_nobody_is_meant():
    assert meant([incident(version=SHA)], "", record(plan=None)) == ()


# ------------------------------------------------------------------ which steps


@pytest.mark.parametrize("ending", Ending)
def test_rolled_back_is_only_what_is_in_force(ending):
    stages = [one.stage for one in of_rollback(record(ending), "r.json")]
    in_force = ending in (Ending.BRANCH_PUSHED, Ending.ALREADY_UNDONE, Ending.ALREADY_MERGED)
    assert (Stage.ROLLED_BACK in stages) == in_force
    went = ending in (Ending.PULL_REQUEST_OPEN, Ending.KEPT_LOCALLY, Ending.ISSUE_OPENED, Ending.PLANNED)
    assert (Stage.DECIDED in stages) == (in_force or went)


def test_the_times_are_the_records_own():
    decided, rolled_back = of_rollback(record(), "reports/rollbacks/r.json")
    assert (decided.at, rolled_back.at) == (AT, "2026-03-02T14:41:01Z")
    assert {one.proof for one in (decided, rolled_back)} == {"reports/rollbacks/r.json"}
    assert of_rollback(record(), "reports/rollbacks/r.json") == (decided, rolled_back)


def test_verified_needs_the_metrics_too():
    (verified,) = of_proof(proof(), "", "p.json")
    assert verified.stage is Stage.VERIFIED
    (note,) = of_proof(proof(metrics="NOT_ASKED"), "", "p.json")
    assert note.stage is None
    assert "metrics were not shown to be back" in note.text


@pytest.mark.parametrize("check", ["tree", "refs", "data and state", "metrics"])
@pytest.mark.parametrize("shown", [Shown.BROKEN, Shown.UNKNOWN])
def test_a_proof_with_anything_broken_or_unknown_verifies_nothing(check, shown):
    (note,) = of_proof(proof(**{check: shown}), "", "p.json")
    assert note.stage is None


def test_merged_is_when_the_branch_came_to_have_it():
    mine = plan()
    times = [(1_000, "x", "other", False), (2_000, mine.head, mine.tree, True), (3_000, "merge", "more", True)]
    assert merged_at(mine, times) == datetime.fromtimestamp(3_000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert merged_at(mine, [(4_000, "squash", mine.tree, False)]).endswith("01:06:40Z")
    assert merged_at(mine, times[:2]) == ""
    assert merged_at(plan(level=Level.SYSTEM), []) == ""


# ------------------------------------------------------------------ for real


def opened(made, version, *more):
    done = run(made.folder, "incident", "open", "Rate 21%", "--key", "rate", "--version", version, *more)
    assert done.code == 0
    return shown(made)


def shown(made):
    (path,) = (made.folder / "reports/incidents").glob("*.md")
    return run(made.folder, "incident", "show", path.stem, "--json").json


def steps(made):
    return {one["stage"]: one for one in shown(made)["progress"]["deadlines"] if one["done"]}


def test_a_rollback_finds_the_open_incident_and_marks_it(repo):  # noqa: F811
    opened(repo, repo.squashed)
    done = repo.rollback("feature", "--commit", repo.squashed, "--reason", "rate 21%")
    assert done.code == 0, done.err
    found = steps(repo)
    assert set(found) == {"detected", "decided", "rolled back"}
    (record_path,) = (repo.folder / "reports/rollbacks").glob("*.json")
    assert found["rolled back"]["proof"] == f"reports/rollbacks/{record_path.name}"
    assert found["rolled back"]["standing"] == "met"


def test_a_rollback_again_adds_no_second_line_for_the_same_record(repo):  # noqa: F811
    name = opened(repo, "")["incident"]["id"]
    for _ in range(2):
        assert repo.rollback("feature", "--commit", repo.squashed, "--incident", name).code == 0
    texts = [one["text"] for one in shown(repo)["incident"]["entries"] if one["stage"] == "rolled back"]
    assert 1 <= len(texts) <= 2


def test_a_dry_run_marks_nothing(repo):  # noqa: F811
    opened(repo, repo.squashed)
    assert repo.rollback("feature", "--commit", repo.squashed, "--dry-run").code == 0
    assert set(steps(repo)) == {"detected"}


def test_a_rollback_that_does_not_go_ahead_is_a_note(repo):  # noqa: F811
    opened(repo, repo.squashed)
    assert repo.gate("rollback", "feature", "--commit", repo.squashed, "--max-age", "0").code == 1
    assert "did not go ahead" in shown(repo)["incident"]["entries"][-1]["text"]
    assert set(steps(repo)) == {"detected"}


def test_an_incident_that_cannot_be_written_stops_no_rollback_and_stands_in_its_record(repo):  # noqa: F811
    done = repo.rollback("feature", "--commit", repo.squashed, "--incident", "nowhere")
    assert done.code == 0
    assert done.record["ending"] == "BRANCH_PUSHED"
    assert "the incident is not written: no one incident 'nowhere'" in done.err
    (path,) = (repo.folder / "reports/rollbacks").glob("*.json")
    assert "nowhere" in json.loads(path.read_bytes())["details"][0]


def test_a_damaged_record_or_a_folder_that_cannot_be_written_stops_no_rollback(repo):  # noqa: F811
    folder = repo.folder / "reports/incidents"
    folder.mkdir(parents=True)
    (folder / "2026-01-01-0000-x.md").write_text("damaged")
    done = repo.rollback("feature", "--commit", repo.squashed, "--incident", "2026-01-01-0000-x")
    assert (done.code, done.record["ending"]) == (0, "BRANCH_PUSHED")
    assert "2026-01-01-0000-x.md" in done.err


def test_without_an_incident_nothing_is_said_and_no_folder_is_made(repo):  # noqa: F811
    done = repo.rollback("feature", "--commit", repo.squashed)
    assert (done.code, done.err) == (0, "")
    assert not (repo.folder / "reports/incidents").exists()


def test_verify_leaves_a_proof_and_says_what_is_missing_without_metrics(repo):  # noqa: F811
    opened(repo, repo.squashed)
    repo.rollback("feature", "--commit", repo.squashed)
    (path,) = (repo.folder / "reports/rollbacks").glob("*.json")
    assert repo.gate("verify", "--record", str(path), "--no-metrics").code == 0
    (kept,) = (repo.folder / "reports/verifications").glob("*.json")
    assert json.loads(kept.read_bytes())["checks"]
    last = shown(repo)["incident"]["entries"][-1]
    assert (last["stage"], last["proof"]) == (None, f"reports/verifications/{kept.name}")
    assert "verified" not in steps(repo)


@pytest.mark.usefixtures("socket_enabled")
def test_a_pull_request_is_rolled_back_when_it_is_merged_and_verify_sees_it(served):  # noqa: F811
    made = served.repo
    opened(made, made.squashed, "--at", "2020-01-01T00:00:00Z")
    assert served.rollback("feature", "--commit", made.squashed).record["ending"] == "PULL_REQUEST_OPEN"
    assert set(steps(made)) == {"detected", "decided"}
    with served.hub.client(served.hub.token("boss", {"contents": "write", "pull_requests": "write"})) as client:
        client.get_repo("acme/models").get_pull(max(served.there.pulls)).merge(merge_method="merge")
    (path,) = (made.folder / "reports/rollbacks").glob("*.json")
    assert made.gate("verify", "--record", str(path), "--no-metrics", **served.environment).code == 0
    found = steps(made)["rolled back"]
    assert found["standing"] == "missed"
    assert found["proof"].startswith("reports/verifications/")


def test_a_record_is_read_back_as_it_was(repo):  # noqa: F811
    opened(repo, repo.squashed)
    before = shown(repo)["incident"]
    repo.rollback("feature", "--commit", repo.squashed)
    after_it = shown(repo)["incident"]
    assert {one["id"] for one in before["entries"]} < {one["id"] for one in after_it["entries"]}
    assert msgspec.json.encode(before["facts"]) == msgspec.json.encode(after_it["facts"])
