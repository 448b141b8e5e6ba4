"""A verdict as the report prints it: every string, sign and order is chosen here, the template only prints.

Names and sentences are escaped on the way in, so whatever stands in a view may stand in a comment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from gate.domain.metric import Metric, Unit
from gate.domain.numbers import ABSENT, show
from gate.domain.verdict import Judgement, Outcome, Part, VerdictRecord, VersionRecord
from gate.report import wording
from gate.report.text import code, fenced, plain, prose

if TYPE_CHECKING:
    from gate.report.diagrams import Diagram


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """How much of everything is printed; what is left out is counted."""

    rows: int
    """Judgements in each of the short tables."""
    every: int
    """Judgements in the table of all metrics."""
    parts: int
    lines: int
    """Lines of each list."""
    sentence: int
    name: int
    block: int
    """Characters of the command block."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What stands beside the verdict in a report."""

    diagrams: "Sequence[Diagram]" = ()
    pictures: Sequence[str] = ()
    """Paths relative to the report."""
    reproduce: str = ""
    """Commands, a line each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table of metrics."""

    sign: str
    metric: str
    baseline: str = ABSENT
    candidate: str = ABSENT
    change: str = ABSENT
    limit: str = ABSENT
    sure: str = ABSENT


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A table of metrics with what is to be said under it."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    more: str = ""
    """What was left out, counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionLine:
    """One version in the table of versions."""

    role: str
    ref: str
    commit: str
    factory: str
    environment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A link to an image file beside the report."""

    title: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The whole report."""

    headline: str
    alert: str
    why: str
    now: str
    seen: str
    banners: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    breaches: Section
    unanswered: Section
    warnings: Section
    everything: Section
    diagrams: "tuple[Diagram, ...]"
    pictures: tuple[Picture, ...]
    facts: tuple[str, ...]
    stages: str
    not_measured: tuple[str, ...]
    reproduce: str


PICTURES = 8
LONGEST_PATH = 120
"""Image files that are linked; gate names them itself, so more or longer ones are none of its own."""

CHIPS = 3
"""Breaches that are named in the first five lines."""


def view(record: VerdictRecord, metrics: Mapping[str, Metric], beside: Beside, caps: Caps) -> View:
    """Choose every string of the report."""
    ordered = in_order(record.judgements, metrics)
    table = _Table(metrics=metrics, caps=caps)
    sign = wording.verdict_sign(record.verdict)
    order, how = wording.action(record)
    return View(
        headline=f"{sign.icon} {wording.headline(record)}",
        alert=wording.alert(record.verdict),
        why=prose(record.reason, caps.sentence),
        now=f"**{order}** {how}",
        seen=_seen(ordered, table),
        banners=_banners(record),
        versions=_versions(record, caps.name),
        breaches=table.section("❌ Breached", breached(ordered), caps.rows),
        unanswered=table.section("❓ Not answered", unanswered(ordered), caps.rows),
        warnings=table.section("⚠️ Warnings", warned(ordered), caps.rows),
        everything=table.every(ordered),
        diagrams=tuple(beside.diagrams),
        pictures=tuple(_picture(path) for path in beside.pictures[:PICTURES] if len(path) <= LONGEST_PATH),
        facts=_facts(record, caps),
        stages=_stages(record.seconds, caps),
        not_measured=_listed([prose(line, caps.sentence) for line in record.not_measured], caps.lines),
        reproduce=fenced(beside.reproduce, language="console", cap=caps.block) if beside.reproduce else "",
    )


def in_order(judgements: Iterable[Judgement], metrics: Mapping[str, Metric]) -> tuple[Judgement, ...]:
    """Sort as the registry does (the user's nine first), what it does not know last."""
    place = {name: index for index, name in enumerate(metrics)}
    return tuple(sorted(judgements, key=lambda judgement: place.get(judgement.metric, len(place))))


def breached(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Keep what blocks."""
    return tuple(judgement for judgement in judgements if judgement.outcome is Outcome.FAIL)


def unanswered(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Keep what could not be answered and stands in the way of a verdict."""
    return tuple(one for one in judgements if wording.is_open(one) and (one.blocking or one.outcome is Outcome.ERROR))


def warned(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Keep the advisory breaches."""
    return tuple(judgement for judgement in judgements if judgement.outcome is Outcome.WARN)


def title_of(name: str, metrics: Mapping[str, Metric], cap: int) -> str:
    """Return a metric's title; a metric that nobody registered is called by its name."""
    metric = metrics.get(name)
    return plain(metric.title if metric else name, cap) or ABSENT


def tally(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    """Count the outcomes, the worst first; what did not occur is not mentioned."""
    counted = (
        ("❌", "breached", len(breached(judgements))),
        ("❓", "not answered", len(unanswered(judgements))),
        ("⚠️", "warned", len(warned(judgements))),
        ("✅", "passed", sum(judgement.outcome is Outcome.PASS for judgement in judgements)),
    )
    return tuple(f"{icon} {count} {word}" for icon, word, count in counted if count)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """Turns judgements into rows."""

    metrics: Mapping[str, Metric]
    caps: Caps

    def section(self, title: str, judgements: Sequence[Judgement], cap: int) -> Section:
        """A short table with a sentence for each metric under it."""
        shown = judgements[:cap]
        return Section(
            title=f"{title} ({len(judgements)})" if judgements else "",
            rows=tuple(row for judgement in shown for row in self._rows(judgement)),
            notes=tuple(self._note(judgement) for judgement in shown),
            more=_more(len(judgements) - len(shown), "metrics, all in verdict.json"),
        )

    def every(self, judgements: Sequence[Judgement]) -> Section:
        """All metrics, the calm ones too."""
        shown = judgements[: self.caps.every]
        return Section(
            title=f"All {len(judgements)} metrics: {' · '.join(tally(judgements)) or 'nothing was judged'}",
            rows=tuple(row for judgement in shown for row in self._rows(judgement)),
            more=_more(len(judgements) - len(shown), "metrics, all in verdict.json"),
        )

    def name(self, judgement: Judgement) -> str:
        """The metric's title, escaped."""
        return prose(title_of(judgement.metric, self.metrics, self.caps.name), self.caps.name)

    def _rows(self, judgement: Judgement) -> list[Row]:
        parts = [self._part(part, judgement) for part in judgement.parts[: self.caps.parts]]
        left_out = len(judgement.parts) - len(parts)
        rest = [Row(sign="", metric=f"↳ {_more(left_out, 'parts')}")] if left_out else []
        return [self._row(judgement), *parts, *rest]

    def _row(self, judgement: Judgement) -> Row:
        unit = self._unit(judgement)
        sign = wording.outcome_sign(judgement.outcome)
        limit = wording.limit_words(judgement.limit, unit)
        return Row(
            sign=f"{sign.icon} {sign.word}",
            metric=f"**{self.name(judgement)}**",
            baseline=wording.value_words(judgement.baseline, judgement, unit),
            candidate=wording.value_words(judgement.candidate, judgement, unit),
            change=wording.change_words(judgement.change, judgement, unit),
            limit=limit if judgement.blocking or limit == ABSENT else f"{limit} (advisory)",
            sure=wording.sureness(judgement, prose(judgement.certainty, self.caps.sentence), unit),
        )

    def _part(self, part: Part, judgement: Judgement) -> Row:
        unit = self._unit(judgement)
        interval = wording.interval_words(part.interval, judgement, unit)
        sign = wording.outcome_sign(part.outcome)
        return Row(
            sign=f"{sign.icon} {sign.word}",
            metric=f"↳ {prose(part.name, self.caps.name)}",
            baseline=wording.value_words(part.baseline, judgement, unit),
            candidate=wording.value_words(part.candidate, judgement, unit),
            change=wording.change_words(part.change, judgement, unit),
            sure=interval if interval == ABSENT else f"95%: {interval}",
        )

    def _note(self, judgement: Judgement) -> str:
        metric = self.metrics.get(judgement.metric)
        said = prose(judgement.sentence, self.caps.sentence)
        others = [p for p in judgement.parts[: self.caps.parts] if p.sentence not in ("", judgement.sentence)]
        parts = [prose(part.sentence, self.caps.sentence) for part in others if part.outcome is not Outcome.PASS]
        explained = prose(metric.explains, self.caps.sentence) if metric else ""
        words = " ".join(words for words in (said, *parts) if words)
        return words + (f"<br><sub>{explained}</sub>" if explained else "")

    def _unit(self, judgement: Judgement) -> Unit:
        return wording.unit_of(self.metrics.get(judgement.metric))


def _seen(judgements: Sequence[Judgement], table: _Table) -> str:
    """The worst in figures, then the count: what somebody decides by."""
    failed = breached(judgements)
    chips = [
        f"❌ **{wording.in_short(judgement, table.metrics.get(judgement.metric), table.name(judgement))}**"
        for judgement in failed[:CHIPS]
    ]
    counts = tally(judgements)[1 if 0 < len(failed) <= CHIPS else 0 :]
    return " · ".join((*chips, *counts)) or "nothing was judged"


def _banners(record: VerdictRecord) -> tuple[str, ...]:
    baseline, candidate = record.baseline, record.candidate
    sandbox = record.environment.get("sandbox", "")
    said = (
        (record.quick, "🏃 **Quick run:** fewer tries than the limits ask for. It is never published as a success."),
        (baseline is None, "⚪ **No baseline:** there was nothing to compare the candidate with."),
        (
            baseline is not None and _same(baseline, candidate),
            "🪞 **Baseline and candidate are the same code:** any difference below is noise.",
        ),
        (
            sandbox.startswith("none"),
            f"🔓 **No sandbox:** {prose(sandbox.partition(': ')[2], 300)}. What that means: docs/sandbox.md.",
        ),
        (candidate.dirty, "✏️ **The candidate's checkout has changes that no commit holds.**"),
    )
    return tuple(words for holds, words in said if holds)


def _same(baseline: VersionRecord, candidate: VersionRecord) -> bool:
    clean = not (baseline.dirty or candidate.dirty)
    return clean and bool(baseline.sha) and (baseline.sha, baseline.factory) == (candidate.sha, candidate.factory)


def _versions(record: VerdictRecord, cap: int) -> tuple[VersionLine, ...]:
    named = (("baseline", record.baseline), ("candidate", record.candidate))
    return tuple(_version(role, version, cap) for role, version in named)


def _version(role: str, version: VersionRecord | None, cap: int) -> VersionLine:
    if version is None:
        return VersionLine(role=role, ref="none", commit=ABSENT, factory=ABSENT, environment=ABSENT)
    return VersionLine(
        role=role,
        ref=code(version.ref, cap),
        commit=code(version.sha[:7]) + (" + uncommitted changes" if version.dirty else ""),
        factory=code(version.factory, cap),
        environment=prose(version.environment, cap) or ABSENT,
    )


def _picture(path: str) -> Picture:
    return Picture(title=prose(PurePosixPath(path).stem, 60), path=quote(path, safe="/.", errors="replace"))


def _facts(record: VerdictRecord, caps: Caps) -> tuple[str, ...]:
    data = record.data
    symbols = _listed([code(symbol, caps.name) for symbol in data.symbols], caps.lines)
    sources = _listed([code(source, caps.name) for source in data.sources], caps.lines)
    environment = [f"{prose(key, caps.name)}: {prose(value, caps.name)}" for key, value in record.environment.items()]
    return (
        f"**Data:** {data.bars:,} bars of {', '.join(symbols) or 'no symbol'}"
        + (f" from {', '.join(sources)}" if sources else "")
        + f", SHA-256 {code(data.sha256, 64)}",
        f"**Policy:** SHA-256 {code(record.policy_sha256, 64)}",
        f"**Environment:** {' · '.join(_listed(environment, caps.lines)) or ABSENT}",
    )


def _stages(seconds: Mapping[str, float], caps: Caps) -> str:
    if not seconds:
        return ""
    each = [f"{prose(stage, caps.name)} {show(spent, Unit.SECONDS)}" for stage, spent in seconds.items()]
    return f"{show(sum(seconds.values()), Unit.SECONDS)} in all: {' · '.join(_listed(each, caps.lines))}"


def _listed(lines: Sequence[str], cap: int) -> tuple[str, ...]:
    shown = tuple(lines[:cap])
    return (*shown, _more(len(lines) - cap)) if len(lines) > cap else shown


def _more(left_out: int, what: str = "") -> str:
    return f"… {left_out:,} more {what}".rstrip() if left_out > 0 else ""
