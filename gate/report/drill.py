"""A drill's record, for people: what the pre-deployment checklist points at."""

from functools import cache
from typing import TYPE_CHECKING

from gate.domain.rollback import MOST_SECONDS, Drill, Rehearsal, Shown
from gate.report.text import code, prose
from gate.report.wording import LEVELS

if TYPE_CHECKING:
    from jinja2 import Template

SIGNS = {
    Shown.HOLDS: "✅ verified",
    Shown.BROKEN: "❌ broken",
    Shown.UNKNOWN: "❓ not rehearsed",
    Shown.NOT_ASKED: "not asked",
}


def drill_text(drill: Drill) -> str:
    """Render the record."""
    facts = {
        "at": drill.at,
        "repository": code(drill.repository),
        "target": code(drill.target),
        "tip": code(drill.tip[:12]),
        "shown": SIGNS[drill.shown],
        "rows": [_row(one) for one in drill.rehearsals],
        "details": [f"Level {int(one.level)}: {prose(one.sentence, 600)}" for one in drill.rehearsals],
        "seconds": seconds(drill.seconds),
        "most": f"{MOST_SECONDS // 60} minutes",
        "untouched": "yes" if drill.untouched else "NO",
    }
    return _template().render(**facts).strip() + "\n"


def _row(one: Rehearsal) -> dict[str, str]:
    plan = one.record.plan if one.record else None
    low, high = one.target_minutes
    return {
        "level": LEVELS[int(one.level)].title,
        "branch": code(plan.deploy_branch or plan.branch) if plan else "–",
        "what": prose(_what(one)),
        "target": f"{low}–{high} minutes",
        "took": seconds(one.seconds),
        "shown": SIGNS[one.shown],
    }


def _what(one: Rehearsal) -> str:
    plan = one.record.plan if one.record else None
    if plan is None:
        return "–"
    return f"back to {plan.tag}, {len(plan.lost)} commits lost" if plan.tag else plan.taken[0].commit.named


def seconds(taken: float) -> str:
    """Never shown as nothing."""
    return f"{taken:.1f} s" if taken >= 0.1 else "< 0.1 s"


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  40 ms

    environment = Environment(
        loader=PackageLoader("gate.report"),
        autoescape=select_autoescape(()),  # Markdown: text.py escaped every value
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("drill.md.j2")
