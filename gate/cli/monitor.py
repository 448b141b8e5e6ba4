"""gate monitor: follow the live strategy's records, ring where a limit is breached, and end a watch with a verdict."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate.errors import ConfigError, ExitCode, GateError, OutputError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from rich.live import Live

    from gate.domain.monitoring import Policy, Snapshot
    from gate.domain.operating import Operating
    from gate.ports.monitoring import Role
    from gate.usecases.monitoring.courier import Courier
    from gate.usecases.monitoring.watch import Watch

AGAIN = 5.0
"""Seconds after which a database that went away is tried again."""
SNAPSHOT = "monitor.json"
OFTEN = 10.0
"""Showing may take a tenth of the time."""
REPLAY = "replay.sqlite"
"""The database of a replay that names none: it begins anew each time, and touches nobody else's place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the command line says."""

    mode: str
    hours: float
    poll: float
    output: Path
    as_json: bool
    quiet: bool
    tell: bool
    config: Path
    operating: "Operating"
    policy: "Policy"
    roots: "list[tuple[Role, Path]]"
    database: Path

    @property
    def ends(self) -> bool:
        """It is over when everything there is has been read."""
        return self.mode in ("once", "replay")

    @property
    def real(self) -> bool:
        """People are told, not only this terminal."""
        return self.mode != "replay" or self.tell


@click.command(name="monitor")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="gate.toml; without one the defaults hold.")
@click.option("--records", type=click.Path(path_type=Path), help="File or folder, over [monitor] records.")
@click.option("--shadow", type=click.Path(path_type=Path), help="The baseline's, over [monitor] shadow_records.")
@click.option("--database", type=click.Path(path_type=Path), help="Where it keeps its place, over [monitor] database.")
@click.option("--version", "versions", multiple=True, help="What may be live, over [monitor] versions; repeatable.")
@click.option("--watch", "mode", flag_value="watch", help="Watch a deployment, and end with a verdict.")
@click.option("--once", "mode", flag_value="once", help="Read what is new and end; for cron.")
@click.option("--replay", "mode", flag_value="replay", help="Read all there is and end with a verdict; no clock.")
@click.option(
    "--hours", type=click.FloatRange(min=0, min_open=True), default=24.0, show_default=True, help="Of --watch."
)
@click.option("--poll", type=click.FloatRange(0.01, 60), default=0.1, show_default=True, help="Seconds between looks.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default="gate-out/monitor", show_default=True,
    help="Folder for the verdict of --watch and --replay.",
)  # fmt: skip
@click.option("--tell", is_flag=True, help="Of --replay: tell the real channels, open incidents; else it only prints.")
@click.option("--writer", is_flag=True, help="Print the writer that the strategy vendors, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print alerts, complaints and the verdict as JSON lines.")
@click.option("--quiet", is_flag=True, help="Alerts and errors only.")
def command(*, writer: bool, **words: Any) -> Any:
    r"""Follow the records that the live strategy writes, bar by bar (docs/monitor.md).

    Holds them, over rolling windows, against the same limits as before the merge. Exit codes of --once: 0 all is well,
    1 something rings, 3 something is unknown; of --watch and --replay: the verdict's.

    \b
    Examples:
      gate monitor --writer > gate_writer.py        # the strategy's side: one file, no dependencies
      gate monitor                                  # follow [monitor] records until stopped
      gate monitor --watch --version 1a2b3c4        # after a deployment, 24 hours
    """
    if writer:
        click.echo((Path(__file__).parent.parent / "live" / "writer.py").read_text(encoding="utf-8"), nl=False)
        return ExitCode.PASS
    return followed(asked_of(**words))


def asked_of(
    *,
    config: Path | None,
    records: Path | None,
    shadow: Path | None,
    database: Path | None,
    mode: str | None,
    versions: tuple[str, ...],
    **rest: Any,
) -> Asked:
    """Settings and command line together."""
    from gate.config import parse_operating  # noqa: PLC0415
    from gate.config.monitor import parse_policy  # noqa: PLC0415

    named, text = settings_text(config)
    policy = parse_policy(text, named.name, versions)
    folder, monitor = named.resolve().parent, policy.monitor
    live = records or folder / monitor.records
    second = shadow or (folder / monitor.shadow_records if monitor.shadow_records else None)
    if mode in ("once", "replay") and not live.exists():
        raise ConfigError(f"there are no records: {live} does not exist", "name them: --records, or [monitor] records")
    roots: list[tuple[Role, Path]] = [("live", live), *([("shadow", second)] if second else [])]  # type: ignore[list-item]
    return Asked(
        mode=mode or "follow",
        config=named,
        operating=parse_operating(text, named.name),
        policy=policy,
        roots=roots,
        database=database or (rest["output"] / REPLAY if mode == "replay" else folder / monitor.database),
        **rest,
    )


def settings_text(config: Path | None) -> tuple[Path, str]:
    """The settings file and its text; an empty one where there is none."""
    from gate.cli.options import find_config  # noqa: PLC0415

    try:
        path = find_config(config)
    except ConfigError:
        return Path("gate.toml"), ""
    try:
        return path, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "name another file with --config") from error


# ------------------------------------------------------------------ following


def followed(asked: Asked) -> int:
    """Follow to the end. A database that goes away is waited for; what was not kept is read again."""
    from gate.wiring import monitor as wiring  # noqa: PLC0415

    if asked.mode == "replay" and asked.database.name == REPLAY:
        wiring.forget(asked.database)
    while True:
        try:
            with wiring.watch(asked.policy, asked.roots, asked.database) as watch:
                return Following(asked, watch).run()
        except OutputError as error:
            if asked.ends:
                raise
            click.echo(f"gate: {error.message}; trying again\n      {error.advice}", err=True)
            time.sleep(AGAIN)


class Following:
    """The loop: read, show, carry."""

    def __init__(self, asked: Asked, watch: "Watch") -> None:
        from gate.usecases.monitoring.clock import SteadyClock  # noqa: PLC0415
        from gate.wiring import monitor as wiring  # noqa: PLC0415

        self.asked, self.watch, self.wiring, self.clock = asked, watch, wiring, SteadyClock()
        self.wake, self.stop = threading.Event(), threading.Event()
        self.due = 0.0
        self.live: Live | None = None
        self.snapshot: Snapshot | None = None

    def run(self) -> int:
        """Until the end, or until somebody stops it."""
        asked = self.asked
        if asked.mode == "watch":
            self.begin()
        absent = [str(path) for _, path in asked.roots if not path.exists()]
        if absent and not asked.quiet:
            self.print(f"gate: no records yet at {', '.join(absent)}: waiting for them")
        interrupted = False
        with self.table(), self.carried():
            try:
                self.loop()
            except KeyboardInterrupt:
                interrupted = True
        self.carry_out_rest()
        snapshot = self.show(force=True)
        if interrupted or asked.mode in ("once", "follow"):
            return code_of(snapshot)
        return self.verdict(snapshot)

    def begin(self) -> None:
        """Begin the watch, or go on with the one that was begun."""
        from gate.usecases.monitoring.watch import Deadline  # noqa: PLC0415

        now = self.wiring.now()
        self.watch.begin(Deadline(began=now, until=now + timedelta(hours=self.asked.hours)))

    def loop(self) -> None:
        """Read what there is; wait where there is nothing."""
        asked, watch = self.asked, self.watch
        while True:
            now = self.wiring.now()
            batch = watch.step(now, live=asked.mode != "replay", clock=self.steady(now))
            self.say()
            self.show()
            if batch is not None:
                continue
            if asked.ends or (watch.deadline is not None and asked.mode == "watch" and now >= watch.deadline.until):
                return
            time.sleep(asked.poll)

    def steady(self, now: "datetime") -> bool:
        """Whether the machine's clock may say that records are missing; a jump is said."""
        at, pause = time.monotonic(), self.watch.engine.presence.stale_after()
        jump = self.clock.jumped(now.timestamp(), at, pause)
        if jump:
            self.watch.engine.faults.said.append(
                f"clock: this machine's clock jumped by {jump:+.0f} s; waiting {pause:.0f} s"
            )
        return self.clock.trusted(at)

    def verdict(self, snapshot: "Snapshot") -> int:
        """Write the verdict down, and say it."""
        import msgspec  # noqa: PLC0415

        from gate.cli import show  # noqa: PLC0415
        from gate.report.monitor import watch_text  # noqa: PLC0415

        record = self.watch.verdict(self.wiring.now())
        written = msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
        self.wiring.write_whole(self.asked.output / "report.md", watch_text(record, snapshot).encode())
        self.wiring.write_whole(self.asked.output / "verdict.json", written)
        if self.asked.mode == "watch":
            self.watch.end()
        if self.asked.as_json:
            click.echo(msgspec.json.encode({"verdict": record}))
            return int(show.EXIT_CODES[record.verdict])
        return show.verdict(record, as_json=False, quiet=self.asked.quiet)

    # ------------------------------------------------------------------ what is seen of it

    def say(self) -> None:
        """Alerts and complaints of the last step."""
        said = self.watch.engine.faults.take()
        if self.watch.alerts:
            self.wake.set()
        if self.asked.as_json:
            import msgspec  # noqa: PLC0415

            for alert in self.watch.alerts:
                click.echo(msgspec.json.encode({"alert": alert}))
            for line in said:
                click.echo(msgspec.json.encode({"input": line}))
        elif not self.asked.quiet:
            for line in said:
                self.print(f"records: {line}")

    def print(self, line: str) -> None:
        """A line above the table, or on stderr."""
        if self.live is not None:
            self.live.console.print(line, markup=False, highlight=False)
        else:
            click.echo(line, err=True)

    def show(self, *, force: bool = False) -> "Snapshot":
        """Write monitor.json, whole, about once a second; move the table along."""
        began = time.monotonic()
        if self.snapshot is not None and not force and began < self.due:
            return self.snapshot
        import msgspec  # noqa: PLC0415

        self.snapshot = self.watch.snapshot(self.wiring.now())
        self.wiring.write_whole(self.asked.database.parent / SNAPSHOT, msgspec.json.encode(self.snapshot))
        if self.live is not None:
            from gate.report.monitor import snapshot_table  # noqa: PLC0415

            self.live.update(snapshot_table(self.snapshot), refresh=True)
        self.due = time.monotonic() + max(1.0, OFTEN * (time.monotonic() - began))
        return self.snapshot

    @contextmanager
    def table(self) -> Iterator[None]:
        """A live table, where a person looks."""
        if self.asked.quiet or self.asked.as_json or not sys.stdout.isatty():
            yield
            return
        from rich.live import Live  # noqa: PLC0415

        with Live(auto_refresh=False) as self.live:
            yield
        self.live = None

    # ------------------------------------------------------------------ carrying

    @contextmanager
    def carried(self) -> Iterator[None]:
        """Alerts are carried beside the reading: a channel that hangs holds no record up."""
        if self.asked.ends:
            yield
            return
        thread = threading.Thread(target=self.carry, name="courier", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            self.wake.set()
            thread.join(timeout=60.0)

    def courier(self) -> "AbstractContextManager[Courier]":
        """Who carries; in a replay to this terminal only."""
        asked = self.asked
        return self.wiring.courier(
            asked.config, asked.operating, asked.policy, asked.database, self.print, real=asked.real
        )

    def carry(self) -> None:
        """Deliver whenever something waits; a fault of the database is said, and tried again."""
        while not self.stop.is_set():
            try:
                with self.courier() as courier:
                    while not self.stop.is_set():
                        courier.deliver()
                        self.complain(courier.said)
                        self.wake.wait(1.0)
                        self.wake.clear()
            except GateError as error:
                self.print(f"gate: {error.message}")
                self.stop.wait(AGAIN)

    def carry_out_rest(self) -> None:
        """What still waits at the end."""
        with self.courier() as courier:
            courier.deliver()
            self.complain(courier.said)

    def complain(self, said: list[str]) -> None:
        """What went wrong while telling."""
        for line in said:
            self.print(f"alerts: {line}")
        said.clear()


def code_of(snapshot: "Snapshot") -> int:
    """1 where something rings, 3 where something is unknown, 0 where all is well."""
    from gate.domain.monitoring import Watched  # noqa: PLC0415

    states = {one.state for one in snapshot.standings} | {snapshot.feed.state}
    if Watched.FIRING in states:
        return ExitCode.BLOCK
    return ExitCode.INCONCLUSIVE if Watched.UNKNOWN in states else ExitCode.PASS
