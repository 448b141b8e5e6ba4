"""gate rollback: take back a feature, a version, or everything since the last stable tag."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate.cli import options
from gate.cli.aftermath import follow
from gate.domain.rollback import DONE, Plan, Policy, Record
from gate.errors import ExitCode, ObservationError, OutputError
from gate.wiring import rollback as wiring

if TYPE_CHECKING:
    from gate.domain.verdict import VerdictRecord
    from gate.ports.pull_requests import PullRequests
    from gate.ports.rollback_records import RollbackRecords
    from gate.usecases.rollback.doing import Errand
    from gate.usecases.rollback.planning import Ground

RECORDS = Path("reports/rollbacks")
OFF = "GATE_ROLLBACK"
"""The variable that switches off: `off`, `false`, `no` or `0`. A job hands the repository's variable over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The options that all levels share."""

    repository: Path
    remote: str
    no_push: bool
    branch: str | None
    open_pr: bool
    dry_run: bool
    reason: str
    incident: str
    verdict: Path | None
    state: tuple[str, ...]
    config: Path | None
    record: Path | None
    yes: bool
    force: bool
    daily_cap: int
    max_age: int
    as_json: bool
    quiet: bool


SHARED = (
    click.option(
        "-C", "--repository", type=click.Path(path_type=Path), default=".", help="A folder in the repository."
    ),
    click.option("--remote", default="origin", show_default=True, help="Remote (name, URL or path) to push to."),
    click.option("--no-push", is_flag=True, help="Talk to no remote: make the branch in this repository."),
    click.option("--branch", metavar="TARGET", help="Branch that is mended; default: the remote's default branch."),
    click.option("--open-pr", is_flag=True, help="Open a pull request (GITHUB_TOKEN)."),
    click.option("--dry-run", is_flag=True, help="Print plan and diff; write nothing anywhere."),
    click.option("--reason", default="", help="Why, for the record and the pull request."),
    click.option("--incident", default="", help="Name or address of the incident."),
    click.option("--verdict", type=click.Path(path_type=Path), help="verdict.json that says what was breached."),
    click.option("--state", multiple=True, metavar="PATH", help="Data or state that must stay the same; repeatable."),
    click.option("-c", "--config", type=click.Path(path_type=Path), help="gate.toml, for its data files; not needed."),
    click.option("--record", type=click.Path(path_type=Path), help=f"Record file; default: one under {RECORDS}/."),
    click.option("--yes", is_flag=True, help="Answer yes where level 3 asks."),
    click.option("--force", is_flag=True, help="A person decides past kill switch, opt-out, cap and age. Recorded."),
    click.option("--daily-cap", type=click.IntRange(1), default=Policy().daily_cap, show_default=True),
    click.option("--max-age", type=click.IntRange(0), metavar="DAYS", default=Policy().max_age_days, show_default=True),
    click.option("--json", "as_json", is_flag=True, help="Print the record as JSON."),
    click.option("--quiet", is_flag=True, help="Errors only."),
)


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all levels share."""
    for option in reversed(SHARED):
        function = option(function)
    return function


class Levels(click.Group):
    """The levels, each with its lines kept."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Click's own, with the examples on lines of their own."""
        from gate.cli.main import with_lines_kept  # noqa: PLC0415  main imports this file

        found = super().get_command(ctx, cmd_name)
        return with_lines_kept(found) if found else None


@click.group(name="rollback", cls=Levels)
def command() -> None:
    r"""Take back what should not have been merged: three levels.

    The checkout and the repository here are not touched: the revert is made in a private repository and pushed as a
    branch of its own. No gate.toml is needed.

    \b
    Examples:
      gate rollback feature --commit 1a2b3c4 --open-pr      # level 1: some commits
      gate rollback version --pr 12 --reason "CPU x4"       # level 2: a merge, squash or rebase
      gate rollback system --dry-run                        # level 3: the last stable tag
    """


@command.command()
@click.option("--commit", "commits", multiple=True, metavar="SHA", help="A commit or a range A..B; repeatable.")
@click.option("--mainline", type=click.IntRange(1), help="Of a merge: the number of the parent that stays.")
@shared
def feature(*, commits: tuple[str, ...], mainline: int | None, **rest: Any) -> Any:
    r"""Level 1: revert the commits of a feature, newest first.

    \b
    Example:
      gate rollback feature --commit 1a2b3c4 --commit v1.2..5d6e7f8 --branch main
    """
    from gate.usecases.rollback.planning import plan_commits  # noqa: PLC0415

    return carried_out(Asked(**rest), lambda on: plan_commits(on, commits, parent=mainline))


@command.command()
@click.option("--merge", metavar="SHA", help="Merge or squash commit, or A..B after a rebase merge.")
@click.option("--pr", "number", type=click.IntRange(1), help="The pull request that brought the version.")
@click.option("--mainline", type=click.IntRange(1), help="Of a merge: the number of the parent that stays.")
@shared
def version(*, merge: str | None, number: int | None, mainline: int | None, **rest: Any) -> Any:
    r"""Level 2: revert everything that a version brought.

    \b
    Example:
      gate rollback version --merge 1a2b3c4
    """
    from gate.usecases.rollback.planning import merge_of, plan_version  # noqa: PLC0415

    if merge and number:
        raise click.UsageError("--merge and --pr name the same thing: give one of them")
    asked = Asked(**rest)

    def plan(on: "Ground") -> Plan:
        name = (
            merge if number is None else merge_of(on, number, forge(asked, wanted=bool(os.environ.get("GITHUB_TOKEN"))))
        )
        return plan_version(on, name, mainline)

    return carried_out(asked, plan)


@command.command()
@click.option("--tag", help="The stable tag to go back to; default: the highest version in the branch's history.")
@shared
def system(*, tag: str | None, **rest: Any) -> Any:
    r"""Level 3: the last stable tag, whole. Asks first.

    Makes emergency/rollback-TIME at the tag (to deploy) and emergency/restore-TIME on the branch's tip, whose files are
    the tag's (to merge). TIME is the tip's.

    \b
    Example:
      gate rollback system --tag v1.0.0 --dry-run
    """
    from gate.usecases.rollback.planning import plan_system  # noqa: PLC0415

    return carried_out(Asked(**rest), lambda on: plan_system(on, tag))


@command.command()
@click.option("--culprit", "culprits", multiple=True, metavar="SHA", help="What broke it (gate culprit); repeatable.")
@click.option("--merge", metavar="SHA", help="The version that would go back at level 2; default: the newest merge.")
@click.option("--tag", help="The stable tag of level 3; default: the highest version without the culprit.")
@click.option("--against", metavar="REF", help="The baseline; default: the verdict's, else gate.toml's.")
@click.option("--no-gate", is_flag=True, help="Do not run the models on the reverted trees.")
@click.option("--quick", is_flag=True, help="A first look at each reverted tree: it never proposes level 1 or 2.")
@click.option("--carry-out", is_flag=True, help="Do what is proposed (level 3 still asks).")
@shared
def propose(*, carry_out: bool, **words: Any) -> Any:
    r"""Let the gate choose the level: the smallest whose tree passes.

    Level 1 if the tree without the culprits passes, else 2 if the tree without the version does, else 3. The verdict
    must be ROLL_BACK (gate run --after-merge), confirmed in fresh processes.

    \b
    Example:
      gate rollback propose --verdict gate-out/verdict.json --culprit 1a2b3c4 --carry-out --open-pr
    """
    from gate.cli.proposing import proposed  # noqa: PLC0415

    mine = {key: words.pop(key) for key in ("culprits", "merge", "tag", "against", "no_gate", "quick")}
    asked = Asked(**words)
    proofs: dict[str, VerdictRecord] = {}
    return carried_out(
        replace(asked, dry_run=not carry_out or asked.dry_run), proposed(asked, proofs=proofs, **mine), proofs
    )


# ------------------------------------------------------------------ all levels


def carried_out(
    asked: Asked, plan: "Callable[[Ground], Plan]", proofs: "Mapping[str, VerdictRecord] | None" = None
) -> int:
    """Take back, write the record down, print, and say how it ended; `proofs` are what the gate said, by commit."""
    from gate.usecases.rollback.planning import ground  # noqa: PLC0415

    with wiring.git_history(asked.repository, asked.remote, push=not asked.no_push) as history:
        taker = wiring.taker(
            repository=asked.repository,
            records=RECORDS,
            named=asked.record,
            pull_requests=forge(asked, wanted=asked.open_pr),
            approve=lambda made: approved(asked, made),
            words=words_of(asked, proofs or {}),
        )
        record = taker.take_back(ground(history, asked.branch), plan, errand_of(asked))
        if record.plan and asked.dry_run and not (asked.as_json or asked.quiet):
            click.echo(history.diff(record.plan.base, record.plan.head))
    say(record, as_json=asked.as_json, quiet=asked.quiet)
    if not asked.dry_run:
        from msgspec import structs  # noqa: PLC0415

        path = written_down(taker.records.write, record)
        trouble = follow(asked.config, asked.incident, record, path, online=not asked.no_push)
        if trouble:  # it stands in the record, too
            written_down(taker.records.write, structs.replace(record, details=(*record.details, trouble)))
    return int(ExitCode.PASS if record.ending in DONE else ExitCode.BLOCK)


def errand_of(asked: Asked) -> "Errand":
    """What was asked for, without what only this terminal knows."""
    from gate.usecases.rollback.doing import Errand  # noqa: PLC0415

    switched_off = os.environ.get(OFF, "").strip().lower() in {"off", "false", "no", "0"}
    return Errand(
        policy=Policy(
            daily_cap=asked.daily_cap,
            max_age_days=asked.max_age,
            switched_off=f"{OFF}={os.environ[OFF]}" if switched_off else "",
            force=asked.force,
        ),
        reason=asked.reason,
        incident=asked.incident,
        state=watched(asked.config, asked.state),
        dry_run=asked.dry_run,
        push=not asked.no_push,
        open_pr=asked.open_pr,
    )


def watched(config: Path | None, state: tuple[str, ...]) -> tuple[str, ...]:
    """The files that must stay the same: as named, and gate.toml's data where there is a gate.toml."""
    from gate.errors import ConfigError  # noqa: PLC0415

    try:
        path = options.find_config(config)
        sources = options.read_settings(path).data.sources
    except ConfigError:
        if config is not None:
            raise
        return state  # an emergency has no time for one that is missing or broken
    folder = path.resolve().parent
    files = [source.partition("=")[2] or source for source in sources if not is_named_source(source)]
    return (*state, *(str(folder / file) for file in files))


def files_of(repository: Path) -> "RollbackRecords":
    """Where records and watched files lie."""
    return wiring.rollback_records(repository, RECORDS, None)


def is_named_source(source: str) -> bool:
    """Whether bars come out of a package or a simulator, not out of a file."""
    return source.partition(":")[0] in {"arch", "skfolio", "simulated"}


def approved(asked: Asked, plan: Plan) -> bool:
    """Ask a human; without a terminal nobody is there to answer."""
    if asked.yes:
        return True
    if not sys.stdin.isatty():
        return False
    from gate.report.rollback import plan_lines  # noqa: PLC0415

    click.echo("\n".join(plan_lines(plan)), err=True)
    return click.confirm("Take all of this back?", err=True)


def forge(asked: Asked, *, wanted: bool) -> "PullRequests | None":
    """Where pull requests are opened, by the variables that every job has; None where nobody asked for one."""
    if not wanted:
        return None
    slug = os.environ.get("GITHUB_REPOSITORY") or slug_of(wiring.address_of(asked.repository, asked.remote))
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
    return wiring.pull_requests(slug, token, os.environ.get("GITHUB_API_URL"))


def slug_of(address: str) -> str:
    """owner/name off a remote's address."""
    return "/".join(address.removesuffix("/").removesuffix(".git").replace(":", "/").split("/")[-2:])


def words_of(asked: Asked, proofs: "Mapping[str, VerdictRecord]") -> "Callable[[Plan, Errand], tuple[str, str]]":
    """Title and text of the pull request."""
    verdict = read_verdict(asked.verdict) if asked.verdict else None

    def words(plan: Plan, errand: "Errand") -> tuple[str, str]:
        from gate.metrics.registry import metrics_of  # noqa: PLC0415
        from gate.report.rollback import Story, pull_request_text, title_of  # noqa: PLC0415

        metrics = metrics_of(one.metric for one in verdict.judgements) if verdict else {}
        proof = proofs.get(plan.head)
        story = Story(reason=errand.reason, incident=errand.incident, verdict=verdict, metrics=metrics, proof=proof)
        return title_of(plan), pull_request_text(plan, story)

    return words


def read_verdict(path: Path) -> "VerdictRecord":
    """Read a verdict.json, strictly."""
    import msgspec  # noqa: PLC0415

    from gate.domain.verdict import SCHEMA, VerdictRecord  # noqa: PLC0415

    try:
        record = msgspec.json.decode(path.read_bytes(), type=VerdictRecord)
    except (OSError, msgspec.DecodeError) as error:
        raise ObservationError(f"{path} is no verdict: {error}", "name the verdict.json that gate run wrote") from error
    if record.schema != SCHEMA:
        raise ObservationError(f"{path} has schema {record.schema}", "write it again with this gate")
    return record


def say(record: Record, *, as_json: bool, quiet: bool) -> None:
    """Print how it ended; what did not go ahead is said on stderr, also when asked to be quiet."""
    import msgspec  # noqa: PLC0415

    from gate.report.rollback import record_lines  # noqa: PLC0415

    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(record), indent=2))
    elif record.ending not in DONE:
        click.echo("\n".join(record_lines(record)), err=True)
    elif not quiet:
        click.echo("\n".join(record_lines(record)))


def written_down(write: Callable[[Record], Path], record: Record) -> Path | None:
    """Write the record; where that fails, what was done stands all the same, and it is said."""
    try:
        return write(record)
    except OutputError as error:
        click.echo(f"gate: {error.message}\n      {error.advice}", err=True)
    return None
