"""All metrics judged, and the one verdict that follows."""

from dataclasses import dataclass

import msgspec

from gate.domain.limit import Limit
from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Ending
from gate.domain.verdict import Judgement, Outcome, Reason, Verdict
from gate.domain.version import Role
from gate.judging import drift
from gate.judging.limits import Case, judge
from gate.judging.luck import false_alarms
from gate.judging.order import worst
from gate.judging.parts import judge_cpu, judge_memory
from gate.judging.suite import Without, judge_suite, remarks
from gate.metrics.evidence import Evidence
from gate.metrics.registry import ENTRIES, Entry

CRITICAL = frozenset({"strategy_performance", "strategy_crashes", "training_failures", "prediction_errors"})
"""A breach of these is more than one feature's fault: the version goes back, not a commit."""
DOUBTFUL = 0.05
"""A limit that fires on identical code more often than this is told apart."""
LOW_CONFIDENCE = "low confidence"
"""So begins what is said of a decision that the interval does not bear out."""
MANY = 3
"""So many breaches at once are no single feature either."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict before it is written down."""

    verdict: Verdict
    level: int | None
    reason: str
    judgements: tuple[Judgement, ...]
    not_measured: tuple[str, ...]
    remark: str = ""
    """What is said after the reason, whatever the verdict."""
    nothing_to_go_back_to: bool = False
    """The baseline does not load either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What the judge is told beside the evidence."""

    after_merge: bool = False
    """A failure takes back what is merged, instead of blocking what is not."""
    first_version: bool = False
    """There is no baseline yet, and the user says so."""


def judge_all(evidence: Evidence, circumstances: Circumstances) -> Answer:
    """Judge every metric that applies; the worst outcome is the verdict."""
    judgements, skipped = [], []
    for entry in ENTRIES:
        judgement = judge_entry(entry, evidence, circumstances)
        if entry.metric.name in VOID:
            judgement = VOID[entry.metric.name](entry, evidence, judgement) or judgement
        if judgement is None:
            skipped.append(f"{entry.metric.title}: does not apply here")
        else:
            judgements.append(judgement)
    judgements += benchmarks(evidence, circumstances)
    blank = Answer(
        verdict=Verdict.PASS,
        level=None,
        reason="",
        judgements=(),
        not_measured=(*evidence.observations.not_measured, *skipped, *remarks(evidence)),
        remark=same_code_said(evidence),
        nothing_to_go_back_to=bool(no_baseline(evidence)),
    )
    return concluded(judgements, circumstances, blank)


def concluded(judgements: list[Judgement], circumstances: Circumstances, answer: Answer) -> Answer:
    """The answer that follows from the judgements; what is known beside them is taken from `answer`."""
    verdict = verdict_of(judgements, circumstances)
    if verdict is Verdict.ROLL_BACK and answer.nothing_to_go_back_to:
        verdict = Verdict.INCONCLUSIVE  # rollback fails safe
    return msgspec.structs.replace(
        answer,
        verdict=verdict,
        level=level_of(judgements) if verdict in (Verdict.BLOCK, Verdict.ROLL_BACK) else None,
        reason=f"{reason_of(verdict, judgements)}{answer.remark}",
        judgements=tuple(judgements),
    )


def judge_entry(entry: Entry, evidence: Evidence, circumstances: Circumstances) -> Judgement | None:
    """Judge one metric; None where it does not apply."""
    if not entry.applies(evidence.settings):
        return None
    policy = policy_of(entry, evidence)
    candidate = listed(entry.measure(evidence, Role.CANDIDATE))
    baseline = listed(entry.measure(evidence, Role.BASELINE))
    if entry.optional and not any(m.n for m in (*candidate, *baseline)):
        return None
    comparisons = compared(entry, evidence)
    case = Case(
        metric=entry.metric,
        limit=msgspec.structs.replace(policy, rule="evidence") if circumstances.after_merge else policy,
        candidate=with_note(candidate[0], comparisons),
        baseline=baseline[0],
        comparison=comparisons[0] if comparisons else None,
        tries=entry.tries and not evidence.observations.quick,  # a quick look stays under the floors, and says so
        no_baseline=no_baseline(evidence),
        excused=excused(evidence, circumstances),
    )
    match entry.metric.name:
        case "cpu":
            judgement = judge_cpu(case, candidate, baseline, evidence)
        case "memory":
            judgement = judge_memory(case, candidate, baseline, comparisons)
        case _:
            judgement = judge(case)
    alarms = false_alarms(entry.metric, case.limit, case.baseline) if case.limit.blocking else None
    judgement = with_luck(doubted(judgement, policy, circumstances), alarms)
    return drift.warned(judgement, entry.metric, (baseline[0], candidate[0]), case.comparison)


def policy_of(entry: Entry, evidence: Evidence) -> Limit:
    """What the user allows; where a policy leaves a metric out, its default."""
    return evidence.settings.limits.get(entry.metric.name, entry.limit)


def benchmarks(evidence: Evidence, circumstances: Circumstances) -> list[Judgement]:
    """The user's own suite, benchmark by benchmark; none where none is asked for."""
    without = Without(
        baseline=no_baseline(evidence),
        excused=excused(evidence, circumstances),
        evidence_only=circumstances.after_merge,
    )
    return [doubted(judgement, policy, circumstances) for policy, judgement in judge_suite(evidence, without)]


def excused(evidence: Evidence, circumstances: Circumstances) -> bool:
    """There is no baseline, and the user said that this is the first version."""
    return circumstances.first_version and Role.BASELINE not in evidence.observations.loading


def with_luck(judgement: Judgement, alarms: float | None) -> Judgement:
    """How often the limit fires on identical code; where it does so often, a breach is less sure by that."""
    sure = judgement.certainty
    if judgement.outcome is Outcome.FAIL and alarms is not None and alarms > DOUBTFUL:
        often = f"the baseline itself, under other seeds, would breach this limit in {alarms:.0%}"
        sure = f"{sure}; {often}" if sure else often
    return msgspec.structs.replace(judgement, certainty=sure, false_alarms=alarms)


def doubted(judgement: Judgement, policy: Limit, circumstances: Circumstances) -> Judgement:
    """After a merge a breach without evidence takes nothing back; but where the value alone decides, it is no pass."""
    open_question = circumstances.after_merge and policy.rule == "point" and judgement.blocking
    if open_question and judgement.reason is Reason.NOT_SHOWN_BY_EVIDENCE:
        return msgspec.structs.replace(judgement, outcome=Outcome.NO_DATA)
    return judgement


def compared(entry: Entry, evidence: Evidence) -> list[Comparison]:
    """The paired comparisons of a metric."""
    if entry.compare is None:
        return []
    found = entry.compare(evidence)
    return found if isinstance(found, list) else [found]


def with_note(measurement: Measurement, comparisons: list[Comparison]) -> Measurement:
    """Where the candidate has no value, why the comparison has none either."""
    note = measurement.note or next((c.note for c in comparisons if c.change is None and c.note), "")
    return msgspec.structs.replace(measurement, note=note)


def listed(found: Measurement | list[Measurement]) -> list[Measurement]:
    """One or several parts, as a list."""
    return found if isinstance(found, list) else [found]


def no_baseline(evidence: Evidence) -> str:
    """Why there is nothing to compare with; "" where there is."""
    loading = evidence.observations.loading.get(Role.BASELINE)
    if loading is None:
        return "there is no baseline"
    if loading.ending is not Ending.OK:
        return f"the baseline does not load ({loading.error})"
    return ""


def not_loaded(entry: Entry, evidence: Evidence, _: Judgement | None) -> Judgement | None:
    """A candidate that does not even import crashes the strategy at its start; None where it loads.

    Where the baseline does not load either, keeping it cures nothing: NO_DATA.
    """
    loading = evidence.observations.loading.get(Role.CANDIDATE)
    if loading is None or loading.ending is Ending.OK:
        return None
    sick = Role.BASELINE in evidence.observations.loading and no_baseline(evidence)
    why = f"; {sick}" if sick else ""
    return Judgement(
        metric=entry.metric.name,
        outcome=Outcome.NO_DATA if sick else Outcome.FAIL,
        reason=Reason.BASELINE_SICK if sick else Reason.DOES_NOT_LOAD,
        sentence=" ".join(f"The candidate does not load: {loading.error}{why}".split()),
        blocking=True,
        limit=policy_of(entry, evidence),
    )


def says_one_thing(entry: Entry, evidence: Evidence, judged: Judgement | None) -> Judgement | None:
    """Both versions bear one label on every bar, of training too: equally empty is not equally good.

    So looks a detector that answers "unknown" to whatever it does not understand, an input that is not its own above
    all. None where either says something.
    """
    said = {role: {label for one in evidence.runs(role) for label in one.run.labels} for role in Role}
    nothing_measured = judged is None or judged.outcome is Outcome.NO_DATA
    if nothing_measured or any(len(labels) != 1 for labels in said.values()):
        return None
    before, after = (min(said[role]) for role in (Role.BASELINE, Role.CANDIDATE))
    words = f"'{after}'" if before == after else f"'{after}' where the baseline says '{before}'"
    return Judgement(
        metric=entry.metric.name,
        outcome=Outcome.NO_DATA,
        reason=Reason.BASELINE_SICK,
        sentence=f"{entry.metric.title}: no state is ever told from another, the candidate says {words} on every bar; "
        "see whether it is given what it expects ([model] input, columns)",
        blocking=policy_of(entry, evidence).blocking,
        limit=policy_of(entry, evidence),
    )


VOID = {"strategy_crashes": not_loaded, "informativeness": says_one_thing}
"""What is said in the place of a metric's judgement where there was nothing to compare: no model, or no answer."""


def verdict_of(judgements: list[Judgement], circumstances: Circumstances) -> Verdict:
    """FAIL over ERROR over NO_DATA and FLAKY over PASS; only what blocks counts."""
    outcome = worst([judgement.outcome for judgement in judgements if judgement.blocking])
    if outcome is Outcome.FAIL:
        return Verdict.ROLL_BACK if circumstances.after_merge else Verdict.BLOCK
    if outcome is Outcome.ERROR:
        return Verdict.GATE_ERROR
    if outcome in (Outcome.NO_DATA, Outcome.FLAKY):
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


def failed(judgements: list[Judgement]) -> list[Judgement]:
    """The breaches that block."""
    return [j for j in judgements if j.outcome is Outcome.FAIL and j.blocking]


def level_of(judgements: list[Judgement]) -> int | None:
    """The rollback level that the breaches mean: one feature, or the version. 3 is for people to decide."""
    breaches = failed(judgements)
    if not breaches:
        return None
    whole = len(breaches) >= MANY or any(j.metric in CRITICAL for j in breaches)
    return 2 if whole else 1


def reason_of(verdict: Verdict, judgements: list[Judgement]) -> str:
    """One sentence: the cause that a person should read first."""
    wanted = {
        Verdict.BLOCK: (Outcome.FAIL,),
        Verdict.ROLL_BACK: (Outcome.FAIL,),
        Verdict.GATE_ERROR: (Outcome.ERROR,),
        Verdict.INCONCLUSIVE: (Outcome.NO_DATA, Outcome.FLAKY),
        Verdict.PASS: (),
    }[verdict]
    causes = sorted((j for j in judgements if j.blocking and j.outcome in wanted), key=is_consequence)
    if not causes:
        return all_hold([j for j in judgements if j.blocking])
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    unsure = f" ({LOW_CONFIDENCE})" if causes[0].certainty.startswith(LOW_CONFIDENCE) else ""
    return f"{causes[0].sentence}{unsure}{more}."


def is_consequence(judgement: Judgement) -> bool:
    """Nothing was there to measure, mostly since something else failed: that is what a person should read first."""
    return judgement.reason in (Reason.NO_OBSERVATION, Reason.NOT_A_NUMBER)


def all_hold(blocking: list[Judgement]) -> str:
    """What a PASS shows; a first version that was compared with nothing is never said to hold what it did not meet."""
    alone = sum(j.reason is Reason.NO_BASELINE for j in blocking)
    if not alone:
        return f"All {len(blocking)} blocking limits hold."
    held = len(blocking) - alone
    return f"First version: {held} blocking limits hold, {alone} could not be compared with a baseline."


def same_code_said(evidence: Evidence) -> str:
    """A sentence where there is nothing to choose between."""
    return " Baseline and candidate are the same code." if same_code(evidence) else ""


def same_code(evidence: Evidence) -> bool:
    """Both roles are the same files and the same model settings."""
    versions, settings = evidence.observations.versions, evidence.settings
    if len(versions) < 2:
        return False
    ours, theirs = versions[Role.BASELINE], versions[Role.CANDIDATE]
    return (
        bool(ours.tree_sha256)
        and ours.tree_sha256 == theirs.tree_sha256
        and settings.baseline_model == settings.candidate_model
    )
