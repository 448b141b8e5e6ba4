"""gate culprit: which commit broke it?"""

from pathlib import Path
from typing import Any

import click
import msgspec

from gate import wiring
from gate.cli import options, watching
from gate.domain.culprit import Culprits, Outcome, Untestable
from gate.errors import ExitCode
from gate.ports.culprit import LineAsked
from gate.report.culprit import culprit_text
from gate.usecases.culprit import CulpritQuestion
from gate.usecases.observe import Question


@click.command(name="culprit")
@click.option("--good", required=True, metavar="REF", help="A commit that is well: an ancestor of the bad one.")
@click.option("--bad", default="HEAD", show_default=True, metavar="REF", help="A commit that is not.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="What broke; else what fails at the bad end.")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="gate.toml, or a pyproject.toml with [tool.gate]."
)
@click.option(
    "--untestable",
    type=click.Choice([rule.value for rule in Untestable]),
    default=Untestable.SKIP.value,
    show_default=True,
    help="Where the step lies among commits that do not parse or import: leave it open, or blame the first.",
)
@click.option("--path", "paths", multiple=True, metavar="PATH", help="What is measured, from gate.toml's folder; all.")
@click.option(
    "--after-revert", "reverted", multiple=True, metavar="SHA", help="Search for a second one, this one taken back."
)
@click.option("--quick", is_flag=True, help="Fewer windows and one seed an evaluation.")
@click.option("--cache", type=click.Path(path_type=Path), metavar="DIR", help="Where answers are kept for going on.")
@click.option("-j", "--jobs", type=click.IntRange(0), help="Processes at once for what is not timed; 0 = one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--quiet", is_flag=True, help="No progress, no text; errors only.")
def command(
    *,
    good: str,
    bad: str,
    metrics: tuple[str, ...],
    config: Path | None,
    untestable: str,
    paths: tuple[str, ...],
    reverted: tuple[str, ...],
    quick: bool,
    cache: Path | None,
    jobs: int | None,
    as_json: bool,
    quiet: bool,
) -> Any:
    r"""Find the commit that broke a metric, by running the gate on the history between a good and a bad commit.

    Both ends are evaluated first. What was learned is kept: killed and asked again, it goes on where it was. Nothing is
    reverted: the command that does it is printed. Exits with 0 where every metric's culprit is found, 3 where one is
    ambiguous, 2 where an end is not what it is called.

    \b
    Examples:
      gate culprit --good v1.0.0                             # what broke what fails at HEAD
      gate culprit --good v1.0.0 --bad main --metric cpu     # a noisy one: timed pairs
      gate culprit --good v1.0.0 --after-revert 1a2b3c4      # a second one, that one taken back
    """
    path = options.find_config(config)
    settings = options.overridden(options.read_settings(path), None, None, jobs)
    folder = path.resolve().parent
    where = (folder / Path(settings.candidate.path or "").expanduser()).resolve()
    asked = CulpritQuestion(
        line=LineAsked(folder=where, good=good, bad=bad, paths=paths, reverted=reverted),
        metrics=metrics,
        untestable=Untestable(untestable),
    )
    question = Question(settings=settings, folder=folder, quick=quick)
    with watching.progress(quiet=quiet or as_json) as progress, wiring.local_runner() as runner:
        found = wiring.culprit_finder(progress, runner, question, cache).find(asked)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    elif not quiet:
        click.echo(culprit_text(found))
    return code_of(found)


def code_of(found: Culprits) -> ExitCode:
    """The question was answered, or it is open."""
    told = all(finding.outcome is Outcome.FOUND for finding in found.findings)
    return ExitCode.PASS if told else ExitCode.INCONCLUSIVE
