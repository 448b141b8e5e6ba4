"""One whole incident from trigger to closed, by the commands a person would give: `python -m benchmarks.incident`.

Makes a scratch repository with a model that trades (v1.0.0), merges a version whose regimes flicker, and plays what
follows for real: verdict, the live strategy's records, monitor, alerts (to servers on loopback), incident, rollback,
proof, culprit, root cause, fix, restored, post-mortem, closed, and the checklist before the next deployment.

Prints each command with its exit code and how long it took, and the steps against their deadlines. `--output FOLDER`
keeps the files; reports/example-incident/ was made so. Needs the test extra.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gate.domain.version import Role
from gate.live.writer import RecordWriter
from gate.metrics.grading import certainty
from gate.wiring import observation_store
from tests.alerting.servers import DISCORD, SLACK, Services
from tests.end_to_end.conftest import CONFIG, DETECTOR, bars

SMOOTH = "level[bar] = 0.94 * level[bar - 1] + 0.06 * returns[bar]"
SETTINGS = CONFIG.replace("pairs_max = 8", "pairs_max = 3") + (
    '\n[sandbox]\nlevel = "off"\n\n[limits]\ncpu = { blocking = false }\n\n'
    '[incidents]\ncomponent = "Signals"\n\n[monitor]\nshadow = "none"\n'
)
"""On a machine that everybody shares CPU decides nothing here."""
KEPT = ("gate-out/verdict.json", "gate-out/report.md", "culprit.json", "reports")
WHO = {f"GIT_{role}_{what}": "ann" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Stage:
    """The scratch repository, its remote, and the commands given in it."""

    def __init__(self, folder: Path, services: Services):
        self.folder, self.remote = folder / "desk", folder / "remote.git"
        self.log: list[str] = []
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "GIT_"))}
        self.environment = kept | WHO | {"GIT_CONFIG_GLOBAL": os.devnull, "GATE_CACHE_DIR": str(folder / "cache")}
        self.environment |= services.environment
        self.folder.mkdir(parents=True)
        subprocess.run(("git", "init", "-q", "--bare", "-b", "main", self.remote), check=True)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", "../remote.git")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ("git", *words), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str, **files: str) -> str:
        for name, content in files.items():
            (self.folder / name.replace("__", ".")).write_text(content)
            self.git("add", name.replace("__", "."))
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def gate(self, *words: str, ends: int = 0, quiet: bool = False) -> str:
        """A command in a process of its own; it must end as it is said to."""
        started = time.monotonic()
        done = subprocess.run(
            (sys.executable, "-m", "gate", *words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        shown = " ".join(f'"{word}"' if " " in word else word for word in words)
        print(f"[{done.returncode}] gate {shown}  ({time.monotonic() - started:.1f} s)", flush=True)
        self.log.append(f"gate {shown}    # exit code {done.returncode}")
        if done.returncode != ends:
            raise SystemExit(f"it should have ended with {ends}:\n{done.stdout}{done.stderr}")
        if not quiet:
            print("".join(f"    {line}\n" for line in done.stdout.splitlines()[:40]), end="")
        return done.stdout


def the_desk(folder: Path, services: Services) -> tuple[Stage, str, str]:
    """v1.0.0 trades; a version whose regimes flicker is merged. The stage, the culprit, and what is deployed."""
    stage = Stage(folder, services)
    ready = ("emergency_rollback.sh", "verify_system.sh")
    (stage.folder / "scripts").mkdir()
    for name in ready:
        shutil.copy(Path(__file__).parent.parent / "scripts" / name, stage.folder / "scripts" / name)
    stage.git("add", "scripts")
    stage.commit(
        "The model that trades", detector__py=DETECTOR, gate__toml=f"{SETTINGS}\n{services.toml}", bars__csv=bars()
    )
    stage.git("tag", "-a", "v1.0.0", "-m", "stable")
    stage.git("switch", "-q", "-c", "faster")
    faster = DETECTOR.replace(SMOOTH, "level[bar] = returns[bar]").replace("quantile=0.75", "quantile=0.5")
    culprit = stage.commit("Faster regimes", detector__py=faster)
    stage.git("switch", "-q", "main")
    stage.commit("Other work", notes__txt="one\n")
    stage.git("merge", "-q", "--no-ff", "-m", "Merge pull request #8 from ann/faster", "faster")
    stage.git("push", "-q", "origin", "main", "--tags")
    return stage, culprit, stage.git("rev-parse", "HEAD")


def live_records(stage: Stage, deployed: str) -> None:
    """What the deployed version's strategy writes: the regimes that this very model gave, a bar a second up to now."""
    observed = observation_store().read(stage.folder / "gate-out" / "observations")
    run = next(one for one in observed.runs if one.key.role is Role.CANDIDATE and one.key.symbol in observed.markets)
    writer = RecordWriter(stage.folder / "live" / "records.jsonl", version=deployed)
    newest = datetime.now(tz=UTC)
    for back, (code, sure) in enumerate(zip(run.state[::-1].tolist(), certainty(run)[::-1].tolist(), strict=True)):
        at = newest - timedelta(seconds=len(run.state) - 1 - back)
        writer.bar("SPX", at=at, state=int(run.labels[code]), confidence=min(sure, 1.0))


def trigger(stage: Stage, deployed: str) -> str:
    """The monitor reads the records, rings, tells Slack, Discord and the mailbox, and opens the incident."""
    live_records(stage, deployed)
    stage.gate("monitor", "--once", ends=1)
    return next(stage.folder.glob("reports/incidents/*regime-change-rate*.md")).stem


def play(folder: Path, services: Services) -> tuple[Stage, str]:
    """From trigger to closed."""
    stage, culprit, deployed = the_desk(folder, services)
    stage.gate("drill", "--quiet")
    stage.gate("alert", "test")
    stage.gate("run", "--baseline", "v1.0.0", "--candidate", "HEAD", "--after-merge", "-o", "gate-out", "--quiet",
               "--no-pictures", ends=1)  # fmt: skip
    name = trigger(stage, deployed)
    print(f"    the trigger opened {name}")
    stage.gate("incident", "note", name, "--public", "Signals are delayed while we look into it.", "--by", "ann")
    stage.gate("rollback", "version", "--merge", deployed, "--reason", "regimes flicker", "--state", "bars.csv")
    record = newest(stage, "reports/rollbacks")
    branch = msgspec.json.decode((stage.folder / record).read_bytes())["plan"]["branch"]
    stage.git("fetch", "-q", "origin")
    stage.git("merge", "-q", "--ff-only", f"origin/{branch}")  # what merging its pull request does
    stage.git("push", "-q", "origin", "main")
    stage.gate("verify", "--record", record, "--state", "bars.csv", "--against", "v1.0.0")
    proof = newest(stage, "reports/verifications")
    found = stage.gate("culprit", "--good", "v1.0.0", "--bad", deployed, "--json", quiet=True)
    (stage.folder / "culprit.json").write_text(found)
    stage.gate("incident", "mark", name, "root-cause", "--by", "ann", "--proof", "culprit.json", "--text",
               f"{culprit[:12]} dropped the smoothing of the level, so every bar could change the regime")  # fmt: skip
    fix = DETECTOR.replace("0.94", "0.93").replace("0.06", "0.07")
    stage.commit("Faster regimes, smoothed", detector__py=fix)
    stage.git("push", "-q", "origin", "main")
    stage.gate("incident", "mark", name, "fix-deployed", "--by", "ann", "--text", "smoothed again, a little faster")
    stage.gate("incident", "mark", name, "restored", "--by", "ann", "--proof", proof)
    stage.gate("incident", "note", name, "--lessons", "a merge is gated before it is merged, not after", "--by", "ann")
    stage.gate("incident", "note", name, "--owners", "ann", "--by", "ann")
    stage.gate("incident", "note", name, "--follow-up", "require the gate's check on main", "--by", "ann")
    stage.gate("incident", "note", name, "--public", "Signals are back to normal.", "--by", "ann")
    stage.gate("incident", "postmortem", name, "--from", "gate-out/verdict.json", "--write", quiet=True)
    stage.gate("incident", "mark", name, "documented", "--by", "ann", "--proof", f"reports/incidents/{name}.md")
    stage.gate("incident", "close", name, "--by", "ann")
    stage.gate("incident", "show", name)
    return stage, name


def checked(stage: Stage) -> None:
    """The list before the next deployment: drill, proof, a person's word; what has no evidence stays open."""
    stage.gate("checklist", "before", "--tick", "Team notified of deployment", "--by", "ann", "--note", "in #trading",
               "--write", "reports/checklists/before.md", ends=1)  # fmt: skip


def newest(stage: Stage, folder: str) -> str:
    path = max((stage.folder / folder).glob("*.json"))
    return path.relative_to(stage.folder).as_posix()


def keep(stage: Stage, output: Path) -> None:
    """The files, and the commands that made them."""
    shutil.rmtree(output, ignore_errors=True)
    for name in KEPT:
        source, target = stage.folder / name, output / name.removeprefix("gate-out/")
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    for left in output.rglob(".*"):
        left.unlink()
    lines = [
        "# Made by `python -m benchmarks.incident --output reports/example-incident`",
        "",
        "```sh",
        *stage.log,
        "```",
    ]
    (output / "README.md").write_text("\n".join(lines) + "\n")


def received(services: Services, folder: Path) -> None:
    """The messages of the incident as the servers got them."""
    folder.mkdir()
    for name, host in (("slack", SLACK), ("discord", DISCORD)):
        bodies = [msgspec.json.format(one.body, indent=2).decode() for one in services.at(host)]
        (folder / f"{name}.json").write_text("\n".join(bodies) + "\n")
    letters = [one.raw.decode(errors="replace").replace("\r\n", "\n") for one in services.mail.letters]
    (folder / "mail.txt").write_text("\n\n".join(letters) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="keep the files here")
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory(prefix="incident-") as place, Services(Path(place) / "services") as services:
        stage, _ = play(Path(place), services)
        checked(stage)
        if output:
            keep(stage, output)
            received(services, output / "received")


if __name__ == "__main__":
    main()
