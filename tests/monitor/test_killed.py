"""Killed at any moment and started again, the monitor says the same as one that was left alone."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gate.adapters.monitor_store import MonitorDatabase
from tests.live import stream, told

ROOT = Path(__file__).parent.parent.parent
DYING = Path(__file__).with_name("dying.py")
KILLS = 6


def restless(bars):
    """Records that ring again and again."""
    lines, symbols = [], ("A", "B", "C", "D")
    for turn in range(0, bars, 500):
        change = 0.6 if turn // 500 % 2 else 0.0
        lines += stream(500, symbols=symbols, begin=turn, change=change, seed=turn)
    return lines


def process(*words):
    words = (sys.executable, DYING, *words)
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})


def outcome(folder, name):
    with MonitorDatabase(folder / f"{name}.sqlite") as store:
        return told(store.alerts()), [one.alert.id for one in store.waiting()]


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "records.jsonl"
    path.write_bytes(b"\n".join(restless(5000)) + b"\n")
    return path


def test_killed_at_random_moments_it_tells_the_same_alerts_once_and_loses_no_record(records, tmp_path):
    with process(records, tmp_path / "whole.sqlite", tmp_path / "whole.told") as one:
        last = one.communicate()[0].splitlines()[-1]
    chance, done, kills = random.Random(7), "", 0
    while not done.startswith("done"):
        with process(records, tmp_path / "killed.sqlite", tmp_path / "killed.told") as one:
            if kills >= KILLS:
                done = one.communicate()[0].splitlines()[-1]
                continue
            one.stdout.readline()
            time.sleep(chance.random() * 0.15)
            one.kill()
            kills += 1
    assert done == last
    whole, waiting = outcome(tmp_path, "whole")
    assert outcome(tmp_path, "killed") == (whole, [])
    assert len(whole) >= 8
    assert waiting == []
    heard = (tmp_path / "killed.told").read_text().split()
    assert list(dict.fromkeys(heard)) == [name for name, _, _ in whole]


def test_records_that_come_while_it_is_dead_are_read_afterwards(tmp_path):
    records, lines = tmp_path / "records.jsonl", restless(1500)
    records.write_bytes(b"\n".join(lines[:3000]) + b"\n" + lines[3000][:40])
    names = (records, tmp_path / "a.sqlite", tmp_path / "a.told")
    with process(*names) as one:
        one.communicate()
    records.rename(f"{records}.1")
    with Path(f"{records}.1").open("ab") as file:
        file.write(lines[3000][40:] + b"\n" + b"\n".join(lines[3001:4000]) + b"\n")
    records.write_bytes(b"\n".join(lines[4000:]) + b"\n")
    with process(*names) as one:
        assert one.communicate()[0].splitlines()[-1] == f"done {len(lines)} {{}}"
