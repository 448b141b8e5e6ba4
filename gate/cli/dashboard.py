"""gate dashboard: how things stand, as a static site or a live one."""

import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate.errors import BrokenQuestionError, ConfigError

if TYPE_CHECKING:
    from gate.domain.operating import HistorySettings
    from gate.report.dashboard.site import Site
    from gate.usecases.dashboard import Desk


class Verbs(click.Group):
    """Its commands' examples stand on lines of their own."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """As the main group does."""
        from gate.cli.main import with_lines_kept  # noqa: PLC0415  main imports this file

        found = super().get_command(ctx, cmd_name)
        return with_lines_kept(found) if found else None


@click.group(name="dashboard", cls=Verbs)
def command() -> None:
    r"""Show how things stand: each metric against its limit, its history, regimes over price, incidents, verdicts.

    What is missing or too old is unknown, never green. The status page under status/ says nothing of the inside.

    \b
    Examples:
      gate dashboard build --output site
      gate dashboard serve
      gate dashboard serve --public --host 0.0.0.0
    """


def source_options(function: Any) -> Any:
    """Of which gate.toml, and which history."""
    config = click.option(
        "-c", "--config", type=click.Path(path_type=Path), help="gate.toml, or a pyproject.toml with [tool.gate]."
    )
    history = click.option("--history", metavar="URL", help="A history, over [history] in gate.toml.")
    return config(history(function))


@command.command()
@source_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default="site", show_default=True, help="Folder for the site."
)
@click.option("--public", is_flag=True, help="Write the public status page alone.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.option("--quiet", is_flag=True, help="Errors only.")
def build(*, config: Path | None, history: str | None, output: Path, public: bool, as_json: bool, quiet: bool) -> int:
    r"""Write the site as files, ready for GitHub Pages: relative links, nothing from another host.

    Built again into the same folder it writes what changed and removes what is gone; a folder that holds anything else
    is refused. With --public only the status page, its badge and status.json are written.

    \b
    Examples:
      gate dashboard build --output site
      gate dashboard build --output site --history git:gate-history      # in a job
    """
    from gate.wiring import dashboard as wiring  # noqa: PLC0415

    site = desk_of(config, history).site()
    files = chosen(site, public=public)
    wiring.site_folder().write(output, files)
    heaviest = max((len(content), name) for name, content in files.items())
    told = {"folder": str(output), "files": len(files), "heaviest": heaviest[1], "bytes": heaviest[0]}
    if as_json:
        click.echo(json.dumps(told))
    elif not quiet:
        click.echo(f"wrote {output}: {len(files)} files, the largest is {heaviest[1]} ({heaviest[0] / 1000:,.0f} kB)")
    return 0


def chosen(site: "Site", *, public: bool) -> dict[str, bytes]:
    """The files that are wanted; whoever publishes the status page alone finds it at the root as well."""
    from gate.report.dashboard.site import PUBLIC, root_redirect  # noqa: PLC0415

    if not public:
        return {name: site.file(name) for name in site.names}
    return {".nojekyll": b"", **{name: site.file(name) for name in PUBLIC}, "index.html": root_redirect().encode()}


@command.command()
@source_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0 takes a free one.")
@click.option("--public", is_flag=True, help="Serve the public status page alone: no internals.")
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="A name that a proxy asks for; again for more."
)
def serve(
    *, config: Path | None, history: str | None, host: str, port: int, public: bool, hosts: tuple[str, ...]
) -> int:
    r"""Serve the site live: changes are pushed to every open page. Ctrl-C ends it.

    It has no login, so it shows the internal pages to this machine only. To let others in, put a proxy that asks who
    they are in front of it (--allow-host NAME), or serve the public status page alone (--public).

    \b
    Examples:
      gate dashboard serve --port 8642
      gate dashboard serve --allow-host gate.example.com      # behind a proxy with a login, on this machine
      gate dashboard serve --public --host 0.0.0.0
    """
    refuse(host, public=public)
    from gate.adapters.dashboard_server import Serving  # noqa: PLC0415
    from gate.wiring import dashboard as wiring  # noqa: PLC0415

    serving = Serving(host=host, port=port, hosts=hosts, public_only=public)
    wiring.serve(desk_of(config, history), serving, lambda url: click.echo(f"serving {url}   (Ctrl-C ends it)"))
    return 0


def refuse(host: str, *, public: bool) -> None:
    """Raise BrokenQuestionError for what would show the inside to whoever asks."""
    if public or host == "localhost":
        return
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise BrokenQuestionError(
            f"{host} is reached from other machines, and the internal pages have no login",
            "--public serves the status page alone; or keep 127.0.0.1 and put a proxy with a login in front of it",
        )


def desk_of(config: Path | None, history: str | None) -> "Desk":
    """The desk of the gate.toml that was named, or lies here."""
    import msgspec  # noqa: PLC0415

    from gate.cli.options import find_config  # noqa: PLC0415
    from gate.config.operating import parse_operating  # noqa: PLC0415
    from gate.wiring import dashboard as wiring  # noqa: PLC0415

    named = find_config(config)
    try:
        text = named.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {named}: {why}", "name another file with --config") from error
    operating = parse_operating(text, named.name)
    if history is not None:
        operating = msgspec.structs.replace(operating, history=elsewhere(operating.history, history))
    return wiring.desk(operating, named.resolve().parent)


def elsewhere(settings: "HistorySettings", url: str) -> "HistorySettings":
    """The history at another URL, whatever else gate.toml says of where it is."""
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(settings, url=url, url_env="")
