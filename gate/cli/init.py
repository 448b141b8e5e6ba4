"""gate init: gate.toml, the workflows and the emergency scripts, out of what the repository shows."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from gate import wiring
from gate.domain.setup import Choice, Found
from gate.report.settings import ADAPTER
from gate.usecases.init import FALLBACK, Asked, Written


@click.command(name="init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--factory", metavar="NAME", help="The model: package.module:Class, or the name of a class found here.")
@click.option(
    "--data", multiple=True, metavar="SOURCE", help="Market data, as [data] sources takes it; again for more."
)
@click.option("--baseline", metavar="REF", help="The version that trades; else the last stable tag.")
@click.option("--owner", metavar="@NAME", help="Who must approve changes of the policy; writes .github/CODEOWNERS.")
@click.option("--shards", type=click.IntRange(1, 64), help="Jobs that share the symbols out among them; default 1.")
@click.option("--python", metavar="X.Y", help="Python of the jobs; default 3.12.")
@click.option("--minutes", type=click.IntRange(5, 180), help="Time limit of a job; default 45.")
@click.option("--config/--no-config", default=True, help="Write gate.toml.")
@click.option("--workflows/--no-workflows", default=True, help="Write .github/workflows too.")
@click.option("--scripts/--no-scripts", default=True, help="Write scripts/emergency_rollback.sh and verify_system.sh.")
@click.option("--source", type=click.Choice(["requirements", "checkout"]), hidden=True)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: take what is likeliest.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option("--dry-run", is_flag=True, help="Print the files and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found and written as JSON; asks nothing.")
def command(
    *,
    folder: Path,
    factory: str | None,
    data: tuple[str, ...],
    baseline: str | None,
    owner: str | None,
    shards: int | None,
    python: str | None,
    minutes: int | None,
    config: bool,
    workflows: bool,
    scripts: bool,
    source: str | None,
    yes: bool,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> Any:
    r"""Set gate up in a repository: gate.toml, the workflows, what they install, and the emergency scripts.

    Detectors are found by looking at the code, which is never imported; data by its files; the baseline is the last
    stable tag. On a terminal it asks where there is a choice, else it takes what is likeliest and says so. All files
    are written or none, and none that is there already is written over without --force.

    \b
    Examples:
      gate init
      gate init --factory src.regime.hmm_detector:RegimeDetector --data data/BTC_USDT-1h.feather --baseline v1.0.0
      gate init --dry-run
      gate init --no-config --force      # the workflows of this gate, with what they were written with
    """
    initialiser = wiring.initialiser()
    found = initialiser.looking.look(folder)
    given = {"shards": shards, "python": python, "minutes": minutes, "source": source}
    kept = {name: value for name, value in given.items() if value is not None}
    asked = Asked(
        factory=factory,
        data=data,
        baseline=baseline,
        owner=owner,
        config=config,
        workflows=msgspec.structs.replace(initialiser.usual(folder), **kept) if workflows else None,
        scripts=scripts,
    )
    if config and not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
        asked = questions(found, asked)
    written = initialiser.prepare(folder, found, asked)
    names = () if dry_run else initialiser.place(folder, written, force=force)
    if as_json:
        click.echo(summary(written, names))
    else:
        say(found, written, names, dry_run=dry_run)
    return 0


def questions(found: Found, asked: Asked) -> Asked:
    """Ask what no flag said, where there is a choice."""
    factory, data, baseline = asked.factory, asked.data, asked.baseline
    if factory is None and len(found.detectors) > 1:
        for number, one in enumerate(found.detectors[:9], 1):
            click.echo(f"  {number}  {one.named}   {one.file}:{one.line}")
        number = click.prompt("Which one is the model", type=click.IntRange(1, min(len(found.detectors), 9)), default=1)
        factory = found.detectors[number - 1].factory or None
    if not data:
        usual = " ".join(found.data or FALLBACK)
        data = tuple(click.prompt("Market data (paths, globs, arch:sp500)", default=usual).split())
    if baseline is None:
        said = click.prompt("The version that trades (a git ref, - for none)", default=found.stable_tag or "-")
        baseline = "" if said == "-" else said
    return replace(asked, factory=factory, data=data, baseline=baseline)


def say(found: Found, written: Written, names: tuple[str, ...], *, dry_run: bool) -> None:
    """What was found, what was chosen, and what comes next."""
    if written.choice is not None:
        say_choice(found, written.choice)
    for note in written.notes:
        click.echo(f"note      {note}")
    if dry_run:
        for name, text in written.files.items():
            click.echo(f"\n--- {name}\n{text}", nl=False)
        return
    for name in names:
        click.echo(f"wrote     {name}")
    steps = ["gate run --quick", "gate selftest --quick", "commit and push"] if names else []
    if ADAPTER in names:
        steps.insert(0, f"fill in {ADAPTER}")
    click.echo(f"next      {'; '.join([*steps, 'gate doctor'])}")


def say_choice(found: Found, choice: Choice) -> None:
    """What gate.toml says, and what else was found."""
    detector = choice.detector
    place = f"   {detector.file}:{detector.line}" if detector.file else ""
    click.echo(f"model     {detector.named} ({detector.fit}, {detector.predict}, {detector.input}){place}")
    others = [one.named for one in found.detectors if one != detector]
    if others:
        click.echo(f"          also found: {', '.join(others[:5])}   (--factory takes another)")
    click.echo(f"data      {', '.join(choice.data)}")
    click.echo(f"baseline  {choice.baseline or 'this checkout'}")


def summary(written: Written, names: tuple[str, ...]) -> str:
    """The same as JSON."""
    told = {"choice": written.choice, "notes": written.notes, "written": names, "files": written.files}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
