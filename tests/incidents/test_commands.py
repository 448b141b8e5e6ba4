"""gate incident, as a person calls it."""

import json
import re
from datetime import timedelta

import msgspec
import pytest

from gate.domain.incident import written
from gate.domain.rollback import Ending, Record
from gate.report.incident import LINE
from tests.incidents.conftest import START, run

OPEN = ("incident", "open", "Rate 21%", "--key", "rate", "--at", "2026-03-02T14:30:00Z")
NAME = "2026-03-02-1430-rate"


@pytest.fixture
def opened(gate):
    assert gate(*OPEN, "--fact", "limit=15%", "--version", "abc1234", "--onset", "2026-03-02T14:20:00Z").code == 0
    return gate


def test_from_open_to_closed_by_commands(opened, tmp_path):
    proof = tmp_path / "reports/rollbacks/r.json"
    proof.parent.mkdir(parents=True)
    record = Record(at="2026-03-02T14:40:00Z", ending=Ending.BRANCH_PUSHED, sentence="done", seconds=61.0)
    proof.write_bytes(msgspec.json.encode(record))
    assert opened("incident", "mark", NAME, "rolled-back", "--proof", "reports/rollbacks/r.json").code == 0
    assert opened("incident", "mark", NAME, "verified", "--at", "2026-03-02T16:00:00Z").code == 0
    assert opened("incident", "note", NAME, "--lessons", "drill squash merges").code == 0
    assert opened("incident", "note", NAME, "--owners", "ann").code == 0
    assert opened("incident", "note", NAME, "--public", "Signals were delayed.").code == 0
    done = opened("incident", "close", "2026-03-02", "--root-cause", "the smoothing was dropped")
    assert done.code == 0
    assert "still owed:" in done.out
    assert re.search(r"documented \(due 2026-03-09T14:30:00Z\)", done.out)
    shown = opened("incident", "show", NAME, "--json").json
    steps = {one["stage"]: one for one in shown["progress"]["deadlines"]}
    assert (steps["rolled back"]["done"], steps["rolled back"]["standing"]) == ("2026-03-02T14:41:01Z", "met")
    assert (steps["verified"]["standing"], steps["verified"]["seconds"]) == ("missed", 30 * 60)
    assert steps["root cause"]["standing"] == "missed"
    assert shown["incident"]["root_cause"] == "the smoothing was dropped"
    assert shown["public"]["sentence"] == "Signals were delayed."
    text = (tmp_path / f"reports/incidents/{NAME}.md").read_text()
    assert "[r.json](../../reports/rollbacks/r.json)" in text
    assert "❌ missed by 30 min 00 s" in text


def test_open_twice_is_open_once(opened):
    again = opened(*OPEN)
    assert (again.code, again.out[:12]) == (0, "open already")


def test_close_without_a_root_cause_is_refused_in_one_line(opened):
    done = opened("incident", "close", NAME)
    assert done.code == 2
    assert done.err.splitlines()[-2:] == [
        f"gate: {NAME} has no root cause",
        "      say it: gate incident close ID --root-cause",
    ]
    assert "OPEN" in opened("incident", "show", NAME, "--markdown").out


def test_show_has_a_table_with_progress(opened):
    done = opened("incident", "show", "2026")
    assert "progress [##.......] 1 of 9 steps".replace("##", "#.") in done.out
    assert re.search(r"rolled back +due 2026-03-02 15:00:00 +done — +overdue by", done.out)
    assert "it began in the data" in done.out


def test_list_names_what_is_late(opened):
    assert "rolled back late" in opened("incident", "list").out
    opened("incident", "close", NAME, "--root-cause", "x")
    assert opened("incident", "list").out == "no incident is open\n"
    assert NAME in opened("incident", "list", "--all").out


WRONG = {
    "no such incident": ("note", "2027", "x"),
    "before the detection": ("mark", NAME, "rolled-back", "--at", "2026-03-02T14:29:59Z"),
    "in the future": ("mark", NAME, "rolled-back", "--at", "2999-01-01T00:00:00Z"),
    "no time": ("mark", NAME, "rolled-back", "--at", "noon"),
    "no zone": ("note", NAME, "x", "--at", "2026-03-02T15:00:00"),
    "no such proof": ("mark", NAME, "rolled-back", "--proof", "nowhere.json"),
    "nothing said": ("note", NAME, " "),
    "no root cause": ("mark", NAME, "root-cause"),
    "no such step": ("mark", NAME, "undone"),
    "no such settings": ("list", "--config", "nowhere.toml"),
    "no such follow-up": ("note", NAME, "did it", "--done", "0123"),
    "opened in the future": ("open", "x", "--at", "2999-01-01T00:00:00Z"),
    "a fact without a value": ("open", "x", "--fact", "limit"),
    "no title": ("open", "  "),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_with_advice_and_nothing_is_written(words, opened, tmp_path):
    path = tmp_path / f"reports/incidents/{NAME}.md"
    before = path.read_bytes()
    done = opened("incident", *words)
    assert done.code == 2, done.said
    lines = [line for line in done.err.splitlines() if "GITHUB_TOKEN" not in line]
    assert len(lines) == 2, lines
    assert path.read_bytes() == before
    assert len(list(path.parent.glob("*.md"))) == 1


def test_a_broken_gate_toml_is_one_line(gate, tmp_path):
    (tmp_path / "gate.toml").write_text("[incidents]\nfolder = '/etc'\n")
    done = gate(*OPEN)
    assert done.code == 2
    assert "is not below gate.toml's folder" in done.err


def test_the_folder_is_relative_to_gate_toml(gate, tmp_path):
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops/gate.toml").write_text("[incidents]\nfolder = 'book'\ngithub_issue = false\n")
    assert gate(*OPEN, "-c", "ops/gate.toml").code == 0
    assert (tmp_path / f"ops/book/{NAME}.md").is_file()


def test_a_label_that_github_would_cut_is_refused(gate, tmp_path):
    (tmp_path / "gate.toml").write_text("[incidents]\nlabels = ['a,b']\n")
    assert "is no label" in gate(*OPEN).err


def test_a_follow_up_is_answered_by_its_id(opened):
    opened("incident", "note", NAME, "--follow-up", "drill squash merges")
    entries = opened("incident", "show", NAME, "--json").json["incident"]["entries"]
    (asked,) = [one for one in entries if one["topic"] == "follow-up"]
    assert f"follow-up {asked['id']}: drill squash merges" in opened("incident", "show", NAME).out
    assert opened("incident", "note", NAME, "drilled", "--done", asked["id"]).code == 0
    assert "follow-up " + asked["id"] not in opened("incident", "show", NAME).out


def test_the_same_note_twice_stands_once(opened):
    for _ in range(2):
        opened("incident", "note", NAME, "flat", "--at", "2026-03-02T15:00:00Z", "--by", "ann")
    assert opened("incident", "show", NAME).out.count("flat") == 1


def test_help_has_an_example_for_each(gate):
    for verb in ("open", "note", "mark", "show", "close", "list", "sync", "postmortem"):
        done = gate("incident", verb, "--help")
        assert re.search(r"\n  Examples?:\n    (GITHUB_TOKEN=\S+( \S+ \S+)? )?gate incident", done.out), done.out


# ------------------------------------------------------------------ the post-mortem


def test_a_post_mortem_is_drafted_from_what_the_record_points_at(opened, tmp_path):
    from tests.incidents.made import culprits, proof, record, verdict  # noqa: PLC0415

    for name, one in {"v": verdict(), "r": record(), "p": proof(), "c": culprits()}.items():
        (tmp_path / f"{name}.json").write_bytes(msgspec.json.encode(one))
    opened("incident", "mark", NAME, "rolled-back", "--proof", "r.json", "--at", "2026-03-02T14:41:00Z")
    opened("incident", "mark", NAME, "verified", "--proof", "p.json", "--at", "2026-03-02T14:50:00Z")
    opened("incident", "note", NAME, "--follow-up", "drill squash merges")
    done = opened("incident", "postmortem", NAME, "--from", "v.json", "--from", "c.json")
    assert done.code == 0, done.said
    for words in (
        "| Regime change rate | 8.3% | 21.0% |",
        "back at the baseline's",
        "`5d6e7f80123a` Drop the smoothing (Ann), pull request 8",
        "2 data and state files were fingerprinted before, 300 bytes",
        "✅ data and state",
        "rolled back: met at 2026-03-02 14:41:00, 19 min 00 s before",
        "_not yet written_",
        "- [ ] drill squash merges",
        "- [ ] documented, due 2026-03-09 14:30:00",
        "limit: 15%",
    ):
        assert words in done.out, words


def test_a_post_mortem_is_written_into_the_record_once_and_stays(opened, tmp_path):
    path = tmp_path / f"reports/incidents/{NAME}.md"
    assert opened("incident", "postmortem", NAME, "--write").code == 0
    path.write_text(path.read_text().replace("#### Lessons\n\n_not yet written_", "#### Lessons\n\nDrill more."))
    assert opened("incident", "postmortem", NAME, "--write").code == 2
    opened("incident", "note", NAME, "later")
    text, below = path.read_text(), path.read_text().partition(LINE)[2]
    assert below.count("## Post-mortem") == 1
    assert "## Post-mortem\n\n_written by hand, below_" in text
    assert "Drill more." in text
    assert "lessons: not yet written" not in text
    assert "owners: not yet written" in text


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"judgements": 1}', b"\xff"])
def test_what_is_no_file_of_gates_is_refused_by_a_post_mortem(content, opened, tmp_path):
    (tmp_path / "x.json").write_bytes(content)
    done = opened("incident", "postmortem", NAME, "--from", "x.json")
    assert done.code == 4
    assert "no verdict, record, proof or culprit" in done.err


def test_json_is_for_machines(opened):
    for words in (("list",), ("show", NAME), ("note", NAME, "x"), ("mark", NAME, "decided"), ("postmortem", NAME)):
        json.loads(opened("incident", *words, "--json").out)


def test_an_onset_before_the_detection_is_a_note_and_no_doubt(opened):
    assert "counts for nothing" not in opened("incident", "show", NAME).out


def test_times_are_whole_seconds_in_utc(tmp_path):
    run(tmp_path, "incident", "open", "x", "--at", "2026-03-02T15:30:00.9+01:00")
    shown = run(tmp_path, "incident", "show", "2026", "--json").json
    assert shown["incident"]["opened_at"] == written(START + timedelta(milliseconds=900)) == "2026-03-02T14:30:00Z"
