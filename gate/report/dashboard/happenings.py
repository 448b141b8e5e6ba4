"""The newest entries of the history, a line each."""

from dataclasses import dataclass

from gate.domain.history import Happened
from gate.report import wording
from gate.report.dashboard import states, when
from gate.report.dashboard.given import Given, Kept
from gate.report.dashboard.links import safe_url, verdict_page
from gate.report.dashboard.states import State
from gate.report.text import plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One entry of the history in a table."""

    at: str
    machine: str
    state: State
    sign: str
    word: str
    title: str
    ref: str
    sha: str
    source: str
    url: str
    page: str


def lines(given: Given, kind: Happened, most: int) -> tuple[Line, ...]:
    """The newest entries of a kind, the newest first."""
    whole = {entry.uid for entry in given.newest if entry.verdict is not None}
    of_kind = [entry for entry in given.entries if entry.kind is kind][-most:]
    return tuple(_line(entry, whole) for entry in reversed(of_kind))


def _line(entry: Kept, whole: "set[str]") -> Line:
    at = when.moment(entry.at)
    state, word = State.WATCHED, {"deployment": "deployed", "rollback": "rolled back"}.get(entry.kind.value, "")
    if entry.verdict is not None:
        state = states.of_verdict(entry.verdict.verdict)
        word = wording.verdict_sign(entry.verdict.verdict).word + (" (quick)" if entry.verdict.quick else "")
        state = State.UNKNOWN if entry.verdict.quick and state is State.GOOD else state
    return Line(
        at=when.said(at),
        machine=when.machine(at),
        state=state,
        sign=states.sign(state),
        word=word,
        title=plain(entry.title, 120) or "untitled",
        ref=plain(entry.ref, 60),
        sha=plain(entry.sha, 40)[:7],
        source=plain(entry.source, 30).replace("_", " "),
        url=safe_url(entry.url),
        page=verdict_page(entry.uid) if entry.uid in whole else "",
    )
