"""Eight processes append verdicts at once: is one lost, is one doubled, how long does an append take? And kills.

Each process appends through the outbox, as `gate run` does, verdicts of its own and some that all the others append,
too. Then writers are killed (SIGKILL) at random moments, and the next append must deliver what they had promised.

    python -m benchmarks.ledger            # two minutes
    python -m benchmarks.ledger --quick
"""

import argparse
import itertools
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from gate.domain.history import Happened
from gate.domain.operating import HistorySettings
from gate.domain.verdict import VerdictRecord
from gate.usecases.history import verdict_entry
from gate.wiring.history import ledger_at
from tests.postgres import Postgres

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "reports" / "example" / "verdict.json"
WRITERS = 8
SHARED = 5
"""Verdicts that every process appends."""
SLOWEST = {"sqlite": 250.0, "postgres": 250.0, "branch": 10_000.0}
"""Milliseconds of an append at the 99th percentile; on a branch eight who push at once wait for one another."""


def entries(record, writer):
    """Verdicts for ever: those of all the writers first."""
    for number in itertools.count():
        name = f"all-{number}" if number < SHARED else f"{writer}-{number}"
        changed = msgspec.structs.replace(record, reason=name)
        at = f"2026-01-{1 + number // 1440 % 28:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z"
        yield verdict_entry(changed, at=at, source="nightly")


def write(url, folder, writer, count):
    """Append verdicts, and say of each when it is promised and how long it took. Runs in a process of its own."""
    record = msgspec.json.decode(EXAMPLE.read_bytes(), type=VerdictRecord)
    ledger = ledger_at(settings(url, writer), Path(folder))
    print("ready", flush=True)
    sys.stdin.readline()  # all at once
    for entry in itertools.islice(entries(record, writer), count):
        started = time.perf_counter()
        ledger.append([entry])
        print(entry.uid, 1e3 * (time.perf_counter() - started), flush=True)


def settings(url, writer):
    return HistorySettings(url=url, timeout=60.0, outbox=f".gate/outbox-{writer}")


def start(url, folder, writer, count):
    words = [sys.executable, "-m", "benchmarks.ledger", "--writer", str(writer), url, str(folder), str(count)]
    return subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def race(url, folders, count):
    """All writers at once; what each said, and in how long."""
    writers = [start(url, folder, number, count) for number, folder in enumerate(folders)]
    for one in writers:
        one.stdout.readline()  # it has imported what it needs
    started = time.monotonic()
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate() for one in writers]
    for _, error in said:
        sys.stderr.write(error)
    if any(one.returncode for one in writers):
        raise SystemExit("a writer could not append")
    lines = [line.split() for out, _ in said for line in out.splitlines()]
    return {uid for uid, _ in lines}, [float(took) for _, took in lines], time.monotonic() - started


def kills(url, folder, number, seconds):
    """Kill a writer again and again; everything that was promised is there in the end, once, and nothing is broken."""
    promised, random_ = set(), random.Random(20261129)
    for turn in range(number):
        process = start(url, folder, f"killed{turn}", 10**6)
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        promised.add(process.stdout.readline().split()[0])
        time.sleep(random_.uniform(0, seconds))
        process.kill()
        out, _ = process.communicate()
        promised |= {line.split()[0] for line in out.splitlines() if line.endswith(tuple("0123456789")) and " " in line}
        waiting = list((folder / ".gate" / f"outbox-killed{turn}").glob("*.json"))
        ledger = ledger_at(settings(url, f"killed{turn}"), folder)
        promised |= {one.uid for one in ledger.outbox.waiting()}
        assert len(waiting) <= 1
        ledger.append([verdict_entry(decoded(), at="2026-02-01T00:00:00Z", source="nightly")])
    return promised


def decoded():
    return msgspec.json.decode(EXAMPLE.read_bytes(), type=VerdictRecord)


def found_in(url, folder):
    return [one.uid for one in ledger_at(settings(url, "reader"), folder).glances(kind=Happened.VERDICT)]


def git(folder, *words):
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def cloned(root, number):
    """Shallow checkouts of one remote, as so many jobs have."""
    remote, first = root / "remote.git", root / "first"
    git(root, "init", "-q", "--bare", "-b", "main", str(remote))
    git(root, "init", "-q", "-b", "main", str(first))
    git(first, "commit", "-q", "--allow-empty", "-m", "first")
    git(first, "push", "-q", str(remote), "main")
    folders = [root / f"clone{place}" for place in range(number)]
    for folder in folders:
        git(root, "clone", "-q", "--depth=1", f"file://{remote}", str(folder))
    return folders


def word(ok):
    return "ok" if ok else "MISSED"


def measured(kind, url, folders, count, killed, seconds):
    """One row: eight at once, then kills."""
    promised, took, lasted = race(url, folders, count)
    there = found_in(url, folders[0])
    wanted = WRITERS * (count - SHARED) + SHARED
    lost, doubled = len(promised - set(there)) + wanted - len(promised), len(there) - len(set(there))
    p99 = sorted(took)[int(0.99 * (len(took) - 1))]
    kept = kills(url, folders[0], killed, seconds)
    after = found_in(url, folders[0])
    gone, twice = len((kept | promised) - set(after)), len(after) - len(set(after))
    good = (lost, doubled, gone, twice) == (0, 0, 0, 0)
    print(
        f"{kind:9} {len(there):6} of {wanted:<6} {lost:5} {doubled:8} {word(lost == doubled == 0):6}"
        f" {p99:8.0f} ms {word(p99 <= SLOWEST[kind]):6} {lasted:7.1f} s | {killed:5} {len(after):8} {gone:5} {twice:8} "
        f"{word(gone == twice == 0)}",
        flush=True,
    )
    return good and p99 <= SLOWEST[kind]


READ, READING = 10_000, 5.0
"""Verdicts, and seconds in which a dashboard must be built of them."""


def read_many(root):
    """Ten thousand verdicts: how long a picture of all of them waits for its numbers."""
    folder = root / "many"
    folder.mkdir()
    ledger = ledger_at(HistorySettings(timeout=60.0), folder)
    ledger.take_in(itertools.islice(entries(decoded(), "many"), READ))
    took = {}
    for name, read in (("glances", ledger.glances), ("entries", ledger.entries)):
        started = time.perf_counter()
        assert len(read()) == READ
        took[name] = time.perf_counter() - started
    print(f"\n{READ:,} verdicts read out of SQLite: slim in {took['glances']:.1f} s (target {READING:g} s, ", end="")
    print(f"{word(took['glances'] <= READING)}), whole in {took['entries']:.1f} s")
    return took["glances"] <= READING


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--writer")
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    if given.writer is not None:
        url, folder, count = given.words
        return write(url, folder, given.writer, int(count))
    rows, pushes, killed = (30, 8, 4) if given.quick else (250, 12, 25)
    print(f"{WRITERS} processes at once, {SHARED} verdicts of each the same; then a writer is killed at random moments")
    print("              kept           lost  doubled        append p99       lasted   | kills     kept  lost  doubled")
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Postgres())
        (root / "sqlite").mkdir()
        (root / "postgres").mkdir()
        file, database = f"sqlite:///{root}/sqlite/history.sqlite", server.database("history")
        good = [
            measured("sqlite", file, [root / "sqlite"] * WRITERS, rows, killed, 0.1),
            measured("postgres", database, [root / "postgres"] * WRITERS, rows, killed, 0.1),
            measured("branch", "git:gate-history", cloned(root, WRITERS), pushes, max(killed // 2, 2), 0.6),
            read_many(root),
        ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
