"""The verdict in a terminal: legible in a narrow one, without colour, and after `| cat`.

Importing this module loads rich: import it where something is printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gate.domain.metric import Metric
from gate.domain.verdict import Judgement, Outcome, Part, VerdictRecord
from gate.report import wording
from gate.report.text import plain
from gate.report.view import in_order, title_of

NAME = 40
SENTENCE = 300
CLEAN = Outcome.PASS

COLUMNS = ("", "metric", "baseline", "candidate", "change", "limit")
NARROW = ("", "metric", "candidate", "limit")
NUMBERS = frozenset({"baseline", "candidate", "change"})
WIDE = 84
"""Characters from which all columns fit without breaking words."""


def terminal(record: VerdictRecord, metrics: Mapping[str, Metric]) -> RenderableType:
    """Headline, cause, what to do, the table, then a sentence for everything that is not well."""
    sign = wording.verdict_sign(record.verdict)
    order, how = wording.action(record)
    ordered = in_order(record.judgements, metrics)
    unwell = [judgement for judgement in ordered if judgement.outcome is not CLEAN]
    return Group(
        Text(f"{sign.mark} {wording.headline(record)}", style=sign.colour),
        Text(plain(record.reason, SENTENCE)),
        Text.assemble((order, "bold"), " ", how.replace("`", "")),
        Text(_compared(record), style="dim"),
        Text(),
        _Judgements(judgements=ordered, metrics=metrics),
        *(_note(judgement) for judgement in unwell),
    )


def _compared(record: VerdictRecord) -> str:
    named = [
        f"{plain(version.ref, NAME)} ({plain(version.sha[:7]) or 'no commit'}{', dirty' if version.dirty else ''})"
        for version in (record.baseline, record.candidate)
        if version is not None
    ]
    nothing = "" if record.baseline else "no baseline → "
    return f"{nothing}{' → '.join(named)}, {record.data.bars:,} bars"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judgements:
    """The table of metrics, with as many columns as the terminal has room for."""

    judgements: tuple[Judgement, ...]
    metrics: Mapping[str, Metric]

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        columns = COLUMNS if options.max_width >= WIDE else NARROW
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for name in columns:
            table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=not name)
        for judgement in self.judgements:
            rows = (
                _row(judgement, self.metrics),
                *(_part_row(part, judgement, self.metrics) for part in judgement.parts),
            )
            for row in rows:
                cells = dict(zip(COLUMNS, row, strict=True))
                table.add_row(*(cells[name] for name in columns))
        yield table


def _row(judgement: Judgement, metrics: Mapping[str, Metric]) -> tuple[Text, ...]:
    unit = wording.unit_of(metrics.get(judgement.metric))
    style = _style(judgement.outcome)
    advisory = "" if judgement.blocking else " advisory"
    return (
        _mark(judgement.outcome),
        Text(title_of(judgement.metric, metrics, NAME), style=style),
        Text(wording.value_words(judgement.baseline, judgement, unit)),
        Text(wording.value_words(judgement.candidate, judgement, unit), style=style),
        Text(wording.change_words(judgement.change, judgement, unit)),
        Text(wording.limit_words(judgement.limit, unit) + advisory, style="dim"),
    )


def _part_row(part: Part, judgement: Judgement, metrics: Mapping[str, Metric]) -> tuple[Text, ...]:
    unit = wording.unit_of(metrics.get(judgement.metric))
    return (
        _mark(part.outcome),
        Text(f"  {plain(part.name, NAME)}", style=_style(part.outcome)),
        Text(wording.value_words(part.baseline, judgement, unit)),
        Text(wording.value_words(part.candidate, judgement, unit)),
        Text(wording.change_words(part.change, judgement, unit), style=_style(part.outcome)),
        Text(),
    )


def _mark(outcome: Outcome) -> Text:
    sign = wording.outcome_sign(outcome)
    return Text(f"{sign.mark} {sign.word}", style=sign.colour)


def _style(outcome: Outcome) -> str:
    return "" if outcome is CLEAN else wording.outcome_sign(outcome).colour


def _note(judgement: Judgement) -> RenderableType:
    sign = wording.outcome_sign(judgement.outcome)
    certainty = plain(judgement.certainty, SENTENCE)
    head = (f"{sign.mark} ", sign.colour)
    sure = (f" ({certainty})" if certainty else "", "dim")
    return Padding(Text.assemble(head, plain(judgement.sentence, SENTENCE), sure), (1, 0, 0, 0))
