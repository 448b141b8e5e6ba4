"""gate incident: from the alarm to what was learned, with a clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate.cli import incident_place
from gate.domain.alert import Severity
from gate.domain.incident import Stage
from gate.errors import BrokenQuestionError, ExitCode

if TYPE_CHECKING:
    from gate.domain.incident import Entry, Incident
    from gate.usecases.incidents import IncidentKeeper
    from gate.wiring.incidents import Place

STAGES = {stage.value.replace(" ", "-"): stage for stage in Stage}
SHARED = (
    click.option("-c", "--config", type=click.Path(path_type=Path), help="gate.toml, for [incidents]; not needed."),
    click.option("--json", "as_json", is_flag=True, help="Print as JSON."),
)
WRITES = (
    click.option("--by", default=None, help="Who says it; default: who is logged in."),
    click.option("--at", default=None, metavar="TIME", help="When it happened (ISO 8601)."),
    click.option("--file-only", is_flag=True, help="Leave the GitHub issue alone."),
)


def with_options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Add options in the order given."""

    def added(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return added


class Steps(click.Group):
    """The commands, each with its lines kept."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Click's own, with the examples on lines of their own."""
        from gate.cli.main import with_lines_kept  # noqa: PLC0415  main imports this file

        found = super().get_command(ctx, cmd_name)
        return with_lines_kept(found) if found else None


@click.group(name="incident", cls=Steps)
def command() -> None:
    r"""Keep incidents: a record with a timeline, deadlines as absolute times, and a GitHub issue in step.

    Records are Markdown files in reports/incidents/ ([incidents] in gate.toml). An incident is named by its id or a
    beginning of it. With GITHUB_TOKEN one issue each is kept in step.

    \b
    Examples:
      gate incident open "Regime change rate 21%" --severity critical --version 1a2b3c4
      gate incident mark 2026-11-29 rolled-back --proof reports/rollbacks/FILE.json
      gate incident close 2026-11-29 --root-cause "the smoothing was dropped"
    """


@command.command(name="open")
@click.argument("title")
@click.option("--key", default="", help="What it is about; a trigger of this key belongs to it. Default: the title.")
@click.option("--severity", type=click.Choice([one.value for one in Severity]), default="critical", show_default=True)
@click.option("--version", default="", metavar="SHA", help="What was deployed; a rollback of it finds the incident.")
@click.option("--level", type=click.IntRange(1, 3), help="Of the rollback that this means.")
@click.option("--onset", default="", metavar="TIME", help="When it began in the data.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A value against its limit; repeatable.")
@click.option("--component", default="", help="What the public calls the part that is hit.")
@with_options(*WRITES, *SHARED)
def open_(**asked: Any) -> Any:
    r"""Open an incident by hand; the open one of the same key is returned instead of a second.

    \b
    Example:
      gate incident open "Regime change rate 21%" --key monitor:regime_change_rate:SPX --fact "limit=15%"
    """
    from gate.domain.incident import Incident, moment, written  # noqa: PLC0415

    blank = Incident(
        id="",
        key=" ".join((asked["key"] or asked["title"]).split())[:300],
        title=asked["title"],
        severity=Severity(asked["severity"]),
        opened_at=written(moment(asked["at"])) if asked["at"] else "",
        onset_at=written(moment(asked["onset"])) if asked["onset"] else "",
        version=asked["version"],
        level=asked["level"],
        facts=tuple(_fact(text) for text in asked["facts"]),
        component=asked["component"],
    )
    with _keeper(asked) as (place, keeper):
        made, new = keeper.open_by_hand(blank, asked["by"] or incident_place.whoever(), f"opened: {asked['title']}")
    return _said(place, made, asked, "opened" if new else "open already")


@command.command()
@click.argument("name", metavar="ID")
@click.argument("text", default="")
@click.option("--public", "topic", flag_value="public", help="A sentence for the status page.")
@click.option("--lessons", "topic", flag_value="lessons", help="What was learned.")
@click.option("--owners", "topic", flag_value="owners", help="Who owns what is left.")
@click.option("--follow-up", "topic", flag_value="follow-up", help="What is still to be done.")
@click.option("--done", "answers", default="", metavar="ID", help="The follow-up that this text says is done.")
@click.option("--proof", default="", metavar="PATH", help="A file or address that proves it.")
@with_options(*WRITES, *SHARED)
def note(**asked: Any) -> Any:
    r"""Add a line to the timeline.

    \b
    Examples:
      gate incident note 2026-11-29 "the desk is flat since 14:41"
      gate incident note 2026-11-29 --public "Signals are delayed; positions are safe."
      gate incident note 2026-11-29 --lessons "the drill did not cover a squash merge"
    """
    from gate.domain.incident import Topic  # noqa: PLC0415

    topic = Topic.ANSWER if asked["answers"] else Topic(asked["topic"] or "note")
    return _noted(asked, lambda place, at: _entry(place, asked, at, topic=topic, text=asked["text"]))


@command.command()
@click.argument("name", metavar="ID")
@click.argument("stage", type=click.Choice(list(STAGES)))
@click.option("--text", default="", help="What was done; of root-cause, the root cause itself.")
@click.option("--proof", default="", metavar="PATH", help="A record, verdict or address that proves the time.")
@with_options(*WRITES, *SHARED)
def mark(**asked: Any) -> Any:
    r"""Say that a step is done, and when. Too late stays too late.

    Without --at the time is the proof's own, where the proof is one of gate's records; else now.

    \b
    Examples:
      gate incident mark 2026-11-29 rolled-back --proof reports/rollbacks/FILE.json
      gate incident mark 2026-11-29 fix-deployed --at 2026-11-30T09:12:00Z --proof https://github.com/o/r/pull/8
    """
    from gate.domain.incident import Topic  # noqa: PLC0415

    stage = STAGES[asked["stage"]]
    if stage is Stage.ROOT_CAUSE and not asked["text"].strip():
        raise BrokenQuestionError("the root cause is not said", "say it: --text TEXT")
    topic = Topic.ROOT_CAUSE if stage is Stage.ROOT_CAUSE else Topic.NOTE
    text = asked["text"] or stage.value
    return _noted(asked, lambda place, at: _entry(place, asked, at, topic=topic, text=text, stage=stage))


@command.command()
@click.argument("name", metavar="ID")
@click.option("--markdown", is_flag=True, help="The record's text, with what remains now.")
@with_options(*SHARED)
def show(**asked: Any) -> Any:
    r"""Show an incident: steps against their deadlines, timeline, what is still owed.

    \b
    Example:
      gate incident show 2026-11-29
    """
    from gate.report.incident import lines, page  # noqa: PLC0415
    from gate.usecases.incidents import paper_of  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    place = incident_place.place_of(asked["config"])
    book = incidents.book(place)
    found = book.read(asked["name"])
    paper = paper_of(found, incidents.now(), book.by_hand(found.id), place.upwards)
    if asked["as_json"]:
        incident_place.as_json(_shown(found, place))
    elif asked["markdown"]:
        click.echo(page(found, paper), nl=False)
    else:
        click.echo("\n".join(lines(found, paper)))
    return ExitCode.PASS


@command.command()
@click.argument("name", metavar="ID")
@click.option("--root-cause", default="", help="Why it came to be. Needed, unless it is said already.")
@with_options(*WRITES[::2], *SHARED)
def close(**asked: Any) -> Any:
    r"""Close an incident. Needs the root cause; what else is owed is said, and stands in its timeline.

    \b
    Example:
      gate incident close 2026-11-29 --root-cause "the smoothing was dropped with the refactoring of detector.py"
    """
    with _keeper(asked) as (place, keeper):
        done, due = keeper.closed(asked["name"], asked["root_cause"], asked["by"] or incident_place.whoever())
    if due and not asked["as_json"]:
        click.echo("\n".join(("still owed:", *(f"  - {line}" for line in due))))
    return _said(place, done, asked, "closed")


@command.command(name="list")
@click.option("--all", "everything", is_flag=True, help="The closed ones, too.")
@with_options(*SHARED)
def list_(**asked: Any) -> Any:
    r"""List the incidents that are open, the oldest first. A record that cannot be read is said, with exit code 4.

    \b
    Example:
      gate incident list --all
    """
    from gate.judging.clock import progress  # noqa: PLC0415
    from gate.report.incident import listed  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    place = incident_place.place_of(asked["config"])
    found, damaged = incidents.book(place).survey()
    chosen = [one for one in found if one.is_open or asked["everything"]]
    if asked["as_json"]:
        incident_place.as_json([_shown(one, place) for one in chosen])
    else:
        click.echo("\n".join(listed(one, progress(one, incidents.now())) for one in chosen) or "no incident is open")
    for line in damaged:
        incident_place.told(line)
    return ExitCode.GATE_ERROR if damaged else ExitCode.PASS


@command.command()
@click.argument("name", metavar="ID")
@with_options(*SHARED)
def sync(**asked: Any) -> Any:
    r"""Bring the GitHub issue of an incident in step with its record.

    \b
    Example:
      GITHUB_TOKEN=$(gh auth token) gate incident sync 2026-11-29
    """
    asked = {**asked, "file_only": False}
    with _keeper(asked) as (place, keeper):
        found = keeper.in_step(keeper.book.read(asked["name"]))
    return _said(place, found, asked, "in step" if found.issue and not _failed(asked) else "as it was")


@command.command()
@click.argument("name", metavar="ID")
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    help="verdict.json, record, proof, or culprit JSON; repeatable.",
)
@click.option("--write", is_flag=True, help="Add it to the record, below the line, as a section of yours.")
@with_options(*SHARED)
def postmortem(**asked: Any) -> Any:
    r"""Draft a post-mortem from the record, and from the proofs that its entries and --from name.

    \b
    Examples:
      gate incident postmortem 2026-11-29 --from gate-out/verdict.json --from culprit.json
      gate incident postmortem 2026-11-29 --write
    """
    from gate.judging.incidents import POST_MORTEM  # noqa: PLC0415
    from gate.report.postmortem import draft  # noqa: PLC0415
    from gate.usecases.incidents import paper_of  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    place = incident_place.place_of(asked["config"])
    book = incidents.book(place)
    found = book.read(asked["name"])
    paper = paper_of(found, incidents.now(), book.by_hand(found.id), place.upwards)
    text = draft(found, paper, incidents.material(place, found, asked["sources"]))
    if asked["write"]:
        book.add_by_hand(found.id, POST_MORTEM, text)
    if asked["as_json"]:
        incident_place.as_json({"incident": found.id, "markdown": text})
    else:
        click.echo(text, nl=False)
    return ExitCode.PASS


# ------------------------------------------------------------------ hands


@contextmanager
def _keeper(asked: dict[str, Any]) -> "Iterator[tuple[Place, IncidentKeeper]]":
    """The keeper and where it keeps; `asked` remembers what did not go into the issue."""
    from gate.wiring import incidents  # noqa: PLC0415

    remarks = asked["remarks"] = []

    def say(line: str) -> None:
        remarks.append(line)
        incident_place.told(line)

    place = incident_place.place_of(asked["config"])
    with incidents.keeper(place, say, issue=not asked["file_only"]) as keeper:
        yield place, keeper


def _failed(asked: dict[str, Any]) -> bool:
    return any("not in step" in line for line in asked.get("remarks", ()))


def _noted(asked: dict[str, Any], make: "Callable[[Place, str], Entry]") -> int:
    from gate.wiring import incidents  # noqa: PLC0415

    with _keeper(asked) as (place, keeper):
        at = asked["at"] or incidents.time_in(place, asked["proof"]) or incidents.written_now()
        done = keeper.noted(keeper.book.read(asked["name"]).id, make(place, at))
    return _said(place, done, asked, "noted")


def _entry(place: "Place", asked: dict[str, Any], at: str, *, topic: Any, text: str, stage: Any = None) -> "Entry":
    from gate.domain.incident import Entry, moment, written  # noqa: PLC0415
    from gate.judging.incidents import entry_id  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    by, at = asked["by"] or incident_place.whoever(), written(moment(at))
    return Entry(
        id=entry_id(at, stage or "", topic, text, by),
        at=at,
        stage=stage,
        text=text,
        by=by,
        proof=incidents.proof_of(place, asked["proof"]),
        topic=topic,
        answers=asked.get("answers", ""),
    )


def _fact(text: str) -> Any:
    from gate.domain.alert import Fact  # noqa: PLC0415

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BrokenQuestionError(f"--fact '{text:.80}' is no NAME=VALUE", 'write it as in --fact "limit=15%"')
    return Fact(name=name.strip()[:200], value=value.strip()[:200])


def _shown(incident: "Incident", place: "Place") -> dict[str, Any]:
    """The record, where it stands, and what the public may see."""
    from gate.judging.clock import progress  # noqa: PLC0415
    from gate.judging.incidents import owed, public_status  # noqa: PLC0415
    from gate.wiring import incidents  # noqa: PLC0415

    now = incidents.now()
    return {
        "incident": incident,
        "path": str(place.folder / f"{incident.id}.md"),
        "progress": progress(incident, now),
        "owed": owed(incident, now, incidents.book(place).by_hand(incident.id)),
        "public": public_status(incident, now),
    }


def _said(place: "Place", incident: "Incident", asked: dict[str, Any], word: str) -> int:
    """Print what was done; 4 where the record is written and its issue is not in step."""
    if asked["as_json"]:
        incident_place.as_json(_shown(incident, place))
    else:
        issue = f", issue #{incident.issue}" if incident.issue else ""
        click.echo(f"{word}: {incident.id}{issue} ({place.folder / incident.id}.md)")
    return int(ExitCode.GATE_ERROR if _failed(asked) else ExitCode.PASS)
