"""The culprit for the terminal: who, what it did, how it was found, and what to do."""

from collections.abc import Iterator

from gate.domain.culprit import Commit, Culprits, Finding, Outcome, Why
from gate.domain.metric import Metric
from gate.domain.numbers import RATIO, scaled, show
from gate.metrics.registry import metrics_of
from gate.report.text import plain

SHORT = 12
LISTED = 20
SENTENCE = 200
WHY = {
    Why.HIDDEN_BY_UNTESTABLE: "it lies among commits that cannot be tested (--untestable culprit blames the first)",
    Why.TOO_MANY_PAIRS: "the timings do not tell them apart",
    Why.NOT_VERIFIED: "what the search pointed at does not differ from its parent: more than one commit moved it",
    Why.ENDS_TOO_CLOSE: "the timings do not even tell the ends apart",
}


def culprit_text(found: Culprits) -> str:
    """All of it."""
    parts = [[*finding_lines(finding)] for finding in found.findings]
    return "\n".join(line for part in [*parts, [*foot(found)]] for line in part)


def finding_lines(finding: Finding) -> Iterator[str]:
    """One metric's answer."""
    metric = metrics_of([finding.metric])[finding.metric]
    if finding.outcome is Outcome.FOUND and finding.culprit is not None:
        yield f"{metric.title}: culprit found"
        yield f"  commit     {finding.culprit.sha}"
        yield f"  subject    {plain(finding.culprit.subject)}"
        yield f"  author     {plain(finding.culprit.author)}, {finding.culprit.date[:10]}"
        if finding.pull_request is not None:
            yield f"  pull req.  #{finding.pull_request}"
        yield from reading_lines(finding, metric)
    else:
        yield f"{metric.title}: ambiguous, one of {len(finding.remaining)} commits: nothing is reverted on this"
        yield from (f"  possible   {one_line(commit)}" for commit in finding.remaining[:LISTED])
        if len(finding.remaining) > LISTED:
            yield f"  possible   … and {len(finding.remaining) - LISTED} more"
        if finding.reason is not None:
            yield f"  because    {WHY.get(finding.reason, finding.reason)}"
    yield from cost_lines(finding)
    if finding.notify_only:
        yield "  take back  the culprit is itself a revert: a person decides"
    elif finding.command:
        yield f"  take back  {finding.command}"


def reading_lines(finding: Finding, metric: Metric) -> Iterator[str]:
    """The metric before and after."""
    reading, parent = finding.reading, finding.parent
    if reading is None or parent is None:
        return
    if reading.change is not None and reading.interval is not None:
        low, high = (scaled(end, RATIO, apart_from=[1.0]) for end in reading.interval)
        times = scaled(reading.change, RATIO, apart_from=[1.0])
        sure = f"{reading.sentence}; 99% interval {low} to {high}"
        yield f"  moved      {times} of its parent {parent.sha[:SHORT]} ({sure})"
        return
    yield f"  before     {show(reading.before, metric.unit)} (at {parent.sha[:SHORT]})"
    yield f"  after      {show(reading.after, metric.unit, apart_from=[reading.before])}"
    if reading.sentence:
        yield f"  judged     {plain(reading.sentence, SENTENCE)}"


def cost_lines(finding: Finding) -> Iterator[str]:
    """What the answer rests on."""
    made = (
        f"{finding.pairs} timed pairs" if finding.pairs else f"{finding.evaluations} evaluations, both ends among them"
    )
    yield f"  rests on   {made}"
    for sha, why in list(finding.untestable.items())[:LISTED]:
        yield f"  untestable {sha[:SHORT]} {plain(why, SENTENCE)}"


def one_line(commit: Commit) -> str:
    """A commit in a list."""
    return f"{commit.sha[:SHORT]} {plain(commit.subject)} ({plain(commit.author)})"


def foot(found: Culprits) -> Iterator[str]:
    """Between what, and what this call added."""
    same = f", {found.collapsed} of which change nothing that is measured" if found.collapsed else ""
    yield f"searched: {found.commits} commits {found.good.sha[:SHORT]}..{found.bad.sha[:SHORT]}{same}"
    made = [f"{found.evaluated} evaluations"] + ([f"{found.paired} pairs"] if found.paired else [])
    known = f", {found.resumed} answers were known before" if found.resumed else ""
    yield f"this call: {', '.join(made)} in {found.seconds:.1f} s{known}"
    shas = [finding.culprit.sha for finding in found.findings if finding.command and finding.culprit]
    if shas:
        without = " ".join(f"--after-revert {sha[:SHORT]}" for sha in (*found.after_revert, shas[0]))
        yield f"after the revert: gate again; where it still fails, gate culprit … {without}"
