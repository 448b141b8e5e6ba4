"""A writer in a process of its own: python -m tests.incidents.dying FOLDER NAME COUNT.

Adds so many entries to one record, or with the name "open" rings so often.
"""

import sys
from datetime import UTC, datetime

from tests.incidents.book import alert, entry, incident, keeper

if __name__ == "__main__":
    folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    kept = keeper(folder, datetime(2027, 1, 1, tzinfo=UTC))
    if name != "open":
        kept.book.write(incident())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(count):
        if name == "open":
            kept.opened(alert(f"{sys.argv[4]}-{number}", at="2026-03-02T14:31:00Z"))
        else:
            kept.noted("2026-03-02-1430-rate", entry(f"{name}-{number}", text=f"{name} {number}"))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
