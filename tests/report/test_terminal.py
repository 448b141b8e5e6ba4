from io import StringIO

import msgspec
import pytest
from rich.console import Console

from gate.report.terminal import terminal
from tests.report import records


def printed(record, width, *, colour=False):
    out = StringIO()
    Console(file=out, width=width, force_terminal=colour, color_system="truecolor" if colour else None).print(
        terminal(record, records.METRICS)
    )
    return out.getvalue()


@pytest.mark.parametrize("name", records.RECORDS)
@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_verdict_stands_first_and_nothing_is_wider_than_the_terminal(name, width):
    lines = printed(records.RECORDS[name], width).splitlines()
    assert records.RECORDS[name].verdict.value.split("_")[0] in lines[0]
    assert max(len(line) for line in lines) <= width


def test_outcomes_are_legible_without_colour():
    shown = printed(records.BLOCK, 120)
    for word in ("✗ FAIL", "? no data", "! warning", "✓ pass", "89.999%", "≥ 90%"):
        assert word in shown


def test_markup_and_escapes_in_names_are_only_text():
    hostile = msgspec.structs.replace(records.BLOCK, reason="[bold]x[/bold] \x1b[2J \u202e")
    shown = printed(hostile, 100)
    assert "[bold]x[/bold]" in shown
    assert "\x1b" not in shown
