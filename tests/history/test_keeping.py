"""Nothing is lost: not when the database is away, not when a process dies in the middle."""

import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from gate.adapters.history_outbox import OutboxFolder
from gate.adapters.ledger_sql import SqlLedger, parsed
from gate.domain.history import SCHEMA, written
from gate.domain.operating import HistorySettings
from gate.errors import OutputError
from gate.usecases.history import KeptLedger
from gate.wiring.history import ledger_at
from tests.history.conftest import entry
from tests.history.memory import MemoryLedger, MemoryOutbox

ROOT = Path(__file__).parents[2]
APPENDS_FOR_EVER = """
import itertools, sys
from pathlib import Path
from gate.domain.history import Happened, HistoryEntry
from gate.domain.operating import HistorySettings
from gate.wiring.history import ledger_at
url, folder = sys.argv[1:]
ledger = ledger_at(HistorySettings(url=url), Path(folder))
for number in itertools.count():
    uid = f"{number:06d}"
    ledger.append([HistoryEntry(uid=uid, at="2026-01-01T00:00:00Z", kind=Happened.VERDICT, title="x" * 20_000)])
    print(uid, flush=True)
"""


@pytest.fixture(params=["memory", "folder"])
def outbox(request, tmp_path):
    return MemoryOutbox() if request.param == "memory" else OutboxFolder(folder=tmp_path / "outbox")


def test_what_could_not_be_kept_waits_and_the_next_append_delivers_it(outbox):
    away = MemoryLedger()
    away.gone = "the database is away"
    kept = KeptLedger(ledger=away, outbox=outbox)
    for number in range(2):
        with pytest.raises(OutputError, match="away") as caught:
            kept.append([entry(f"lost{number}")])
    assert "2 entries wait in the outbox" in caught.value.advice
    away.gone = ""
    assert kept.append([entry("new")]) == 1
    assert {one.uid for one in kept.entries()} == {"lost0", "lost1", "new"}
    assert list(outbox.waiting()) == []


def test_the_same_entry_waits_once(outbox):
    outbox.put([entry("a")])
    outbox.put([entry("a"), entry("b")])
    assert sorted(one.uid for one in outbox.waiting()) == ["a", "b"]
    outbox.delivered([entry("a"), entry("c")])
    assert [one.uid for one in outbox.waiting()] == ["b"]


def test_a_damaged_file_in_the_outbox_stops_no_other(tmp_path):
    outbox = OutboxFolder(folder=tmp_path)
    outbox.put([entry("good")])
    (tmp_path / "0.json").write_bytes(b'{"uid": "half')
    (tmp_path / "1.json").write_bytes(written(entry("newer")).replace(b'"schema":1', b'"schema":%d' % (SCHEMA + 1)))
    assert [one.uid for one in outbox.waiting()] == ["good"]
    assert (tmp_path / "0.damaged").exists()
    assert (tmp_path / "1.json").exists()  # the newer gate that wrote it will deliver it


def test_an_outbox_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write into"):
        OutboxFolder(folder=tmp_path / "file" / "outbox").put([entry()])


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "branch"])
def test_a_process_that_is_killed_anywhere_leaves_nothing_broken_and_nothing_lost(kind, tmp_path, request):
    folder, url, moments = tmp_path, "sqlite:///history.sqlite", (0.0, 0.003, 0.011, 0.02)
    if kind == "postgres":
        url = request.getfixturevalue("postgres").emptied()
    if kind == "branch":
        folder, url, moments = request.getfixturevalue("clone"), "git:gate-history", (0.02, 0.09, 0.15)
    promised = set()
    for after in moments:
        promised |= killed_after(after, url, folder)
    kept = ledger_at(HistorySettings(url=url), folder)
    kept.append([entry("last")])
    names = [one.uid for one in kept.entries()]
    assert promised
    assert promised <= set(names)
    assert len(names) == len(set(names))
    assert not list(kept.outbox.waiting())


def killed_after(seconds, url, folder):
    """Append in a process of its own, and kill it some time after its first entry was kept."""
    process = subprocess.Popen(
        [sys.executable, "-c", APPENDS_FOR_EVER, url, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    said = [process.stdout.readline().strip()]
    time.sleep(seconds)
    process.kill()
    rest, _ = process.communicate()
    return {line for line in (*said, *rest.splitlines()) if len(line) == 6}


def test_a_server_that_goes_away_is_one_clear_line_and_comes_back_to_everything(postgres, tmp_path):
    url = postgres.emptied()
    ledger = SqlLedger(url=parsed(url), timeout=3.0)
    kept = KeptLedger(ledger=ledger, outbox=OutboxFolder(folder=tmp_path))
    kept.append([entry("before")])
    postgres.stop()
    try:
        with pytest.raises(OutputError) as caught:
            kept.append([entry("during")])
        with pytest.raises(OutputError):
            kept.entries()
    finally:
        postgres.start()
    assert "cannot be used" in caught.value.message
    assert "\n" not in caught.value.message
    assert kept.append([entry("after")]) == 1
    assert {one.uid for one in kept.entries()} == {"before", "during", "after"}


def test_a_server_that_comes_back_in_time_was_never_away(postgres):
    ledger = SqlLedger(url=parsed(postgres.emptied()), timeout=20.0)
    ledger.append([entry("before")])
    postgres.stop()
    started = Thread(target=postgres.start)
    started.start()
    try:
        assert ledger.append([entry("after")]) == 1
    finally:
        started.join()


def test_a_server_that_never_answers_is_given_up_and_whatever_it_did_is_there_once(postgres, tmp_path):
    url = postgres.database("frozen")  # of its own: what is left behind may write later
    ledger = SqlLedger(url=parsed(url), timeout=1.0)
    kept = KeptLedger(ledger=ledger, outbox=OutboxFolder(folder=tmp_path))
    kept.append([entry("before")])
    postgres.freeze()
    try:
        with pytest.raises(OutputError, match=r"did not answer|cannot be used"):
            kept.append([entry("during")])
    finally:
        postgres.thaw()
    kept.append([entry("after")])
    assert sorted(one.uid for one in kept.entries()) == ["after", "before", "during"]
