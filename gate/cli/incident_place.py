"""Where incidents are kept, and as whom one speaks: what several commands ask."""

import getpass
from pathlib import Path
from typing import Any

import click

from gate.errors import ConfigError
from gate.wiring.incidents import Place


def place_of(config: Path | None) -> Place:
    """By gate.toml; where there is none, the usual folder here: an emergency needs no settings."""
    from gate.cli.options import find_config  # noqa: PLC0415
    from gate.config import parse_operating  # noqa: PLC0415

    try:
        path = find_config(config)
    except ConfigError:
        return Place(root=Path())
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}", "name another file with --config") from error
    return Place(root=path.parent, settings=parse_operating(text, path.name).incidents)


def as_json(what: Any) -> None:
    """Print a value for a machine."""
    import msgspec  # noqa: PLC0415

    click.echo(msgspec.json.format(msgspec.json.encode(what), indent=2))


def told(line: str) -> None:
    """What did not stop anything, on standard error."""
    click.echo(f"gate: {line}", err=True)


def whoever() -> str:
    """The name of who is logged in, for an entry that nobody signed."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
