"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from gate.config import parse
from gate.config.operating import parse_operating
from gate.domain.operating import Operating
from gate.domain.settings import Settings
from gate.errors import ConfigError

CONFIG_NAMES = ("gate.toml", "pyproject.toml")


def question_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What observing needs to know."""
    options = (
        click.option(
            "-c", "--config", type=click.Path(path_type=Path), help="gate.toml, or a pyproject.toml with [tool.gate]."
        ),
        click.option("--baseline", metavar="REF", help="Git ref of the baseline, over [baseline] ref."),
        click.option("--base", metavar="REF", help="The baseline where [baseline] names no ref: a job's base commit."),
        click.option("--candidate", metavar="REF", help="Git ref of the candidate, over [candidate] ref."),
        click.option(
            "--quick", is_flag=True, help="A first look: fewer windows, one seed. Never published as a success."
        ),
        click.option("--first-version", is_flag=True, help="There is no baseline yet; say so in the record."),
        click.option(
            "-j", "--jobs", type=click.IntRange(0), help="Processes at once for what is not timed; 0 = one a core."
        ),
        click.option("--quiet", is_flag=True, help="No progress, no table; errors only."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def judge_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What judging needs to know."""
    options = (
        click.option(
            "--after-merge", is_flag=True, help="The candidate is merged: a breach means ROLL_BACK, not BLOCK."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print verdict.json instead of the table."),
        click.option("--pictures/--no-pictures", default=True, help="Draw pictures beside the report."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def output_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Where results go."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        default=default,
        show_default=True,
        help="Folder for the results.",
    )


def find_config(named: Path | None) -> Path:
    """The settings file: as named, or gate.toml or pyproject.toml here."""
    if named is not None:
        return named
    for name in CONFIG_NAMES:
        if Path(name).is_file() and (name == "gate.toml" or "[tool.gate" in Path(name).read_text()):
            return Path(name)
    raise ConfigError("there is no gate.toml here", "name one with --config, or run gate where it lies")


def read_settings(config: Path) -> Settings:
    """Read and check a settings file."""
    return parse(text_of(config), config.name)


def read_operating(config: Path) -> Operating:
    """Read what stands around the question in a settings file: monitor, alerts, incidents, history, dashboard."""
    return parse_operating(text_of(config), config.name)


def text_of(config: Path) -> str:
    """Read a settings file's text. Raises ConfigError."""
    try:
        return config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {config}: {why}", "name another file with --config") from error


def overridden(
    settings: Settings, baseline: str | None, candidate: str | None, jobs: int | None, base: str | None = None
) -> Settings:
    """What the command line says over the file; `base` only where the file says nothing."""
    replace = msgspec.structs.replace
    baseline = baseline or (base if settings.baseline.ref is None else None)
    if baseline is not None:
        settings = replace(settings, baseline=replace(settings.baseline, ref=baseline))
    if candidate is not None:
        settings = replace(settings, candidate=replace(settings.candidate, ref=candidate))
    return settings if jobs is None else replace(settings, run=replace(settings.run, jobs=jobs))
