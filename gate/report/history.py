"""The history for people: what changed its level, what happened, and a picture a metric."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gate.domain.drift import FEWEST, ChangePoint, Course, Drift, Track
from gate.domain.history import SCHEMA, Glance, HistoryEntry
from gate.domain.numbers import RATIO, scaled, show
from gate.report.markdown import template
from gate.report.text import code, plain, prose

SIGNS = {Course.STEADY: "steady", Course.WORSE: "⚠️ worse", Course.BETTER: "better", Course.TOO_SHORT: "too few yet"}
NEWEST = 40
"""Entries that the page lists."""
COLUMNS = (
    "at",
    "uid",
    "kind",
    "source",
    "ref",
    "sha",
    "title",
    "url",
    "verdict",
    "level",
    "quick",
    "metric",
    "outcome",
    "reason",
    "baseline",
    "candidate",
    "change",
    "change_kind",
)


def value_of(track: Track, value: float, *, apart_from: Sequence[float | None] = ()) -> str:
    """Print a value of a track."""
    return (
        scaled(value, RATIO, apart_from=apart_from) if track.ratio else show(value, track.unit, apart_from=apart_from)
    )


def sentence(track: Track, change: ChangePoint) -> str:
    """One plain sentence: from where to where, since when, and which commit was judged first after it."""
    limit = track.points[change.place].limit
    before = value_of(track, change.before, apart_from=(limit, change.after))
    after = value_of(track, change.after, apart_from=(limit, change.before))
    held = f"; allowed is {value_of(track, limit)}" if limit is not None else ""
    which = "worse" if change.worse else "better"
    sha = change.sha[:12] or "an unnamed version"
    return f"{track.title} went from {before} to {after} ({which}) by {change.at[:10]}, first judged at {sha}{held}"


def drift_lines(tracks: Sequence[Track], found: Sequence[Drift]) -> list[str]:
    """For the terminal: a line a change, the newest of each metric last; then what is steady, and what is too short."""
    pairs = list(zip(tracks, found, strict=True))
    worse = [f"WORSE   {sentence(track, drift.changes[-1])}" for track, drift in _of(pairs, Course.WORSE)]
    better = [f"better  {sentence(track, drift.changes[-1])}" for track, drift in _of(pairs, Course.BETTER)]
    steady = ", ".join(track.metric for track, _ in _of(pairs, Course.STEADY))
    short = ", ".join(f"{track.metric} ({drift.points})" for track, drift in _of(pairs, Course.TOO_SHORT))
    rest = [f"steady  {steady}"] if steady else []
    few = [f"too few verdicts yet ({FEWEST} are needed): {short}"] if short else []
    return [*worse, *better, *rest, *few] or ["no verdicts yet"]


def _of(pairs: Iterable[tuple[Track, Drift]], course: Course) -> list[tuple[Track, Drift]]:
    return [(track, drift) for track, drift in pairs if drift.course is course]


def entry_line(one: Glance | HistoryEntry) -> str:
    """One entry for the terminal: nothing in it turns colours or lines."""
    said = plain(one.title, 100)
    head = f"{one.at[:19]:19}  {one.kind.value:10}  {plain(one.source, 14):14}  {plain(one.sha[:12]):12}"
    return f"{head}  {plain(one.uid[:20]):20}  {said}"


def picture_name(metric: str) -> str:
    """The file of a metric's picture; a name that a file cannot have gets one of its own."""
    tame = re.sub(r"[^0-9A-Za-z_-]", "_", metric)[:60]
    return f"{tame}.svg" if tame == metric else f"{tame}-{hashlib.sha256(metric.encode()).hexdigest()[:8]}.svg"


def drift_markdown(tracks: Sequence[Track], found: Sequence[Drift]) -> str:
    """For a job's summary."""
    return template("drift.md.j2").render(**_drift_facts(tracks, found)).strip() + "\n"


def history_markdown(
    glances: Sequence[Glance], tracks: Sequence[Track], found: Sequence[Drift], pictures: Sequence[str]
) -> str:
    """The page: changes, pictures, what happened last."""
    facts = {
        "count": len(glances),
        "first": plain(glances[0].at[:10]) if glances else "–",
        "last": plain(glances[-1].at[:10]) if glances else "–",
        "pictures": [
            {"title": prose(track.title), "name": picture_name(track.metric), "now": _now(track)}
            for track in tracks
            if picture_name(track.metric) in pictures
        ],
        "happened": [_row(one) for one in reversed(glances[-NEWEST:])],
        "left_out": max(len(glances) - NEWEST, 0),
    }
    return template("history.md.j2").render(**facts, **_drift_facts(tracks, found)).strip() + "\n"


def _now(track: Track) -> str:
    last = track.points[-1]
    held = "" if last.limit is None else f", allowed {value_of(track, last.limit)}"
    return f"{value_of(track, last.value, apart_from=(last.limit,))}{held}"


def _row(one: Glance) -> dict[str, str]:
    sha = code(one.sha[:12]) if one.sha else ""
    return {"at": plain(one.at[:16]), "kind": one.kind.value, "title": prose(one.title, 160), "sha": sha}


def _drift_facts(tracks: Sequence[Track], found: Sequence[Drift]) -> dict[str, object]:
    changes = [
        {
            "title": prose(track.title),
            "sentence": prose(sentence(track, change)),
            "sign": SIGNS[Course.WORSE if change.worse else Course.BETTER],
            "sha": code(change.sha[:12]) if change.sha else "–",
            "at": plain(change.at[:10]),
            "before": value_of(track, change.before, apart_from=(change.after,)),
            "after": value_of(track, change.after, apart_from=(change.before, track.points[change.place].limit)),
        }
        for track, drift in zip(tracks, found, strict=True)
        for change in drift.changes
    ]
    return {
        "changes": sorted(changes, key=lambda row: row["at"], reverse=True),
        "verdicts": max((len(track.points) + track.gaps for track in tracks), default=0),
        "steady": sum(drift.course is Course.STEADY for drift in found),
        "short": sum(drift.course is Course.TOO_SHORT for drift in found),
    }


# ------------------------------------------------------------------ export


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A whole history as one file, to be imported elsewhere."""

    schema: int = SCHEMA
    entries: tuple[HistoryEntry, ...]


def as_json(entries: Iterable[HistoryEntry]) -> bytes:
    """Everything: an import makes the same history of it."""
    return msgspec.json.encode(Export(entries=tuple(entries))) + b"\n"


def as_csv(entries: Iterable[HistoryEntry]) -> str:
    """A row a metric of a verdict, a row of anything else: for a spreadsheet. It cannot be imported again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for entry in entries for row in _rows(entry))
    return out.getvalue()


def _rows(entry: HistoryEntry) -> Iterator[list[object]]:
    head: list[object] = [
        entry.at,
        entry.uid,
        entry.kind.value,
        entry.source,
        entry.ref,
        entry.sha,
        entry.title,
        entry.url,
    ]
    record = entry.verdict
    if record is None:
        yield head + [None] * (len(COLUMNS) - len(head))
        return
    head += [record.verdict.value, record.level, record.quick]
    for one in record.judgements:
        measured = [one.baseline, one.candidate, one.change, one.change_kind]
        yield [*head, one.metric, one.outcome.value, one.reason.value, *measured]


def _cell(value: object) -> object:
    """A spreadsheet runs what begins like a formula: OWASP, CSV Injection."""
    if isinstance(value, str):
        seen = plain(value, 1000)
        return f"'{seen}" if seen.startswith(("=", "+", "-", "@", "\t")) else seen
    return value
