"""A writer of one record in a process of its own: python -m tests.incidents.dying FOLDER NAME COUNT."""

import sys
from datetime import UTC, datetime

from tests.incidents.conftest import entry, incident, keeper

if __name__ == "__main__":
    folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    kept = keeper(folder, datetime(2027, 1, 1, tzinfo=UTC))
    kept.book.write(incident())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(count):
        kept.noted("2026-03-02-1430-rate", entry(f"{name}-{number}", text=f"{name} {number}"))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
