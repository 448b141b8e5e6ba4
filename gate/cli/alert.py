"""gate alert: test each channel, send, list what rings, acknowledge, remind."""

import getpass
import os
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from gate.cli import options, show
from gate.config import parse_operating
from gate.domain.alert import UNTESTED, Alert, AlertKind, Delivery, Fact, Sent, Severity
from gate.errors import BrokenQuestionError, ConfigError, ExitCode
from gate.wiring import alerting

if TYPE_CHECKING:
    from gate.domain.operating import Operating
    from gate.usecases.alerting.alarm import FanOutAlarm


class Verbs(click.Group):
    """Each verb keeps the lines of its examples."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Prepare a verb's help."""
        from gate.cli.main import with_lines_kept  # noqa: PLC0415  main imports this file

        found = super().get_command(ctx, cmd_name)
        return with_lines_kept(found) if found else None


CONFIG = click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="gate.toml, or a pyproject.toml with [tool.gate]."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
QUIET = click.option("--quiet", is_flag=True, help="Errors only.")


@click.group(name="alert", cls=Verbs)
def command() -> None:
    r"""Tell people, through every channel of [alerts]; secrets stand in the environment alone.

    \b
    Examples:
      gate alert test                                   # does each channel work? leaves a dated record
      gate alert send --title "v2 deployed" --severity info
      gate alert list                                   # what rings, and the last deliveries
      gate alert ack monitor:regime_change_rate:SPX     # somebody cares: it is not escalated
    """


# ------------------------------------------------------------------ verbs


@command.command()
@CONFIG
@click.option("--channel", "names", multiple=True, metavar="NAME", help="Only this one; repeatable.")
@JSON
@QUIET
def test(*, config: Path | None, names: tuple[str, ...], as_json: bool, quiet: bool) -> Any:
    r"""Send a test message to each channel, and show what each service said.

    Leaves a dated record in [alerts] folder for the checklist before a deployment. Exit code 0 only if every channel
    that was asked has it.

    \b
    Examples:
      gate alert test
      gate alert test --channel slack --json
    """
    operating, folder = operating_of(config)
    if not any(getattr(operating.alerts, name) is not None for name in alerting.CHANNELS):
        raise ConfigError("no channel is configured: there is nobody to tell", "add [alerts.slack] or another")
    done = alarm_of(operating, folder).test(test_alert(), names)
    path = alerting.write_test(operating, folder, done)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(done), indent=2))
    elif not quiet or not done.works:
        from gate.report.alerts.tables import test_table  # noqa: PLC0415

        show.printed(test_table(done))
        click.echo(f"record: {path}")
    return exit_code(one.outcome for one in done.channels if one.outcome != UNTESTED)


@command.command()
@CONFIG
@click.option("--title", required=True, help="One line: what happened.")
@click.option("--severity", type=click.Choice([one.value for one in Severity]), required=True, help="How loud.")
@click.option("--text", default="", help="One sentence: what was seen, what was allowed, what to do.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A line of the table; repeatable.")
@click.option("--key", default="", help="What it is about: it rings once, until --recovered. Default: a notice.")
@click.option("--recovered", is_flag=True, help="It is over: said quietly, to those who heard it.")
@click.option("--incident", default="", help="The incident that it belongs to.")
@click.option("--url", default="", help="Where to read more.")
@click.option("--id", "name", default="", help="Its id; the same id sent again is sent only where it is missing.")
@JSON
@QUIET
def send(*, config: Path | None, as_json: bool, quiet: bool, **said: Any) -> Any:
    r"""Send one alert: from a workflow, a script, or by hand.

    \b
    Examples:
      gate alert send --title "v2 deployed" --severity info --url https://github.com/o/r/actions/runs/1
      gate alert send --key nightly --title "v2 is to be rolled back" --severity critical --fact "verdict=ROLL_BACK"
      gate alert send --key nightly --title "v2 is to be rolled back" --severity critical --recovered
    """
    alert = alert_of(**said)
    deliveries = alarm_of(*operating_of(config)).tell(alert)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(deliveries), indent=2))
    elif not quiet:
        told(deliveries)
    return exit_code(one.outcome.value for one in deliveries)


@command.command(name="list")
@CONFIG
@click.option("--newest", type=click.IntRange(0), default=10, show_default=True, help="Deliveries that are shown.")
@JSON
def list_(*, config: Path | None, newest: int, as_json: bool) -> Any:
    r"""Show what rings, who has heard it and who answered, and the last deliveries.

    \b
    Example:
      gate alert list --newest 20
    """
    from gate.report.alerts.tables import log_table, rings_table  # noqa: PLC0415

    operating, folder = operating_of(config)
    rings = alarm_of(operating, folder).ringing()
    noted = alerting.deliveries(operating, folder).newest(newest)
    if as_json:
        found = {"ringing": rings, "deliveries": noted}
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return ExitCode.PASS
    show.printed(rings_table(rings) if rings else "nothing rings")
    if noted:
        show.printed(log_table(noted))
    return ExitCode.PASS


@command.command()
@CONFIG
@click.argument("key")
@click.option("--by", default="", metavar="NAME", help="Who; default: who is logged in.")
@QUIET
def ack(*, config: Path | None, key: str, by: str, quiet: bool) -> Any:
    r"""Say that somebody cares: the key is not escalated any more.

    \b
    Example:
      gate alert ack monitor:regime_change_rate:SPX --by alice
    """
    ring = alarm_of(*operating_of(config)).acknowledge(key, by or _login())
    if not quiet:
        click.echo(f"{ring.alert.key}: acknowledged by {ring.acknowledged_by} at {ring.acknowledged_at}")
    return ExitCode.PASS


@command.command()
@CONFIG
@JSON
@QUIET
def remind(*, config: Path | None, as_json: bool, quiet: bool) -> Any:
    r"""Escalate what nobody has answered in time, and tell whoever could not be told. For cron.

    A monitor that follows the strategy does it by itself.

    \b
    Example:
      gate alert remind
    """
    deliveries = alarm_of(*operating_of(config)).remind()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(deliveries), indent=2))
    elif deliveries and not quiet:
        told(deliveries)
    return exit_code(one.outcome.value for one in deliveries)


# ------------------------------------------------------------------ parts


def operating_of(config: Path | None) -> "tuple[Operating, Path]":
    """What gate.toml says of what happens around the model, and its folder."""
    path = options.find_config(config)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {why}", "name another file with --config") from error
    return parse_operating(text, path.name), path.resolve().parent


def alarm_of(operating: "Operating", folder: Path) -> "FanOutAlarm":
    """Who tells people, with the secrets of this process's environment."""
    return alerting.alarm(operating, os.environ, folder)


def alert_of(*, recovered: bool, key: str, name: str, facts: Sequence[str], **said: Any) -> Alert:
    """What the options say."""
    if recovered and not key:
        raise BrokenQuestionError("--recovered of what?", "name the key that rings: --key (gate alert list)")
    kind = AlertKind.RECOVERED if recovered else AlertKind.FIRING if key else AlertKind.NOTICE
    now = datetime.now(tz=UTC)
    severity = Severity(said.pop("severity"))
    name = name or new_id(now)
    return Alert(id=name, key=key or name, kind=kind, severity=severity, at=_stamp(now), facts=_facts(facts), **said)


def test_alert() -> Alert:
    """What `gate alert test` sends."""
    now = datetime.now(tz=UTC)
    return Alert(
        id=new_id(now),
        key="test",
        kind=AlertKind.TEST,
        severity=Severity.INFO,
        at=_stamp(now),
        title="gate reaches this channel",
        text="This is what an alert looks like here. Nothing happened, nothing is to be done.",
        facts=(Fact(name="sent by", value="gate alert test"), Fact(name="limit", value="<= 15%")),
    )


def new_id(now: datetime) -> str:
    """Readable, and nobody else's."""
    return f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


def told(deliveries: Sequence[Delivery]) -> None:
    """Print the table."""
    from gate.report.alerts.tables import deliveries_table  # noqa: PLC0415

    show.printed(deliveries_table(deliveries))


def exit_code(outcomes: Iterable[str]) -> ExitCode:
    """0 only if everybody who was to be told has it; what may have arrived is inconclusive."""
    found = set(outcomes)
    if Sent.FAILED.value in found:
        return ExitCode.BLOCK
    return ExitCode.INCONCLUSIVE if Sent.UNKNOWN.value in found else ExitCode.PASS


def _facts(given: Sequence[str]) -> tuple[Fact, ...]:
    pairs = [one.partition("=") for one in given]
    for name, sign, _ in pairs:
        if not sign or not name.strip():
            raise BrokenQuestionError(f"--fact {name!r} is no fact", "write --fact NAME=VALUE")
    return tuple(Fact(name=name.strip(), value=value.strip()) for name, _, value in pairs)


def _stamp(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H:%M:%SZ}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
