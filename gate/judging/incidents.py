"""What follows from an incident's entries: their order, the union of two copies, what is written, and what is owed."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from gate.domain.alert import Delivery, Fact, Sent
from gate.domain.incident import (
    NOT_YET,
    Entry,
    Incident,
    PublicState,
    PublicStatus,
    Stage,
    Topic,
    moment,
    written,
)
from gate.judging.clock import progress, trouble_of

HUMAN = (Topic.ROOT_CAUSE, Topic.LESSONS, Topic.OWNERS)
"""What only a person can write, and what an incident owes before it is done with."""
POST_MORTEM = "Post-mortem"
"""The heading below the line that it stands under."""
SLUG = 40
"""Characters of a key that an id repeats."""
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$")


def entry_id(*parts: str) -> str:
    """Name an entry by what it says: the same command twice writes it once."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


def name_of(at: datetime, key: str, nth: int = 1) -> str:
    """An incident's id; `nth` where the same key had one in that minute already."""
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:SLUG].strip("-") or "incident"
    return f"{at:%Y-%m-%d-%H%M}-{slug}" + (f"-{nth}" if nth > 1 else "")


# ------------------------------------------------------------------ order and union


def order(entry: Entry) -> tuple[datetime, int, str]:
    """By time; at the same time, steps in their order and notes after them; then by name."""
    return moment(entry.at), entry.stage.rank if entry.stage else len(Stage), entry.id


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Every entry once, by time. Two that bear one id and differ: the same one is kept, whoever comes first."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        there = kept.get(entry.id)
        kept[entry.id] = entry if there is None else min(there, entry, key=msgspec.json.encode)
    return tuple(sorted(kept.values(), key=order))


def merged(one: Incident, other: Incident) -> Incident:
    """The union of two copies of a record: no entry lost, none doubled, in whichever order copies meet."""
    entries = in_order((*one.entries, *other.entries))
    return Incident(
        schema=max(one.schema, other.schema),
        id=one.id,
        key=min(one.key, other.key),
        title=min(one.title, other.title),
        severity=max(one.severity, other.severity, key=lambda severity: severity.rank),
        opened_at=_earliest(one.opened_at, other.opened_at),
        onset_at=_earliest(one.onset_at, other.onset_at),
        version=max(one.version, other.version),
        level=max(one.level or 0, other.level or 0) or None,
        facts=_facts(one.facts, other.facts),
        entries=entries,
        root_cause=max(one.root_cause, other.root_cause),
        closed_at=_earliest(one.closed_at, other.closed_at),
        issue=min((number for number in (one.issue, other.issue) if number is not None), default=None),
        component=max(one.component, other.component),
    )


def settled(incident: Incident) -> Incident:
    """As a record is kept: entries by time, and the root cause that was said last."""
    return msgspec.structs.replace(
        incident, entries=in_order(incident.entries), root_cause=said(incident, Topic.ROOT_CAUSE)
    )


def _earliest(*times: str) -> str:
    return min((at for at in times if at), key=lambda at: (moment(at), at), default="")


def _facts(one: tuple[Fact, ...], other: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """As they came where both say the same; else all of them, by name."""
    if one == other:
        return one
    return tuple(sorted({*one, *other}, key=lambda fact: (fact.name, fact.value)))


# ------------------------------------------------------------------ what a person wrote


def _newest(entries: Iterable[Entry], topic: Topic) -> Entry | None:
    return max((one for one in entries if one.topic is topic), key=order, default=None)


def said(incident: Incident, topic: Topic) -> str:
    """What was written last on a human part; "" until then."""
    newest = _newest(incident.entries, topic)
    if newest is None and topic is Topic.ROOT_CAUSE:
        return incident.root_cause
    return newest.text if newest else ""


def sections(by_hand: str) -> Mapping[str, str]:
    """The headings below the line that have a text, in lower case; "not yet written" is none."""
    return {name: text for name, lines in _parted(by_hand).items() if (text := "\n".join(lines).strip())}


def headings(by_hand: str) -> frozenset[str]:
    """Every heading below the line, in lower case."""
    return frozenset(_parted(by_hand))


def _parted(by_hand: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in by_hand.split("\n"):
        heading = _HEADING.match(line)
        if heading:
            lines = found.setdefault(heading[1].lower(), [])
        elif line.strip() != NOT_YET:
            lines.append(line)
    return found


def unwritten(incident: Incident, by_hand: str = "") -> tuple[Topic, ...]:
    """The human parts that are still owed: neither said by a command nor written below the line of the file."""
    there = sections(by_hand)
    return tuple(topic for topic in HUMAN if not said(incident, topic) and topic.value not in there)


def open_follow_ups(incident: Incident) -> tuple[Entry, ...]:
    """Follow-ups that nobody has answered."""
    answered = {entry.answers for entry in incident.entries if entry.topic is Topic.ANSWER}
    return tuple(one for one in incident.entries if one.topic is Topic.FOLLOW_UP and one.id not in answered)


def owed(incident: Incident, now: datetime, by_hand: str = "") -> tuple[str, ...]:
    """What is still to be done, a line each; none: it is done with."""
    steps = [f"{one.stage} (due {one.due})" for one in progress(incident, now).owed]
    missing = [topic.value for topic in unwritten(incident, by_hand)]
    missing += [] if POST_MORTEM.lower() in headings(by_hand) else [POST_MORTEM.lower()]
    parts = [f"{part}: not yet written" for part in missing]
    return (*steps, *parts, *(f"follow-up {one.id}: {one.text}" for one in open_follow_ups(incident)))


# ------------------------------------------------------------------ what the public sees

NOTHING_SAID = {
    PublicState.INVESTIGATING: "We are looking into a problem.",
    PublicState.IDENTIFIED: "The cause is known, and we are working on it.",
    PublicState.MONITORING: "A remedy is in place, and we are watching it.",
    PublicState.RESOLVED: "This is over.",
}
SERVICE = "Service"


def public_status(incident: Incident, now: datetime) -> PublicStatus:
    """An allow-list: component, state, times, and a sentence that a person wrote for the public."""
    state, since = _public_state(incident, now)
    newest = _newest((one for one in incident.entries if moment(one.at) <= now), Topic.PUBLIC)
    return PublicStatus(
        component=incident.component or SERVICE,
        state=state,
        started_at=incident.opened_at,
        updated_at=max((since, newest.at if newest else since), key=moment),
        resolved_at=since if state is PublicState.RESOLVED else "",
        sentence=newest.text if newest else NOTHING_SAID[state],
        sentence_at=newest.at if newest else "",
    )


def _public_state(incident: Incident, now: datetime) -> tuple[PublicState, str]:
    """The furthest that its steps show, and since when."""
    done = {one.stage: one.done for one in progress(incident, now).deadlines}
    closed = incident.closed_at if incident.closed_at and moment(incident.closed_at) <= now else ""
    steps = (
        (PublicState.RESOLVED, _earliest(closed, done[Stage.RESTORED])),
        (PublicState.MONITORING, _earliest(done[Stage.ROLLED_BACK], done[Stage.FIX_DEPLOYED])),
        (PublicState.IDENTIFIED, done[Stage.ROOT_CAUSE]),
    )
    started = (PublicState.INVESTIGATING, incident.opened_at)
    return next(((state, since) for state, since in steps if since), started)


# ------------------------------------------------------------------ entries that machines write


def told(delivery: Delivery, by: str = "gate") -> Entry:
    """One alert at one channel, as a line: what was delivered is the step "alerted", what was not is a note."""
    arrived = delivery.outcome is Sent.DELIVERED
    why = f": {delivery.sentence}" if delivery.sentence else ""
    return Entry(
        id=entry_id("delivery", delivery.alert, delivery.channel, delivery.outcome, delivery.at),
        at=delivery.at,
        stage=Stage.ALERTED if arrived else None,
        text=f"alert {delivery.alert} at {delivery.channel}: {delivery.outcome}{why}",
        by=by,
    )


def refusal_of(entry: Entry, incident: Incident, now: datetime) -> str:
    """Why an entry is not taken; "" where it is. What is empty tells nothing, and no time may lie ahead."""
    if not entry.text.strip():
        return "there is nothing in it"
    if entry.topic is Topic.ANSWER and entry.answers not in {one.id for one in open_follow_ups(incident)}:
        return f"there is no open follow-up '{entry.answers:.40}'"
    if entry.stage and not entry.proof and _mends_a_miss(entry, incident, now):
        return f"'{entry.stage}' was done too late already: an earlier time needs a proof"
    return trouble_of(entry, incident, now)


def _mends_a_miss(entry: Entry, incident: Incident, now: datetime) -> bool:
    there = next(one for one in progress(incident, now).deadlines if one.stage is entry.stage)
    return there.is_miss and bool(there.done) and moment(entry.at) < moment(there.done)


MOST = 8000
"""Characters of a text that are kept."""


def clean(entry: Entry) -> Entry:
    """What can be written into a file: nothing of it is without end, and nothing is half a character."""
    return msgspec.structs.replace(
        entry,
        at=written(moment(entry.at)),
        text=_text(entry.text),
        by=_text(entry.by)[:200],
        proof=_text(entry.proof)[:1000],
    )


def _text(text: str) -> str:
    cut = text if len(text) <= MOST else f"{text[: MOST - 1]}…"
    return cut.encode(errors="replace").decode()


def titled(title: str) -> str:
    """One line of it."""
    return " ".join(_text(title).split())[:300]
