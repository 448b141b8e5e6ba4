"""The monitor's state for people: a table for the terminal, a report at the end of a watch."""

from functools import cache
from typing import TYPE_CHECKING

from gate.domain.limit import Limit
from gate.domain.metric import Metric
from gate.domain.monitoring import Snapshot, Standing, Watched
from gate.domain.numbers import exactly, show
from gate.domain.verdict import Judgement, VerdictRecord
from gate.metrics.registry import METRICS
from gate.report.text import code, plain, prose
from gate.report.wording import headline

if TYPE_CHECKING:
    from jinja2 import Template
    from rich.table import Table

SIGNS = {Watched.OK: "✓ ok", Watched.FIRING: "✗ FIRING", Watched.UNKNOWN: "? unknown"}
COLOURS = {Watched.OK: "green", Watched.FIRING: "bold red", Watched.UNKNOWN: "yellow"}
BOUNDS = {"max": "≤", "min": "≥"}
AGAINST = {"max_ratio": "ratio ≤ {:g}", "max_worse": "worse ≤ {:.4g} %", "max_increase": "more ≤ {:g}"}


def limit_words(limit: Limit, metric: Metric) -> str:
    """The bounds of a limit, short."""
    said = [
        f"{sign} {exactly(float(getattr(limit, name)), metric.unit)}"
        for name, sign in BOUNDS.items()
        if getattr(limit, name) is not None
    ]
    for name, words in AGAINST.items():
        allowed = getattr(limit, name)
        if allowed is not None:
            said.append(words.format(allowed * 100 if name == "max_worse" else allowed))
    return ", ".join(said) or "—"


def cells(one: Standing) -> tuple[str, str, str, str, str, str, str]:
    """State, metric, scope, value, short window, baseline, limit."""
    metric = METRICS[one.metric]
    apart = [one.limit.max, one.limit.min]
    return (
        SIGNS[one.state],
        metric.title,
        plain(one.symbol, 20) or "all",
        f"{show(one.value, metric.unit, apart_from=apart)} ({one.n:,})" if one.value is not None else "—",
        show(one.short, metric.unit, apart_from=apart),
        show(one.baseline, metric.unit),
        limit_words(one.limit, metric),
    )


def snapshot_table(snapshot: Snapshot) -> "Table":
    """The live table. Imports rich."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=Text(feed_line(snapshot), style=COLOURS[snapshot.feed.state]), title_justify="left")
    for name in ("", "metric", "scope", "long window", "short", "shadow", "limit"):
        table.add_column(name, justify="right" if name in ("long window", "short", "shadow") else "left")
    for one in snapshot.standings:
        first, *rest = cells(one)
        table.add_row(Text(first, style=COLOURS[one.state]), *(Text(cell) for cell in rest))
    return table


def feed_line(snapshot: Snapshot) -> str:
    """How the records come, in one line."""
    feed = snapshot.feed
    version = ", ".join(plain(one, 12) for one in snapshot.versions) or "no version named"
    words = {
        Watched.OK: f"{feed.records:,} records, the newest of {feed.last_record_at}",
        Watched.FIRING: f"NO RECORDS since {feed.last_record_at or snapshot.started_at}",
        Watched.UNKNOWN: "no records yet",
    }[feed.state]
    problems = sum(feed.problems.values())
    more = f"; {problems:,} times something was wrong with them" if problems else ""
    until = f"; watching until {snapshot.until}" if snapshot.until else ""
    return f"live version {version}: {words}{more}{until}"


def watch_text(record: VerdictRecord, snapshot: Snapshot) -> str:
    """The report at the end of a watch, Markdown."""
    return _template().render(
        headline=prose(headline(record)),
        reason=prose(record.reason, 600),
        feed=prose(feed_line(snapshot), 400),
        version=code(record.candidate.ref),
        began=snapshot.started_at,
        ended=snapshot.at,
        rows=[_row(one) for one in record.judgements],
        notes=[prose(note, 300) for note in record.not_measured],
    )


def _row(one: Judgement) -> dict[str, str]:
    metric = METRICS[one.metric]
    return {
        "outcome": one.outcome.value,
        "metric": metric.title,
        "value": show(one.candidate, metric.unit, apart_from=[one.limit.max, one.limit.min]),
        "baseline": show(one.baseline, metric.unit),
        "limit": prose(limit_words(one.limit, metric)),
        "sentence": prose(one.sentence + (f" ({one.certainty})" if one.certainty else ""), 500),
    }


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  40 ms

    environment = Environment(
        loader=PackageLoader("gate.report"),
        autoescape=select_autoescape(()),  # Markdown: text.py escaped every value
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("monitor.md.j2")
