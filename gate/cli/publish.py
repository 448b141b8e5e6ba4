"""gate publish: what is said at GitHub."""

from pathlib import Path
from typing import Any

import click
import msgspec

from gate import wiring
from gate.cli import recording, show
from gate.domain.publication import Annotation, Run, WriteCheck
from gate.errors import BrokenQuestionError
from gate.ports.publishing import Job
from gate.usecases.publish import Published, Publisher
from gate.usecases.publishing.request import ARTIFACT, AUTHOR, WORKFLOW, Request


@click.command(name="publish")
@click.option("--run", "run_id", type=click.IntRange(1), help="The benchmark run; else the one that started this job.")
@click.option("--artifact", type=click.Path(path_type=Path), help="A zip or folder of observations instead of a run's.")
@click.option("--pr", "number", type=click.IntRange(1), help="With --artifact: the pull request.")
@click.option("--head", metavar="SHA", default="", help="With --artifact: the head that was observed.")
@click.option("--base", metavar="SHA", default="", help="With --artifact: the base that it was held against.")
@click.option("-c", "--config", default="", help="The policy's path in the repository, read at the base commit.")
@click.option("--workflow", default=WORKFLOW, show_default=True, help="The only workflow file whose runs count.")
@click.option("--artifact-name", default=ARTIFACT, show_default=True, help="The artifact that holds the observations.")
@click.option("--author", default=AUTHOR, show_default=True, envvar="GATE_AUTHOR", help="As whom the token comments.")
@click.option("--context", default="gate", show_default=True, help="The status that the merge hangs on.")
@click.option("--repository", envvar="GITHUB_REPOSITORY", default="", help="owner/name; GITHUB_REPOSITORY in a job.")
@click.option("--first-version", is_flag=True, help="There is no baseline yet; say so in the record.")
@recording.history_options
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print answer and actions as JSON.")
@click.option("--quiet", is_flag=True, help="Errors only.")
def command(
    *,
    run_id: int | None,
    artifact: Path | None,
    number: int | None,
    head: str,
    base: str,
    config: str,
    workflow: str,
    artifact_name: str,
    author: str,
    context: str,
    repository: str,
    first_version: bool,
    history: str | None,
    no_history: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> Any:
    r"""Say at GitHub what a benchmark run found: status, check run, comment, labels, summary.

    Runs in a job of its own (workflow_run) with the default branch's code. The run's artifact is read as a stranger's:
    the verdict is worked out again from its observations, under the limits of the base commit. The token is taken from
    GITHUB_TOKEN, and GITHUB_API_URL says where GitHub is.

    \b
    Examples:
      gate publish                                   # in a job that workflow_run started
      gate publish --run 1234567890 --dry-run        # what would be said about this run?
      gate publish --artifact obs.zip --pr 7 --head 0a1b... --base 2c3d...
    """
    job = wiring.job()
    kept_at = recording.place_if_any(None, history, no_history=no_history)
    check_flags(artifact, number, head, base, run_id)
    with wiring.publisher(repository) as publisher:
        request = Request(
            run=None if artifact else run_of(publisher, job, run_id),
            file=artifact,
            number=number,
            head=head,
            base=base,
            workflow=workflow,
            artifact=artifact_name,
            config=config,
            author=author,
            context=context,
            first_version=first_version,
            url=job.url(),
        )
        published = publisher.publish(request, dry_run=dry_run)
    if not dry_run:
        tell(job, published)
    shown(published, as_json=as_json, dry_run=dry_run, quiet=quiet)
    if published.record and not dry_run:
        recording.keep_verdict(kept_at, published.record)
    return show.EXIT_CODES[published.answer.verdict]


def check_flags(artifact: Path | None, number: int | None, head: str, base: str, run_id: int | None) -> None:
    """Without a run, everything that it would say must be said."""
    full = all(len(sha) in (40, 64) and set(sha) <= set("0123456789abcdef") for sha in (head, base))
    if artifact is not None and not (number and full):
        raise BrokenQuestionError(
            "--artifact needs --pr, --head and --base", "name the pull request and both commits by their full SHAs"
        )
    if artifact is None and (number or head or base):
        raise BrokenQuestionError("--pr, --head and --base go with --artifact", "a run says them itself: --run ID")
    if artifact is not None and run_id is not None:
        raise BrokenQuestionError("--artifact and --run exclude each other", "name one of them")


def run_of(publisher: Publisher, job: Job, run_id: int | None) -> Run:
    """The run that is named, or the one whose end started this job."""
    if run_id is not None:
        return publisher.host.run(run_id)
    run = job.started_by()
    if run is None:
        raise BrokenQuestionError(
            "this job was not started by a benchmark run", "name one with --run, or give --artifact FILE"
        )
    return run


def tell(job: Job, published: Published) -> None:
    """Job summary, outputs for later steps, annotations in the log."""
    if published.markdown:
        job.summary(published.markdown)
    answer = published.answer
    job.outputs(
        {
            "verdict": answer.verdict.value,
            "cause": answer.cause.value,
            "level": str(published.record.level or "") if published.record else "",
            "head": published.head,
            "pull-request": str(published.number or ""),
        }
    )
    job.annotate(annotations_of(published))


def annotations_of(published: Published) -> tuple[Annotation, ...]:
    """Those of the check run."""
    return next((one.annotations for one in published.actions if isinstance(one, WriteCheck)), ())


def shown(published: Published, *, as_json: bool, dry_run: bool, quiet: bool) -> None:
    """What happened, or would."""
    if as_json:
        told = {"answer": published.answer, "dry_run": dry_run, "head": published.head, "actions": published.actions}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2))
    elif not quiet:
        click.echo(f"{published.answer.verdict} ({published.answer.cause}): {in_one_line(published.answer.sentence)}")
        for action in published.actions:
            said = msgspec.json.encode(action).decode()
            click.echo(f"  {'would ' if dry_run else ''}{said if dry_run else action.__class__.__name__}")


def in_one_line(text: str) -> str:
    """A stranger's words, for a terminal and for a log that reads commands off it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
