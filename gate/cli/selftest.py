"""gate selftest: would this gate catch a defect in this very model?"""

import difflib
from pathlib import Path
from typing import Any

import click
import msgspec

from gate import wiring
from gate.cli import options, show, watching
from gate.domain.selftest import PlantKind, SelfTest
from gate.errors import BrokenQuestionError
from gate.report.selftest import selftest_report, selftest_table
from gate.usecases.catalogue import CATALOGUE
from gate.usecases.observe import Question
from gate.usecases.selftest import verdict_of


@click.command(name="selftest")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="gate.toml, or a pyproject.toml with [tool.gate]."
)
@click.option("--candidate", metavar="REF", help="Git ref of the model to plant into, over [candidate] ref.")
@click.option("--quick", is_flag=True, help="Each defect at its gross size only, few windows: under two minutes.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this defect; can be given again.")
@click.option("--list", "listed", is_flag=True, help="Name the defects and leave.")
@click.option("-j", "--jobs", type=click.IntRange(0), help="Processes at once for what is not timed; 0 = one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print selftest.json instead of the table.")
@click.option("--quiet", is_flag=True, help="No progress, no table; errors only.")
@options.output_option("gate-selftest")
def command(
    *,
    config: Path | None,
    candidate: str | None,
    quick: bool,
    only: tuple[str, ...],
    listed: bool,
    jobs: int | None,
    as_json: bool,
    quiet: bool,
    output: Path,
) -> Any:
    r"""Plant defects into the candidate and see which the gate catches, on your data and under your limits.

    Exits with 0 where identical code passes and every defect that can be planted is caught at its gross size, 1 where
    one is missed, 3 where the candidate does not even pass against itself.

    \b
    Examples:
      gate selftest --quick                    # before anyone relies on the gate
      gate selftest                            # from which size on it catches each
      gate selftest --only leak --only flicker
      gate selftest --list
    """
    kinds = chosen(only)
    if listed:
        for kind in kinds:
            click.echo(f"{kind.name:<18} {kind.metrics[0]:<22} {kind.means.format(size=kind.sizes[0])}")
        return 0
    path = options.find_config(config)
    settings = options.overridden(options.read_settings(path), None, candidate, jobs)
    folder = wiring.report_folder()
    folder.prepare(output)
    question = Question(settings=settings, folder=path.resolve().parent, quick=quick)
    with watching.progress(quiet=quiet or as_json) as progress, wiring.local_runner() as runner:
        found = wiring.self_tester(progress, runner).test(question, kinds)
    folder.write(output, {"selftest.md": selftest_report(found).encode(), "selftest.json": written(found)})
    if as_json:
        click.echo(written(found).decode(), nl=False)
    elif not quiet:
        show.printed(selftest_table(found))
        click.echo(f"report: {output / 'selftest.md'}   results: {output / 'selftest.json'}")
    return show.EXIT_CODES[verdict_of(found)]


def chosen(names: tuple[str, ...]) -> tuple[PlantKind, ...]:
    """The defects named, in the catalogue's order; all where none is. Raises BrokenQuestionError."""
    known = {kind.name: kind for kind in CATALOGUE}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise BrokenQuestionError(
                f"there is no defect '{name}'" + (f" (did you mean {near[0]}?)" if near else ""),
                "gate selftest --list names them",
            )
    return tuple(kind for kind in CATALOGUE if not names or kind.name in names)


def written(found: SelfTest) -> bytes:
    """selftest.json."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
