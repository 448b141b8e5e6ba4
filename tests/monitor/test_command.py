"""`gate monitor` as a process: to the end, from cron, through a watch, and stopped by a signal."""

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gate.live.writer import RecordWriter
from tests.live import record, stream

SMALL = """
[limits]
prediction_errors = { max = 0.1 }
[monitor]
long = 60
short = 10
minimum = 20
bars = 2
shadow = "none"
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "gate.toml").write_text(SMALL)
    (tmp_path / "live").mkdir()
    return tmp_path


def gate(place, *words, start=False):
    command = (sys.executable, "-m", "gate", "monitor", *words)
    if start:
        return subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def put(place, lines):
    with (place / "live" / "records.jsonl").open("ab") as file:
        file.write(b"\n".join(lines) + b"\n")


def until(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_the_writer_is_handed_out_as_it_is(place):
    assert gate(place, "--writer").stdout == Path(sys.modules[RecordWriter.__module__].__file__).read_text()


def test_a_replay_ends_with_a_verdict_and_its_report(place):
    put(place, stream(100, change=0.0))
    done = gate(place, "--replay")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((place / "gate-out/monitor/verdict.json").read_text())["verdict"] == "PASS"
    assert (place / "gate-out/monitor/report.md").read_text().startswith("# PASS")
    put(place, [record(100, kind="crash", error="SIGSEGV")])
    done = gate(place, "--replay", "--json")
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [next(iter(line)) for line in lines] == ["alert", "verdict"]
    assert lines[1]["verdict"]["level"] == 2


def test_from_cron_it_goes_on_where_it_was_and_says_how_things_stand(place):
    put(place, stream(100, change=0.0))
    assert gate(place, "--once").returncode == 1  # the newest record is of last January
    assert json.loads((place / ".gate/monitor.json").read_text())["firing"] == ["monitor:feed"]
    put(place, [record(100, kind="crash", error="x", time="2026-01-01T02:00:00Z")])
    done = gate(place, "--once")
    assert done.stderr.count("firing") == 1


@pytest.mark.parametrize(
    ("words", "toml", "said"),
    [
        (("--once", "--records", "nowhere"), SMALL, "there are no records"),
        (("--once",), SMALL.replace("long = 60", "long = 5"), "short = 10 is longer"),
        (("--once",), SMALL.replace("bars = 2", "bars = 0"), "monitor.bars = 0 is too small"),
        (("--once",), SMALL + "rollbak = 'off'\n", "did you mean 'rollback'"),
        (("--once",), SMALL + "[monitor.triggers.cpu]\nbars = 3\n", "unknown key 'cpu'"),
        (("--hours", "0", "--watch"), SMALL, "--hours"),
    ],
)
def test_wrong_questions_are_one_line_and_advice(place, words, toml, said):
    (place / "gate.toml").write_text(toml)
    done = gate(place, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_watch_follows_a_strategy_that_writes_rings_and_ends_with_a_verdict(place):
    writer = RecordWriter(place / "live" / "records.jsonl", version="abc")
    with gate(place, "--watch", "--hours", "0.0015", "--poll", "0.02", start=True) as running:
        for bar in range(60):
            writer.bar("A", state=0, confidence=0.97, position=1.0, earned=0.001 * (-1) ** bar)
        until((place / ".gate/monitor.json").exists)
        writer.crash("SIGSEGV")
        out, err = running.communicate(timeout=60)
    assert running.returncode == 1, err
    assert "CRITICAL firing: Strategy crashes" in err
    assert "ROLL BACK" in out
    assert json.loads((place / "gate-out/monitor/verdict.json").read_text())["level"] == 2


def test_a_watch_of_a_version_that_never_ran_is_no_pass(place):
    put(place, stream(100, change=0.0, version="old"))
    assert gate(place, "--replay").returncode == 0
    done = gate(place, "--replay", "--version", "new")
    assert (done.returncode, "none of new" in done.stderr) == (3, True)


def test_stopped_by_a_signal_it_has_told_what_it_knew(place):
    put(place, [record(0, kind="crash", error="x")])
    with gate(place, start=True) as running:
        until((place / ".gate/monitor.json").exists)
        second = gate(place)
        assert (second.returncode, "another gate monitor" in second.stderr) == (2, True)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert err.count("Strategy crashes") >= 1


def test_where_there_are_no_records_yet_it_says_so_and_waits(tmp_path):
    with gate(tmp_path, "--records", "later", start=True) as running:
        until((tmp_path / ".gate/monitor.json").exists)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, err.count("no records yet at later")) == (3, 1)


def test_a_watch_that_was_killed_goes_on_to_the_same_end(place):
    put(place, stream(100, change=0.0))
    with gate(place, "--watch", "--hours", "0.0012", start=True) as running:
        until((place / ".gate/monitor.json").exists)
        first = json.loads((place / ".gate/monitor.json").read_text())["until"]
        running.kill()
    with gate(place, "--watch", "--hours", "24", start=True) as running:
        until(lambda: json.loads((place / ".gate/monitor.json").read_text())["until"])
        assert json.loads((place / ".gate/monitor.json").read_text())["until"] == first
        running.communicate(timeout=60)
    assert running.returncode == 3  # no record has come since January: nothing is known


def full():
    """A disk on which no file can grow beyond this."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


def test_a_disk_that_is_full_is_one_line_and_nothing_half_done(place):
    put(place, [*stream(2000, change=0.0), record(2000, kind="crash", error="x")])
    command = (sys.executable, "-m", "gate", "monitor", "--once", "--database", "m.sqlite")
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, preexec_fn=full)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "m.sqlite cannot be used" in done.stderr
    assert gate(place, "--once", "--database", "m.sqlite").stderr.count("Strategy crashes (") == 1


def test_a_database_that_cannot_be_written_is_said_and_waited_for(place):
    put(place, stream(2000, change=0.0))
    command = (sys.executable, "-m", "gate", "monitor")
    with subprocess.Popen(command, cwd=place, stderr=subprocess.PIPE, text=True, preexec_fn=full) as running:  # noqa: PLW1509
        said = running.stderr.readline()
        still = running.poll() is None
        running.kill()
    assert (still, "cannot be used" in said, "trying again" in said) == (True, True, True)
