"""The words and signs of the report, in one place for Markdown and the terminal. No untrusted text passes here."""

from dataclasses import dataclass
from typing import assert_never

from gate.domain.limit import Limit
from gate.domain.metric import Metric, Unit
from gate.domain.numbers import ABSENT, PERCENT, POINTS, RATIO, Scale, exactly, scale_of, scaled, scaled_exactly, show
from gate.domain.verdict import Judgement, Outcome, Reason, Verdict, VerdictRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """How an outcome or a verdict looks: legible without colour, and without the icon."""

    icon: str
    mark: str
    """One narrow character for terminals."""
    word: str
    colour: str
    """A rich style."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A rollback level by the names of the user's rollback strategy."""

    title: str
    means: str
    takes: str
    command: str


LEVELS = {
    1: Level(
        title="Level 1 · Feature Rollback",
        means="revert the specific commits",
        takes="5–10 minutes",
        command="gate rollback feature",
    ),
    2: Level(
        title="Level 2 · Version Rollback",
        means="revert to the baseline version",
        takes="15–30 minutes",
        command="gate rollback version",
    ),
    3: Level(
        title="Level 3 · Full System Rollback",
        means="revert to the last stable version",
        takes="30–60 minutes",
        command="gate rollback system",
    ),
}

WAYS_OUT = {
    Reason.TOO_FEW_TRIES: "give it more tries (`[run] windows` or `seeds`)",
    Reason.NO_BASELINE: "name a baseline that loads (`[baseline] ref`)",
    Reason.BASELINE_SICK: "mend the baseline, its limit or the setup (`gate doctor`): reverting cannot cure it",
    Reason.MACHINE_TOO_NOISY: "run it again on a quieter machine",
    Reason.NOT_A_NUMBER: "see below what gave no number",
    Reason.NO_OBSERVATION: "see below what was not observed",
    Reason.DOES_NOT_LOAD: "mend what does not load",
    Reason.CRASHED: "mend what crashes",
    Reason.NOT_REPEATED: "see why it fails only sometimes: it may again, live",
    Reason.NOT_SHOWN_BY_EVIDENCE: "narrow the interval with more data or seeds",
    Reason.GATE_FAULT: "mend the gate or its machine",
}
"""What turns a missing answer into one. Any other reason: see whether it repeats."""

AGAIN = "run it again to see whether it repeats"


def outcome_sign(outcome: Outcome) -> Sign:
    """Choose the sign of one metric's outcome."""
    match outcome:
        case Outcome.PASS:
            return Sign(icon="✅", mark="✓", word="pass", colour="green")
        case Outcome.WARN:
            return Sign(icon="⚠️", mark="!", word="warning", colour="yellow")
        case Outcome.FAIL:
            return Sign(icon="❌", mark="✗", word="FAIL", colour="bold red")
        case Outcome.NO_DATA:
            return Sign(icon="❓", mark="?", word="no data", colour="magenta")
        case Outcome.ERROR:
            return Sign(icon="🛠️", mark="E", word="gate error", colour="bold magenta")
        case Outcome.FLAKY:
            return Sign(icon="🎲", mark="~", word="flaky", colour="magenta")
        case _:
            assert_never(outcome)


def verdict_sign(verdict: Verdict) -> Sign:
    """Choose the sign of the whole answer."""
    match verdict:
        case Verdict.PASS:
            return Sign(icon="✅", mark="✓", word="PASS", colour="bold green")
        case Verdict.BLOCK:
            return Sign(icon="⛔", mark="✗", word="BLOCK", colour="bold red")
        case Verdict.ROLL_BACK:
            return Sign(icon="⏪", mark="«", word="ROLL BACK", colour="bold red")
        case Verdict.INCONCLUSIVE:
            return Sign(icon="❓", mark="?", word="INCONCLUSIVE", colour="bold magenta")
        case Verdict.GATE_ERROR:
            return Sign(icon="🛠️", mark="E", word="GATE ERROR", colour="bold magenta")
        case _:
            assert_never(verdict)


def alert(verdict: Verdict) -> str:
    """Choose GitHub's alert box."""
    match verdict:
        case Verdict.PASS:
            return "TIP"
        case Verdict.BLOCK | Verdict.ROLL_BACK:
            return "CAUTION"
        case Verdict.INCONCLUSIVE:
            return "WARNING"
        case Verdict.GATE_ERROR:
            return "IMPORTANT"
        case _:
            assert_never(verdict)


def headline(record: VerdictRecord) -> str:
    """Say the verdict in one line, without its icon."""
    word = verdict_sign(record.verdict).word + (" (quick)" if record.quick else "")
    blocking = [judgement for judgement in record.judgements if judgement.blocking]
    failed = sum(judgement.outcome is Outcome.FAIL for judgement in blocking)
    unshown = sum(is_open(judgement) for judgement in blocking)
    match record.verdict:
        case Verdict.PASS:
            return f"{word}: {_of(len(blocking), len(blocking))} held"
        case Verdict.BLOCK:
            return f"{word}: {_of(failed, len(blocking))} breached"
        case Verdict.ROLL_BACK:
            return f"{word}: {_of(failed, len(blocking))} breached by what is already merged"
        case Verdict.INCONCLUSIVE:
            return f"{word}: {_of(unshown, len(blocking))} not shown to hold"
        case Verdict.GATE_ERROR:
            return f"{word}: the gate could not measure; nothing is said about the candidate"
        case _:
            assert_never(record.verdict)


def action(record: VerdictRecord) -> tuple[str, str]:
    """Say what to do now: the order, then how."""
    match record.verdict:
        case Verdict.PASS:
            return _after_pass(record)
        case Verdict.BLOCK:
            return (
                "Do not merge; the baseline keeps trading.",
                "Mend what is breached and push: the gate runs again." + _had_it_been_merged(record.level),
            )
        case Verdict.ROLL_BACK:
            return _after_roll_back(record.level)
        case Verdict.INCONCLUSIVE:
            return "Do not merge yet; without proof nothing is merged.", _way_out(record)
        case Verdict.GATE_ERROR:
            return (
                "Mend the gate or its machine, then run it again.",
                "The candidate is neither cleared nor accused; do not merge until it is.",
            )
        case _:
            assert_never(record.verdict)


def is_open(judgement: Judgement) -> bool:
    """Tell whether the question of this metric stayed without an answer."""
    return judgement.outcome in {Outcome.NO_DATA, Outcome.FLAKY, Outcome.ERROR}


def limit_words(limit: Limit, unit: Unit) -> str:
    """Say what is allowed, to the last digit that the policy wrote."""
    bounds = (
        "" if limit.max is None else f"≤ {exactly(limit.max, unit)}",
        "" if limit.min is None else f"≥ {exactly(limit.min, unit)}",
        "" if limit.max_ratio is None else f"≤ {scaled_exactly(limit.max_ratio, RATIO)}",
        "" if limit.max_worse is None else f"≤ {scaled_exactly(limit.max_worse, PERCENT)} worse",
        "" if limit.max_increase is None else f"≤ +{_difference_exactly(limit.max_increase, unit)}",
    )
    return ", ".join(bound for bound in bounds if bound) or ABSENT


def value_words(value: float | None, judgement: Judgement, unit: Unit) -> str:
    """Print a baseline or candidate, on the true side of its limit."""
    return show(value, unit, apart_from=(judgement.limit.max, judgement.limit.min))


def change_words(change: float | None, judgement: Judgement, unit: Unit) -> str:
    """Say how far the candidate is from the baseline; positive is worse unless it is a ratio."""
    if change is None:
        return ABSENT
    if judgement.change_kind == "ratio":
        return scaled(change, RATIO, apart_from=(judgement.limit.max_ratio,))
    scale = _change_scale(change, judgement.change_kind, unit)
    size = scaled(change, scale, apart_from=_change_bounds(judgement)).removeprefix("−")
    if not change:
        return "no change"
    return f"{size} {'worse' if change > 0 else 'better'}"


def interval_words(interval: tuple[float, float] | None, judgement: Judgement, unit: Unit) -> str:
    """Print the 95% interval in the terms of what is held against the limit."""
    if interval is None:
        return ABSENT
    low, high = interval
    if not held_by_change(judgement):
        bounds = (judgement.limit.max, judgement.limit.min)
        return f"{show(low, unit, apart_from=bounds)} to {show(high, unit, apart_from=bounds)}"
    scale = _change_scale(max(abs(low), abs(high)), judgement.change_kind, unit)
    ends = (scaled(end, scale, apart_from=_change_bounds(judgement)) for end in interval)
    return " to ".join(ends) + ("" if judgement.change_kind == "ratio" else " worse")


def held_by_change(judgement: Judgement) -> bool:
    """Tell whether the change, not the value, is held against the limit."""
    limit = judgement.limit
    relative = any(bound is not None for bound in (limit.max_ratio, limit.max_worse, limit.max_increase))
    absolute = limit.max is not None or limit.min is not None
    return relative and (not absolute or judgement.reason is Reason.WORSE_THAN_BASELINE)


def in_short(judgement: Judgement, metric: Metric | None, title: str) -> str:
    """One breach in a few words: what it was, what it is, what is allowed."""
    unit = unit_of(metric)
    baseline, candidate = (value_words(value, judgement, unit) for value in (judgement.baseline, judgement.candidate))
    seen = f"{baseline} → {candidate}" if judgement.baseline is not None else candidate
    if held_by_change(judgement) and (change := held_change(judgement)) is not None:
        seen = change_words(change, judgement, unit)
    return f"{title} {seen} (limit {limit_words(judgement.limit, unit)})"


def held_change(judgement: Judgement) -> float | None:
    """Return the change that decided: the worst failing part's where the parts decide, else the judgement's own."""
    failed = [part.change for part in judgement.parts if part.outcome is Outcome.FAIL and part.change is not None]
    changes = [change for change in (judgement.change, *failed) if change is not None]
    return max(changes, default=None)


def sureness(judgement: Judgement, certainty: str, unit: Unit) -> str:
    """Say how sure this is: the words of the judge, the interval, the number of tries."""
    interval = interval_words(judgement.interval, judgement, unit)
    said = (
        certainty,
        "" if interval == ABSENT else f"95%: {interval}",
        f"n = {judgement.n:,}" if judgement.n else "",
        "" if judgement.false_alarms is None else f"identical code breaches it in {judgement.false_alarms:.0%}",
    )
    return " · ".join(words for words in said if words) or ABSENT


def unit_of(metric: Metric | None) -> Unit:
    """Return the metric's unit; a metric that nobody registered is a plain number."""
    return metric.unit if metric else Unit.NUMBER


def _of(some: int, every: int) -> str:
    noun = "limit" if every == 1 else "limits"
    if some == every:
        return f"all {every} {noun}" if every > 1 else f"{every} {noun}"
    return f"{some} of {every} {noun}"


def _after_pass(record: VerdictRecord) -> tuple[str, str]:
    if record.quick:
        return "Run the whole gate before merging.", "A quick run stays under the floors of the limits: it is no proof."
    warnings = sum(judgement.outcome is Outcome.WARN for judgement in record.judgements)
    if warnings == 1:
        return "Free to merge.", "Read the warning below first; it does not block."
    if warnings:
        return "Free to merge.", f"Read the {warnings} warnings below first; they do not block."
    return "Free to merge.", "Nothing else to do."


def _after_roll_back(level: int | None) -> tuple[str, str]:
    named = LEVELS.get(level or 0)
    if named is None:
        return "Take it back.", "No level was decided: begin with `gate rollback feature --dry-run`."
    return (
        f"Take it back now: {named.title}.",
        f"`{named.command}`: {named.means}, {named.takes}; then gate what is left.",
    )


def _had_it_been_merged(level: int | None) -> str:
    named = LEVELS.get(level or 0)
    return f" Were it merged already, this would be {named.title} ({named.means}, {named.takes})." if named else ""


def _way_out(record: VerdictRecord) -> str:
    open_ones = [judgement for judgement in record.judgements if judgement.blocking and is_open(judgement)]
    ways = dict.fromkeys(WAYS_OUT.get(judgement.reason, AGAIN) for judgement in open_ones)
    return f"To get an answer: {'; '.join(list(ways)[:3]) or AGAIN}."


def _change_scale(change: float, kind: str, unit: Unit) -> Scale:
    if kind == "ratio":
        return RATIO
    if kind == "relative":
        return PERCENT
    return POINTS if unit is Unit.SHARE or kind == "points" else scale_of(change, unit)


def _change_bounds(judgement: Judgement) -> tuple[float | None, ...]:
    match judgement.change_kind:
        case "ratio":
            return (judgement.limit.max_ratio,)
        case "relative":
            return (judgement.limit.max_worse,)
        case _:
            return (judgement.limit.max_increase,)


def _difference_exactly(bound: float, unit: Unit) -> str:
    return scaled_exactly(bound, POINTS) if unit is Unit.SHARE else exactly(bound, unit)
