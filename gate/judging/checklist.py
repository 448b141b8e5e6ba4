"""Which boxes are ticked: by the newest evidence if it holds and is fresh, by a word only where no machine sees."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from gate.domain.checklist import (
    BOXES,
    NOW,
    WORD_HOURS,
    Box,
    Checklist,
    Evidence,
    Phase,
    Shows,
    Tick,
    Ticked,
    Word,
)
from gate.domain.incident import moment, written

AHEAD = timedelta(minutes=2)
"""So much may another machine's clock be ahead."""


def gone_through(phase: Phase, evidence: Iterable[Evidence], words: Iterable[Word], now: datetime) -> Checklist:
    """The list of a phase, at `now`."""
    there, said = list(evidence), list(words)
    boxes = tuple(_ticked(box, there, said, now) for box in BOXES if box.phase is phase)
    return Checklist(phase=phase, at=written(now), boxes=boxes)


def _ticked(box: Box, evidence: Sequence[Evidence], words: Sequence[Word], now: datetime) -> Ticked:
    word, stale = _word(box, words, now)
    said = (f"said by {word.by} at {word.at}: {word.note}",) if word else stale
    if not box.shows:
        lines = said or ("nobody has said so: --tick, with --by and --note",)
        tick = Tick.SAID if word else Tick.OPEN
        return Ticked(section=box.section, text=box.text, tick=tick, lines=lines, word=word)
    seen = [(shows, newest(shows, evidence)) for shows in box.shows]
    told = [_trouble(shows, one, NOW.get(shows, box.hours), now) for shows, one in seen]
    lines = tuple(trouble or _shown(one) for trouble, (_, one) in zip(told, seen, strict=True))
    return Ticked(
        section=box.section,
        text=box.text,
        tick=Tick.OPEN if any(told) else Tick.SHOWN,
        lines=(*lines, *said),
        evidence=tuple(one for _, one in seen if one),
        word=word,
    )


def newest(shows: Shows, evidence: Iterable[Evidence]) -> Evidence | None:
    """The newest counts, whatever it says: an older success does not outlive a newer failure."""
    return max(
        (one for one in evidence if one.shows is shows), key=lambda one: (moment(one.at), not one.holds), default=None
    )


def _trouble(shows: Shows, one: Evidence | None, hours: float, now: datetime) -> str:
    if one is None:
        return f"nothing shows it ({shows})"
    if not one.holds:
        return f"{shows} at {one.at}: {one.sentence}"
    age = now - moment(one.at)
    if age < -AHEAD:
        return f"{shows}: {one.at} lies in the future"
    if age > timedelta(hours=hours):
        return f"{shows} of {one.at} is stale: it may be {_hours(hours)} old"
    return ""


def _shown(one: Evidence | None) -> str:
    return f"{one.shows} at {one.at}: {one.sentence}" if one else ""


def _hours(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:g} days"
    return f"{hours:g} hours" if hours >= 1 else f"{hours * 60:g} minutes"


def _word(box: Box, words: Sequence[Word], now: datetime) -> tuple[Word | None, tuple[str, ...]]:
    """The newest of this box that is fresh, or a line about the stale one."""
    ours = [
        one for one in words if (one.phase, one.box) == (box.phase, box.text) and one.by.strip() and one.note.strip()
    ]
    last = max(ours, key=lambda one: moment(one.at), default=None)
    if last is None:
        return None, ()
    age = now - moment(last.at)
    if not -AHEAD <= age <= timedelta(hours=WORD_HOURS):
        return None, (f"said by {last.by} at {last.at}, which is not today: say it again",)
    return last, ()
