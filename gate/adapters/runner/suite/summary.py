"""What pytest prints at its end: a line for each failure, read as words of a stranger."""

import re

from gate.adapters.runner.words import words
from gate.domain.suite import LONGEST_NAME

MOST_FAILURES = 1000
LONGEST_LINE = 2 * LONGEST_NAME
_FAILURE = re.compile(r"(?:FAILED|ERROR) (\S.*)")
_COLLECTING = re.compile(r"_+ ERROR collecting (\S.*?) _+")
_SAID = re.compile(r"E\s+(\S.*)")
_WRONG = re.compile(r"(?i)error")


def failures_of(output: str) -> tuple[str, ...]:
    """Each failure as "node id" or "node id - words"; of a file that cannot be imported the words stand further up."""
    said = collecting(output)
    found = [match[1] for line in output.splitlines() if (match := _FAILURE.fullmatch(line.rstrip()))]
    lines = (f"{line} - {said[line]}" if said.get(line) else line for line in found)
    return tuple(dict.fromkeys(words(line, LONGEST_LINE) for line in lines))[:MOST_FAILURES]


def collecting(output: str) -> dict[str, str]:
    """The last words of each file that could not be collected."""
    found: dict[str, str] = {}
    file = ""
    for line in output.splitlines():
        if match := _COLLECTING.fullmatch(line.rstrip()):
            file = match[1]
        elif line.startswith(("___", "===")):
            file = ""
        elif file and (match := _SAID.match(line)):
            found[file] = match[1]
    return found


def last_words(output: str) -> str:
    """The line that says why pytest did not start or did not end."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _WRONG.search(line)]
    return (telling or lines or [""])[-1].removeprefix("E ").strip()
