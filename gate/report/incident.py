"""An incident in words: the record's body, the issue's text, and the lines of the terminal."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gate.domain.incident import NOT_YET, Deadline, Entry, Incident, IssuePage, Progress, Standing, Topic, moment
from gate.domain.numbers import ABSENT
from gate.report.markdown import LARGEST, template
from gate.report.text import code, plain, prose

LINE = "<!-- gate: below this line is yours, and is kept as it is -->"
"""What a person writes below it is never touched."""
BELOW = """
## In your own words

Write here, under any heading; `gate` keeps it. A heading "Root cause", "Lessons" or "Owners" counts as written.
"""
BELOW_SAID = "_written by hand, below_"
MARKER = "<!-- gate-incident: {} -->"
SHOWN = (400, 100, 20, 4)
"""Entries of a timeline that are shown, fewer where the text would be too long for an issue."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/?#%&=:+,@-]{1,500}")
_PATH = re.compile(r"(?!/)[A-Za-z0-9._/+-]{1,300}")
_SIGNS = {
    Standing.MET: "✅ met",
    Standing.MISSED: "❌ missed",
    Standing.RUNNING: "⏳",
    Standing.OVERDUE: "❌ overdue",
    Standing.DONE: "done",
    Standing.OPEN: "open",
}
_TITLES = {
    Topic.ROOT_CAUSE: "Root cause",
    Topic.LESSONS: "Lessons",
    Topic.OWNERS: "Owners",
    Topic.PUBLIC: "Public wording",
}
_TOPICS = {
    Topic.PUBLIC: "said in public: ",
    Topic.ROOT_CAUSE: "root cause: ",
    Topic.LESSONS: "lessons: ",
    Topic.OWNERS: "owners: ",
    Topic.FOLLOW_UP: "follow-up: ",
    Topic.ANSWER: "done: ",
    Topic.NOTE: "",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """What a record is printed with, beside itself."""

    standing: Progress
    """Every step at this moment."""
    owed: tuple[str, ...] = ()
    written: Mapping[Topic, str]
    """The human parts; "" where nobody wrote them."""
    below: frozenset[str] = frozenset()
    """Headings below the line, in lower case."""
    by_hand: str = ""
    """What a person wrote below the line."""
    root: str | None = "../../"
    """Leads from where it is read to where proofs' paths start; None: they are not linked."""
    shown: int = SHOWN[0]


def body(incident: Incident, paper: Paper) -> str:
    """The whole of the record below its head: what gate writes, the line, and what a person wrote."""
    by_hand = paper.by_hand if paper.by_hand.strip() else BELOW
    return f"{page(incident, paper)}\n{LINE}\n{by_hand}"


def page(incident: Incident, paper: Paper) -> str:
    """What gate writes of it."""
    shown, left_out = _shown(incident.entries, paper.shown)
    standing = paper.standing
    facts = {
        "title": prose(incident.title, 200) or ABSENT,
        "state": "OPEN" if incident.is_open else "CLOSED",
        "severity": incident.severity.value,
        "detected": clock(incident.opened_at),
        "onset": clock(incident.onset_at),
        "closed": clock(incident.closed_at),
        "summary": _summary(incident),
        "at": clock(standing.at),
        "deadlines": [_row(one, paper) for one in standing.deadlines],
        "doubts": [prose(line) for line in standing.doubts[:10]],
        "facts": [(prose(one.name), prose(one.value)) for one in incident.facts[:40]],
        "timeline": [_entry(one, paper) for one in shown],
        "left_out": left_out,
        "human": [*(_human(topic, paper) for topic in _TITLES), _post_mortem(paper)],
        "owed": [prose(line) for line in paper.owed[:60]],
    }
    return template("incident.md.j2").render(**facts).strip() + "\n"


def issue_page(incident: Incident, paper: Paper, labels: tuple[str, ...]) -> IssuePage:
    """What the issue must say: always small enough for GitHub."""
    for shown in SHOWN:
        text = f"{MARKER.format(incident.id)}\n{page(incident, replace(paper, root=None, shown=shown))}"
        if len(text.encode()) <= LARGEST:
            break
    return IssuePage(
        incident=incident.id,
        title=f"Incident: {plain(incident.title, 200)}",
        body=text[:LARGEST],
        labels=labels,
        is_open=incident.is_open,
    )


def _summary(incident: Incident) -> list[tuple[str, str]]:
    rows = (
        ("id", code(incident.id)),
        ("key", code(incident.key)),
        ("deployed", code(incident.version) if incident.version else ""),
        ("rollback level", str(incident.level or "")),
        ("component", prose(incident.component)),
        ("issue", f"#{incident.issue}" if incident.issue else ""),
    )
    return [(name, value) for name, value in rows if value]


def _shown(entries: Sequence[Entry], most: int) -> tuple[Sequence[Entry], int]:
    """The first and the last."""
    if len(entries) <= most:
        return entries, 0
    half = most // 2
    return (*entries[:half], *entries[-half:]), len(entries) - 2 * half


def _row(one: Deadline, paper: Paper) -> dict[str, str]:
    proof = f" · {link(one.proof, paper.root)}" if one.proof else ""
    word = " · without proof" if one.standing is Standing.MET and not one.proof else ""
    return {
        "step": one.stage.value,
        "due": clock(one.due) or ABSENT,
        "done": clock(one.done) or ABSENT,
        "word": f"{_SIGNS[one.standing]}{_by(one)}{proof}{word}",
    }


def _by(one: Deadline) -> str:
    if one.standing is Standing.MET:
        return f", {span(one.seconds)} left"
    if one.standing is Standing.RUNNING:
        return f" {span(one.seconds)} left"
    return f" by {span(one.seconds)}" if one.is_miss else ""


def _entry(one: Entry, paper: Paper) -> dict[str, str]:
    stage = f"**{one.stage.value}**: " if one.stage else ""
    return {
        "at": clock(one.at),
        "event": f"{stage}{_TOPICS[one.topic]}{prose(one.text, 600)}",
        "by": prose(one.by, 60),
        "proof": link(one.proof, paper.root) if one.proof else "",
    }


def _human(topic: Topic, paper: Paper) -> dict[str, str]:
    text = paper.written.get(topic, "")
    otherwise = BELOW_SAID if topic.value in paper.below else NOT_YET
    return {"title": _TITLES[topic], "text": prose(text, 4000) if text else otherwise}


def _post_mortem(paper: Paper) -> dict[str, str]:
    return {"title": "Post-mortem", "text": BELOW_SAID if "post-mortem" in paper.below else NOT_YET}


def link(proof: str, root: str | None) -> str:
    """Where a proof lies: a link where it can be one without doing harm, else a name."""
    if _ADDRESS.fullmatch(proof):
        return f"<{proof}>"
    if root is not None and _PATH.fullmatch(proof) and "//" not in proof:
        return f"[{prose(proof.rpartition('/')[2])}]({root}{proof})"
    return code(proof, 200)


def clock(at: str) -> str:
    """A time for people, to the second."""
    return f"{moment(at):%Y-%m-%d %H:%M:%S}" if at else ""


def span(seconds: int) -> str:
    """How long, in its two largest units; never shown as nothing."""
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours:02d} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"


# ------------------------------------------------------------------ the terminal


def listed(incident: Incident, standing: Progress) -> str:
    """One line of `gate incident list`."""
    late = [f"{one.stage} late" for one in standing.deadlines if one.is_miss]
    state = "open" if incident.is_open else "closed"
    return f"{plain(incident.id, 80)}  {state:<6}  {incident.severity.value:<8}  {plain(incident.title, 60)}" + (
        f"  [{', '.join(late)}]" if late else ""
    )


def lines(incident: Incident, paper: Paper) -> Iterator[str]:
    """`gate incident show`, for a terminal without colours."""
    standing = paper.standing
    done = sum(bool(one.done) for one in standing.deadlines)
    yield plain(incident.title, 200)
    yield f"{incident.id}  {'open' if incident.is_open else 'closed'}  {incident.severity.value}"
    yield f"progress [{'#' * done}{'.' * (len(standing.deadlines) - done)}] {done} of {len(standing.deadlines)} steps"
    for one in standing.deadlines:
        due, at = clock(one.due) or ABSENT, clock(one.done) or ABSENT
        yield f"  {one.stage:<12}  due {due:<19}  done {at:<19}  {_plainly(one)}"
    yield from (f"  ! {plain(line, 300)}" for line in standing.doubts)
    yield "timeline (UTC)"
    for entry in incident.entries:
        stage = f"[{entry.stage}] " if entry.stage else ""
        proof = f"  <- {plain(entry.proof, 200)}" if entry.proof else ""
        event = f"{stage}{_TOPICS[entry.topic]}{plain(entry.text, 300)}"
        yield f"  {clock(entry.at)}  {event}  ({plain(entry.by, 60)}){proof}"
    yield "still owed"
    yield from (f"  - {plain(line, 300)}" for line in paper.owed or ("nothing",))


def _plainly(one: Deadline) -> str:
    return f"{_SIGNS[one.standing].partition(' ')[2] or one.standing.value}{_by(one)}"
