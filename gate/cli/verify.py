"""gate verify: is the rollback what it must be, and are the metrics back?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from gate import wiring
from gate.cli import options, watching
from gate.domain.rollback import SCHEMA, Fingerprint, Proof, Record, Shown
from gate.errors import BrokenQuestionError, ConfigError, ExitCode, GateError, ObservationError
from gate.wiring.rollback import git_history, tree_gate

if TYPE_CHECKING:
    from gate.ports.rollback import History
    from gate.usecases.rollback.gating import Gate
    from gate.usecases.rollback.planning import Ground

CODES = {
    Shown.HOLDS: ExitCode.PASS,
    Shown.BROKEN: ExitCode.BLOCK,
    Shown.UNKNOWN: ExitCode.INCONCLUSIVE,
    Shown.NOT_ASKED: ExitCode.INCONCLUSIVE,
}
SIGNS = {Shown.HOLDS: "✓", Shown.BROKEN: "✗", Shown.UNKNOWN: "?", Shown.NOT_ASKED: "–"}


@click.command(name="verify")
@click.option("--against", metavar="REF", help="What it must be again: a tag, branch or SHA.")
@click.option(
    "--rolled-back", metavar="REF", help="The rolled-back commit; default: the record's, else the branch's tip."
)
@click.option("--record", type=click.Path(path_type=Path), help="The record that gate rollback wrote.")
@click.option("-C", "--repository", type=click.Path(path_type=Path), default=".", help="A folder in the repository.")
@click.option("--remote", default="origin", show_default=True, help="Remote (name, URL or path) that is read.")
@click.option("--no-push", is_flag=True, help="Talk to no remote: look at this repository.")
@click.option("--branch", metavar="TARGET", help="Branch that was mended; default: the remote's default branch.")
@click.option("--state", multiple=True, metavar="PATH", help="Data or state files; repeatable.")
@click.option("--before", type=click.Path(path_type=Path), help="Fingerprints taken before (--take).")
@click.option("--take", type=click.Path(path_type=Path), help="Only write the fingerprints of --state into this file.")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="gate.toml, for data files and metrics.")
@click.option("--no-metrics", is_flag=True, help="Do not run the models.")
@click.option("--quick", is_flag=True, help="A first look at the metrics; it shows less.")
@click.option("--incident", default="", help="The incident that this is for; default: the record's.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="reports/verifications",
    show_default=True,
    help="For the proof.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the proof as JSON.")
@click.option("--quiet", is_flag=True, help="Errors only.")
def command(*, take: Path | None, output: Path, as_json: bool, quiet: bool, **asked: Any) -> Any:
    r"""Prove a rollback: tree, untouched files, refs, data and state, metrics.

    Leaves a dated proof for the checklist, and marks the incident that the rollback was for.

    \b
    Examples:
      gate verify --against v1.0.0                                  # the branch's tip is v1.0.0, byte for byte
      gate verify --record reports/rollbacks/2026-01-02T030405Z-0123456789abcdef.json
      gate verify --take before.json --state data/ --state state.db # and later: --before before.json
    """
    files = fingerprints(asked)
    if take is not None:
        taken = msgspec.json.format(msgspec.json.encode(files), indent=2) + b"\n"
        wiring.report_folder().write(take.parent, {take.name: taken})
        return ExitCode.PASS
    record = read(asked["record"], Record) if asked["record"] else None
    with git_history(asked["repository"], asked["remote"], push=not asked["no_push"]) as history:
        proof, landed_at = proved(history, record, files, asked)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(proof), indent=2))
    elif not quiet or proof.shown is not Shown.HOLDS:
        click.echo("\n".join(f"{SIGNS[one.shown]} {one.name}: {one.sentence}" for one in proof.checks))
    told_incident(record, proof, landed_at, kept(output, proof), asked)
    return CODES[proof.shown]


def kept(output: Path, proof: Proof) -> Path | None:
    """Write the proof down; where that fails, what was found stands all the same, and it is said."""
    path = output / f"{proof.at.replace(':', '')}-{proof.head[:12]}.json"
    try:
        wiring.report_folder().write(output, {path.name: msgspec.json.format(msgspec.json.encode(proof), indent=2)})
    except GateError as error:
        click.echo(f"gate: {error.message}\n      {error.advice}", err=True)
        return None
    return path


def told_incident(
    record: Record | None, proof: Proof, landed_at: str, path: Path | None, asked: dict[str, Any]
) -> None:
    """Mark the steps of the incident that this is for."""
    from gate.cli.incident_marks import marked  # noqa: PLC0415
    from gate.judging.incident_marks import of_proof  # noqa: PLC0415

    named = asked["incident"] or (record.incident if record else "")
    made = lambda where: of_proof(proof, landed_at, where)  # noqa: E731
    marked(asked["config"], named, record, made, path, online=not asked["no_push"])


def landed(history: "History", record: Record | None, tip: str) -> str:
    """When the target came to have the rollback, by its own commits; "" where it has not, or nobody can tell."""
    from gate.judging.incident_marks import merged_at  # noqa: PLC0415

    plan = record.plan if record else None
    if plan is None or plan.is_empty:
        return ""
    try:
        if not history.is_ancestor(plan.base, tip):
            return ""
        has, since = history.is_ancestor(plan.head, tip), reversed(history.between(plan.base, tip))
        seen = ((one.time, one.sha, one.tree, has and history.is_ancestor(plan.head, one.sha)) for one in since)
        return merged_at(plan, seen)
    except GateError:  # the proof does not hang on it
        return ""


def proved(
    history: "History", record: Record | None, files: tuple[Fingerprint, ...], asked: dict[str, Any]
) -> tuple[Proof, str]:
    """Ask everything that can be asked; and since when the target has it."""
    from gate.usecases.rollback.planning import ground, named  # noqa: PLC0415
    from gate.usecases.rollback.verifying import Claim, verify  # noqa: PLC0415

    plan = record.plan if record else None
    if asked["against"] is None and plan is None:
        raise BrokenQuestionError("nothing is named to verify against", "name a tag or SHA: --against REF, or --record")
    on = ground(history, asked["branch"] or (plan.target if plan else None))
    stated = named(on, asked["against"]) if asked["against"] else (plan.tag_commit if plan else "")
    baseline, gate = gate_of(on, stated, asked)
    against = stated or baseline or (plan.base if plan else "")
    head = named(on, asked["rolled_back"]) if asked["rolled_back"] else (plan.head if plan else on.base.sha)
    history.bring(head)
    before = read(asked["before"], tuple[Fingerprint, ...]) if asked["before"] else ()
    claim = Claim(against=against, head=head, record=record, before=before, now=files)
    proof = verify(history, claim, gate)
    at = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return msgspec.structs.replace(proof, at=at), landed(history, record, on.base.sha)


def gate_of(on: "Ground", stated: str, asked: dict[str, Any]) -> "tuple[str, Gate | None]":
    """The baseline's commit and who judges against it; no gate where nobody asked, or nothing is there to ask with.

    What was rolled back is never held against the version that it was rolled back from.
    """
    from gate.usecases.rollback.planning import named  # noqa: PLC0415

    if asked["no_metrics"]:
        return "", None
    try:
        path = options.find_config(asked["config"])
    except ConfigError:
        if asked["config"] is not None:
            raise
        return "", None
    settings = options.read_settings(path)
    baseline = stated or (named(on, settings.baseline.ref) if settings.baseline.ref else "")
    if not baseline:
        raise BrokenQuestionError("nothing says what the metrics are held against", "--against REF, or --no-metrics")
    progress = lambda: watching.progress(quiet=False)  # noqa: E731
    return baseline, tree_gate(on.history, settings, path.resolve().parent, baseline, progress, quick=asked["quick"])


def fingerprints(asked: dict[str, Any]) -> tuple[Fingerprint, ...]:
    """The watched files as they are now."""
    from gate.cli.rollback import files_of, watched  # noqa: PLC0415

    return files_of(asked["repository"]).fingerprints(watched(asked["config"], asked["state"]))


def read(path: Path, kind: Any) -> Any:
    """Read a record or fingerprints, strictly."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise ObservationError(f"{path} cannot be read: {error}", "name the file that gate wrote") from error
    if getattr(found, "schema", SCHEMA) != SCHEMA:
        raise ObservationError(f"{path} has schema {found.schema}", "write it again with this gate")
    return found
