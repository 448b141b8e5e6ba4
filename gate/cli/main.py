"""`gate`: the commands, imported when they are called, and the one way out."""

import importlib
import signal
import sys
from typing import Any

import click

import gate

COMMANDS = {
    "init": "Set gate up in a repository: gate.toml and the workflows.",
    "doctor": "Say what is not right yet, and the command that mends it.",
    "run": "Observe, judge and report: may the candidate replace the baseline?",
    "observe": "Run both versions and keep what they did.",
    "merge": "Join the shards of one observation, each observed by a job of its own.",
    "selftest": "Plant defects into the candidate: does the gate catch them, here?",
    "judge": "Judge stored observations again, without running a model.",
    "culprit": "Find the commit that broke a metric, between a good and a bad one.",
    "publish": "Say at GitHub what a benchmark run found: status, check, comment.",
    "rollback": "Take back a feature, a version, or everything since the last stable tag.",
    "verify": "Prove a rollback: tree, files, refs, data and state, metrics.",
    "drill": "Rehearse all three levels of a rollback on a scratch clone.",
    "monitor": "Follow the records of the live strategy: alerts on the same limits, and a verdict.",
    "alert": "Tell people: test each channel, send, list what rings, acknowledge.",
    "incident": "Keep incidents: timeline, deadlines, post-mortem, a GitHub issue in step.",
    "checklist": "Go through the boxes before, during or after a deployment, by evidence.",
    "history": "What was decided, deployed and taken back; has a level changed on the way?",
    "dashboard": "Show how things stand: a static site, or a live one; a status page for the public.",
}


class LazyGroup(click.Group):
    """Knows every command's name and help; imports a command's file when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"gate.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 (each file defines one)
        return with_lines_kept(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where one is misspelt."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"no such command '{args[0]}'" + (f"; did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def with_lines_kept(command: click.Command) -> click.Command:
    """A docstring's backslash-b is click's mark for lines that are not to be filled."""
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 PASS, 1 BLOCK or ROLL_BACK, 2 broken question, 3 INCONCLUSIVE, 4 GATE_ERROR.",
)
@click.version_option(gate.__version__, prog_name="gate")
def cli() -> None:
    r"""The merge gate for market-regime models.

    Runs the model that trades today and the one that wants to on the same market data, holds regimes, performance,
    errors, memory and CPU against their limits, and answers with a verdict, a report and an exit code.

    \b
    Example:
      gate run --config gate.toml --output gate-out
    """


with_lines_kept(cli)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code. Every error is one line of what happened and one of what to do."""
    from gate.errors import ExitCode, GateError  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _interrupted)
    try:
        code: Any = cli.main(arguments, standalone_mode=False)
    except GateError as error:
        code = _say(error.message, error.advice, error.exit_code)
    except click.ClickException as error:
        code = _say(
            " ".join(error.format_message().split()), "gate --help shows what there is", ExitCode.BROKEN_QUESTION
        )
    except (KeyboardInterrupt, click.Abort):
        code = _say("interrupted: nothing was judged", "", ExitCode.GATE_ERROR)
    except Exception as error:  # noqa: BLE001 (the gate's own fault is never a pass)
        code = _fault(error)
    sys.exit(int(code or 0))


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _say(message: str, advice: str, code: int) -> int:
    """One line for what happened, one for what to do."""
    click.echo(f"gate: {message}" + (f"\n      {advice}" if advice else ""), err=True)
    return code


def _fault(error: Exception) -> int:
    """A fault of the gate itself: say where, and keep the whole story for who reports it."""
    import os  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    from gate.errors import ExitCode  # noqa: PLC0415

    if os.environ.get("GATE_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    advice = "this is a fault of gate: set GATE_DEBUG=1 to see all of it, and report it"
    return _say(f"{type(error).__name__}: {error} ({place})", advice, ExitCode.GATE_ERROR)
