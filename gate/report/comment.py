"""The comment on a pull request: every string is chosen here, the template only prints.

The picture is mermaid, which GitHub draws from text: an image would need an https address, and a job has none to give
that lives as long as the comment and needs nobody's login.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gate.domain.limit import Limit
from gate.domain.metric import Metric, Unit
from gate.domain.numbers import ABSENT
from gate.domain.publication import Answer, Cause, Override, PolicyChange, Stamp
from gate.domain.verdict import Outcome, Verdict, VerdictRecord, VersionRecord
from gate.report import wording
from gate.report.markdown import CAPS, LARGEST, diagrams_of, template
from gate.report.text import code, fenced, plain, prose
from gate.report.view import Beside, Caps, VersionLine, View, view

if TYPE_CHECKING:
    from gate.domain.series import Series

MARK = "<!-- gate:verdict "
"""How a comment of ours begins. Its author must be ours as well: anybody can write this."""
_MARKER = re.compile(
    r"<!-- gate:verdict head=([0-9a-f]{40}|[0-9a-f]{64}) run=(\d{1,20})\.(\d{1,9})"
    r"(?: override=([0-9A-Za-z_-]{1,100}))? -->"
)
_STALE = "🕰️ **Stale:**"
STATUS = 140
"""Characters of a status description that GitHub takes."""

SHORT = {
    Cause.POLICY_CHANGED: "the pull request changes what it is judged by",
    Cause.TOO_MANY_FILES: "too many files to see whether the policy is changed",
    Cause.NO_POLICY: "there is no policy to judge by",
    Cause.QUICK: "a quick run is no proof",
    Cause.STALE: "the head moved on",
    Cause.NO_PULL_REQUEST: "there is no open pull request",
    Cause.WRONG_RUN: "not a run that counts",
    Cause.CANCELLED: "the benchmark was cancelled",
    Cause.RUN_FAILED: "the benchmark did not come to its end",
    Cause.NO_ARTIFACT: "the benchmark left no observations",
    Cause.DAMAGED_ARTIFACT: "the observations cannot be read",
    Cause.OTHER_RUN: "observations of another run",
    Cause.OTHER_HEAD: "observations of another head",
    Cause.OTHER_BASE: "observations against another base",
    Cause.OTHER_QUESTION: "observed under other settings",
}
"""The headline where no metric is the cause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What the answer is bound to, and where its details are."""

    head: str
    base: str
    stamp: Stamp
    link: str = ""
    reproduce: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The verdict on the observations, where there are some that count."""

    record: VerdictRecord
    metrics: Mapping[str, Metric]
    series: "Series | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitLine:
    """One limit, as it is and as it would be."""

    metric: str
    base: str
    head: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentView:
    """The whole comment."""

    marker: str
    headline: str
    alert: str
    why: str
    now: str
    seen: str
    banners: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    bound: str
    judged: View | None
    waived: tuple[str, ...]
    touched: tuple[str, ...]
    limits: tuple[LimitLine, ...]
    level: str
    reproduce: str
    link: str


def comment(answer: Answer, judged: Judgement | None, bound: Bound) -> str:
    """Print the comment; where it would be too long for GitHub, print less and say how much is left out."""
    written = ""
    for caps in CAPS:
        written = template("comment.md.j2").render(view=comment_view(answer, judged, bound, caps)).strip() + "\n"
        if len(written.encode()) <= LARGEST:
            break
    return re.sub(r"\n{3,}", "\n\n", written)


def headline(answer: Answer, record: VerdictRecord | None) -> str:
    """The verdict's first sentence, without its icon: for the comment, the check's title and the status."""
    word = wording.verdict_sign(answer.verdict).word
    if record is not None and answer.cause is Cause.JUDGED:
        return wording.headline(record)
    if answer.cause is Cause.OVERRIDDEN:
        said = wording.headline(record) if record is not None else "no verdict"
        return f"{word} by override ({said})"
    return f"{word}: {SHORT[answer.cause]}"


def status_line(answer: Answer, record: VerdictRecord | None) -> str:
    """The headline, as short as a status must be."""
    line = headline(answer, record)
    return line if len(line) <= STATUS else line[: STATUS - 1] + "…"


def comment_view(answer: Answer, judged: Judgement | None, bound: Bound, caps: Caps) -> CommentView:
    """Choose every string."""
    record = judged.record if judged else None
    shown = _judged(judged, caps)
    why, now = _why(answer, shown, caps), _now(answer, shown, caps)
    return CommentView(
        marker=marker(bound.head, bound.stamp, answer.override),
        headline=f"{wording.verdict_sign(answer.verdict).icon} {headline(answer, record)}",
        alert=wording.alert(answer.verdict),
        why=why,
        now=now,
        seen=shown.seen if shown else "nothing was judged",
        banners=shown.banners if shown else (),
        versions=_versions(record, bound, caps.name),
        bound=_bound(bound, shown),
        judged=shown,
        waived=_waived(answer.override, record),
        touched=_touched(answer.policy, caps),
        limits=_limits(answer.policy, judged, caps),
        level=_level(record),
        reproduce=fenced(bound.reproduce, language="console", cap=caps.block) if bound.reproduce else "",
        link=f"[The run, its log and its artifacts]({bound.link})" if _is_link(bound.link) else "",
    )


def _judged(judged: Judgement | None, caps: Caps) -> View | None:
    if judged is None:
        return None
    beside = Beside(diagrams=diagrams_of(judged.record, judged.series))
    return view(judged.record, judged.metrics, beside, caps)


def _why(answer: Answer, shown: View | None, caps: Caps) -> str:
    said = prose(answer.sentence, caps.sentence)
    return shown.why if shown and answer.cause is Cause.JUDGED else said


def _now(answer: Answer, shown: View | None, caps: Caps) -> str:
    if shown and answer.cause is Cause.JUDGED:
        return shown.now
    order = "**Free to merge.**" if answer.verdict is Verdict.PASS else "**Do not merge.**"
    return f"{order} {prose(answer.advice, caps.sentence)}"


def _versions(record: VerdictRecord | None, bound: Bound, cap: int) -> tuple[VersionLine, ...]:
    if record is None:
        named = (("base", bound.base), ("head", bound.head))
        return tuple(_line(role, ABSENT, code(sha, 64), ABSENT) for role, sha in named)
    sides = (("baseline", record.baseline), ("candidate", record.candidate))
    return tuple(_version(role, version, cap) for role, version in sides)


def _version(role: str, version: VersionRecord | None, cap: int) -> VersionLine:
    if version is None:
        return _line(role, "none", ABSENT, ABSENT)
    dirty = " + uncommitted changes" if version.dirty else ""
    return _line(role, code(version.ref, cap), code(version.sha, 64) + dirty, code(version.factory, cap))


def _bound(bound: Bound, shown: View | None) -> str:
    head, base = code(bound.head, 64), code(bound.base, 64)
    if shown is None:
        return f"Said of head {head} on base {base}."
    return f"Judged for head {head} by the limits of base {base}, and worked out anew from the observations."


def _line(role: str, ref: str, commit: str, factory: str) -> VersionLine:
    return VersionLine(role=role, ref=ref, commit=commit, factory=factory, environment="")


def _waived(override: Override | None, record: VerdictRecord | None) -> tuple[str, ...]:
    lines = []
    if override is not None:
        lines.append(
            f"**{prose(override.by, 60)}** ({prose(override.permission, 20)}) lets this head pass, "
            f"{override.at:%Y-%m-%d %H:%M} UTC: “{prose(override.why, 300)}”"
        )
    judgements = record.judgements if record else ()
    advisory = [one.metric for one in judgements if not one.blocking and one.outcome is Outcome.WARN]
    if advisory:
        lines.append(
            f"Breached, and by the policy only reported: {', '.join(prose(name, 40) for name in advisory[:20])}"
        )
    return tuple(lines)


def _touched(policy: PolicyChange | None, caps: Caps) -> tuple[str, ...]:
    if policy is None:
        return ()
    more = len(policy.touched) - caps.lines
    lines = [f"It touches {code(path, caps.name)}." for path in policy.touched[: caps.lines]]
    others = f"Tables of the policy that would differ: {', '.join(policy.others)}." if policy.others else ""
    unreadable = (
        f"Its own policy cannot be shown: {prose(policy.unreadable, caps.sentence)}." if policy.unreadable else ""
    )
    said = (*lines, f"… {more:,} more files" if more > 0 else "", others, unreadable)
    return tuple(line for line in said if line)


def _limits(policy: PolicyChange | None, judged: Judgement | None, caps: Caps) -> tuple[LimitLine, ...]:
    if policy is None:
        return ()
    metrics = judged.metrics if judged else {}
    return tuple(
        LimitLine(
            metric=prose(change.metric, caps.name),
            base=_limit(change.base, wording.unit_of(metrics.get(change.metric))),
            head=_limit(change.head, wording.unit_of(metrics.get(change.metric))),
        )
        for change in policy.limits[: caps.every]
    )


def _limit(limit: Limit | None, unit: Unit) -> str:
    if limit is None:
        return ABSENT
    advisory = "" if limit.blocking else " (advisory)"
    rule = "" if limit.rule == "point" else f" ({limit.rule})"
    return wording.limit_words(limit, unit) + advisory + rule


def _level(record: VerdictRecord | None) -> str:
    named = wording.LEVELS.get((record.level if record else None) or 0)
    if named is None:
        return "**Rollback:** none; nothing that is merged is touched."
    return f"**Rollback, were it merged:** {named.title} (`{named.command}`: {named.means}, {named.takes})."


def _is_link(link: str) -> bool:
    return bool(re.fullmatch(r"https?://[0-9A-Za-z.:\[\]-]+/[0-9A-Za-z._/-]*", link))


# ------------------------------------------------------------------ one comment, edited in place


def marker(head: str, stamp: Stamp, override: Override | None = None) -> str:
    """The first line: which head, which run. GitHub does not show it."""
    by = override.by if override and re.fullmatch(r"[0-9A-Za-z_-]{1,100}", override.by) else ""
    return f"{MARK}head={head} run={stamp.run_id}.{stamp.attempt}{f' override={by}' if by else ''} -->"


def read_marker(body: str) -> tuple[str, Stamp] | None:
    """Head and run of a comment of ours; None where its first line is none of ours."""
    found = _MARKER.fullmatch(body.partition("\n")[0].rstrip("\r"))
    return (found[1], Stamp(run_id=int(found[2]), attempt=int(found[3]))) if found else None


def overridden_by(body: str, head: str) -> str:
    """Who let this head pass, as the comment on its pull request keeps it; "" where nobody did."""
    found = _MARKER.fullmatch(body.partition("\n")[0].rstrip("\r"))
    return (found[4] or "") if found and found[1] == head else ""


def stale(body: str, head: str) -> str:
    """The comment with a banner that says that it is about an older head; saying it twice says it once."""
    first, _, rest = body.partition("\n")
    if rest.startswith(_STALE):
        rest = rest.partition("\n\n")[2]
    said = f"{_STALE} the head moved to {code(head[:12])}; what stands below is about an older one.\n\n"
    return f"{first}\n{said}{rest}"


def summary(answer: Answer, record: VerdictRecord | None) -> str:
    """A few lines for the check run, which stands beside the comment."""
    line = prose(plain(answer.sentence)) if answer.cause is not Cause.JUDGED or record is None else prose(record.reason)
    return f"**{headline(answer, record)}**\n\n{line}\n\n{prose(answer.advice)}"


def breaches(record: VerdictRecord, metrics: Mapping[str, Metric]) -> Sequence[tuple[str, str]]:
    """Title and sentence of each breach, for lines in the model's file. Plain text: neither is read as Markdown."""
    return [
        (plain(metrics[one.metric].title if one.metric in metrics else one.metric, 80), plain(one.sentence, 400))
        for one in record.judgements
        if one.outcome.value == "FAIL"
    ]
