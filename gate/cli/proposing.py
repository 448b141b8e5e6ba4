"""Which level: the gate's own proposal, for `gate rollback propose`."""

from typing import TYPE_CHECKING

import click

from gate.cli import options, watching
from gate.domain.rollback import Ending, Plan, Proposal
from gate.errors import BrokenQuestionError, ConfigError
from gate.wiring import rollback as wiring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gate.cli.rollback import Asked
    from gate.domain.verdict import VerdictRecord
    from gate.usecases.rollback.gating import Gate
    from gate.usecases.rollback.planning import Ground


def proposed(
    asked: "Asked",
    *,
    culprits: tuple[str, ...],
    merge: str | None,
    tag: str | None,
    against: str | None,
    no_gate: bool,
    quick: bool,
    proofs: "dict[str, VerdictRecord]",
) -> "Callable[[Ground], Plan]":
    """A plan-maker that tries level after level and prints why; what the gate says of a commit goes into `proofs`."""
    from gate.cli.rollback import read_verdict  # noqa: PLC0415
    from gate.usecases.rollback.planning import StoppedError  # noqa: PLC0415
    from gate.usecases.rollback.proposing import Suspicion, propose, refuse_without_evidence  # noqa: PLC0415

    if asked.verdict is None:
        raise BrokenQuestionError("no verdict is named", "name the verdict.json of gate run --after-merge: --verdict")
    verdict = read_verdict(asked.verdict)

    def plan(on: "Ground") -> Plan:
        refuse_without_evidence(verdict)
        gate = None if no_gate else _gate(asked, on, verdict, against, quick=quick)
        found = propose(on, Suspicion(culprits=culprits, merge=merge, tag=tag), remembered(gate, proofs))
        if not asked.quiet:
            click.echo("\n".join(lines(found)), err=True)
        if found.plan is None:
            reasons = [f"level {int(one.level)}: {one.sentence}" for one in found.attempts]
            raise StoppedError(Ending.NOTHING_PROPOSED, "no level can be proposed", "", reasons)
        return found.plan

    return plan


def remembered(gate: "Gate | None", proofs: "dict[str, VerdictRecord]") -> "Gate | None":
    """The same gate, which leaves behind what it said."""
    if gate is None:
        return None

    def judge(sha: str) -> "VerdictRecord":
        proofs[sha] = gate(sha)
        return proofs[sha]

    return judge


def lines(proposal: Proposal) -> list[str]:
    """Each level that was tried, with its reason."""
    return [f"level {int(one.level)}: {one.reason.value}: {one.sentence}" for one in proposal.attempts]


def _gate(asked: "Asked", on: "Ground", verdict: "VerdictRecord", against: str | None, *, quick: bool) -> "Gate | None":
    from gate.usecases.rollback.planning import named  # noqa: PLC0415

    try:
        path: Path = options.find_config(asked.config)
    except ConfigError:
        if asked.config is not None:
            raise
        return None
    settings = options.read_settings(path)
    stated = verdict.baseline.sha if verdict.baseline and not verdict.baseline.dirty else ""
    baseline = against or stated or settings.baseline.ref
    if not baseline:
        raise BrokenQuestionError("nothing says what the reverted tree is held against", "name it with --against REF")
    return wiring.tree_gate(
        on.history,
        settings,
        path.resolve().parent,
        named(on, baseline),
        lambda: watching.progress(quiet=asked.quiet or asked.as_json),
        quick=quick,
    )
