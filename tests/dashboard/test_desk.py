"""The desk: what it reads, what it keeps, what it says when it cannot; and the commands in front of it."""

import json
import sys
from dataclasses import dataclass, field
from types import ModuleType

import msgspec
import pytest

from gate.adapters.dashboard_server import Serving, serve
from gate.adapters.file_watch import FileWatch
from gate.adapters.live_file import LARGEST, LiveFile
from gate.cli.dashboard import elsewhere
from gate.cli.main import main
from gate.config.operating import parse_operating
from gate.domain.live import LiveState
from gate.domain.operating import DashboardSettings
from gate.errors import ConfigError, OutputError
from gate.report.dashboard.site import PUBLIC
from gate.report.dashboard.states import State
from gate.usecases.dashboard import Desk
from tests.dashboard import past, served


@dataclass
class Shelf:
    """A fake of all three sources and their watches, that can be broken."""

    entries: tuple = ()
    incidents: tuple = ()
    word: object = None
    broken: bool = False
    reads: int = 0
    number: int = 0
    asked: list = field(default_factory=list)

    def _look(self):
        self.reads += 1
        if self.broken:
            raise OutputError("it does not answer", "wait")

    def drawn(self, newest):
        self._look()
        return self.entries[-newest:]

    whole = drawn

    def all(self):
        self._look()
        return self.incidents

    def newest(self):
        self._look()
        return self.word

    def token(self):
        return str(self.number)


def desk(shelf, *, watched=True):
    watches = dict.fromkeys(("history", "incidents", "live"), shelf) if watched else {}
    return Desk(
        past=shelf,
        incidents=shelf,
        live=shelf,
        clock=lambda: past.NOW,
        settings=DashboardSettings(),
        limits={},
        watches=watches,
    )


def test_what_has_not_changed_is_not_read_again():
    shelf = Shelf(entries=past.history(9), word=past.live())
    made = desk(shelf)
    made.renewed()
    reads = shelf.reads
    made.renewed()
    assert shelf.reads == reads
    shelf.number += 1
    made.renewed()
    assert shelf.reads == 2 * reads


def test_a_source_without_a_watch_is_read_each_time():
    shelf = Shelf(entries=past.history(9))
    made = desk(shelf, watched=False)
    made.renewed()
    made.renewed()
    assert shelf.reads == 8


def test_a_source_that_fails_keeps_its_last_word_is_said_and_makes_the_whole_unknown():
    shelf = Shelf(entries=past.history(9), word=past.live())
    made = desk(shelf)
    assert made.renewed()._board.state is State.GOOD
    shelf.broken, shelf.number = True, 1
    board = made.renewed()._board
    assert board.state is State.UNKNOWN
    assert board.troubles[0] == "History: it does not answer."
    assert board.recent
    shelf.broken = False  # the token stays: it is read again all the same
    assert made.renewed()._board.state is State.GOOD


@pytest.mark.enable_socket
def test_a_server_whose_desk_is_broken_ends_and_serves_nothing_old():
    class Broken:
        def tokens(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        serve(Broken(), Serving(port=0), lambda _: None)


def test_a_build_that_cannot_read_fails():
    with pytest.raises(OutputError):
        desk(Shelf(broken=True)).site()


# ------------------------------------------------------------------ the monitor's file


def told(tmp_path, **changed):
    snapshot = served.snapshot(past.live()) | changed
    (tmp_path / "monitor.json").write_bytes(msgspec.json.encode(snapshot))
    return LiveFile(tmp_path / "monitor.json").newest()


def standing(**changed):
    return {"metric": "confidence", "state": "ok", "value": 0.95, "n": 300, "limit": {"min": 0.9}} | changed


def test_the_monitors_file_is_read(tmp_path):
    live = told(tmp_path, undelivered=2)
    assert live.version == past.sha(340)[:7]
    assert [one.state for one in live.metrics] == [LiveState.WITHIN] * 4
    assert (live.tails[0].symbol, len(live.tails[0].price)) == ("SP500", 260)
    assert live.trouble == "2 alerts wait to be told."


def test_there_may_be_none(tmp_path):
    assert LiveFile(tmp_path / "monitor.json").newest() is None


def test_the_worst_scope_of_a_metric_is_shown(tmp_path):
    standings = [standing(), standing(symbol="SPX", state="firing", sentence="88%"), standing(symbol="NDX", state="?")]
    found = told(tmp_path, standings=standings).metrics
    assert [(one.state, one.sentence) for one in found] == [(LiveState.BREACHED, "SPX: 88%")]


def test_a_word_that_nobody_knows_is_unknown(tmp_path):
    assert told(tmp_path, standings=[standing(state="splendid")]).metrics[0].state is LiveState.UNKNOWN


@pytest.mark.parametrize(
    "feed", [{"state": "firing", "last_record_at": "2026-11-27T12:00:00Z"}, {"state": "unknown"}, {}]
)
def test_without_records_nothing_is_green_and_a_breach_stays(tmp_path, feed):
    live = told(tmp_path, feed=feed, standings=[standing(), standing(metric="memory", state="firing")])
    assert [one.state for one in live.metrics] == [LiveState.UNKNOWN, LiveState.BREACHED]
    assert "record" in live.trouble


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 1}', b'{"schema": 99, "at": ""}', b" " * (LARGEST + 1)]
)
def test_a_damaged_file_is_one_line(tmp_path, content):
    (tmp_path / "monitor.json").write_bytes(content)
    with pytest.raises(OutputError, match=r"monitor\.json"):
        LiveFile(tmp_path / "monitor.json").newest()


def test_a_watch_sees_a_file_come_change_and_go(tmp_path):
    watch, tokens = FileWatch([tmp_path / "a", tmp_path]), []
    for step in (lambda: None, lambda: (tmp_path / "a").write_text("1"), lambda: (tmp_path / "a").write_text("22")):
        step()
        tokens.append(watch.token())
    (tmp_path / "a").unlink()
    tokens.append(watch.token())
    assert len(set(tokens)) == 4


# ------------------------------------------------------------------ the commands


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a gate.toml, and what the other rooms' wiring would open there."""
    shelf = Shelf(entries=past.history(20, now=served.now()), incidents=past.incidents(served.now()))
    history, incidents = ModuleType("gate.wiring.history"), ModuleType("gate.wiring.incidents")
    shelf_ledger = ModuleType("ledger")
    shelf_ledger.entries = shelf.drawn
    history.ledger = lambda *_: shelf_ledger
    incidents.book = lambda _: shelf
    incidents.Place = lambda **_: None
    monkeypatch.setitem(sys.modules, "gate.wiring.history", history)
    monkeypatch.setitem(sys.modules, "gate.wiring.incidents", incidents)
    (tmp_path / "gate.toml").write_text('[dashboard]\ntitle = "Our models"\ndetails = 5\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gate(*words):
    with pytest.raises(SystemExit) as left:
        main(["dashboard", *words])
    return left.value.code


def test_build_writes_a_site_for_github_pages(place, capsys):
    assert gate("build", "--output", "site") == 0
    assert "wrote site:" in capsys.readouterr().out
    for name in ("index.html", ".nojekyll", "status/index.html", "status/status.json", "badge.svg", "style.css"):
        assert (place / "site" / name).is_file()
    assert "Our models" in (place / "site/index.html").read_text()
    assert len(list((place / "site/verdicts").iterdir())) <= 5


def test_build_public_writes_nothing_else(place, capsys):
    assert gate("build", "--output", "site", "--public", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    names = {str(path.relative_to(place / "site")) for path in (place / "site").rglob("*") if path.is_file()}
    assert names == {*PUBLIC, "index.html", ".nojekyll", ".gate-dashboard.json"}
    assert told["files"] == len(names) - 1
    assert "Our models" not in "".join((place / "site" / name).read_text() for name in names)


def test_a_history_elsewhere_is_read_whatever_gate_toml_says():
    settings = parse_operating('[history]\nurl = "sqlite:///x.sqlite"\n', "gate.toml").history
    assert elsewhere(settings, "git:gate-history").url == "git:gate-history"


@pytest.mark.parametrize("verb", ["build", "serve"])
def test_help_has_an_example_on_a_line_of_its_own(verb, capsys):
    gate(verb, "--help")
    assert f"\n    gate dashboard {verb}" in capsys.readouterr().out


def test_wrong_input_is_one_line_and_exit_code_2(place, capsys):
    assert gate("serve", "--host", "0.0.0.0") == 2
    assert gate("build", "--config", "nowhere.toml") == 2
    (place / "mine").mkdir()
    (place / "mine/thesis.txt").write_text("x")
    assert gate("build", "--output", "mine") == 2
    assert capsys.readouterr().err.count("gate: ") == 3


@pytest.mark.parametrize(
    "line", ["stale_live = 0", "stale_verdict = inf", "details = 0", "history = -1", "colour = 'red'"]
)
def test_settings_that_cannot_be_meant_are_refused(line):
    with pytest.raises(ConfigError):
        parse_operating(f"[dashboard]\n{line}\n", "gate.toml")
