"""The desk: what it reads, what it keeps, what it says when it cannot; and the commands in front of it."""

import json
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest

from gate.adapters.dashboard_server import Serving, serve
from gate.adapters.file_watch import FileWatch
from gate.adapters.live_file import LARGEST, LiveFile
from gate.cli.dashboard import elsewhere
from gate.cli.main import main
from gate.config.operating import parse_operating
from gate.domain.history import Glance, read, written
from gate.domain.live import LiveState, Tail
from gate.domain.monitoring import Feed, Point, Series, Snapshot, Standing, Watched
from gate.domain.operating import DashboardSettings
from gate.errors import ConfigError, OutputError
from gate.report.dashboard.site import PUBLIC
from gate.report.dashboard.states import State
from gate.usecases.dashboard import Desk
from gate.usecases.dashboard_shifts import shifts
from gate.wiring import history, incidents
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
    standings = [
        standing(),
        standing(symbol="SPX", state="firing", sentence="88%"),
        standing(symbol="NDX", state="unknown"),
    ]
    found = told(tmp_path, standings=standings).metrics
    assert [(one.state, one.sentence) for one in found] == [(LiveState.BREACHED, "SPX: 88%")]


def test_a_word_that_nobody_knows_is_no_snapshot(tmp_path):
    with pytest.raises(OutputError, match="no snapshot"):
        told(tmp_path, standings=[standing(state="splendid")])


def test_what_the_monitor_writes_is_what_is_read(tmp_path):
    at = served.now()
    points = (Point(at=at, state="1", price=5900.0), Point(at=at))
    feed = Feed(state=Watched.OK, quiet=("NDX",))
    written_by_it = Snapshot(
        at=past.iso(at),
        started_at=past.iso(at),
        feed=feed,
        standings=(Standing(metric="confidence", state=Watched.FIRING, value=0.88, sentence="88%"),),
        series=(Series(symbol="SPX", points=points),),
    )
    (tmp_path / "monitor.json").write_bytes(msgspec.json.encode(written_by_it))
    live = LiveFile(tmp_path / "monitor.json").newest()
    assert live.metrics[0].state is LiveState.BREACHED
    assert live.tails == (Tail(symbol="SPX", at=(past.iso(at),) * 2, price=(5900.0, None), state=("1", "")),)
    assert live.trouble == "No records of NDX, while others have some."


@pytest.mark.parametrize("feed", [{"state": "firing", "last_record_at": "2026-11-27T12:00:00Z"}, {"state": "unknown"}])
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
    """A folder with a gate.toml, a history and incidents."""
    (tmp_path / "gate.toml").write_text('[dashboard]\ntitle = "Our models"\ndetails = 5\n')
    monkeypatch.chdir(tmp_path)
    now, operating = served.now(), parse_operating("", "gate.toml")
    history.ledger(operating, tmp_path).append(past.history(20, now=now))
    book = incidents.book(incidents.Place(root=tmp_path))
    for one in past.incidents(now):
        book.write(one)
    return tmp_path


def test_a_metric_that_slowly_became_worse_is_marked_on_its_chart():
    calm = [entry for entry in past.history(480) if entry.source == "nightly"]
    rng = np.random.default_rng(3)
    entries = [moved_to(entry, level + rng.normal(0, 0.002)) for entry, level in zip(calm, LEVELS, strict=False)]
    found = shifts(read([written(entry) for entry in entries], Glance, "a test"))
    assert [mark.kind for mark in found["regime_change_rate"]] == ["shift"]


LEVELS = [0.083] * 60 + [0.11] * 60


def moved_to(entry, value):
    judgements = tuple(
        msgspec.structs.replace(one, candidate=float(value)) if one.metric == "regime_change_rate" else one
        for one in entry.verdict.judgements
    )
    return msgspec.structs.replace(entry, verdict=msgspec.structs.replace(entry.verdict, judgements=judgements))


def run(*words):
    with pytest.raises(SystemExit) as left:
        main(["dashboard", *words])
    return left.value.code


def test_build_writes_a_site_for_github_pages(place, capsys):
    assert run("build", "--output", "site") == 0
    assert "wrote site:" in capsys.readouterr().out
    for name in ("index.html", ".nojekyll", "status/index.html", "status/status.json", "badge.svg", "style.css"):
        assert (place / "site" / name).is_file()
    assert "Our models" in (place / "site/index.html").read_text()
    assert len(list((place / "site/verdicts").iterdir())) <= 5


def test_build_public_writes_nothing_else(place, capsys):
    assert run("build", "--output", "site", "--public", "--json") == 0
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
    run(verb, "--help")
    assert f"\n    gate dashboard {verb}" in capsys.readouterr().out


def test_wrong_input_is_one_line_and_exit_code_2(place, capsys):
    assert run("serve", "--host", "0.0.0.0") == 2
    assert run("build", "--config", "nowhere.toml") == 2
    (place / "mine").mkdir()
    (place / "mine/thesis.txt").write_text("x")
    assert run("build", "--output", "mine") == 2
    assert capsys.readouterr().err.count("gate: ") == 3


@pytest.mark.parametrize(
    "line", ["stale_live = 0", "stale_verdict = inf", "details = 0", "history = -1", "colour = 'red'"]
)
def test_settings_that_cannot_be_meant_are_refused(line):
    with pytest.raises(ConfigError):
        parse_operating(f"[dashboard]\n{line}\n", "gate.toml")
