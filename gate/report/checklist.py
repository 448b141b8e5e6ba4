"""A checklist, gone through: Markdown for the repository, lines for the terminal."""

from collections.abc import Iterator
from itertools import groupby

from gate.domain.checklist import Checklist, Tick, Ticked
from gate.report.markdown import template
from gate.report.text import plain, prose

MARKS = {Tick.SHOWN: "x", Tick.SAID: "x", Tick.OPEN: " "}
WORDS = {Tick.SHOWN: " (shown by evidence)", Tick.SAID: " (a person's word)", Tick.OPEN: ""}
SIGNS = {Tick.SHOWN: "[x]", Tick.SAID: "[s]", Tick.OPEN: "[ ]"}


def checklist_text(checklist: Checklist) -> str:
    """Print the list."""
    facts = {
        "phase": checklist.phase.value,
        "at": checklist.at,
        "summary": summary(checklist),
        "sections": [(name, [_box(one) for one in boxes]) for name, boxes in _sections(checklist)],
    }
    return template("checklist.md.j2").render(**facts).strip() + "\n"


def summary(checklist: Checklist) -> str:
    """How many, and by what."""
    counts = {tick: sum(one.tick is tick for one in checklist.boxes) for tick in Tick}
    return (
        f"{len(checklist.boxes)} boxes: {counts[Tick.SHOWN]} shown by evidence, {counts[Tick.SAID]} said by a person, "
        f"{counts[Tick.OPEN]} open."
    )


def checklist_lines(checklist: Checklist) -> Iterator[str]:
    """For the terminal."""
    for name, boxes in _sections(checklist):
        yield name
        for one in boxes:
            yield f"  {SIGNS[one.tick]} {one.text}"
            yield from (f"        {plain(line, 300)}" for line in one.lines)
    yield summary(checklist)


def _sections(checklist: Checklist) -> list[tuple[str, list[Ticked]]]:
    return [(name, list(boxes)) for name, boxes in groupby(checklist.boxes, key=lambda one: one.section)]


def _box(one: Ticked) -> dict[str, object]:
    return {
        "mark": MARKS[one.tick],
        "text": one.text,
        "word": WORDS[one.tick],
        "lines": [prose(line, 600) for line in one.lines],
    }
