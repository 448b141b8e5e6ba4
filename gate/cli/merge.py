"""gate merge: many jobs, one observation."""

from pathlib import Path
from typing import Any

import click

from gate import wiring
from gate.cli import options
from gate.usecases.merge import merged


@click.command(name="merge")
@click.argument("shards", type=click.Path(path_type=Path), nargs=-1, required=True)
@options.output_option("gate-out/observations")
@click.option("--quiet", is_flag=True, help="Errors only.")
def command(*, shards: tuple[Path, ...], output: Path, quiet: bool) -> Any:
    r"""Join the shards of one observation; the result is judged as if one job had observed it all.

    SHARDS are the folders that `gate observe --shard` wrote, in any order. Every shard must be there exactly once, of
    the same versions, data and policy: where one is missing nothing is written, and the exit code is 4.

    \b
    Example:
      gate merge obs-1 obs-2 obs-3 obs-4 -o obs && gate judge obs
    """
    store = wiring.observation_store()
    whole = merged([store.read(folder) for folder in shards])
    store.write(whole, output)
    if not quiet:
        click.echo(f"observations: {output}   judge them: gate judge {output}")
    return 0
