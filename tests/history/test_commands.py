"""`gate history` and what the other commands keep, as a person types them."""

import csv
import io
import json
import re

import msgspec
import pytest
from markdown_it import MarkdownIt

from gate.cli.main import main
from gate.domain.history import Happened
from gate.domain.operating import HistorySettings
from gate.domain.rollback import Ending, Record
from gate.usecases.history import verdict_entry
from gate.wiring.history import ledger_at
from tests.history.conftest import EXAMPLE, VERDICT, entry, git

JUDGED = EXAMPLE.parent
ELSEWHERE = (
    "GATE_HISTORY",
    "GITHUB_ACTIONS",
    "GITHUB_EVENT_PATH",
    "GITHUB_EVENT_NAME",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_RUN_ID",
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a gate.toml, in no job."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "gate.toml").write_text("[run]\nseeds = 1\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def gate(here, capsys):
    """A command: its exit code, what it said, what it complained of."""

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(list(map(str, words)))
        said = capsys.readouterr()
        return int(left.value.code), said.out, said.err

    return run


def kept(here):
    return list(ledger_at(HistorySettings(), here).entries())


def fill(here, count=60, rise=0.0, source="nightly"):
    """Verdicts whose change rate waves, and rises at two thirds."""
    made = []
    for number in range(count):
        rate = 0.083 + 0.002 * (number % 3 - 1) + (rise if number >= count * 2 // 3 else 0.0)
        judgements = [msgspec.structs.replace(one, candidate=rate) for one in VERDICT.judgements[:1]]
        changed = msgspec.structs.replace(
            VERDICT, judgements=(*judgements, VERDICT.judgements[1]), reason=f"{source} {number}"
        )
        at = f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}T03:00:00Z"
        made.append(verdict_entry(changed, at=at, source=source))
    ledger_at(HistorySettings(), here).append(made)


# ------------------------------------------------------------------ what the other commands keep


def test_a_verdict_is_kept_once_however_often_it_is_judged(here, gate):
    for _ in range(2):
        assert gate("judge", JUDGED, "--no-pictures", "--quiet")[0] == 1
    (one,) = kept(here)
    assert (one.kind, one.source, one.verdict.verdict) == (Happened.VERDICT, "local", "BLOCK")


def test_a_history_that_is_broken_changes_neither_the_verdict_nor_its_exit_code(here, gate):
    (here / ".gate").mkdir()
    (here / ".gate" / "history.sqlite").write_text("no database " * 100)
    code, _, said = gate("judge", JUDGED, "--no-pictures", "--quiet")
    assert code == 1
    assert said.startswith("gate: not kept in the history: ")
    assert "1 entry waits in the outbox" in said
    assert len(said.splitlines()) == 2
    (here / ".gate" / "history.sqlite").unlink()
    gate("history", "add", "--kind", "deployment", "--ref", "v2")
    assert [one.kind for one in sorted(kept(here), key=lambda one: one.kind)] == ["deployment", "verdict"]


@pytest.mark.parametrize(
    ("toml", "words", "count"),
    [
        ("[history]\nenabled = false\n", (), 0),
        ("", ("--no-history",), 0),
        ("[history]\nenabled = false\n", ("--history", "sqlite:///.gate/history.sqlite"), 1),
    ],
)
def test_keeping_is_switched_off_and_on(here, gate, toml, words, count):
    (here / "gate.toml").write_text(toml)
    assert gate("judge", JUDGED, "--no-pictures", "--quiet", *words)[0] == 1
    assert len(kept(here)) == count
    assert (here / ".gate").exists() == bool(count)


def test_a_variable_switches_keeping_off_and_what_is_asked_for_is_done(here, gate, monkeypatch):
    monkeypatch.setenv("GATE_HISTORY", "off")
    assert gate("judge", JUDGED, "--no-pictures", "--quiet") == (1, "", "")
    assert not (here / ".gate").exists()
    assert gate("history", "add", "--kind", "deployment", "--ref", "v2")[0] == 0
    assert len(kept(here)) == 1


def test_a_broken_gate_toml_that_merely_lies_here_stops_no_verdict(here, gate):
    (here / "gate.toml").write_text("[history]\nurk = 1\n")
    code, _, said = gate("judge", JUDGED, "--no-pictures", "--quiet")
    assert code == 1
    assert "unknown key 'urk' in [history]" in said


def test_the_users_checkout_stays_clean(here, gate):
    git(here, "init", "--quiet")
    git(here, "add", "--all")
    git(here, "commit", "--quiet", "-m", "first")
    gate("judge", JUDGED, "--no-pictures", "--quiet")
    assert git(here, "status", "--porcelain") == ""
    (here / ".gate" / "no-rollback").write_text("")  # the switch may be committed
    assert git(here, "status", "--porcelain", "--untracked-files=all") == "?? .gate/no-rollback"


def test_a_url_with_a_password_stands_in_the_environment_and_is_never_said(here, gate, monkeypatch):
    (here / "gate.toml").write_text('[history]\nurl = "postgresql+psycopg://gate:hunter2@db/gate"\n')
    code, _, said = gate("history", "list")
    assert code == 2
    assert "holds a password" in said
    (here / "gate.toml").write_text('[history]\nurl_env = "OUR_URL"\ntimeout = 1\n')
    code, _, missing = gate("history", "list")
    assert (code, "names OUR_URL, which is not set" in missing) == (2, True)
    monkeypatch.setenv("OUR_URL", f"postgresql+psycopg://gate:hunter2@/gate?host={here}&sslpassword=hunter2")
    monkeypatch.setenv("GATE_DEBUG", "1")
    code, _, refused = gate("history", "list")
    assert (code, "cannot be used" in refused) == (2, True)
    assert "hunter2" not in said + missing + refused


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('url = "git:--upload-pack=x"', "no name of a branch"),
        ('url = "git:a..b"', "no name of a branch"),
        ('url = "sqlite://"', "names no file"),
        ("timeout = 0", "timeout is 0"),
        ("timeout = nan", "timeout is nan"),
        ('url = "mongodb://x/y"', "does not know"),
    ],
)
def test_a_wrong_table_is_one_clear_line(here, gate, table, said):
    (here / "gate.toml").write_text(f"[history]\n{table}\n")
    code, _, error = gate("history", "list")
    assert code == 2
    assert said in error
    assert len(error.splitlines()) == 2


# ------------------------------------------------------------------ the verbs


def test_what_happened_is_listed_shown_and_told_apart(here, gate):
    gate("judge", JUDGED, "--no-pictures", "--quiet")
    code, out, _ = gate("history", "add", "--kind", "deployment", "--ref", "v2", "--sha", "1a2b", "--at", "2026-01-01")
    assert (code, "added" in out) == (0, True)
    _, listed, _ = gate("history", "list")
    assert ["deployment" in line for line in listed.splitlines()] == [True, False]
    assert json.loads(gate("history", "list", "--json", "--newest", "1")[1])[0]["verdict"]["verdict"] == "BLOCK"
    assert "Repaint" in gate("history", "show", "verdict-")[1]
    assert json.loads(gate("history", "show", "deploy", "--json")[1])["sha"] == "1a2b"
    code, _, said = gate("history", "show", "nothing")
    assert (code, "there is no entry 'nothing'" in said) == (2, True)


def test_added_twice_it_is_there_once(here, gate):
    words = (
        "history",
        "add",
        "--kind",
        "rollback",
        "--title",
        "by hand",
        "--at",
        "2026-01-01T10:00:00+02:00",
        "--json",
    )
    first, second = (json.loads(gate(*words)[1]) for _ in range(2))
    assert (first["added"], second["added"]) == (1, 0)
    assert first["uid"] == second["uid"]


def test_records_that_lie_in_files_are_kept(here, gate):
    record = Record(at="2026-01-01T00:00:00Z", ending=Ending.KILL_SWITCH, sentence="GATE_ROLLBACK=off")
    (here / "record.json").write_bytes(msgspec.json.encode(record))
    assert gate("history", "add", "--record", "record.json")[0] == 0
    assert gate("history", "add", "--verdict", EXAMPLE, "--source", "nightly")[0] == 0
    assert [(one.kind, one.source) for one in kept(here)] == [("rollback", "rollback"), ("verdict", "nightly")]
    assert kept(here)[0].title == "KILL_SWITCH: GATE_ROLLBACK=off"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "deployment"), "nothing says what it is about"),
        ((), "say one thing"),
        (("--kind", "verdict", "--ref", "x"), "'verdict' is not one of"),
        (("--kind", "deployment", "--ref", "x", "--at", "yesterday"), "'yesterday' is no moment"),
        (("--record", "gate.toml"), "is no record of a rollback"),
        (("--drill", "missing.json"), "cannot read missing.json"),
    ],
)
def test_a_wrong_addition_is_one_clear_line_and_nothing_is_kept(here, gate, words, said):
    code, _, error = gate("history", "add", *words)
    assert code in {2, 4} if "--record" in words else code == 2
    assert said in error
    assert not (here / ".gate" / "history.sqlite").exists()


def test_slow_change_is_found_and_never_an_exit_code(here, gate, monkeypatch):
    fill(here, rise=0.027)
    fill(here, count=3, source="local")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "summary"))
    code, out, _ = gate("history", "drift", "--summary")
    assert code == 0
    assert out.splitlines()[0].startswith("WORSE   Regime change rate went from 8.3% to 11.0% (worse) by 2026-02-13")
    assert "| Regime change rate | 2026-02-13 | 8.3% | 11.0% |" in (here / "summary").read_text()
    found = {one["metric"]: one for one in json.loads(gate("history", "drift", "--json")[1])}
    assert found["regime_change_rate"]["points"] == 60
    assert found["confidence"]["course"] == "steady"
    assert "too few" in gate("history", "drift", "--source", "local")[1]


def test_an_empty_history_says_so(here, gate):
    assert gate("history", "list")[1] == "the history is empty\n"
    assert gate("history", "drift")[1] == "no verdicts yet\n"
    assert not (here / ".gate").exists()
    (here / "gate.toml").unlink()
    code, _, said = gate("history", "list")
    assert (code, "there is no history" in said) == (2, True)


def test_the_report_has_a_picture_a_metric_and_marks_what_happened(here, gate):
    fill(here, rise=0.027)
    hostile = "<script>alert(1)</script> | @everyone ](http://evil) `x`"
    ledger_at(HistorySettings(), here).append(
        [
            entry("d", at="2026-01-10T00:00:00Z"),
            entry("r", at="2026-02-20T00:00:00Z", kind=Happened.ROLLBACK, title=hostile, sha=hostile),
        ]
    )
    assert gate("history", "report", "--output", "out")[0] == 0
    page = (here / "out" / "history.md").read_text()
    assert "![Regime change rate](regime_change_rate.svg)" in page
    shown = MarkdownIt().enable("table").render(page)
    assert "<script" not in shown
    assert "evil" not in "".join(re.findall(r"(?:href|src)=.*?>", shown))
    assert "@everyone" not in shown
    for picture in (here / "out").glob("*.svg"):
        assert b"<script" not in picture.read_bytes()
    first = {path.name: path.read_bytes() for path in (here / "out").iterdir()}
    gate("history", "report", "--output", "out")
    assert {path.name: path.read_bytes() for path in (here / "out").iterdir()} == first


def test_a_history_moves_whole_and_twice_is_once(here, gate):
    fill(here, 5)
    code, said, _ = gate("history", "export", "--output", "all.json")
    assert (code, said) == (0, "5 entries: all.json\n")
    before = kept(here)
    for expected in ("5 of 5", "0 of 5"):
        _, said, _ = gate("history", "import", "all.json", "--history", "sqlite:///moved.sqlite")
        assert said == f"{expected} entries are new\n"
    assert list(ledger_at(HistorySettings(url="sqlite:///moved.sqlite"), here).entries()) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is no export"),
        (b'{"schema":2,"entries":[]}', "has schema 2; this gate knows 1"),
        (b'{"schema":1,"entries":[{"uid":"a","at":"never","kind":"drill","title":""}]}', "'never' is no moment"),
        (b"\xff\xfe", "is no export"),
    ],
)
def test_what_cannot_be_imported_is_one_clear_line_and_nothing_is_kept(here, gate, content, said):
    (here / "all.json").write_bytes(content)
    code, _, error = gate("history", "import", "all.json")
    assert (code, said in error, len(error.splitlines())) == (2, True, 2)
    assert kept(here) == []


def test_a_spreadsheet_gets_a_row_a_metric_and_no_formula(here, gate):
    gate("judge", JUDGED, "--no-pictures", "--quiet")
    gate("history", "add", "--kind", "deployment", "--title", '=HYPERLINK("http://evil")')
    rows = list(csv.DictReader(io.StringIO(gate("history", "export", "--format", "csv")[1])))
    assert len(rows) == len(VERDICT.judgements) + 1
    assert {row["metric"] for row in rows} >= {"regime_change_rate", "cpu", ""}
    assert [row["title"] for row in rows if row["kind"] == "deployment"] == ['\'=HYPERLINK("http://evil")']


def test_a_branch_is_a_history_for_every_verb(here, gate, remote):
    git(here, "init", "--quiet")
    git(here, "remote", "add", "origin", f"file://{remote}")
    (here / "gate.toml").write_text('[history]\nurl = "git:gate-history"\n')
    assert gate("judge", JUDGED, "--no-pictures", "--quiet")[0] == 1
    assert "BLOCK" in gate("history", "list")[1]
    assert git(remote, "rev-list", "--count", "gate-history") == "1"
    assert git(here, "status", "--porcelain") == "?? gate.toml"
