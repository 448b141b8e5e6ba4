"""gate doctor: what is not right yet, and the command that mends it."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gate import wiring
from gate.cli.options import CONFIG_NAMES
from gate.domain.doctor import Finding, State
from gate.errors import ExitCode
from gate.usecases.doctor import Patient, worst

CODES = {State.OK: ExitCode.PASS, State.WARNING: ExitCode.INCONCLUSIVE, State.BROKEN: ExitCode.BROKEN_QUESTION}
SIGNS = {State.OK: "ok", State.WARNING: "!", State.BROKEN: "X"}


@click.command(name="doctor")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The settings file, where it is not gate.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--quiet", is_flag=True, help="Only what is to be mended.")
def command(*, folder: Path, config: Path | None, as_json: bool, quiet: bool) -> Any:
    r"""Say what is not right yet, a line each, with the command that mends it.

    Looks at gate.toml, the model, the data, history, sandbox, workflows, code owners and the last self-test; and with
    GITHUB_TOKEN at GitHub's settings: is the check required and bound to its source, may workflows open pull requests.
    Nothing is changed, and no model is run.

    Exits with 0 where all is right, 3 where something is missing or could not be seen, 2 where the gate cannot answer.

    \b
    Examples:
      gate doctor
      GITHUB_TOKEN=$(gh auth token) gate doctor
    """
    environment = {name: os.environ.get(name, "") for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL")}
    patient = Patient(
        folder=folder,
        config=config or nearest(folder),
        repository=environment["GITHUB_REPOSITORY"],
        now=datetime.now(UTC),
    )
    with wiring.doctor(environment) as doctor:
        findings = doctor.examine(patient)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(findings), indent=2))
    else:
        for finding in findings:
            if not (quiet and finding.state is State.OK):
                click.echo("\n".join(lines(finding)))
    return CODES[worst(findings)]


def nearest(folder: Path) -> Path:
    """gate.toml, or a pyproject.toml that speaks of the gate."""
    for name in CONFIG_NAMES[1:]:
        path = folder / name
        if (
            path.is_file()
            and not (folder / CONFIG_NAMES[0]).is_file()
            and "[tool.gate" in path.read_text(errors="replace")
        ):
            return path
    return folder / CONFIG_NAMES[0]


def lines(finding: Finding) -> list[str]:
    """What is, and below it what to do."""
    said = f"{SIGNS[finding.state]:>2}  {finding.what:<15} {finding.sentence}"
    return [said, f"{'':<20}-> {finding.mend}"] if finding.mend else [said]
