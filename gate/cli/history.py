"""gate history: what was decided, deployed and taken back, and whether a level changed on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from gate import wiring
from gate.cli.history_files import read_drill, read_export, read_record
from gate.cli.recording import Place, now, place_of, source
from gate.domain.history import Happened, HistoryEntry
from gate.errors import BrokenQuestionError

if TYPE_CHECKING:
    from gate.domain.drift import Drift, Track
    from gate.domain.history import Glance
    from gate.ports.ledger import Ledger
    from gate.usecases.history import KeptLedger

PATIENCE = 60.0
"""Seconds that a verb here waits at least: it may read or write ten thousand verdicts over a network."""
MADE_BY_HAND = [kind.value for kind in Happened if kind is not Happened.VERDICT]


class Verbs(click.Group):
    """The verbs, each with its lines kept."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Click's own, with the examples on lines of their own."""
        from gate.cli.main import with_lines_kept  # noqa: PLC0415  main imports this file

        found = super().get_command(ctx, cmd_name)
        return with_lines_kept(found) if found else None


def where(function: Callable[..., Any]) -> Callable[..., Any]:
    """Which history is meant."""
    for option in (
        click.option("--history", metavar="URL", help="A history, over [history] in gate.toml."),
        click.option("-c", "--config", type=click.Path(path_type=Path), help="gate.toml, or a pyproject.toml."),
    ):
        function = option(function)
    return function


def chosen(function: Callable[..., Any]) -> Callable[..., Any]:
    """Which entries are meant."""
    kinds = click.Choice([kind.value for kind in Happened])
    for option in (
        click.option("--newest", type=click.IntRange(1), metavar="N", help="Only the last N."),
        click.option("--since", default="", metavar="TIME", help="ISO 8601 with its zone, or a date (UTC)."),
        click.option("--kind", type=kinds, help="Only these."),
    ):
        function = option(function)
    return function


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
source_option = click.option(
    "--source", "sources", multiple=True, help="Only verdicts from there; default: nightly, where there are any."
)


@click.group(name="history", cls=Verbs)
def command() -> None:
    r"""What was decided, deployed and taken back; and whether a level changed on the way.

    Every verdict of `gate run`, `gate judge` and `gate publish` is kept: in SQLite beside gate.toml, in a database, or
    on a branch of the repository ([history] url).

    \b
    Examples:
      gate history list --newest 20
      gate history drift                              # slow change over many merges
      gate history add --kind deployment --ref v1.4.0 --sha 1a2b3c4
      gate history report --output reports/history
    """


@command.command(name="list")
@chosen
@json_option
@where
def list_(*, kind: str | None, since: str, newest: int | None, as_json: bool, **place: Any) -> None:
    r"""List what happened, the oldest first.

    \b
    Example:
      gate history list --kind verdict --since 2026-11-01
    """
    from gate.report.history import entry_line  # noqa: PLC0415

    ledger = opened(place)
    found = ledger.glances(kind=Happened(kind) if kind else None, since=moment(since), newest=newest)
    if waiting := len(ledger.outbox.waiting()):
        click.echo(f"not delivered yet, and not in this list: {waiting} (the next append delivers)", err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        click.echo("\n".join(entry_line(one) for one in found) or "the history is empty")


@command.command()
@click.argument("uid")
@json_option
@where
def show(*, uid: str, as_json: bool, **place: Any) -> None:
    r"""Show one entry, by its uid or a beginning of it that only one has.

    \b
    Example:
      gate history show verdict-3f2a
    """
    from gate.cli import show as shown  # noqa: PLC0415
    from gate.report.history import entry_line  # noqa: PLC0415

    found = one_of(opened(place), uid)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return
    click.echo(entry_line(found))
    if found.verdict is not None:
        shown.verdict(found.verdict, as_json=False, quiet=False)


@command.command()
@click.option("--kind", type=click.Choice(MADE_BY_HAND), help="What happened.")
@click.option("--ref", default="", help="Branch or tag that it is about.")
@click.option("--sha", default="", help="Commit that it is about.")
@click.option("--title", default="", help="One line about it.")
@click.option("--at", default="", metavar="TIME", help="When it happened; default: now.")
@click.option("--url", default="", help="Where to read more.")
@click.option("--source", "made_by", default="", help="What made it; default: what started this job, or local.")
@click.option("--verdict", type=click.Path(path_type=Path), help="Keep a verdict.json.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep a rollback's record (JSON).")
@click.option("--drill", type=click.Path(path_type=Path), help="Keep a drill's record (JSON).")
@json_option
@where
def add(*, as_json: bool, **words: Any) -> None:
    r"""Add what gate did not see itself: a deployment, a rollback by hand; or a record that lies in a file.

    Added twice, it is there once.

    \b
    Examples:
      gate history add --kind deployment --ref v1.4.0 --sha 1a2b3c4
      gate history add --verdict gate-out/verdict.json --source nightly
      gate history add --record reports/rollbacks/2026-11-29T143000Z-1a2b.json
    """
    place = {key: words.pop(key) for key in ("config", "history")}
    entry = made(**words)
    added = opened(place).append([entry])
    if as_json:
        click.echo(msgspec.json.encode({"uid": entry.uid, "added": added}))
    else:
        click.echo(f"{entry.uid} {'added' if added else 'was there already'}")


@command.command()
@source_option
@click.option("--summary", is_flag=True, help="Also into the job's summary (GITHUB_STEP_SUMMARY).")
@json_option
@where
def drift(*, sources: tuple[str, ...], summary: bool, as_json: bool, **place: Any) -> None:
    r"""Has a metric another level than it had? Slow change over many merges, which no pull request shows.

    Advice: the exit code is 0 whatever is found. 40 verdicts are needed.

    \b
    Example:
      gate history drift --source nightly
    """
    from gate.report.history import drift_lines, drift_markdown  # noqa: PLC0415

    tracks, found = drifted(opened(place).glances(kind=Happened.VERDICT), sources)
    if summary:
        from gate import wiring  # noqa: PLC0415

        wiring.job().summary(drift_markdown(tracks, found))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        click.echo("\n".join(drift_lines(tracks, found)))


@command.command()
@source_option
@click.option("-o", "--output", type=click.Path(path_type=Path), default="reports/history", show_default=True)
@where
def report(*, sources: tuple[str, ...], output: Path, **place: Any) -> None:
    r"""Write history.md and a picture a metric: limit, deployments, rollbacks and new levels marked.

    \b
    Example:
      gate history report --output reports/history
    """
    from gate.report.history import history_markdown, picture_name  # noqa: PLC0415
    from gate.report.history_charts import draw  # noqa: PLC0415  matplotlib

    glances = opened(place).glances()
    tracks, found = drifted(glances, sources)
    files = {
        picture_name(track.metric): draw(track, drift, glances)
        for track, drift in zip(tracks, found, strict=True)
        if track.points
    }
    files["history.md"] = history_markdown(glances, tracks, found, list(files)).encode()
    wiring.report_folder().write(output, files)
    click.echo(f"history: {output / 'history.md'}")


@command.command()
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; default: standard output.")
@chosen
@where
def export(*, form: str, output: Path | None, kind: str | None, since: str, newest: int | None, **place: Any) -> None:
    r"""Write the history out: JSON to be imported elsewhere, CSV for a spreadsheet.

    \b
    Examples:
      gate history export --output history.json
      gate history export --format csv --kind verdict --output verdicts.csv
    """
    from gate.report.history import as_csv, as_json  # noqa: PLC0415

    entries = opened(place).entries(kind=Happened(kind) if kind else None, since=moment(since), newest=newest)
    content = as_json(entries) if form == "json" else as_csv(entries).encode()
    if output is None:
        click.echo(content, nl=False)
    else:
        wiring.report_folder().write(output.parent, {output.name: content})
        click.echo(f"{len(entries)} entries: {output}")


@command.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@where
def import_(*, file: Path, **place: Any) -> None:
    r"""Take in what `gate history export` wrote: all of it or nothing, and what is there already once.

    So a history moves: from SQLite to PostgreSQL, from a branch to a database, to a newer gate.

    \b
    Example:
      gate history export | gate history import - --history git:gate-history
    """
    entries = read_export(file)
    added = opened(place).take_in(entries)
    click.echo(f"{added} of {len(entries)} entries are new")


# ------------------------------------------------------------------ what the verbs share


def opened(place: dict[str, Any]) -> "KeptLedger":
    """Open the history that is meant, with the patience of a person. Raises BrokenQuestionError where there is none."""
    from gate.wiring.history import ledger_at  # noqa: PLC0415

    found: Place | None = place_of(place["config"], place["history"])
    if found is None:
        raise BrokenQuestionError(
            "there is no history: no gate.toml here, or [history] enabled = false",
            "name one with --history or --config",
        )
    patient = msgspec.structs.replace(found.settings, timeout=max(found.settings.timeout, PATIENCE))
    return ledger_at(patient, found.folder)


def moment(since: str) -> str:
    """A date is its first moment, UTC."""
    from gate.domain.history import instant  # noqa: PLC0415

    if not since:
        return ""
    return instant(f"{since}T00:00:00Z" if len(since) == len("2026-11-29") else since)


def one_of(ledger: "Ledger", uid: str) -> HistoryEntry:
    """The one entry whose name begins so."""
    found = [one for one in ledger.glances() if one.uid.startswith(uid)]
    exact = [one for one in found if one.uid == uid] or found
    if len(exact) != 1:
        said = "there is no entry" if not exact else f"{len(exact)} entries have a name that begins with"
        raise BrokenQuestionError(f"{said} {uid!r}", "`gate history list` shows them")
    return next(one for one in ledger.entries(kind=exact[0].kind, since=exact[0].at) if one.uid == exact[0].uid)


def drifted(glances: "Sequence[Glance]", sources: tuple[str, ...]) -> "tuple[tuple[Track, ...], tuple[Drift, ...]]":
    """Every metric's track and what became of it; of the nightly verdicts, where there are any and nothing is named."""
    from gate.judging.drifting import drifts, tracks  # noqa: PLC0415
    from gate.metrics.registry import metrics_of  # noqa: PLC0415

    named = frozenset(sources)
    if not named and any(one.source == "nightly" for one in glances):
        named = frozenset({"nightly"})
    names = {judged.metric for one in glances if one.verdict for judged in one.verdict.judgements}
    found = tracks(glances, metrics_of(sorted(names)), sources=named)
    return found, drifts(found)


def made(
    *,
    kind: str | None,
    verdict: Path | None,
    record: Path | None,
    drill: Path | None,
    at: str,
    made_by: str,
    url: str,
    **words: str,
) -> HistoryEntry:
    """The entry that is meant: out of a file, or as it is said."""
    from gate.usecases import history as entries  # noqa: PLC0415

    if sum(one is not None for one in (kind, verdict, record, drill)) != 1:
        raise click.UsageError("say one thing: --kind, --verdict, --record or --drill")
    by, when = made_by or source(), moment(at) if at else now()
    if verdict is not None:
        from gate.cli.rollback import read_verdict  # noqa: PLC0415

        return entries.verdict_entry(
            read_verdict(verdict), at=when, source=by, url=url or job_url(), title=words["title"]
        )
    if record is not None:
        return entries.rollback_entry(read_record(record), source=made_by or "rollback")
    if drill is not None:
        return entries.drill_entry(read_drill(drill), source=made_by or "drill", url=url)
    return said(Happened(str(kind)), at=when, source=by, url=url, **words)


def job_url() -> str:
    """Where this job's log is read."""
    from gate import wiring  # noqa: PLC0415

    return wiring.job().url()


def said(kind: Happened, *, ref: str, sha: str, title: str, at: str, source: str, url: str) -> HistoryEntry:
    """What a person says happened."""
    from gate.usecases import history as entries  # noqa: PLC0415

    if not (ref or sha or title):
        raise BrokenQuestionError("nothing says what it is about", "name it: --ref, --sha or --title")
    if kind is Happened.DEPLOYMENT:
        return entries.deployment_entry(ref=ref, sha=sha, at=at, source=source, url=url, title=title)
    return entries.note_entry(
        kind, title=title or f"{kind.value}: {ref or sha}", ref=ref, sha=sha, at=at, source=source, url=url
    )
