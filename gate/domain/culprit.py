"""A search for the commit that moved a metric: the commits, what is answered of them, and what came of it."""

import re
from enum import StrEnum

import msgspec

from gate.domain.verdict import Judgement

SCHEMA = 1
_NUMBERS = (re.compile(r"^Merge pull request #(\d+) "), re.compile(r"\(#(\d+)\)\s*$"))


class Said(StrEnum):
    """What is known for certain of one commit."""

    GOOD = "good"
    BAD = "bad"
    UNTESTABLE = "untestable"
    """It does not parse, import or install: there is nothing to measure."""
    UNKNOWN = "unknown"
    """It was measured without an answer: timed out, too little data, low confidence."""


class Untestable(StrEnum):
    """What is made of commits that cannot be tested where the search ends among them."""

    SKIP = "skip"
    """They are named beside the others: an ambiguous set."""
    CULPRIT = "culprit"
    """The first of them is the culprit."""


class Told(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A certain answer about the commit at a position."""

    position: int
    said: Said


class Paired(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A pair of timed runs: the commit at `position` and the one at `beside`."""

    position: int
    beside: int
    log: float
    """Log of the ratio; above 0 the commit at `position` takes more."""


class Why(StrEnum):
    """Why a search ended without a culprit. Closed: a new reason is a new member."""

    GOOD_END_IS_BAD = "GOOD_END_IS_BAD"
    GOOD_END_UNTESTABLE = "GOOD_END_UNTESTABLE"
    BAD_END_IS_GOOD = "BAD_END_IS_GOOD"
    BAD_END_UNTESTABLE = "BAD_END_UNTESTABLE"
    ENDS_TOO_CLOSE = "ENDS_TOO_CLOSE"
    """So many pairs, and it is not known whether the ends differ."""
    HIDDEN_BY_UNTESTABLE = "HIDDEN_BY_UNTESTABLE"
    """The step lies among commits that cannot be tested."""
    TOO_MANY_PAIRS = "TOO_MANY_PAIRS"
    NOT_VERIFIED = "NOT_VERIFIED"
    """What the search pointed at does not differ from its parent: more than one commit moved the metric."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit of the first-parent line."""

    sha: str
    tree: str
    """Names the content of the measured paths: equal names, equal content."""
    author: str = ""
    date: str = ""
    """ISO 8601."""
    subject: str = ""
    reverts: str = ""
    """The SHA after `This reverts commit`."""
    folder: str | None = None
    """Where it is exported from, in place of the user's repository."""
    ref: str = ""
    """What is exported from there, in place of `sha`."""
    blocked: str = ""
    """Why it cannot be had in the form that is asked for; "" where it can."""

    @property
    def pull_request(self) -> int | None:
        """The number in the subject: GitHub writes it on merge and on squash commits."""
        found = next((match for pattern in _NUMBERS if (match := pattern.search(self.subject))), None)
        return int(found[1]) if found else None

    @property
    def is_revert(self) -> bool:
        """It takes another commit back. By the line that git writes, not by its title."""
        return bool(self.reverts)


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's own judgement of one commit against the good end, or why there is none."""

    judgements: tuple[Judgement, ...] = ()
    untestable: str = ""
    """Why it cannot be tested; "" where it could."""
    timed_out: bool = False
    """Something of the candidate ran out of time."""
    unknown: str = ""
    """Why a timed run gave no answer."""

    def judgement(self, metric: str) -> Judgement | None:
        """What was said of a metric."""
        return next((judgement for judgement in self.judgements if judgement.metric == metric), None)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the log: one thing learned of a tree."""

    tree: str
    under: str
    """Names the policy that it was learned under."""
    beside: str = ""
    """The tree it was timed against."""
    metric: str = ""
    """The metric that it was timed for; "" where it was observed and judged."""
    evaluation: Evaluation | None = None
    logs: dict[str, float] = {}
    """Log ratio of each part of a timed pair."""
    at: str = ""
    """The commit it was learned at, and the one beside it."""
    at_beside: str = ""


class Outcome(StrEnum):
    """What became of the search for one metric."""

    FOUND = "FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    """One of several, or it is not known whether the ends differ: nothing is reverted on it."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The metric before and after the culprit."""

    before: float | None = None
    after: float | None = None
    change: float | None = None
    """For timings: how many times as much as the parent."""
    interval: tuple[float, float] | None = None
    """99% interval of the change, valid at any number of pairs."""
    sentence: str = ""
    """What the gate said of the culprit."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one metric."""

    metric: str
    outcome: Outcome
    reason: Why | None = None
    culprit: Commit | None = None
    pull_request: int | None = None
    parent: Commit | None = None
    """What it was shown against: the last commit before it that can be tested."""
    notify_only: bool = False
    """The culprit is itself a revert: a person decides."""
    reading: Reading | None = None
    remaining: tuple[Commit, ...] = ()
    """What stays possible, oldest first."""
    untestable: dict[str, str] = {}
    """Commits that could not be tested, of those that were tried, and why."""
    evaluations: int = 0
    """Comparisons that this answer rests on, both ends among them."""
    pairs: int = 0
    command: str = ""
    """What takes it back."""


class Culprits(msgspec.Struct, frozen=True, kw_only=True):
    """What `gate culprit --json` prints."""

    schema: int = SCHEMA
    good: Commit
    bad: Commit
    commits: int
    """On the first-parent line, the good end not counted."""
    collapsed: int
    """Of them, those that change nothing of what is measured."""
    after_revert: tuple[str, ...] = ()
    findings: tuple[Finding, ...]
    evaluated: int
    """Comparisons made by this call."""
    resumed: int
    """Answers that were found in the log."""
    paired: int = 0
    """Pairs timed by this call."""
    seconds: float = 0.0
