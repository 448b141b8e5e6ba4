"""report.md and the comment: the view, printed, and always small enough for GitHub."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from gate.domain.metric import Metric
from gate.domain.verdict import VerdictRecord
from gate.report.view import Beside, Caps, View, view

if TYPE_CHECKING:
    from jinja2 import Template

    from gate.domain.series import Series
    from gate.report.diagrams import Diagram

LARGEST = 60_000
"""Bytes of UTF-8; GitHub refuses a comment of more than 65,536 characters."""

CAPS = (
    Caps(rows=40, every=120, parts=8, lines=40, sentence=400, name=120, block=4000),
    Caps(rows=12, every=40, parts=4, lines=12, sentence=160, name=60, block=1500),
    Caps(rows=3, every=10, parts=2, lines=5, sentence=80, name=30, block=600),
)
"""From all that an honest verdict needs down to what fits whatever a hostile one holds."""


def render(
    record: VerdictRecord,
    metrics: Mapping[str, Metric],
    series: "Series | None" = None,
    pictures: Sequence[str] = (),
    reproduce: str = "",
) -> str:
    """Print the report; where it would be too long, print less and say how much is left out."""
    beside = Beside(diagrams=diagrams_of(record, series), pictures=pictures, reproduce=reproduce)
    written = ""
    for caps in CAPS:
        written = _print(view(record, metrics, beside, caps))
        if len(written.encode()) <= LARGEST:
            break
    return written


def diagrams_of(record: VerdictRecord, series: "Series | None") -> "Sequence[Diagram]":
    """The mermaid blocks; none where there is nothing to draw from."""
    if series is None:
        return ()
    from gate.report.diagrams import draw  # noqa: PLC0415  numpy is not needed to print a verdict

    limit = next((one.limit.max for one in record.judgements if one.metric == "regime_change_rate"), None)
    return draw(series, change_limit=limit)


def _print(chosen: View) -> str:
    return template("report.md.j2").render(view=chosen).strip() + "\n"


@cache
def template(name: str) -> "Template":
    """One of gate/report/templates."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  40 ms

    environment = Environment(
        loader=PackageLoader("gate.report"),
        autoescape=select_autoescape(()),  # Markdown, not HTML: text.py escaped every value on its way into the view
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
